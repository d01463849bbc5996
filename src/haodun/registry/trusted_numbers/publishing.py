"""Publish the public directory: a new signed version whenever it has changed, and one a day in any case.

One publisher at a time (advisory lock). Folders that no row names are of a publisher that was killed before its
commit; nobody was told of them, and they are removed. The folder is written whole and fsynced, then the row commits.
"""

from __future__ import annotations

import hashlib
import io
import re
import shutil
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from haodun.audit.services import AuditKind, record
from haodun.offices.organisations.services import system
from haodun.registry.restrictions.services import last_change
from haodun.registry.trusted_numbers.documents import (
    Head,
    Item,
    delta_bytes,
    full_bytes,
    read_full,
    read_head,
    root,
    sign,
)
from haodun.registry.trusted_numbers.models import DirectoryVersion, EntryNumber
from haodun.screening.snapshot import PublicKey, Signer
from haodun.screening.snapshot.folder import write_folder

LOCK = "haodun.directory"
EXPIRES_AFTER = timedelta(days=3)
DAILY = timedelta(hours=23)
KEEP = 400
"""Versions whose files are kept."""
FILES = {
    "head.json": "application/json",
    "head.sig": "application/octet-stream",
    "full.json": "application/json",
    "delta.json": "application/json",
    "full.parquet": "application/vnd.apache.parquet",
}
KEY = "directory"
_FOLDER = re.compile(r"([0-9]{1,12})(?:\.part)?", re.ASCII)
_TYPES: dict[str, pa.DataType] = {
    "number": pa.int64(),
    "holder": pa.string(),
    "uscc": pa.string(),
    "zh": pa.string(),
    "en": pa.string(),
    "inbound_only": pa.bool_(),
    "until": pa.int64(),
}


def publish_directory(at: datetime | None = None) -> int | None:
    """Publish what has changed; the new version, None where nothing has and the last is of today."""
    at = timezone.now() if at is None else at
    with system(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])
        last = DirectoryVersion.objects.order_by("-version").first()
        _remove_unknown(0 if last is None else last.version)
        change = last_change()
        items = items_at(at)
        held = None if last is None else version_files(last.version)
        if last is not None and held is not None and held[2] == items and at - last.created_at < DAILY:
            return None
        row = _write(last, held, items, change=change, at=at)
        row.save(force_insert=True)
        record(
            AuditKind.DIRECTORY_PUBLISHED,
            actor=None,
            organisation=None,
            object_type="directory",
            object_id=row.version,
            body={"items": row.entries, "head": row.head, "change": row.change},
        )
    _prune()
    return row.version


def items_at(at: datetime) -> list[Item]:
    """What the public may know of every number in force, by number."""
    rows = EntryNumber.objects.filter(active=True, entry__state="ACTIVE", entry__valid_until__gt=at)
    return [
        Item(
            number=row.number,
            holder=row.entry.holder.name_zh,
            uscc=row.entry.holder.uscc,
            zh=row.entry.display_zh,
            en=row.entry.display_en,
            inbound_only=row.entry.inbound_only,
            until=int(row.entry.valid_until.timestamp()),
        )
        for row in rows.select_related("entry__holder").order_by("number")
    ]


def version_files(version: int) -> tuple[Head, bytes, list[Item]] | None:
    """Head, signature and items of a version that is kept; None where its files are gone. DirectoryError."""
    folder = directory_folder() / str(version)
    try:
        data, signature = (folder / "head.json").read_bytes(), (folder / "head.sig").read_bytes()
        full = (folder / "full.json").read_bytes()
    except OSError:
        return None
    head = read_head(data, signature, public_key())
    return head, signature, read_full(head, full)


def newest() -> DirectoryVersion | None:
    """The newest version."""
    found: DirectoryVersion | None = DirectoryVersion.objects.order_by("-version").first()
    return found


def directory_folder() -> Path:
    """Where the versions lie."""
    return Path(settings.HAODUN_DATA) / "directory"


def public_key() -> PublicKey:
    """What consumers check with. SnapshotRefused `key` where it is absent."""
    return PublicKey.load(Path(settings.HAODUN_DATA) / "keys" / f"{KEY}.pub")


def _write(
    last: DirectoryVersion | None,
    held: tuple[Head, bytes, list[Item]] | None,
    items: list[Item],
    *,
    change: int,
    at: datetime,
) -> DirectoryVersion:
    signer = Signer.load(Path(settings.HAODUN_DATA) / "keys" / f"{KEY}.key")
    parent = 0 if last is None else last.version
    version = parent + 1
    full = full_bytes(version, items)
    delta = delta_bytes(version, parent, [] if held is None else held[2], items)
    parquet = _parquet(items)
    head = Head(
        issuer=settings.HAODUN_NODE,
        version=version,
        parent=parent,
        parent_head="" if last is None else last.head,
        created_ms=int(at.timestamp() * 1_000),
        expires_ms=int((at + EXPIRES_AFTER).timestamp() * 1_000),
        items=len(items),
        root=root(items),
        full=_sha(full),
        delta=_sha(delta),
        parquet=_sha(parquet),
        key_id=signer.key_id,
    )
    files = {"head.json": head.encode(), "head.sig": sign(head, signer), "full.json": full, "delta.json": delta}
    write_folder(directory_folder() / str(version), {**files, "full.parquet": parquet})
    return DirectoryVersion(version=version, change=change, head=head.digest, entries=len(items), created_at=at)


def _parquet(items: list[Item]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([asdict(one) for one in items], schema=pa.schema(_TYPES)), out)
    return out.getvalue()


def _remove_unknown(newest_version: int) -> None:
    folder = directory_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        match = _FOLDER.fullmatch(path.name)
        if match and (int(match[1]) > newest_version or path.name.endswith(".part")):
            shutil.rmtree(path)


def _prune() -> None:
    row = newest()
    for path in directory_folder().iterdir():
        match = _FOLDER.fullmatch(path.name)
        if row is not None and match and int(match[1]) <= row.version - KEEP:
            shutil.rmtree(path, ignore_errors=True)


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
