"""The operator's outbox: lines appended once each, by their ids, whatever was killed in between.

Theory of operation. Every writer holds the file's lock while it writes. A line that ends without a line feed is of a
writer that was killed: it is cut off. Lines behind a known length are read first, so that what was written by a try
that did not commit is found and not written again. What is written is on the disk when the call returns.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from haodun.store import durable

NAME = "messages/outbox.jsonl"
"""In the data folder; one JSON object a line, each with an id of its own. For the sender alone (mode 0600)."""
_MAX_LINE = 65_536
_STEP = 65_536


def append_once(path: Path, lines: Mapping[str, Mapping[str, str]], *, known: int) -> int:
    """Append the lines (id → JSON object with that id) that are not behind byte `known` yet; the file's new length.

    A file shorter than `known` was put aside by the operator: it is read from its beginning. OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = not path.exists()
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        length = _cut_torn(file)
        file.seek(known if known <= length else 0)
        written = {_id_of(line) for line in file}
        file.seek(length)
        for identity, line in lines.items():
            if identity not in written:
                durable.write(file, json.dumps(line, ensure_ascii=False).encode("utf-8") + b"\n")
        file.flush()
        durable.fsync(file.fileno())
        length = file.tell()
    if new:
        durable.sync_folder(path.parent)
    return length


def _cut_torn(file: BinaryIO) -> int:
    """Cut off a last line without its line feed; the length that remains."""
    length = end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - _STEP)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            end = start + found + 1
            break
        end = start
    if end != length:
        file.truncate(end)
    return end


def _id_of(line: bytes) -> str:
    """The id of a line, '' where it has none."""
    try:
        said = json.loads(line) if len(line) <= _MAX_LINE else {}
    except ValueError:
        return ""
    return str(said.get("id", "")) if isinstance(said, dict) else ""
