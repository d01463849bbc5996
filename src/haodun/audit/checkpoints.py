"""Checkpoints: what the ledger was at a moment, signed, kept outside the database.

A checkpoint is a signed note as transparency logs use it (C2SP signed-note and tlog-checkpoint), so that others'
witnesses read it: origin, size, root (RFC 6962, base64), then our two lines, the head of the chain and the time; a
blank line; an Ed25519 signature. The folder holds `latest`, replaced as a whole, and one append-only file a day (UTC)
with every checkpoint. Give a copy of `latest` away often: the claim of the ledger reaches as far as the last
checkpoint that somebody else holds.
"""

from __future__ import annotations

import binascii
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from haodun.audit.errors import AuditError
from haodun.screening.snapshot import PublicKey, Signer, SnapshotRefused
from haodun.store import durable

LATEST = "latest"
MAX_NOTE = 4_096
"""Bytes of one checkpoint."""
_NAME = re.compile(r"[A-Za-z0-9._/-]{1,80}", re.ASCII)
_SIZE = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\.jsonl", re.ASCII)
ED25519 = b"\x01"
"""The algorithm byte of a signed note's key id."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the ledger was."""

    origin: str
    """`haodun/` and the node's name."""
    size: int
    """Entries sealed, at least 1."""
    root: bytes
    """RFC 6962 root over them, 32 bytes."""
    head: bytes
    """Head of the chain, 32 bytes."""
    at: datetime
    """When it was signed."""

    def text(self) -> str:
        """What is signed."""
        when = self.at.astimezone(UTC).isoformat(timespec="milliseconds")
        lines = (self.origin, str(self.size), _b64(self.root), f"head {_b64(self.head)}", f"time {when}")
        return "\n".join(lines) + "\n"

    def signed(self, signer: Signer) -> str:
        """The whole note."""
        key = key_id(self.origin, signer.public)
        return f"{self.text()}\n— {self.origin} {_b64(key + signer.sign(self.text().encode()))}\n"


def key_id(name: str, public: PublicKey) -> bytes:
    """C2SP signed-note: the first four bytes of SHA-256(name, newline, algorithm, key)."""
    return sha256(name.encode() + b"\n" + ED25519 + public.raw).digest()[:4]


def _b64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _raw(text: str, size: int) -> bytes:
    found = b64decode(text, validate=True)
    if len(found) != size or _b64(found) != text:
        raise ValueError(f"{text!r} are not {size} bytes in base64")
    return found


def read_note(note: str, public: PublicKey, *, where: str) -> Checkpoint:
    """The checkpoint of a note whose signature by this key holds; AuditError `where` it is torn or forged."""
    text, gap, signatures = note.partition("\n\n")
    if not gap or len(note) > MAX_NOTE or not signatures.endswith("\n"):
        raise AuditError(f"{where} is no checkpoint; it may be torn: take another copy")
    try:
        found = _parse(text + "\n")
    except (ValueError, binascii.Error) as error:
        raise AuditError(f"{where} is no checkpoint ({error}); take another copy") from error
    wanted = key_id(found.origin, public)
    for line in signatures.splitlines():
        dash, name, signature = (*line.split(" "), "", "", "")[:3]
        if dash != "—" or name != found.origin:
            continue
        try:
            raw = _raw(signature, 4 + 64)
        except (ValueError, binascii.Error):
            continue
        if raw[:4] == wanted and public.verifies(raw[4:], found.text().encode()):
            return found
    raise AuditError(
        f"{where} (size {found.size}, {found.at.isoformat()}) is not signed by key {public.key_id}: "
        "it is forged, or the key is another"
    )


def _parse(text: str) -> Checkpoint:
    lines = text.splitlines()
    if len(lines) != 5:
        raise ValueError(f"it has {len(lines)} lines, not 5")
    origin, size, root, head, when = lines
    if not _NAME.fullmatch(origin) or not _SIZE.fullmatch(size):
        raise ValueError("its origin or its size is none")
    if not head.startswith("head ") or not when.startswith("time "):
        raise ValueError("its head or its time is missing")
    at = datetime.fromisoformat(when.removeprefix("time "))
    if at.tzinfo is None:
        raise ValueError("its time has no zone")
    found = Checkpoint(origin, int(size), _raw(root, 32), _raw(head.removeprefix("head "), 32), at)
    if found.text() != text:
        raise ValueError("it is not written in the one way")
    return found


@dataclass(frozen=True, slots=True)
class Kept:
    """One note of a folder, and where it lies."""

    where: str
    note: str


def read_all(kept: Iterable[Kept], public: PublicKey) -> tuple[list[Checkpoint], list[str]]:
    """The checkpoints whose signature holds, and a sentence for each note that is torn or forged."""
    sound: list[Checkpoint] = []
    refused: list[str] = []
    for one in kept:
        try:
            sound.append(read_note(one.note, public, where=one.where))
        except AuditError as error:
            refused.append(str(error))
    return sound, refused


class Folder:
    """A folder of checkpoints."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, checkpoint: Checkpoint, signer: Signer) -> None:
        """Append it to its day's file, then make it the latest; both are on the disk when this returns."""
        self.path.mkdir(parents=True, exist_ok=True)
        note = checkpoint.signed(signer)
        day = self.path / f"{checkpoint.at.astimezone(UTC).date().isoformat()}.jsonl"
        known = day.exists()
        with day.open("ab+") as file:
            _cut_torn_tail(day)
            file.seek(0, 2)
            durable.write(file, json.dumps({"checkpoint": note}, ensure_ascii=False).encode() + b"\n")
            file.flush()
            durable.fsync(file.fileno())
        if not known:
            durable.sync_folder(self.path)
        durable.place(self.path / LATEST, note.encode())

    def latest(self) -> Kept | None:
        """The newest note, None in an empty folder."""
        path = self.path / LATEST
        return kept_file(path) if path.is_file() else None

    def history(self) -> Iterator[Kept]:
        """Every note, oldest day first, then `latest`; a torn last line of a file is no note."""
        if not self.path.is_dir():
            return
        for path in sorted(self.path.iterdir()):
            if _DAY.fullmatch(path.name):
                yield from _notes(path)
        newest = self.latest()
        if newest is not None:
            yield newest

    def last_of_each_day(self) -> Iterator[Kept]:
        """The last whole note of each day, oldest day first, then `latest`: each covers all that was before it."""
        if not self.path.is_dir():
            return
        for path in sorted(self.path.iterdir()):
            if _DAY.fullmatch(path.name):
                yield from list(_notes(path, tail=2 * MAX_NOTE))[-1:]
        newest = self.latest()
        if newest is not None:
            yield newest


def kept_file(path: Path) -> Kept:
    """A note in a file of its own. Raises AuditError where it cannot be read."""
    return Kept(str(path), _text(path))


def _notes(path: Path, *, tail: int = 0) -> Iterator[Kept]:
    """Every note of a day's file; with `tail` those that begin in its last bytes, numbered from the end."""
    lines = _tail(path, tail) if tail else _text(path).split("\n")
    for number, line in enumerate(lines[:-1], start=1):
        where = f"{path}:{number - len(lines) if tail else number}"
        try:
            note = json.loads(line)["checkpoint"]
        except (ValueError, KeyError, TypeError):
            note = line  # no note either: whoever reads it says where it lies
        yield Kept(where, str(note))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AuditError(f"{path} cannot be read ({error}); take another copy of this file") from error


def _tail(path: Path, size: int) -> list[str]:
    """The whole lines in the last bytes of a file, and what stands behind the last line feed."""
    try:
        with path.open("rb") as file:
            start = max(0, file.seek(0, 2) - size)
            file.seek(start)
            lines = file.read().decode("utf-8", "replace").split("\n")
    except OSError as error:
        raise AuditError(f"{path} cannot be read ({error}); take another copy of this file") from error
    return lines[1:] if start else lines


def _cut_torn_tail(path: Path) -> None:
    """A line that a crash left without its end never counted; take it away."""
    with path.open("rb+") as file:
        size = file.seek(0, 2)
        start = file.seek(max(0, size - 2 * MAX_NOTE))
        whole = start + file.read().rfind(b"\n") + 1
        if whole < size:
            file.truncate(whole)


def site_signer(keys: Path) -> Signer:
    """The node's checkpoint key (`checkpoint.key`, `checkpoint.pub`), made at first use. Raises AuditError."""
    private, public = keys / "checkpoint.key", keys / "checkpoint.pub"
    try:
        if not private.exists():
            signer = Signer.generate()
            signer.save(private, public)
            return signer
        return Signer.load(private)
    except SnapshotRefused as error:
        raise AuditError(str(error)) from error


def public_key(path: Path) -> PublicKey:
    """The key that checkpoints are checked with, from a PEM file. Raises AuditError."""
    try:
        return PublicKey.load(path)
    except SnapshotRefused as error:
        raise AuditError(str(error)) from error
