"""Snapshot folders on the disk: written beside their place and renamed whole; read by named limits, never by links."""

from __future__ import annotations

import mmap
import os
import shutil
import stat
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from typing_extensions import Buffer

from haodun.screening.snapshot.errors import Code, SnapshotRefused
from haodun.screening.snapshot.manifest import Part

DRAFT = ".part"


def fsync(descriptor: int) -> None:
    """Put a file or folder on the disk."""
    os.fsync(descriptor)


def rename(old: Path, new: Path) -> None:
    """Give a whole folder or file its final name."""
    old.rename(new)


def write_folder(folder: Path, files: Mapping[str, Buffer]) -> None:
    """Write a whole folder under its name, or nothing. Raises SnapshotRefused `taken`, OSError."""
    folder = folder.absolute()
    if folder.exists() or folder.is_symlink():
        raise SnapshotRefused(Code.TAKEN, f"{folder} is there already; a snapshot is never changed, name a new folder")
    draft = folder.with_name(folder.name + DRAFT)
    shutil.rmtree(draft, ignore_errors=True)  # of a process that was killed
    whole = False
    try:
        draft.mkdir(parents=True)
        for name, data in files.items():
            _write(draft / name, data)
        for inner in {(draft / name).parent for name in files}:
            sync_folder(inner)
        sync_folder(draft)
        rename(draft, folder)  # fails where a folder with files has come there meanwhile
        whole = True
    finally:
        if not whole:
            shutil.rmtree(draft, ignore_errors=True)
    sync_folder(folder.parent)


def write_file(path: Path, data: bytes) -> None:
    """Replace a small file: its old content or its new one, never a part."""
    draft = path.with_name(path.name + DRAFT)
    _write(draft, data)
    draft.replace(path)
    sync_folder(path.absolute().parent)


def _write(path: Path, data: Buffer) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fsync(descriptor)
    finally:
        os.close(descriptor)


def read_small(path: Path, *, limit: int) -> bytes:
    """A whole small file. Raises SnapshotRefused `part_missing` or `too_large`."""
    descriptor = _open(path)
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise SnapshotRefused(Code.TOO_LARGE, f"{path} is longer than {limit} bytes, the most that is read")
    return data


def map_part(folder: Path, part: Part, *, limit: int) -> Buffer:
    """A part's bytes, mapped, exactly those of the manifest.

    Raises SnapshotRefused `part_missing`, `too_large`, `truncated` or `part_altered`.
    """
    path = folder / part.name
    if part.size > limit:
        raise SnapshotRefused(Code.TOO_LARGE, f"{path} would have {part.size} bytes; at most {limit} are read")
    descriptor = _open(path)
    try:
        size = os.fstat(descriptor).st_size
        if size < part.size:
            raise SnapshotRefused(
                Code.TRUNCATED, f"{path} has {size} bytes and should have {part.size}; fetch the snapshot again"
            )
        mapped: Buffer = mmap.mmap(descriptor, part.size, access=mmap.ACCESS_READ) if part.size else b""
    except (OSError, ValueError) as error:  # no memory to map it, or cut since it was measured
        raise SnapshotRefused(
            Code.PART_MISSING, f"{path} cannot be mapped ({error}); fetch the snapshot again"
        ) from error
    finally:
        os.close(descriptor)
    if size != part.size or digest_of(mapped) != part.sha256:
        raise SnapshotRefused(
            Code.PART_ALTERED, f"{path} is not what the manifest signed; fetch the snapshot again from its issuer"
        )
    return mapped


def digest_of(data: Buffer) -> str:
    """SHA-256 in hexadecimal."""
    return sha256(data).hexdigest()


def _open(path: Path) -> int:
    """A descriptor of a regular file; a link, a pipe or a device is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise SnapshotRefused(
            Code.PART_MISSING, f"{path} cannot be read ({error.strerror}); fetch the snapshot again"
        ) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SnapshotRefused(Code.PART_MISSING, f"{path} is no file; fetch the snapshot again")
    return descriptor
