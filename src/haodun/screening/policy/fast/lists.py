"""A policy's lists compiled: one look-up of a number says on which of them it stands at a time.

Theory of operation. The numbers of all lists lie in one hash table that leads to entries (list, end), those of one
number side by side; ranges lie in order, list by list. So an event costs two probes, for its caller and its callee,
however many lists the policy has. A list too large to copy stays where it is mapped (`snapshot.lookup`). What comes
out is one bit a slot of the decision row: there are at most 64.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing
from haodun.screening.policy.lists import NumberList, Range
from haodun.screening.policy.policy import Slot

Integers = npt.NDArray[Any]

_SPREAD: Final = -7046029254386353131
"""2^64 divided by the golden ratio, odd, as int64 (Knuth, TAOCP 3, 6.4)."""


class Listed(NamedTuple):
    """What a list holds, as arrays."""

    numbers: Integers
    """E.164 keys, above 0, each once."""
    ends: Integers
    """Of each, in milliseconds since the epoch: the entry ends the moment its end is reached."""
    ranges: Sequence[Range] = ()
    """In order, apart from each other."""


class ListTables(NamedTuple):
    """Some lists as arrays."""

    keys: Integers
    """The hash table: numbers, 0 where empty; its length is a power of two."""
    entries: Integers
    """Of each key its first entry."""
    number: Integers
    """Of each entry, in ascending order; behind the last one 0."""
    list: Integers
    end: Integers
    low: Integers
    """Of each range, list by list."""
    high: Integers
    until: Integers
    ranges: Integers
    """Where the ranges of each list begin, and behind the last."""
    caller: Integers
    """Of each list the bits of the slots in which it is asked for the caller."""
    callee: Integers


def listed(found: NumberList) -> Listed:
    """A policy's own list as arrays."""
    numbers = np.fromiter(found.numbers.keys(), np.int64, len(found.numbers))
    return Listed(numbers, np.fromiter(found.numbers.values(), np.int64, len(found.numbers)), found.ranges)


def slot_bits(slots: Iterable[Slot], *, list: str, position: int) -> int:
    """The bits, as int64, of the slots that ask for the number at a position of the row in a list."""
    bits = sum(1 << place for place, slot in enumerate(slots) if (slot.list, slot.position) == (list, position))
    return bits - (1 << 64) if bits >> 63 else bits


def list_tables(lists: Sequence[Listed], *, caller: Sequence[int], callee: Sequence[int]) -> ListTables:
    """The lists as arrays; `caller` and `callee` are the slot bits of each."""
    number = np.concatenate([np.zeros(0, np.int64), *(found.numbers for found in lists)])
    order = np.argsort(number, kind="stable")
    place = np.repeat(np.arange(len(lists)), [len(found.numbers) for found in lists])
    end = np.concatenate([np.zeros(0, np.int64), *(found.ends for found in lists)])
    size = 2 << max(len(number) - 1, 1).bit_length()
    keys, entries = np.zeros(size, np.int64), np.zeros(size, np.int64)
    number = np.append(number[order], 0)
    _fill(keys, entries, number)
    ranges = [entry for found in lists for entry in found.ranges]
    return ListTables(
        keys,
        entries,
        number,
        place[order].astype(np.int64),
        end[order],
        np.array([entry.low for entry in ranges], np.int64),
        np.array([entry.high for entry in ranges], np.int64),
        np.array([entry.until for entry in ranges], np.int64),
        np.cumsum([0, *(len(found.ranges) for found in lists)], dtype=np.int64),
        np.array(caller, np.int64),
        np.array(callee, np.int64),
    )


@borrowing
def _home(key: int, mask: int) -> int:
    spread = key * _SPREAD
    return (spread ^ spread >> 32) & mask


@borrowing
def _fill(keys: Integers, entries: Integers, number: Integers) -> None:
    mask = len(keys) - 1
    for entry in range(len(number) - 1):
        if entry and number[entry] == number[entry - 1]:
            continue
        place = _home(number[entry], mask)
        while keys[place] != 0:
            place = place + 1 & mask
        keys[place], entries[place] = number[entry], entry


@borrowing
def slots_of(tables: ListTables, key: int, time_ms: int, bits: Integers) -> int:
    """The bits of all lists on which a number stands at a time; `bits` are those of each list.

    A key that is not positive (a trunk's id, no number) is on no list.
    """
    if key <= 0:
        return 0
    found, mask = 0, len(tables.keys) - 1
    place = _home(key, mask)
    while tables.keys[place] != 0:
        if tables.keys[place] == key:
            entry = tables.entries[place]
            while tables.number[entry] == key:
                if tables.end[entry] > time_ms:
                    found |= bits[tables.list[entry]]
                entry += 1
            break
        place = place + 1 & mask
    if len(tables.low):
        for which in range(len(bits)):
            if bits[which] and _in_range(tables, which, key, time_ms):
                found |= bits[which]
    return found


@borrowing
def _in_range(tables: ListTables, which: int, key: int, time_ms: int) -> bool:
    start = tables.ranges[which]
    low, high = start, tables.ranges[which + 1]
    while low < high:
        middle = low + high >> 1
        if tables.low[middle] <= key:
            low = middle + 1
        else:
            high = middle
    at = low - 1
    return bool(at >= start and key <= tables.high[at] and time_ms < tables.until[at])
