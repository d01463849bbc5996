"""Durable steps: every byte, fsync and rename of a run folder or a live log goes through here.

Theory of operation. A file is written beside its place (`.part`), flushed, fsynced, renamed, and its folder is fsynced.
So a file under its final name is whole, whenever the process or the machine stops. The fault tests replace `write`,
`fsync` and `rename` to kill the process after the n-th of each.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

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


class _Counted(io.RawIOBase):
    """An open file whose every write is a durable step."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer) -> int:
        return write(self._file, data)

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()


@contextmanager
def draft(path: Path) -> Iterator[BinaryIO]:
    """A file on its way: leaving the block makes it durable and visible; an error removes it."""
    part = path.with_name(path.name + PART)
    whole = False
    try:
        with part.open("wb") as file:
            yield cast(BinaryIO, _Counted(file))
            file.flush()
            fsync(file.fileno())
        whole = True
    finally:
        if not whole:
            part.unlink(missing_ok=True)
    rename(part, path)
    sync_folder(path.parent)


def place(path: Path, data: bytes) -> None:
    """Write a whole small file."""
    with draft(path) as file:
        file.write(data)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fsync(descriptor)
    finally:
        os.close(descriptor)
