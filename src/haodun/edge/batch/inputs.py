"""The files of a run: found, opened, unpacked, in chunks of bytes."""

from __future__ import annotations

import gzip
import hashlib
import os
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from haodun.edge.batch.errors import BatchError, WrongUseError

CHUNK = 4_194_304
"""Bytes read at once: of a CSV some 17,000 lines, enough that what is done once a chunk is nothing beside them."""
HEAD = 65_536
"""Bytes shown to the format detection."""
MAX_FILES = 100_000
MAX_UNPACKED = 1 << 40
"""Bytes of one unpacked file."""
MAX_RATIO = 2_000
"""Unpacked bytes for each packed byte, above `RATIO_FREE`: more is a bomb."""
RATIO_FREE = 268_435_456

GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
PACKED_SUFFIXES = (".gz", ".zst")
STDIN = "-"
STDIN_NAME = "stdin"
RUN_FILE = "run.json"
"""What a run folder is known by; a run's own files are no call records."""


@dataclass(frozen=True, slots=True)
class Input:
    """One file of call records."""

    path: Path
    name: str
    """As it appears in the quarantine file and in `source`."""

    @property
    def identity(self) -> list[object]:
        """What tells this file from another: name, size, time of change in ns."""
        status = self.path.stat()
        return [self.name, status.st_size, status.st_mtime_ns]


def find_inputs(arguments: list[str], *, spool: Path) -> list[Input]:
    """The files named, those in the folders named (sorted by path), and standard input spooled to `spool`."""
    found: list[Input] = []
    for argument in arguments:
        if argument == STDIN:
            found.append(Input(_spooled(spool), STDIN_NAME))
            continue
        path = Path(argument)
        if os.path.isdir(argument):  # noqa: PTH112 (unlike Path.is_dir, False for a name that is too long)
            found.extend(Input(file, _printable(file)) for file in _files_below(path))
        elif os.path.isfile(argument):  # noqa: PTH113
            found.append(Input(path, _printable(path)))
        else:
            raise WrongUseError(
                f"{argument[:200]} is no file and no folder; give call records, or - for standard input"
            )
        if len(found) > MAX_FILES:
            raise WrongUseError(f"more than {MAX_FILES:,} files; screen them in several runs with --state")
    if not found:
        raise WrongUseError("there is no file to read in what was named; give call records, or - for standard input")
    _refuse_twice(found)
    return found


def read_chunks(source: Input, *, seen: Callable[[int], None] = lambda packed: None) -> Iterator[bytes]:
    """The unpacked bytes of a file; gzip and zstd are known by their first bytes, whatever the name says.

    `seen` is told how many packed bytes have been read.
    """
    size = max(source.path.stat().st_size, 1)
    done = 0
    try:
        with source.path.open("rb") as raw, _unpacked(raw) as stream:
            while chunk := stream.read(CHUNK):
                done += len(chunk)
                if done > MAX_UNPACKED or (done > RATIO_FREE and done // size > MAX_RATIO):
                    raise BatchError(f"{source.name} unpacks to {done // size} times its size; refused as a bomb")
                seen(raw.tell())
                yield chunk
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise BatchError(f"{source.name} is damaged or cut off ({error}); fetch it again") from error
    except OSError as error:
        raise BatchError(f"{source.name} cannot be read ({error.strerror or error}); check path and rights") from error


def is_packed(path: Path) -> bool:
    """Whether a file begins as gzip or zstd."""
    with path.open("rb") as file:
        head = file.read(4)
    return head.startswith(GZIP_MAGIC) or head == ZSTD_MAGIC


def plain_name(name: str) -> str:
    """The name without .gz or .zst.

    >>> plain_name("Master.csv.gz")
    'Master.csv'
    """
    for suffix in PACKED_SUFFIXES:
        name = name.removesuffix(suffix)
    return name


def _unpacked(raw: BinaryIO) -> BinaryIO:
    head = raw.read(4)
    raw.seek(0)
    if head.startswith(GZIP_MAGIC):
        return cast(BinaryIO, gzip.open(raw))
    if head == ZSTD_MAGIC:
        return cast(BinaryIO, zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True))
    return raw


def _files_below(folder: Path) -> list[Path]:
    """Files of a folder and its folders; linked folders, hidden names and run folders are left out."""
    found: list[Path] = []
    for place, folders, names in os.walk(folder, followlinks=False, onerror=_unreadable):
        if RUN_FILE in names:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found.extend(Path(place, name) for name in sorted(names) if not name.startswith("."))
        if len(found) > MAX_FILES:
            break
    return [path for path in found if path.is_file()]


def _unreadable(error: OSError) -> None:
    raise BatchError(f"{error.filename} cannot be listed ({error.strerror}); check its rights") from error


def _printable(path: Path) -> str:
    """A path as text that can be stored and shown: bytes that are no UTF-8, and controls, are escaped.

    >>> _printable(Path("a\x1bb.csv"))
    'a\\x1bb.csv'
    """
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def _refuse_twice(inputs: list[Input]) -> None:
    seen: dict[Path, str] = {}
    for source in inputs:
        real = source.path.resolve()
        if real in seen:
            raise WrongUseError(f"{source.name} is named twice (also as {seen[real]}); its calls would count double")
        seen[real] = source.name


def _spooled(spool: Path) -> Path:
    """Standard input as a file, named by its content, so that a resumed run finds it unchanged."""
    spool.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    draft = spool / "stdin.part"
    with draft.open("wb") as file:
        while chunk := sys.stdin.buffer.read(CHUNK):
            digest.update(chunk)
            file.write(chunk)
    path = spool / f"stdin-{digest.hexdigest()[:16]}"
    os.utime(draft, ns=(0, 0))
    draft.replace(path)
    return path
