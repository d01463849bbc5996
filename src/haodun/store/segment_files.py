"""The files of a live log: their names, how each begins, which of them count, and how far each is whole.

A segment begins with a magic line and a head: which segment came before, how many bytes of that are whole, the lease
under which this one is written. Segments without a head are older than leases.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from pathlib import Path
from typing import NamedTuple

from haodun.store import durable
from haodun.store.framing import HEAD, MAX_FRAME, sound

MAGIC = b"haodun live log 2\n"
OLD_MAGIC = b"haodun live log 1\n"
"""Of logs older than leases: no head, and a process went on in the segment of the one before."""

_NAME = re.compile(r"seg-([0-9]{15})(?:-([0-9]{9}))?\.log")
_OPENING = struct.Struct("<4QI")
START = len(MAGIC) + _OPENING.size
"""Where the frames of a segment begin."""


class Segment(NamedTuple):
    """One file of a live log."""

    number: int
    """The first event number that it may hold."""
    lease: int
    """Under which it was written, 0 where it is older than leases."""
    path: Path


class Opening(NamedTuple):
    """What the head of a segment says."""

    number: int
    """`number` of the segment before, 0 where there was none."""
    before: int
    """`lease` of the segment before."""
    whole: int
    """Bytes of the segment before that count."""
    lease: int


def segment_path(folder: Path, number: int, lease: int) -> Path:
    """Where a segment lies."""
    return folder / f"seg-{number:015d}-{lease:09d}.log"


def segments(folder: Path) -> list[Segment]:
    """The segments that count, in order: not what a fenced process began after another had taken over.

    Who takes over begins at the number after the last that counts, so what an older lease began there or later is void.
    """
    counting: list[Segment] = []
    for segment in _all(folder):
        while counting and counting[-1].number >= segment.number and counting[-1].lease < segment.lease:
            counting.pop()
        if not counting or counting[-1].lease <= segment.lease:
            counting.append(segment)
    return counting


def void_segments(folder: Path) -> list[Path]:
    """The segments that do not count."""
    counting = segments(folder)
    return [segment.path for segment in _all(folder) if segment not in counting]


def _all(folder: Path) -> list[Segment]:
    names = ((path, _NAME.fullmatch(path.name)) for path in folder.iterdir())
    return sorted(Segment(int(name[1]), int(name[2] or 0), path) for path, name in names if name)


def opening_bytes(opening: Opening) -> bytes:
    """How a segment begins."""
    head = _OPENING.pack(*opening, 0)[: -struct.calcsize("<I")]
    return MAGIC + head + struct.pack("<I", zlib.crc32(head))


def read_opening(data: bytes) -> Opening | None:
    """What the first START bytes of a segment say; None where it has no sound head."""
    if len(data) < START or not data.startswith(MAGIC):
        return None
    *found, checksum = _OPENING.unpack_from(data, len(MAGIC))
    if zlib.crc32(data[len(MAGIC) : START - struct.calcsize("<I")]) != checksum:
        return None
    return Opening(*found)


def limit_of(segment: Segment, following: Segment) -> int | None:
    """How many bytes of a segment count, by the head of the next one; None where that does not say."""
    try:
        with following.path.open("rb") as file:
            opening = read_opening(file.read(START))
    except FileNotFoundError:
        return None
    if opening is None or (opening.number, opening.before) != (segment.number, segment.lease):
        return None
    return opening.whole


def sync_newest(folder: Path) -> None:
    """Put the log on the disk as far as it is written, whoever wrote it; OSError. Older segments are there already."""
    for segment in segments(folder)[-1:]:
        descriptor = os.open(segment.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            durable.fsync(descriptor)
        finally:
            os.close(descriptor)


class Measured(NamedTuple):
    """How far a segment is whole."""

    size: int
    last: int
    """Number of its last event, 0 where it has none."""


def measure(path: Path, limit: int | None) -> Measured:
    """How far a segment is whole, at most up to `limit` bytes."""
    number = 0
    with path.open("rb") as file:
        size = frames_start(file.read(START))
        if not size:
            return Measured(0, 0)
        file.seek(size)
        while (limit is None or size < limit) and len(head := file.read(HEAD.size)) == HEAD.size:
            length, _, last = HEAD.unpack(head)
            payload = file.read(length) if length <= MAX_FRAME else b""
            if not sound(head, payload):
                break
            size, number = size + HEAD.size + length, last
    return Measured(size, number)


def frames_start(data: bytes) -> int:
    """Where frames begin in a segment whose first START bytes are `data`; 0 where it is none, or torn."""
    if data.startswith(OLD_MAGIC):
        return len(OLD_MAGIC)
    return START if read_opening(data) is not None else 0
