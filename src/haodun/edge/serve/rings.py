"""A ring in shared memory: messages from one process to one other, without a lock and without a copy by the system.

Theory of operation. The memory is a file that exists only as a descriptor, so it goes when the last process that has it
is gone. The writer puts a message behind the last one and only then moves `tail`; the reader takes it and then moves
`head`: each moves one of the two, and neither ever waits for the other. A process that is killed in the middle leaves
the ring as it was before. Each message has a checksum: on a machine whose stores may be seen out of order, one that is
not whole yet is taken a moment later. A message that does not fit before the end begins at the front again. An event
descriptor wakes a reader that sleeps.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
import zlib
from typing import NamedTuple

_TAIL, _HEAD, START = 0, 64, 128
"""Places of the two counters, a cache line each, and of the messages."""
_COUNTER = struct.Struct("@Q")  # in native order a counter is stored at once
_MESSAGE = struct.Struct("@II")
_PASS_OVER = 0xFFFFFFFF
_ALIGN = 8


class RingFiles(NamedTuple):
    """The descriptors of a ring, to hand to the processes at its ends."""

    memory: int
    event: int


def make_ring(size: int) -> RingFiles:
    """A ring for `size` bytes of messages, a power of two. OSError."""
    if size & size - 1 or size < _ALIGN:
        raise ValueError(f"a ring of {size} bytes; give a power of two")
    memory = os.memfd_create("haodun-ring", os.MFD_CLOEXEC)
    os.ftruncate(memory, START + size)
    return RingFiles(memory, os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC))


class Ring:
    """One end of a ring. Only one process may write, only one may read."""

    def __init__(self, files: RingFiles) -> None:
        self.event = files.event
        """Becomes readable when something was put."""
        self._size = os.fstat(files.memory).st_size - START
        self._memory = mmap.mmap(files.memory, START + self._size)

    @property
    def most(self) -> int:
        """Bytes of the longest message that is taken."""
        return self._size // 2 - _MESSAGE.size

    def filled(self) -> int:
        """Thousandths of it that wait to be read."""
        return (self._counter(_TAIL) - self._counter(_HEAD)) * 1000 // self._size

    def put(self, message: bytes) -> bool:
        """Put a message behind the others and wake the reader; False where it does not fit now."""
        tail = self._counter(_TAIL)
        needed = _padded(_MESSAGE.size + len(message))
        place = tail % self._size
        skipped = self._size - place if place + needed > self._size else 0
        if len(message) > self.most or tail + skipped + needed - self._counter(_HEAD) > self._size:
            return False
        if skipped:
            _MESSAGE.pack_into(self._memory, START + place, _PASS_OVER, 0)
            place = 0
        body = START + place + _MESSAGE.size
        self._memory[body : body + len(message)] = message
        _MESSAGE.pack_into(self._memory, START + place, len(message), zlib.crc32(message))
        _COUNTER.pack_into(self._memory, _TAIL, tail + skipped + needed)
        with contextlib.suppress(BlockingIOError):  # it is awake
            os.eventfd_write(self.event, 1)
        return True

    def get(self) -> bytes | None:
        """The next message, None where there is none that is whole."""
        head = self._counter(_HEAD)
        if head == self._counter(_TAIL):
            return None
        length, checksum = _MESSAGE.unpack_from(self._memory, START + head % self._size)
        if length == _PASS_OVER:
            head += self._size - head % self._size
            if head == self._counter(_TAIL):
                return None
            length, checksum = _MESSAGE.unpack_from(self._memory, START)
        if length > self.most:
            return None
        body = START + head % self._size + _MESSAGE.size
        message = self._memory[body : body + length]
        if zlib.crc32(message) != checksum:
            return None
        _COUNTER.pack_into(self._memory, _HEAD, head + _padded(_MESSAGE.size + length))
        return message

    def settle(self) -> None:
        """Forget what woke the reader; what came meanwhile is seen by the next `get`."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self.event)

    def drop(self) -> None:
        """Pass over all that waits: a reader that begins anew cannot answer it in time."""
        _COUNTER.pack_into(self._memory, _HEAD, self._counter(_TAIL))

    def close(self) -> None:
        """Let go of the memory; the descriptors stay."""
        self._memory.close()

    def _counter(self, place: int) -> int:
        return int(_COUNTER.unpack_from(self._memory, place)[0])


def _padded(length: int) -> int:
    return -(-length // _ALIGN) * _ALIGN
