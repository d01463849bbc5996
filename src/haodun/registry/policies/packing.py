"""A snapshot folder as a tar: the same bytes each time, so that its digest can be announced before it is sent."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Iterator
from pathlib import Path

from haodun.registry.policies.limits import TAR_CHUNK

_BLOCK = tarfile.BLOCKSIZE


def tar_chunks(folder: Path) -> Iterator[bytes]:
    """The tar of a folder's files, by name, without times and owners. OSError where a file goes meanwhile."""
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        info = tarfile.TarInfo(path.relative_to(folder).as_posix())
        with path.open("rb") as file:
            info.size = path.stat().st_size
            info.mode = 0o644
            yield info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")
            while chunk := file.read(TAR_CHUNK):
                yield chunk
        yield b"\0" * (-info.size % _BLOCK)
    yield b"\0" * (2 * _BLOCK)


def measure(folder: Path) -> tuple[str, int]:
    """SHA-256 in hexadecimal and length in bytes of the tar of a folder."""
    digest, size = hashlib.sha256(), 0
    for chunk in tar_chunks(folder):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size
