"""Publish: from the open restrictions to a signed snapshot that every edge is told of.

Theory of operation. One publisher at a time (advisory lock of the transaction). 1. Folders that no row names are of a
publisher that was killed before its commit; nobody was told of them, and they are removed. 2. The last change is read;
since changes commit in order, all up to it are visible. Then the clock: whatever is visible began before, or its own
clock is ahead of ours, and then its time holds (`moment_of`); nothing published is passed over. 3. A delta of the
numbers changed since the last publication, or a full snapshot: the first, every FULL_EVERY deltas, when policy or
trunks are others, or when the chain does not open. 4. The folder is written under its final name, whole and fsynced.
5. Row, ledger entry, notification and facts commit together. Killed before 5: the old version is the newest. Killed
after: the new one is, whole.
A burst of changes is one publication, since the job has a queueing lock and takes all there is; where it is over the
approval cap it is several, and what is over it by itself waits as a draft (`holding`, `drafts`, `releasing`).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from haodun.audit.services import AuditKind, record
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import emit
from haodun.registry.policies import drafts
from haodun.registry.policies.chain import Chain
from haodun.registry.policies.content import Site, read_site
from haodun.registry.policies.facts import SnapshotPublished
from haodun.registry.policies.gathering import active_lists, changed_numbers, directory, moment_of
from haodun.registry.policies.holding import Plan, approval_cap, on_list, plan
from haodun.registry.policies.limits import EXPIRES_AFTER, FULL_EVERY, KEEP_FULL
from haodun.registry.policies.models import Publication
from haodun.registry.policies.packing import measure
from haodun.registry.policies.places import (
    drafts_folder as drafts_folder,
)
from haodun.registry.policies.places import (
    milliseconds as milliseconds,
)
from haodun.registry.policies.places import (
    signer as signer,
)
from haodun.registry.policies.places import (
    snapshots_folder as snapshots_folder,
)
from haodun.registry.policies.places import (
    write_full,
)
from haodun.registry.restrictions.services import last_change
from haodun.screening.snapshot import Column, Content, Manifest, Snapshot, build_delta, draft
from haodun.screening.snapshot.columns import Integers

CHANNEL = "haodun_snapshots"
"""NOTIFY channel; the payload is the version."""
LOCK = "haodun.publisher"
_FOLDER = re.compile(r"([0-9]{1,16})(?:\.full)?(?:\.part)?", re.ASCII)

_chain = Chain()


def publish(cause: str, *, full: bool = False, at: datetime | None = None) -> int | None:
    """Publish what has changed; the newest new version, None where nothing has. `full`: a full one, changed or not.

    A burst of acts that together are over the cap takes several versions; an act over it waits (`holding`, `drafts`).
    Raises SnapshotRefused, SiteError or OSError where it cannot be built; nothing was published then.
    """
    site, newest, more = read_site(), None, True
    while more:
        version, more = _step(cause, site, full=full and newest is None, at=at)
        newest = version or newest
    _prune(snapshots_folder())
    return newest


def _step(cause: str, site: Site, *, full: bool, at: datetime | None) -> tuple[int | None, bool]:
    """One publication where there is something to publish; its version, and whether another step must follow."""
    with system(), transaction.atomic():
        last, change = begin()
        if last is not None and not full and _settled(last, change, site):
            return None, False
        at = moment(last, change, at)
        found = None if last is None else opened(last)
        planned = plan(last, found, site, upto=change, at=at)
        row = None
        if full or has_news(planned, last, change, site):
            row = _publish(cause, last, found, site=site, planned=planned, full=full, change=change, at=at)
        if row is not None and (planned.more or planned.over or planned.site_held):
            return row.version, True  # what waits is looked at on top of what was published
        if last is not None and found is not None:
            drafts.keep(last, found, site, planned=planned, at=at)
        return (None if row is None else row.version), False


def begin() -> tuple[Publication | None, int]:
    """Be the only publisher: the newest publication and the last change, once what a killed one left is removed."""
    take_lock()
    last = Publication.objects.order_by("-version").first()
    remove_unknown(snapshots_folder(), newest=0 if last is None else last.version)
    drafts.remove_unknown(drafts_folder())
    return last, last_change()


def moment(last: Publication | None, change: int, at: datetime | None) -> datetime:
    """As of when the registry is read: now, or later where what goes out, or waited, was stamped by a faster clock."""
    after = 0 if last is None else min([last.change, *(act - 1 for act in last.held)])
    return moment_of(after, change, timezone.now() if at is None else at)


def opened(last: Publication) -> Snapshot | None:
    """The last snapshot with all its parts; None where its chain is damaged."""
    return _chain.open(last, snapshots_folder())


def _settled(last: Publication, change: int, site: Site) -> bool:
    """Whether nothing has happened since the last publication, and nothing waits."""
    same = last.change >= change and last.policy_digest == site.digest
    return same and not last.held and drafts.current() is None


def has_news(planned: Plan, last: Publication | None, change: int, site: Site) -> bool:
    """Whether there is anything but what waits."""
    if last is None or planned.released:
        return True
    changed = set(range(last.change + 1, change + 1)) - planned.held
    return bool(changed) or (last.policy_digest != site.digest and not planned.site_held)


def _publish(
    cause: str,
    last: Publication | None,
    base: Snapshot | None,
    *,
    site: Site,
    planned: Plan,
    full: bool,
    change: int,
    at: datetime,
) -> Publication:
    """Build and announce one publication."""
    if planned.site_held and base is not None and last is not None:
        site, digest = Site(base.policy_yaml, f"version {last.version}", base.trunks_yaml), last.policy_digest
    else:
        digest = site.digest
    whole = full or last is None or last.policy_digest != digest or _full_is_due(last)
    row = Publication(
        version=1 if last is None else last.version + 1,
        parent=0 if last is None else last.version,
        kind="full" if whole or base is None else "delta",
        policy_digest=digest,
        cause=cause,
        created_at=at,
        change=change,
        held=sorted(planned.held),
        new_blocks=planned.new_blocks,
    )
    if row.kind == "full" or base is None:
        _build_full(row, site, planned)
    else:
        _build_delta(row, base, site, planned, after=last.change if last else 0)
    row.digest, row.bytes = measure(snapshots_folder() / str(row.version))
    announce(row)
    return row


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
            found = _chain.open(row, folder)
            if found is None:
                return None
            write_full(made, found)
    return made


def _full_is_due(last: Publication) -> bool:
    newest_full = Publication.objects.filter(kind="full").order_by("-version").values_list("version", flat=True).first()
    return newest_full is None or Publication.objects.filter(version__gt=newest_full).count() >= FULL_EVERY


def _build_full(row: Publication, site: Site, planned: Plan) -> None:
    lists = {
        name: column.without(_array(planned.withheld.get(name, ())))
        for name, column in active_lists(row.created_at, site=site).items()
    }
    drafted = draft(
        Content(
            policy_yaml=site.policy_yaml,
            policy_name=site.policy_name,
            lists=lists,
            trunks_yaml=site.trunks_yaml,
            directory_json=directory(row.created_at, None),
        ),
        issuer=settings.HAODUN_NODE,
        version=row.version,
        parent=row.parent,
        created_ms=milliseconds(row.created_at),
        expires_ms=milliseconds(row.created_at + EXPIRES_AFTER),
    )
    manifest = drafted.write(snapshots_folder() / str(row.version), signer())
    row.numbers = sum(manifest.counts.values())
    row.fresh = sum(map(len, drafted.new_blocks().values())) <= approval_cap()


def _build_delta(row: Publication, base: Snapshot, site: Site, planned: Plan, *, after: int) -> None:
    """What stands on the lists of the changed numbers now, but for what waits; what does not is taken off."""
    numbers = sorted({*changed_numbers(after, row.change), *planned.touched})
    found = active_lists(row.created_at, numbers, site=site, base=base)
    removes = {name: sorted(set(numbers) - set(entries.numbers.tolist())) for name, entries in found.items()}
    adds = {name: entries.without(_array(planned.withheld.get(name, ()))) for name, entries in found.items()}
    manifest = build_delta(
        snapshots_folder() / str(row.version),
        base=base,
        version=row.version,
        created_ms=milliseconds(row.created_at),
        expires_ms=milliseconds(row.created_at + EXPIRES_AFTER),
        signer=signer(),
        adds=adds,
        removes=removes,
        directory_json=directory(row.created_at, base),
    )
    count(row, manifest, base, adds=adds, removes=removes)


def count(
    row: Publication,
    manifest: Manifest,
    base: Snapshot,
    *,
    adds: Mapping[str, Column],
    removes: Mapping[str, Iterable[int]],
) -> None:
    """Note how many entries a delta's row has, brings and takes away."""
    row.numbers = sum(manifest.counts.values())
    row.added = sum(not on_list(base, name, one) for name, found in adds.items() for one in found.numbers.tolist())
    row.removed = sum(on_list(base, name, one) for name, gone in removes.items() for one in gone)


def _array(numbers: Collection[int]) -> Integers:
    return np.array(sorted(numbers), np.int64)


def _prune(folder: Path) -> None:
    """Remove the folders before the KEEP_FULL newest full snapshots, and before the one that a fresh edge begins by."""
    fulls = Publication.objects.filter(kind="full").order_by("-version")
    kept = list(fulls.values_list("version", flat=True)[:KEEP_FULL])
    if len(kept) < KEEP_FULL:
        return
    first = kept[-1]
    begins = fulls.filter(fresh=True, created_at__gt=timezone.now() - EXPIRES_AFTER).first()
    if begins is not None:
        first = min(first, begins.version)
    for path in folder.iterdir():
        match = _FOLDER.fullmatch(path.name)
        if match and int(match[1]) < first:
            shutil.rmtree(path, ignore_errors=True)
