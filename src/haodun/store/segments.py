"""The live log of an edge: events with their verdicts, appended before the answers go out, read by the store.

Theory of operation. A folder holds `seg-<first event number>.log` files: a magic line, then frames (`frames.py`). One
process writes (it holds a lock on the folder), any number read. A batch is one `write` call, so a killed process
leaves whole frames; a stopped machine may leave a torn one at the very end, since a segment is synced before the next
begins. Opening for writing cuts that tail; a reader stops before it. A bad frame anywhere else is damage, and said so.
Event numbers only rise; a number that was not written was never given to an answered call.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from haodun.store import durable
from haodun.store.errors import StoreError
from haodun.store.frames import HEAD, MAX_FRAME, Batch, FrameError, Pair, decode_frame, encode_frame, sound

MAGIC = b"haodun live log 1\n"
SEGMENT_BYTES = 67_108_864
SEGMENT_MS = 3_600_000
"""A segment ends when it is this large or its first event this old."""
RUN_JSON = "run.json"

_NAME = re.compile(r"seg-([0-9]{15})\.log")


class SegmentWriter:
    """Appends to the live log of a folder; StoreError where another process does, or where it is damaged."""

    def __init__(self, folder: Path, *, segment_bytes: int = SEGMENT_BYTES, segment_ms: int = SEGMENT_MS) -> None:
        self.folder = folder
        self._segment_bytes = segment_bytes
        self._segment_ms = segment_ms
        self._file = -1
        self._size = 0
        self._began_ms: int | None = None
        self._syncing = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(folder)
        self.last_number = 0
        """Number of the last event in the log, 0 while there is none."""
        self.cut = 0
        """Bytes of a torn tail that were cut when the log was opened."""
        self._open_last()

    def append(self, batch: Batch) -> None:
        """Write a batch: when this returns it survives the death of the process. OSError leaves the log as it was.

        Event numbers must rise. The batch survives the death of the machine after the next `sync`.
        """
        first, time_ms = batch.pairs[0][0].number, batch.pairs[0][0].time_ms
        if first <= self.last_number:
            raise ValueError(f"event {first} follows {self.last_number}; numbers must rise")
        data = encode_frame(batch)
        if self._file < 0 or self._full(time_ms):
            self._begin(first)
        if self._began_ms is None:
            self._began_ms = time_ms
        self._write(data)
        self.last_number = batch.pairs[-1][0].number

    def sync(self) -> None:
        """Put what was appended on the disk; OSError where the disk cannot. May be called from another thread."""
        with self._syncing:
            if self._file >= 0:
                durable.fsync(self._file)

    def prune(self, before_ms: int) -> int:
        """Remove whole segments last written before a moment (ms since the epoch), never the newest; how many."""
        removed = 0
        for path, _ in _segments(self.folder)[:-1]:
            if path.stat().st_mtime_ns // 1_000_000 >= before_ms:
                break
            path.unlink()
            removed += 1
        return removed

    def close(self) -> None:
        """Sync and let go of the folder."""
        self.sync()
        for descriptor in (self._file, self._lock):
            if descriptor >= 0:
                os.close(descriptor)
        self._file = self._lock = -1

    def _full(self, time_ms: int) -> bool:
        aged = self._began_ms is not None and time_ms - self._began_ms >= self._segment_ms
        return self._size >= self._segment_bytes or aged

    def _begin(self, first: int) -> None:
        """Open a new segment; the one before it is on the disk first, so that only the last can be torn."""
        path = self.folder / f"seg-{first:015d}.log"
        self.sync()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_TRUNC, 0o640)
        try:
            _write_all(descriptor, MAGIC)
            durable.sync_folder(self.folder)
        except OSError:
            os.close(descriptor)
            path.unlink(missing_ok=True)
            raise
        with self._syncing:
            before, self._file = self._file, descriptor
            if before >= 0:
                os.close(before)
        self._size, self._began_ms = len(MAGIC), None

    def _write(self, data: bytes) -> None:
        try:
            _write_all(self._file, data)
        except OSError:
            os.ftruncate(self._file, self._size)
            raise
        self._size += len(data)

    def _open_last(self) -> None:
        segments = _segments(self.folder)
        if not segments:
            return
        path, first = segments[-1]
        whole, last = _measure(path)
        self.last_number = max(last, first - 1)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND)
        self.cut = os.fstat(self._file).st_size - whole
        os.ftruncate(self._file, whole)
        if whole < len(MAGIC):
            _write_all(self._file, MAGIC)
            whole = len(MAGIC)
        self._size = whole
        durable.fsync(self._file)


def read_segments(folder: Path, *, after: int = 0) -> Iterator[Pair]:
    """The events numbered above `after` with their verdicts, as far as they are written; StoreError at damage."""
    for batch in read_batches(folder, after=after):
        for pair in batch.pairs:
            if pair[0].number > after:
                yield pair


def read_batches(folder: Path, *, after: int = 0) -> Iterator[Batch]:
    """The batches that hold an event numbered above `after`; a segment pruned meanwhile is passed over."""
    segments = _segments(folder)
    for position, (path, _) in enumerate(segments):
        newest = position + 1 == len(segments)
        if not newest and segments[position + 1][1] <= after + 1:
            continue
        yield from _batches(path, after=after, newest=newest)


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


def _batches(path: Path, *, after: int, newest: bool) -> Iterator[Batch]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        if file.read(len(MAGIC)) != MAGIC:
            if newest:
                return
            raise StoreError(f"{path} does not begin as a live log; restore it or move it away")
        while head := file.read(HEAD.size):
            place = file.tell() - len(head)
            length, last = HEAD.unpack(head)[::2] if len(head) == HEAD.size else (MAX_FRAME + 1, 0)
            payload = file.read(length) if length <= MAX_FRAME else b""
            if len(head) < HEAD.size or not sound(head, payload):
                if newest:
                    return
                raise StoreError(f"{path} is damaged at byte {place}; restore it or move it away")
            if last > after:
                try:
                    yield decode_frame(head, payload)
                except FrameError as error:
                    raise StoreError(f"{path}: the frame at byte {place} cannot be read: {error}") from error


def _measure(path: Path) -> tuple[int, int]:
    """Bytes of a segment up to its last whole frame, and the number of the last event there (0: none)."""
    size, number = 0, 0
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return 0, 0
        size = len(MAGIC)
        while len(head := file.read(HEAD.size)) == HEAD.size:
            length, _, last = HEAD.unpack(head)
            if length > MAX_FRAME or not sound(head, file.read(length)):
                break
            size, number = size + HEAD.size + length, last
    return size, number


def _segments(folder: Path) -> list[tuple[Path, int]]:
    """The segments of a folder with the number each begins with, in order."""
    found = [(path, _NAME.fullmatch(path.name)) for path in folder.iterdir()]
    return sorted(((path, int(name[1])) for path, name in found if name), key=lambda segment: segment[1])


def _locked(folder: Path) -> int:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise StoreError(f"another edge writes in {folder}; stop it, or give this one a folder of its own") from error
    return descriptor


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
