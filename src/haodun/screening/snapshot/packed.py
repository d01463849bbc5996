"""A list as it lies on the disk: blocks, buckets and sorted 16-bit arrays; exact, mapped, about 2 bytes a number.

Theory of operation. A key is cut in three: its block (number >> 32), its bucket in the block (the next 16 bits) and its
low 16 bits. Each level is sorted, and each entry but the lowest knows where its children begin. In a country's mobile
range at 1 in 70 a bucket has 900 numbers, so that the directory's 6 bytes a bucket vanish beside 2 bytes a number. A
look-up is three bisections over mapped memory; nothing is unpacked and nothing is copied. All integers are
little-endian, each section starts at a multiple of 8:

    header 40 bytes: magic, entries, buckets, blocks, first end, whether ends differ, 0
    u32 block × blocks | u32 first bucket × (blocks + 1) | u16 bucket × buckets | u32 first low × (buckets + 1)
    u16 low × entries | where ends differ: u32 end × entries, in seconds after the first end

The bytes depend on the content alone, not on who packed it or when: equal lists are equal files.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from typing_extensions import Buffer

from haodun.screening.snapshot.columns import MAX_ENTRIES, MAX_NUMBER, Column, Integers
from haodun.screening.snapshot.errors import Code, SnapshotRefused

MAGIC = b"HDLIST01"
HEADER = struct.Struct("<8sQIIqII")
ALIGNMENT = 8
LINES_AT_ONCE = 65_536


class Layout(NamedTuple):
    """Where each section of a list begins, in bytes; `end` is the size of the file."""

    blocks: int
    block_starts: int
    buckets: int
    bucket_starts: int
    lows: int
    ends: int
    end: int


def layout(*, entries: int, buckets: int, blocks: int, ends_differ: bool) -> Layout:
    """The layout of a list of that shape."""
    sizes = (4 * blocks, 4 * (blocks + 1), 2 * buckets, 4 * (buckets + 1), 2 * entries, 4 * entries * ends_differ)
    places = [HEADER.size]
    for size in sizes:
        places.append(places[-1] + size + -size % ALIGNMENT)
    return Layout(*places)


def pack(column: Column) -> bytes:
    """The bytes of a list."""
    numbers = column.numbers
    bucket_keys = numbers >> 16
    bucket_starts = _starts(bucket_keys)
    distinct = bucket_keys[bucket_starts[:-1]]
    block_starts = _starts(distinct >> 16)
    blocks = (distinct >> 16)[block_starts[:-1]]
    first = int(column.ends.min()) if len(column) else 0
    after = column.ends - first
    ends_differ = bool(after.any())
    header = HEADER.pack(MAGIC, len(column), len(distinct), len(blocks), first, ends_differ, 0)
    sections = [
        blocks.astype("<u4"),
        block_starts.astype("<u4"),
        (distinct & 0xFFFF).astype("<u2"),
        bucket_starts.astype("<u4"),
        (numbers & 0xFFFF).astype("<u2"),
        after.astype("<u4") if ends_differ else after[:0].astype("<u4"),
    ]
    padded = (part for section in sections for part in (section.tobytes(), bytes(-section.nbytes % ALIGNMENT)))
    return b"".join((header, *padded))


def _starts(keys: Integers) -> Integers:
    """Where each run of equal keys begins, and behind the last."""
    changes = np.flatnonzero(keys[1:] != keys[:-1]) + 1
    return np.concatenate([np.zeros(min(len(keys), 1), np.int64), changes, np.array([len(keys)])])


@dataclass(frozen=True, slots=True, eq=False)
class MappedList:
    """A list over mapped bytes. Build it with `over`, which checks every byte it will ever follow."""

    name: str
    digest: str
    """SHA-256 of the bytes, in hexadecimal: equal lists have equal ones."""
    image: memoryview
    """All its bytes."""
    _entries: int
    _first_end: int
    _blocks: memoryview
    _block_starts: memoryview
    _buckets: memoryview
    _bucket_starts: memoryview
    _lows: memoryview
    _ends: memoryview

    @classmethod
    def over(cls, image: Buffer, *, name: str, digest: str | None = None) -> MappedList:
        """The list in some bytes: a mapped file, with the digest it was checked against, or what `pack` gave.

        Raises SnapshotRefused `truncated` or `list`.
        """
        view = memoryview(image).cast("B")
        if len(view) < HEADER.size:
            raise SnapshotRefused(Code.TRUNCATED, f"list {name} is cut short; fetch the snapshot again")
        magic, entries, buckets, blocks, first, differ, zero = HEADER.unpack(view[: HEADER.size])
        if magic != MAGIC or zero or differ > 1 or entries > MAX_ENTRIES or not 0 <= first < 2**40:
            raise _broken(name, "its header is not one of a list")
        places = layout(entries=entries, buckets=buckets, blocks=blocks, ends_differ=bool(differ))
        if len(view) != places.end:
            raise SnapshotRefused(
                Code.TRUNCATED, f"list {name} has {len(view)} bytes and should have {places.end}; fetch it again"
            )
        found = cls(
            name,
            sha256(image).hexdigest() if digest is None else digest,
            view,
            entries,
            first,
            view[places.blocks :][: 4 * blocks].cast("I"),
            view[places.block_starts :][: 4 * (blocks + 1)].cast("I"),
            view[places.buckets :][: 2 * buckets].cast("H"),
            view[places.bucket_starts :][: 4 * (buckets + 1)].cast("I"),
            view[places.lows :][: 2 * entries].cast("H"),
            view[places.ends :][: 4 * entries * differ].cast("I"),
        )
        found._check()
        return found

    def __len__(self) -> int:
        return self._entries

    @property
    def first_end(self) -> int:
        """The earliest end of an entry, in seconds since the epoch; 0 where there is no entry."""
        return self._first_end

    @property
    def last_end(self) -> int:
        """The latest end of an entry."""
        return self._first_end + (int(np.frombuffer(self._ends, "<u4").max()) if self.ends_differ else 0)

    @property
    def ends_differ(self) -> bool:
        """Whether each entry has an end of its own; otherwise all share one."""
        return len(self._ends) > 0

    def holds(self, number: int, time_ms: int) -> bool:
        """Whether the number is on the list at that time (ms); an entry ends the moment its end is reached.

        A key that is not positive (a trunk's id, no number) is on no list.
        """
        blocks, block = self._blocks, number >> 32
        at = bisect_left(blocks, block)
        if number <= 0 or at == len(blocks) or blocks[at] != block:
            return False
        end, bucket = self._block_starts[at + 1], number >> 16 & 0xFFFF
        at = bisect_left(self._buckets, bucket, self._block_starts[at], end)
        if at == end or self._buckets[at] != bucket:
            return False
        end, low = self._bucket_starts[at + 1], number & 0xFFFF
        at = bisect_left(self._lows, low, self._bucket_starts[at], end)
        if at == end or self._lows[at] != low:
            return False
        after = self._ends[at] if self._ends else 0
        return time_ms < (self._first_end + after) * 1_000

    def numbers(self) -> Integers:
        """All numbers, ascending; int64, one array of 8 bytes a number."""
        blocks = np.frombuffer(self._blocks, "<u4").astype(np.int64) << 16
        buckets = np.repeat(blocks, np.diff(self._array(self._block_starts)))
        buckets |= np.frombuffer(self._buckets, "<u2")
        numbers = np.repeat(buckets << 16, np.diff(self._array(self._bucket_starts)))
        numbers |= np.frombuffer(self._lows, "<u2")
        return numbers

    def column(self) -> Column:
        """All entries."""
        ends = np.full(self._entries, self._first_end, np.int64)
        if self.ends_differ:
            ends += np.frombuffer(self._ends, "<u4")
        return Column(self.numbers(), ends)

    def lines(self) -> Iterator[str]:
        """The canonical form of the content, one entry a line, as of a policy's own list."""
        column = self.column()
        for start in range(0, len(column), LINES_AT_ONCE):
            stop = start + LINES_AT_ONCE
            numbers, ends = column.numbers[start:stop].tolist(), column.ends[start:stop].tolist()
            for number, end in zip(numbers, ends, strict=True):
                yield f"+{number} {end * 1_000}"

    @staticmethod
    def _array(view: memoryview) -> Integers:
        return np.frombuffer(view, "<u4").astype(np.int64)

    def _check(self) -> None:
        """Sorted on each level, every child list non-empty and in place, every number one that may be."""
        blocks, buckets = self._array(self._blocks), np.frombuffer(self._buckets, "<u2")
        lows = np.frombuffer(self._lows, "<u2")
        block_starts, bucket_starts = self._array(self._block_starts), self._array(self._bucket_starts)
        sound = (
            bool(np.all(blocks[1:] > blocks[:-1]))
            and _frames(block_starts, len(buckets))
            and _frames(bucket_starts, len(lows))
            and _ascends(buckets, block_starts)
            and _ascends(lows, bucket_starts)
        )
        if not sound:
            raise _broken(self.name, "its numbers are not in order")
        if self._entries and not self._bounds_hold():
            raise _broken(self.name, "it holds a key that is no number")

    def _bounds_hold(self) -> bool:
        first = self._blocks[0] << 32 | self._buckets[0] << 16 | self._lows[0]
        last = self._blocks[-1] << 32 | self._buckets[-1] << 16 | self._lows[-1]
        return 0 < first <= last <= MAX_NUMBER


def _broken(name: str, what: str) -> SnapshotRefused:
    return SnapshotRefused(Code.LIST, f"list {name}: {what}; build the snapshot again")


def _frames(starts: Integers, length: int) -> bool:
    """Whether the starts begin at 0, rise without an empty child list, and end behind the last child."""
    return starts[0] == 0 and starts[-1] == length and bool(np.all(starts[1:] > starts[:-1]))


def _ascends(values: npt.NDArray[np.uint16], starts: Integers) -> bool:
    """Whether the values rise within each run."""
    rising = values[1:] > values[:-1]
    rising[starts[1:-1] - 1] = True
    return bool(rising.all())
