"""The kernel's states kept beside the log: whole or not there, the newest two, so that a restart replays little.

Theory of operation. A state says after which event of the log it was taken; a restart takes the newest that is sound
and counts what the log has after it, and where none is, the whole log. Nothing is lost with a state, so it may be
written at leisure, by whoever follows the log: a standby, or a process of its own (`aging.py`); the calls never wait.

Layout of `state-<event number>.bin`, little endian: a magic line; length (u32), CRC-32 (u32) and a header in JSON; then
chunks of length, CRC-32, bytes; a chunk of length 0 ends it. The file gets its name when it is whole and on the disk.
"""

from __future__ import annotations

import fcntl
import json
import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from haodun.edge.serve.limits import STATE_CHUNK, STATES_KEPT
from haodun.store import durable

MAGIC = b"haodun edge state 1\n"
LOCK = "state.lock"
_NAME = re.compile(r"state-([0-9]{15})\.bin")
_PART = re.compile(r"state-[0-9]{15}\.bin\.part")
_CHUNK = struct.Struct("<II")


class StateError(ValueError):
    """A kept state that cannot be used; the message says why."""


class Stored(NamedTuple):
    """A kept state, opened."""

    number: int
    """Event of the log after which it was taken."""
    kernel: str
    """Name of the kernel that it is of."""
    run: str
    chunks: Iterator[bytes]
    """What the kernel wrote, checked as it is read; StateError, OSError."""


def numbers_of(folder: Path) -> list[int]:
    """After which events states are kept, the newest first."""
    names = (_NAME.fullmatch(path.name) for path in folder.iterdir())
    return sorted((int(name[1]) for name in names if name), reverse=True)


def path_of(folder: Path, number: int) -> Path:
    """Where the state after an event lies."""
    return folder / f"state-{number:015d}.bin"


@contextmanager
def keeping(folder: Path) -> Iterator[bool]:
    """Whether this process may write states now: one at a time does."""
    with (folder / LOCK).open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def write_state(folder: Path, number: int, *, kernel: str, run: str, chunks: Iterable[bytes]) -> Path:
    """Keep a state, and the one before it; use inside `with keeping(folder)`. OSError."""
    _sweep(folder)
    path = path_of(folder, number)
    header = json.dumps({"number": number, "kernel": kernel, "run": run}).encode("utf-8")
    with durable.draft(path) as file:
        file.write(MAGIC)
        for chunk in (header, *_cut(chunks), b""):
            file.write(_CHUNK.pack(len(chunk), zlib.crc32(chunk)))
            file.write(chunk)
    for older in numbers_of(folder)[STATES_KEPT:]:
        path_of(folder, older).unlink(missing_ok=True)
    return path


@contextmanager
def opened_state(folder: Path, number: int) -> Iterator[Stored]:
    """A kept state; StateError where it is damaged, also while its chunks are read; OSError."""
    with path_of(folder, number).open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise StateError("it does not begin as a state")
        try:
            header: dict[str, Any] = json.loads(_chunk(file))
            found = Stored(int(header["number"]), str(header["kernel"]), str(header["run"]), _chunks(file))
        except (ValueError, KeyError, TypeError) as error:
            raise StateError("its header is damaged") from error
        if found.number != number:
            raise StateError(f"it is of event {found.number}")
        yield found


def _cut(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), STATE_CHUNK):
            yield chunk[start : start + STATE_CHUNK]


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := _chunk(file):
        yield chunk


def _chunk(file: BinaryIO) -> bytes:
    head = file.read(_CHUNK.size)
    length, checksum = _CHUNK.unpack(head) if len(head) == _CHUNK.size else (0, -1)
    chunk = file.read(length) if length <= STATE_CHUNK else b""
    if len(chunk) != length or zlib.crc32(chunk) != checksum:
        raise StateError(f"it is damaged at byte {file.tell()}")
    return chunk


def _sweep(folder: Path) -> None:
    """Remove what a process that was killed left half written."""
    for path in folder.iterdir():
        if _PART.fullmatch(path.name):
            path.unlink(missing_ok=True)
