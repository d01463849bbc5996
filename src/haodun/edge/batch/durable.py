"""Durable steps: every byte, fsync and rename of a run folder goes through here.

Theory of operation. A file is written beside its place (`.part`), flushed, fsynced, renamed, and its folder is fsynced.
So a file under its final name is whole, whenever the process or the machine stops. The fault tests replace `write`,
`fsync` and `rename` to kill the process after the n-th of each.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from typing_extensions import Buffer

PART = ".part"


def write(file: BinaryIO, data: Buffer) -> int:
    """Write bytes to an open file."""
    return file.write(data)


def fsync(descriptor: int) -> None:
    """Put a file or folder on the disk."""
    os.fsync(descriptor)


def rename(old: Path, new: Path) -> None:
    """Give a whole file its final name."""
    old.replace(new)


class Draft(io.RawIOBase):
    """A file on its way: write to it; on leaving the block it is made durable and visible, or removed on an error."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._part = path.with_name(path.name + PART)
        self._file = self._part.open("wb")

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: Buffer) -> int:
        """Write bytes; returns how many."""
        return write(self._file, data)

    def tell(self) -> int:
        """Bytes written so far."""
        return self._file.tell()

    def __enter__(self) -> Draft:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._file.flush()
            fsync(self._file.fileno())
        self._file.close()
        self.close()
        if kind is None:
            rename(self._part, self._path)
            sync_folder(self._path.parent)
        else:
            self._part.unlink(missing_ok=True)


def place(path: Path, data: bytes) -> None:
    """Write a whole small file."""
    with Draft(path) as draft:
        draft.write(data)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fsync(descriptor)
    finally:
        os.close(descriptor)
