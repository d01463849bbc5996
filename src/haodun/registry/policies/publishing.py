"""Publish: from the open restrictions to a signed snapshot that every edge is told of.

Theory of operation. One publisher at a time (advisory lock of the transaction). 1. Folders that no row names are of a
publisher that was killed before its commit; nobody was told of them, and they are removed. 2. The last change is read;
since changes commit in order, all up to it are visible. Then the clock: whatever is visible began before, or its own
clock is ahead of ours, and then its time holds (`moment_of`); nothing published is passed over. 3. A delta of the
numbers changed since the last publication, or a full snapshot: the first, every FULL_EVERY deltas, when policy or
trunks are others, or when the chain does not open. 4. The folder is written under its final name, whole and fsynced.
5. Row, ledger entry, notification and facts commit together. Killed before 5: the old version is the newest. Killed
after: the new one is, whole.
A burst of changes is one publication, since the job has a queueing lock and takes all there is.
"""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from haodun.audit.services import AuditKind, record
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import emit
from haodun.registry.policies.chain import Chain
from haodun.registry.policies.content import Site, read_site
from haodun.registry.policies.facts import SnapshotPublished
from haodun.registry.policies.limits import EXPIRES_AFTER, FULL_EVERY, KEEP_FULL
from haodun.registry.policies.models import Publication
from haodun.registry.policies.packing import measure
from haodun.registry.restrictions.services import active_lists, changed_numbers, last_change, moment_of
from haodun.screening.snapshot import Content, Signer, Snapshot, build, build_delta

CHANNEL = "haodun_snapshots"
"""NOTIFY channel; the payload is the version."""
LOCK = "haodun.publisher"
_FOLDER = re.compile(r"([0-9]{1,16})(?:\.full)?(?:\.part)?", re.ASCII)

_chain = Chain()


def snapshots_folder() -> Path:
    """Where the snapshots of this installation lie."""
    return Path(settings.HAODUN_DATA) / "snapshots"


def publish(cause: str, *, full: bool = False, at: datetime | None = None) -> int | None:
    """Publish what has changed; the new version, None where nothing has. `full`: a full one, changed or not.

    Raises SnapshotRefused, SiteError or OSError where it cannot be built; nothing was published then.
    """
    site = read_site()
    with system(), transaction.atomic():
        take_lock()
        last = Publication.objects.order_by("-version").first()
        folder = snapshots_folder()
        remove_unknown(folder, newest=0 if last is None else last.version)
        change = last_change()
        new_site = last is None or last.policy_digest != site.digest
        if last is not None and last.change >= change and not full and not new_site:
            return None
        at = moment_of(0 if last is None else last.change, change, timezone.now() if at is None else at)
        version = 1 if last is None else last.version + 1
        base = None if full or new_site or last is None else _base(last, folder)
        row = Publication(
            version=version,
            parent=0 if last is None else last.version,
            kind="full" if base is None else "delta",
            policy_digest=site.digest,
            cause=cause,
            created_at=at,
            change=change,
        )
        if base is None:
            _build_full(row, folder, site)
        else:
            _build_delta(row, folder, base, after=last.change if last else 0)
        row.digest, row.bytes = measure(folder / str(version))
        announce(row)
    _prune(folder)
    return version


def take_lock() -> None:
    """Be the only publisher until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])


def remove_unknown(folder: Path, *, newest: int) -> list[int]:
    """Remove folders of versions that no row names: of publishers killed before their commit. Which."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for path in folder.iterdir():
        match = _FOLDER.fullmatch(path.name)
        if match and (int(match[1]) > newest or path.name.endswith(".part")):
            shutil.rmtree(path)
            found.append(int(match[1]))
    return sorted(found)


def announce(row: Publication) -> None:
    """Put the row in, with its ledger entry, notification and fact; all appear with the commit."""
    row.save(force_insert=True)
    record(
        AuditKind.SNAPSHOT_PUBLISHED,
        actor=None,
        organisation=None,
        object_type="snapshot",
        object_id=row.version,
        body={"kind": row.kind, "parent": row.parent, "sha256": row.digest, "cause": row.cause, "change": row.change},
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, str(row.version)])
    emit(SnapshotPublished(version=row.version, change=row.change))


def whole(version: int) -> Path | None:
    """The folder of a full snapshot of this version, made from its chain where it was published as a delta.

    None for a version that was never published or is no longer kept.
    """
    folder = snapshots_folder()
    row = Publication.objects.filter(version=version).first()
    if row is None or not (folder / str(version)).is_dir():
        return None
    if row.kind == "full":
        return folder / str(version)
    made = folder / f"{version}.full"
    with system(), transaction.atomic():
        take_lock()
        if not made.is_dir():
            opened = _chain.open(row, folder)
            if opened is None:
                return None
            _write_full(made, opened)
    return made


def _base(last: Publication, folder: Path) -> Snapshot | None:
    """The opened last snapshot; None where a full one is due."""
    newest_full = Publication.objects.filter(kind="full").order_by("-version").values_list("version", flat=True).first()
    if newest_full is None or last.version - newest_full >= FULL_EVERY:
        return None
    return _chain.open(last, folder)


def _build_full(row: Publication, folder: Path, site: Site) -> None:
    lists = active_lists(row.created_at)
    content = Content(
        policy_yaml=site.policy_yaml, policy_name=site.policy_name, lists=lists, trunks_yaml=site.trunks_yaml
    )
    manifest = build(
        folder / str(row.version),
        content,
        issuer=settings.HAODUN_NODE,
        version=row.version,
        parent=row.parent,
        created_ms=milliseconds(row.created_at),
        expires_ms=milliseconds(row.created_at + EXPIRES_AFTER),
        signer=signer(),
    )
    row.numbers = sum(manifest.counts.values())


def _build_delta(row: Publication, folder: Path, base: Snapshot, *, after: int) -> None:
    """What stands on the lists of the changed numbers now; what does not is taken off."""
    numbers = changed_numbers(after, row.change)
    adds = active_lists(row.created_at, numbers)
    removes = {name: sorted(set(numbers) - set(entries.numbers.tolist())) for name, entries in adds.items()}
    manifest = build_delta(
        folder / str(row.version),
        base=base,
        version=row.version,
        created_ms=milliseconds(row.created_at),
        expires_ms=milliseconds(row.created_at + EXPIRES_AFTER),
        signer=signer(),
        adds=adds,
        removes=removes,
    )
    row.numbers = sum(manifest.counts.values())
    row.added = sum(not _held(base, name, one) for name, found in adds.items() for one in found.numbers.tolist())
    row.removed = sum(_held(base, name, one) for name, gone in removes.items() for one in gone)


def _held(base: Snapshot, name: str, number: int) -> bool:
    """Whether a list of a snapshot has an entry for a number, run out or not."""
    return name in base.lists and base.lists[name].holds(number, 0)


def _write_full(place: Path, opened: Snapshot) -> None:
    content = Content(
        policy_yaml=opened.policy_yaml,
        lists={name: entries.column() for name, entries in opened.lists.items()},
        trunks_yaml=opened.trunks_yaml,
    )
    manifest = opened.manifest
    build(
        place,
        content,
        issuer=manifest.issuer,
        version=manifest.version,
        parent=manifest.parent,
        created_ms=manifest.created_ms,
        expires_ms=manifest.expires_ms,
        signer=signer(),
    )


def _prune(folder: Path) -> None:
    """Remove the folders before the KEEP_FULL newest full snapshots."""
    kept = list(
        Publication.objects.filter(kind="full").order_by("-version").values_list("version", flat=True)[:KEEP_FULL]
    )
    if len(kept) < KEEP_FULL:
        return
    for path in folder.iterdir():
        match = _FOLDER.fullmatch(path.name)
        if match and int(match[1]) < kept[-1]:
            shutil.rmtree(path, ignore_errors=True)


def signer() -> Signer:
    """The site's key for snapshots. SnapshotRefused `key` where it is absent."""
    return Signer.load(Path(settings.HAODUN_DATA) / "keys" / "snapshot.key")


def milliseconds(moment: datetime) -> int:
    """Since the epoch."""
    return int(moment.timestamp() * 1_000)
