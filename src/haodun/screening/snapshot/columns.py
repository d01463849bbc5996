"""Numbers with their ends as two arrays: what a list holds before it is packed, and how two lists are joined."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.screening.snapshot.errors import Code, SnapshotRefused

Integers = npt.NDArray[np.int64]

MAX_NUMBER = 10**17 - 1
"""86 and the 15 digits of a 700 privacy number, the longest key there is."""
MAX_ENTRIES = 500_000_000
"""Of one list."""
MAX_LIFE_MS = 90 * 86_400_000
"""How long an entry may last after the snapshot was created: 90 days, then a person renews it (DESIGN.md §3)."""
_MAX_MS = 2**48
_MAX_KEY = 2**63 - 1


class Entry(NamedTuple):
    """One number of a list."""

    number: int
    """E.164 key; of a short code country code + code (86110)."""
    until_ms: int
    """Milliseconds since the epoch; it is no longer on the list from that moment on. Kept in whole seconds, rounded
    down, so that an entry never lasts longer than asked."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Numbers, ascending and each once, and for each the end of its entry. Build it with `of` or `of_entries`."""

    numbers: Integers
    ends: Integers
    """Seconds since the epoch."""

    def __len__(self) -> int:
        return len(self.numbers)

    @classmethod
    def of(cls, numbers: Integers, until_ms: Integers) -> Column:
        """Two arrays of one length, in any order; of a number that stands twice the later end holds.

        Raises SnapshotRefused `number` or `too_large`.
        """
        if len(numbers) > MAX_ENTRIES:
            raise SnapshotRefused(Code.TOO_LARGE, f"a list of {len(numbers)} entries; at most {MAX_ENTRIES} are taken")
        outside = numbers[(numbers <= 0) | (numbers > MAX_NUMBER)]
        if len(outside):
            raise SnapshotRefused(
                Code.NUMBER, f"{outside[0]} is no number; lists hold E.164 keys, a trunk is named in the trunks file"
            )
        ends = until_ms // 1_000
        order = np.lexsort((ends, numbers))
        numbers, ends = numbers[order].astype(np.int64), ends[order].astype(np.int64)
        last = np.ones(len(numbers), np.bool_)
        last[:-1] = numbers[1:] != numbers[:-1]
        return cls(numbers[last], ends[last])

    @classmethod
    def of_entries(cls, entries: Iterable[Entry | tuple[int, int]]) -> Column:
        """The same from entries. A number or end that does not fit 64 bits is refused, too."""
        pairs = list(entries)
        for number, until_ms in pairs:
            if not (-_MAX_KEY <= number <= _MAX_KEY and 0 <= until_ms <= _MAX_MS):
                raise SnapshotRefused(Code.NUMBER, f"{number} until {until_ms} is no entry; give E.164 key and ms")
        flat = np.array(pairs, np.int64).reshape(len(pairs), 2)
        return cls.of(flat[:, 0], flat[:, 1])

    @classmethod
    def empty(cls) -> Column:
        """No numbers."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64))

    def alive(self, at_ms: int) -> Column:
        """Without the entries that have ended by then."""
        keep = self.ends * 1_000 > at_ms
        return self if keep.all() else Column(self.numbers[keep], self.ends[keep])

    def without(self, numbers: Integers) -> Column:
        """Without some numbers; those not on the list change nothing."""
        if not len(numbers):
            return self
        keep = ~np.isin(self.numbers, numbers, assume_unique=True)
        return Column(self.numbers[keep], self.ends[keep])

    def joined(self, other: Column) -> Column:
        """Both lists; of a number on both, the other's end holds."""
        if not len(other):
            return self
        rest = self.without(other.numbers)
        places = np.searchsorted(rest.numbers, other.numbers)
        return Column(np.insert(rest.numbers, places, other.numbers), np.insert(rest.ends, places, other.ends))


def check_ends(name: str, column: Column, *, created_ms: int) -> None:
    """Raise SnapshotRefused `entry_end` where an entry would last longer than 90 days after creation."""
    late = np.flatnonzero(column.ends * 1_000 > created_ms + MAX_LIFE_MS)
    if len(late):
        raise SnapshotRefused(
            Code.ENTRY_END,
            f"list {name}: {len(late)} entries last longer than 90 days after the snapshot's creation; "
            f"give an earlier end and renew it in time",
        )


def not_in(numbers: Integers, others: Integers) -> Integers:
    """The numbers that are not among others; both ascending, each once, positive. Linear, as two runs are merged."""
    tagged = np.concatenate([others << 1, numbers << 1 | 1])
    tagged.sort(kind="stable")
    own = tagged & 1 == 1
    own[1:] &= tagged[:-1] != tagged[1:] - 1
    found: Integers = tagged[own] >> 1
    return found
