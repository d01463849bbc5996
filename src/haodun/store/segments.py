"""The live log of an edge: events with their verdicts, appended before the answers go out, read by the store.

Theory of operation. A folder holds `seg-<number>-<lease>.log` files (`segment_files.py`) of frames (`framing.py`). One
process writes (it holds the folder's lease, `lease.py`), any number read (`reading.py`). Each process begins a segment
of its own, whose head says how much of the one before is whole: what a killed process left torn, or a fenced one adds
later, lies beyond that and is not read. A batch is one `write` call, so a killed process leaves whole frames; a machine
that stops may leave a torn one at the end of the newest segment, since a segment is synced before the next begins; a
reader stops before it. A bad frame anywhere else is damage, and said so. Event numbers only rise; a number that was not
written was never given to an answered call.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

from haodun.store import durable
from haodun.store.errors import StoreError
from haodun.store.frames import Batch, encode_frame
from haodun.store.lease import Lease, take
from haodun.store.reading import read_batches, read_frames, read_segments
from haodun.store.segment_files import (
    START,
    Measured,
    Opening,
    Segment,
    limit_of,
    measure,
    opening_bytes,
    segment_path,
    segments,
    void_segments,
)

__all__ = ["SegmentWriter", "begin_run", "read_batches", "read_frames", "read_segments"]

SEGMENT_BYTES = 67_108_864
SEGMENT_MS = 3_600_000
"""A segment ends when it is this large or its first event this old."""
RUN_JSON = "run.json"
NUMBERS_APART = 100_000
"""Numbers left out after a take-over from a process that may still run: more than it can have under way."""


class SegmentWriter:
    """Appends to the live log of a folder; StoreError where another process does, or where it is damaged.

    Who has taken the lease already (`lease.Watch`) gives it; else it is taken here.
    """

    def __init__(
        self,
        folder: Path,
        *,
        lease: Lease | None = None,
        segment_bytes: int = SEGMENT_BYTES,
        segment_ms: int = SEGMENT_MS,
    ) -> None:
        self.folder = folder
        self._segment_bytes = segment_bytes
        self._segment_ms = segment_ms
        self._file = -1
        self._size = 0
        self._began_ms: int | None = None
        self._syncing = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self.lease = lease or take(folder, above=_newest_lease(folder))
        """Under which this process writes."""
        self.last_number = 0
        """Number of the last event in the log, 0 while there is none."""
        self.cut = 0
        """Bytes of a torn tail that the process before left, and nobody reads."""
        self._before: Segment | None = None
        self._whole = 0
        self._begin(self._look_back())  # now: the first call does not wait for the disk
        if self.lease.contested:
            self.last_number += NUMBERS_APART

    def append(self, batch: Batch) -> None:
        """Write a batch: when this returns it survives the death of the process. OSError leaves the log as it was.

        Event numbers must rise. The batch survives the death of the machine after the next `sync`. LeaseLostError where
        another process has taken over: nothing of the batch may be answered.
        """
        event = batch.pairs[0][0]
        data = encode_frame(batch._replace(lease=self.lease.number))
        self.append_frame(data, first=event.number, last=batch.last, time_ms=event.time_ms)

    def append_frame(self, data: bytes | memoryview, *, first: int, last: int, time_ms: int) -> None:
        """The same with a frame made already, under this lease's number, of events from `first` at `time_ms` on."""
        if first <= self.last_number:
            raise ValueError(f"event {first} follows {self.last_number}; numbers must rise")
        self.lease.check()
        if self._full(time_ms):
            self._begin(first)
        if self._began_ms is None:
            self._began_ms = time_ms
        self._write(data)
        self.last_number = last
        self.lease.check()  # now that it is written: who took over before this did not see it

    def sync(self) -> None:
        """Put what was appended on the disk; OSError where the disk cannot. May be called from another thread."""
        with self._syncing:
            if self._file >= 0:
                durable.fsync(self._file)

    def prune(self, before_ms: int) -> int:
        """Remove whole segments last written before a moment (ms since the epoch), never the newest; how many.

        Void ones go too.
        """
        removed = 0
        for path in void_segments(self.folder):
            path.unlink(missing_ok=True)
        for segment in segments(self.folder)[:-1]:
            if segment.path.stat().st_mtime_ns // 1_000_000 >= before_ms:
                break
            segment.path.unlink()
            removed += 1
        return removed

    def close(self) -> None:
        """Sync and let go of the folder."""
        self.sync()
        if self._file >= 0:
            os.close(self._file)
        self._file = -1
        if self._size == START and self._before is not None and self.lease.held():
            self._before.path.unlink(missing_ok=True)  # nothing was written
        self.lease.release()

    def _full(self, time_ms: int) -> bool:
        aged = self._began_ms is not None and time_ms - self._began_ms >= self._segment_ms
        return self._size >= self._segment_bytes or aged

    def _begin(self, first: int) -> None:
        """Open a new segment; the one before it is on the disk first, so that only the last can be torn."""
        path = segment_path(self.folder, first, self.lease.number)
        self.sync()
        before = (0, 0, 0) if self._before is None else (self._before.number, self._before.lease, self._whole)
        durable.place(path, opening_bytes(Opening(*before, self.lease.number)))
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        with self._syncing:
            old, self._file = self._file, descriptor
            if old >= 0:
                os.close(old)
        self._size, self._whole, self._began_ms = START, START, None
        self._before = Segment(first, self.lease.number, path)

    def _write(self, data: bytes | memoryview) -> None:
        try:
            _write_all(self._file, data)
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(data)
        self._whole = self._size

    def _look_back(self) -> int:
        """Where the log ends: the last segment that holds an event, and how much of it is whole.

        The number that this process's first segment is named by: right after that event, so what else there is is void.
        """
        found = measured_segments(self.folder)
        if not found:
            return 1
        self.cut = sum(segment.path.stat().st_size - measured.size for segment, measured in found)
        segment, (whole, last) = found[0]
        self.last_number = max(last, found[-1][0].number - 1)
        if not last:
            return segment.number
        self._before, self._whole = segment, whole
        return last + 1


def measured_segments(folder: Path) -> list[tuple[Segment, Measured]]:
    """The segments from the last one that holds an event on, with how far each is whole."""
    found = segments(folder)
    measured: list[tuple[Segment, Measured]] = []
    for place in range(len(found) - 1, -1, -1):
        limit = None if place + 1 == len(found) else limit_of(found[place], found[place + 1])
        measured.insert(0, (found[place], measure(found[place].path, limit)))
        if measured[0][1].last:
            break
    return measured


def _newest_lease(folder: Path) -> int:
    """The newest lease that the log's files name, should the file of the lease be lost."""
    found = segments(folder)
    return found[-1].lease if found else 0


def begin_run(folder: Path, record: dict[str, Any]) -> dict[str, Any]:
    """The folder's run.json: what is there, or `record`, now written. StoreError where it cannot be read."""
    path = folder / RUN_JSON
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        durable.place(path, json.dumps(record, ensure_ascii=False, indent=1).encode("utf-8"))
        return record
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read; {folder} holds no live log, or was damaged") from error
    if not isinstance(found, dict) or found.get("kind") != "live":
        raise StoreError(f"{folder} holds another kind of run; give a folder of its own to the live log")
    return found


def _write_all(descriptor: int, data: bytes | memoryview) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
