"""The lease of a live log: at most one process writes, and another takes its place when it dies or stands still.

Theory of operation. `<log>/lease` holds a number that rises by one at each take-over, and a beat that the holder raises
each second. The holder of number N has a lock (of its open file: it ends with the process, however that ends) on byte N
of the file. Who wants to take over looks whether that lock is gone, or the beat has stood still for `lease_s` by his
own clock, so no two clocks are compared. He locks byte 0 against others who want the same, locks byte N + 1, writes
N + 1 and puts it on the disk.

A holder that stood still and wakes is fenced: it reads the number before it writes and again before anything is
answered. What it had under way is then in the log unanswered, or beyond the length that the newcomer has recorded of
the segment, and nobody reads it. This wants one machine, or a file system on which a write is seen by the next read.
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Callable
from pathlib import Path

from haodun.store import durable
from haodun.store.errors import StoreError

NAME = "lease"
LEASE_S = 5.0
"""A beat that stands still for this long is a holder that does not serve."""

_BODY = struct.Struct("<QQ")
_NUMBER = struct.Struct("<Q")
_FLOCK = struct.Struct("@hhqqi4x")
"""struct flock of 64-bit Linux."""


class LeaseLostError(StoreError):
    """Another process has taken the lease: this one must neither write nor answer any more."""


class Lease:
    """The lease as this process holds it. `held` and `renew` may be called from several threads."""

    def __init__(self, descriptor: int, number: int, *, contested: bool) -> None:
        self._descriptor = descriptor
        self._beat = 0
        self.number = number
        self.contested = contested
        """The holder before may still run: what it writes from now on does not count."""

    def held(self) -> bool:
        """Whether nobody has taken it yet; one system call."""
        return os.pread(self._descriptor, _NUMBER.size, 0) == _NUMBER.pack(self.number)

    def check(self) -> None:
        """LeaseLostError where somebody has taken it."""
        if not self.held():
            raise LeaseLostError(f"lease {self.number} was taken over by another edge; this one stops")

    def renew(self) -> None:
        """Show that this process serves; OSError. Not put on the disk: it matters only while machines run."""
        self._beat += 1
        if self.held():
            os.pwrite(self._descriptor, _NUMBER.pack(self._beat), _NUMBER.size)

    def release(self) -> None:
        """Let go: who waits takes over at once."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


class Watch:
    """Looks from another process whether the lease can be taken. `steady_s` reads a clock that only counts."""

    def __init__(self, folder: Path, *, steady_s: Callable[[], float], lease_s: float = LEASE_S) -> None:
        self._folder = folder
        self._lease_s = lease_s
        self._steady_s = steady_s
        self._seen = (0, 0)
        self._since_s = steady_s()

    def take(self) -> Lease | None:
        """The lease, where its holder is gone or has stood still; None where it serves. OSError, StoreError."""
        seen = read(self._folder)
        now_s = self._steady_s()
        if seen != self._seen:
            self._seen, self._since_s = seen, now_s
        if not seen[0]:
            return None  # nobody ever wrote here
        still = now_s - self._since_s >= self._lease_s
        return _take(self._folder, still=seen if still else None)


def read(folder: Path) -> tuple[int, int]:
    """Number and beat of a folder's lease, (0, 0) where there was none yet."""
    try:
        with (folder / NAME).open("rb") as file:
            body = file.read(_BODY.size)
    except FileNotFoundError:
        return 0, 0
    number, beat = _BODY.unpack(body.ljust(_BODY.size, b"\0"))
    return int(number), int(beat)


def take(folder: Path, *, above: int = 0) -> Lease:
    """Take a lease whose number is more than `above`; StoreError where a living process holds it, OSError."""
    lease = _take(folder, above=above)
    if lease is None:
        raise StoreError(f"another edge writes in {folder}; stop it, or give this one a folder of its own")
    return lease


def _take(folder: Path, *, above: int = 0, still: tuple[int, int] | None = None) -> Lease | None:
    """`still`: number and beat of a holder that does not serve, whatever it has locked."""
    descriptor = os.open(folder / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    taken = False
    try:
        if not _lock(descriptor, 0):
            return None  # somebody else is at it
        body = os.pread(descriptor, _BODY.size, 0).ljust(_BODY.size, b"\0")
        number, beat = _BODY.unpack(body)
        contested = number > 0 and not _lock(descriptor, number)
        if contested and (number, beat) != still:
            return None
        number = max(number, above) + 1
        _lock(descriptor, number)
        os.pwrite(descriptor, _BODY.pack(number, 0), 0)
        durable.fsync(descriptor)
        durable.sync_folder(folder)
        _unlock(descriptor, 0)
        taken = True
        return Lease(descriptor, number, contested=contested)
    finally:
        if not taken:
            os.close(descriptor)


def _lock(descriptor: int, place: int) -> bool:
    """Lock one byte for this open file; False where another has it."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, place, 1, 0))
    except BlockingIOError:
        return False
    return True


def _unlock(descriptor: int, place: int) -> None:
    fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _FLOCK.pack(fcntl.F_UNLCK, os.SEEK_SET, place, 1, 0))
