"""Looking numbers up in a mapped list by compiled code, many at a time; nothing of the list is copied.

Theory of operation. Look-ups go as in `MappedList.holds`, block, bucket, low bits, but a place is guessed before it
is searched: within a bucket numbers lie about evenly, so the right entry is nearly always among the `WINDOW` around
the guess and nearly always in the cache line asked for ahead. The bisection in the window has no branch that a number
could mislead, so several look-ups overlap. They go in groups: buckets are found for all of a group, and the guessed
cache lines asked for, before the first is read, so that a memory of 200 MB answers several questions at once.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing, prefetch
from haodun.screening.snapshot.packed import HEADER, MappedList, layout

Integers = npt.NDArray[Any]

GROUP: Final = 32
"""Look-ups made side by side."""
WINDOW: Final = 64
"""Entries around a guess, three cache lines at most; a random bucket of 900 is not searched further in 96 of 100 cases.
Twice as many were measured half as slow again: the cost is in the lines."""


class LookupTables(NamedTuple):
    """A mapped list's sections, where they lie."""

    blocks: Integers
    block_starts: Integers
    buckets: Integers
    bucket_starts: Integers
    lows: Integers
    ends: Integers
    """Seconds after the first end; empty where all entries end with it."""
    first_end: Integers
    """One integer: in seconds since the epoch."""
    room: Integers
    """For the buckets of a group."""


def lookup_tables(found: MappedList) -> LookupTables:
    """The sections of a list. They keep its mapping alive."""
    _, entries, buckets, blocks, first, differ, _ = HEADER.unpack(found.image[: HEADER.size])
    places = layout(entries=entries, buckets=buckets, blocks=blocks, ends_differ=bool(differ))
    return LookupTables(
        _section(found, "<u4", blocks, places.blocks),
        _section(found, "<u4", blocks + 1, places.block_starts),
        _section(found, "<u2", buckets, places.buckets),
        _section(found, "<u4", buckets + 1, places.bucket_starts),
        _section(found, "<u2", entries, places.lows),
        _section(found, "<u4", entries * differ, places.ends),
        np.array([first], np.int64),
        np.zeros(GROUP, np.int64),
    )


def _section(found: MappedList, kind: str, count: int, start: int) -> Integers:
    section: Integers = np.frombuffer(found.image, kind, count, start) if count else np.zeros(0, kind)
    section.flags.writeable = False  # so that compiled code meets one type of array
    return section


@borrowing
def _find(values: Integers, start: int, end: int, guess: int, wanted: int) -> int:
    """The place of a value of 16 bits among ascending ones from `start` to `end`, −1 where it is not there."""
    if start == end:
        return -1
    low, high = max(start, guess - WINDOW // 2), min(end, guess + WINDOW // 2)
    if low > start and values[low] > wanted:
        low, high = start, low
    elif high < end and values[high] <= wanted:
        low, high = high, end
    while high - low > 1:
        half = high - low >> 1
        high -= half
        step = half * int(values[low + half] <= wanted)
        low, high = low + step, high + step
    return low if values[low] == wanted else -1


@borrowing
def _guess(start: int, end: int, wanted: int) -> int:
    """Where a value of 16 bits would stand if they lay evenly."""
    return start + ((end - start) * wanted >> 16)


@borrowing
def _bucket(tables: LookupTables, key: int) -> int:
    """The place of the bucket in which a key would stand, −1 where there is none."""
    if key <= 0:
        return -1
    block, low, high = key >> 32, 0, len(tables.blocks)
    while low < high:
        middle = (low + high) >> 1
        if tables.blocks[middle] < block:
            low = middle + 1
        else:
            high = middle
    if low == len(tables.blocks) or tables.blocks[low] != block:
        return -1
    start, end = int(tables.block_starts[low]), int(tables.block_starts[low + 1])
    wanted, least, most = key >> 16 & 0xFFFF, int(tables.buckets[start]), int(tables.buckets[end - 1])
    if wanted < least or wanted > most:
        return -1
    guess = start + (wanted - least) * (end - start) // (most - least + 1)
    if tables.buckets[guess] == wanted:  # always, where the block has no gap
        return guess
    return _find(tables.buckets, start, end, guess, wanted)


@borrowing
def _in_bucket(tables: LookupTables, bucket: int, key: int, time_ms: int) -> bool:
    if bucket < 0:
        return False
    start, end = int(tables.bucket_starts[bucket]), int(tables.bucket_starts[bucket + 1])
    at = _find(tables.lows, start, end, _guess(start, end, key & 0xFFFF), key & 0xFFFF)
    if at < 0:
        return False
    after = int(tables.ends[at]) if len(tables.ends) else 0
    return bool(time_ms < (tables.first_end[0] + after) * 1_000)


@borrowing
def holds(tables: LookupTables, key: int, time_ms: int) -> bool:
    """Whether the number is on the list at that time (ms): `MappedList.holds`."""
    return _in_bucket(tables, _bucket(tables, key), key, time_ms)


@borrowing
def mark(tables: LookupTables, keys: Integers, times_ms: Integers, bit: int, bits: Integers) -> None:
    """Set `bit` in the `bits` of each key that is on the list at its time; int64 all."""
    buckets = tables.room
    for first in range(0, len(keys), GROUP):
        size = min(GROUP, len(keys) - first)
        for index in range(size):
            key = keys[first + index]
            bucket = _bucket(tables, key)
            buckets[index] = bucket
            if bucket >= 0:
                start, end = int(tables.bucket_starts[bucket]), int(tables.bucket_starts[bucket + 1])
                guess = _guess(start, end, key & 0xFFFF)
                prefetch(tables.lows, guess, 0)
                prefetch(tables.lows, guess, -WINDOW)
                prefetch(tables.lows, guess, WINDOW)
        for index in range(size):
            if _in_bucket(tables, buckets[index], keys[first + index], times_ms[first + index]):
                bits[first + index] |= bit
