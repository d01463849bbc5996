"""Lists of numbers that rules may look a number up in: exact, each entry with its own end, in bounded memory."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

E164_NUMBER = re.compile(r"\+[1-9][0-9]{2,14}")
"""ITU-T E.164 §6.1, with its plus sign. A short code stands behind its country code: +86110."""
MAX_ENTRIES = 1_000_000
"""Numbers of all lists of one policy; larger lists belong into a snapshot."""
MAX_RANGES = 10_000
NO_END = 2**62
"""The end of an entry that has none, in milliseconds since the epoch."""


class Membership(Protocol):
    """A list that rules may look a number up in: a policy's own, or a mapped one of a snapshot."""

    def holds(self, number: int, time_ms: int) -> bool:
        """Whether the key is on the list at that time (milliseconds since the epoch)."""
        ...

    def lines(self) -> Iterator[str]:
        """The canonical form of the content, one entry a line."""
        ...


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both included."""

    low: int
    high: int
    until: int


@dataclass(frozen=True, slots=True)
class NumberList:
    """One list. Ranges do not overlap and are in order."""

    name: str
    numbers: dict[int, int]
    """E.164 key to the end of its entry, in milliseconds since the epoch."""
    ranges: tuple[Range, ...]
    starts: tuple[int, ...]
    """`low` of each range."""

    def __len__(self) -> int:
        return len(self.numbers) + len(self.ranges)

    def holds(self, number: int, time_ms: int) -> bool:
        """Whether the number is on the list at that time; an entry ends the moment its end is reached."""
        if self.numbers.get(number, -1) > time_ms:
            return True
        at = bisect_right(self.starts, number) - 1
        return at >= 0 and number <= self.ranges[at].high and time_ms < self.ranges[at].until

    def lines(self) -> Iterator[str]:
        """The canonical form of the content, one entry a line."""
        for number, until in sorted(self.numbers.items()):
            yield f"+{number} {until}"
        for entry in self.ranges:
            yield f"+{entry.low}-+{entry.high} {entry.until}"


def number_list(name: str, numbers: dict[int, int], ranges: list[Range]) -> NumberList:
    """A list of some numbers and ranges; the ranges do not overlap."""
    ordered = tuple(sorted(ranges, key=lambda entry: entry.low))
    return NumberList(name, numbers, ordered, tuple(entry.low for entry in ordered))


def parse_e164(text: str) -> int | None:
    """The key of a number written in full E.164 form, None if it is not.

    >>> parse_e164("+8613912345678")
    8613912345678
    >>> parse_e164("13912345678") is None
    True
    """
    return int(text[1:]) if E164_NUMBER.fullmatch(text) else None
