"""Reading a live log while it is written: from any event on, or following it frame by frame.

A record of an older lease that comes after one of a newer lease is not read: its writer was fenced.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from haodun.store.columns import batch_of
from haodun.store.errors import StoreError
from haodun.store.frames import HEAD, MAX_FRAME, Batch, Columns, FrameError, Pair, decode_payload, sound
from haodun.store.segment_files import START, Segment, frames_start, limit_of, segments

FRAMES_A_STEP = 256
"""Frames that one step of a follower takes at most."""


def read_segments(folder: Path, *, after: int = 0) -> Iterator[Pair]:
    """The events numbered above `after` with their verdicts, as far as they are written; StoreError at damage."""
    for batch in read_batches(folder, after=after):
        for pair in batch.pairs:
            if pair[0].number > after:
                yield pair


def read_batches(folder: Path, *, after: int = 0) -> Iterator[Batch]:
    """The batches that hold an event numbered above `after`; a segment pruned meanwhile is passed over. StoreError."""
    for frame in read_frames(folder, after=after):
        yield facts(frame, folder)


def facts(frame: Batch | Columns, folder: Path) -> Batch:
    """A frame of either kind as a batch; StoreError where it means nothing."""
    try:
        return batch_of(frame) if isinstance(frame, Columns) else frame
    except FrameError as error:
        raise StoreError(f"{folder}: the frame that ends with event {frame.last} cannot be read: {error}") from error


def read_frames(folder: Path, *, after: int = 0) -> Iterator[Batch | Columns]:
    """The same batches, those of columns as they are."""
    follower = Follower(folder, after=after)
    while frames := follower.step():
        yield from frames


class Follower:
    """Reads what a log has after an event, and goes on where it stopped. Used by one thread."""

    def __init__(self, folder: Path, *, after: int = 0) -> None:
        self.folder = folder
        self.after = after
        """Number of the last event that was read."""
        self._lease = 0
        self._segment: Segment | None = None
        self._place = 0

    def step(self) -> list[Batch | Columns]:
        """Some frames that were not read yet, none where nothing more is written; StoreError at damage."""
        frames: list[Batch | Columns] = []
        while not frames:
            following = self._following()
            if self._segment is not None:
                frames = self._read(self._segment, following)
            if frames or following is None:
                return frames
            self._segment, self._place = following, 0
        return frames

    def _following(self) -> Segment | None:
        """The segment after the one that is read; at first the one where `after` lies. None at the newest."""
        here = self._segment
        found = segments(self.folder)
        if here is None:
            earlier = [segment for segment in found if segment.number <= self.after + 1]
            return earlier[-1] if earlier else found[0] if found else None
        # Not simply the next by name: the one that is read may have turned out void.
        return next((one for one in found if one.lease > here.lease or one.number > here.number), None)

    def _read(self, segment: Segment, following: Segment | None) -> list[Batch | Columns]:
        limit = None if following is None else limit_of(segment, following)
        frames: list[Batch | Columns] = []
        try:
            file = segment.path.open("rb")
        except FileNotFoundError:
            return []
        with file:
            if not self._place:
                self._place = frames_start(file.read(START))
                if not self._place:
                    if following is not None and limit != 0:
                        raise StoreError(f"{segment.path} does not begin as a live log; restore it or move it away")
                    return []
            file.seek(self._place)
            most = os.fstat(file.fileno()).st_size if limit is None else limit
            while len(frames) < FRAMES_A_STEP and self._place < most:
                head = file.read(HEAD.size)
                length, last = HEAD.unpack(head)[::2] if len(head) == HEAD.size else (MAX_FRAME + 1, 0)
                payload = file.read(length) if length <= MAX_FRAME else b""
                if len(head) < HEAD.size or not sound(head, payload):
                    if following is None:
                        break
                    raise StoreError(f"{segment.path} is damaged at byte {self._place}; restore it or move it away")
                place, self._place = self._place, self._place + len(head) + length
                if last > self.after:
                    self._take(payload, frames, f"{segment.path}: the frame at byte {place}")
        return frames

    def _take(self, payload: bytes, frames: list[Batch | Columns], where: str) -> None:
        try:
            frame = decode_payload(payload)
        except FrameError as error:
            raise StoreError(f"{where} cannot be read: {error}") from error
        if frame.lease >= self._lease:
            self._lease, self.after = frame.lease, frame.last
            frames.append(frame)
