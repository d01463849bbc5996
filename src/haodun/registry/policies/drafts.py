"""The draft that waits for two approvers' signatures: made, kept while it is the truth, made anew when it is not.

Theory of operation. What is over the cap is drafted on the newest version, in a folder that approvers carry away:
`new`, the whole snapshot, and `parent`, what it is drafted on. Its version lies ROOM ahead, so that lifts and small
acts are published before it; the numbers it newly blocks are the same on each of them, and that is what was signed. A
draft is frozen: acts over the cap that come later wait for the next one, so that a burst cannot make signatures void.
Where its own numbers change (a lift, a lapse), where ROOM or its time has run out, it is dropped and drafted anew.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import numpy as np
import structlog
from django.conf import settings
from django.db.models import Max

from haodun.audit.services import AuditKind, record
from haodun.offices.organisations.services import system
from haodun.registry.policies.content import Site
from haodun.registry.policies.gathering import active_lists, placings
from haodun.registry.policies.holding import Plan, on_list
from haodun.registry.policies.limits import DRAFT_ROOM, EXPIRES_AFTER
from haodun.registry.policies.models import Draft, Publication
from haodun.registry.policies.places import drafts_folder, milliseconds, signer, write_full
from haodun.screening.snapshot import Column, Content, Snapshot, draft, draft_delta
from haodun.screening.snapshot import Draft as Unsigned
from haodun.screening.snapshot.approving import NEW, PARENT

log = structlog.get_logger("haodun.policies")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft that waits for approvals."""

    version: int
    parent: int
    new_blocks: int
    """Numbers that it newly blocks."""
    policy: bool
    """Whether it changes the policy."""
    created_at: datetime
    expires_at: datetime
    """After this it is drafted anew, and must be signed anew."""
    folder: Path
    queued: int
    """Acts that wait behind it, or for the hour's budget."""


def current() -> Draft | None:
    """The draft that waits, None where none does."""
    return Draft.objects.filter(state="waiting").first()


def waiting() -> Waiting | None:
    """What waits for approvals, None where nothing does."""
    with system():
        row = current()
        last = Publication.objects.order_by("-version").first()
    if row is None:
        return None
    return Waiting(
        version=row.version,
        parent=row.parent,
        new_blocks=row.new_blocks,
        policy=row.policy,
        created_at=row.created_at,
        expires_at=row.expires_at,
        folder=drafts_folder() / str(row.version),
        queued=0 if last is None else len(set(last.held) - set(row.acts)),
    )


def keep(last: Publication, opened: Snapshot, site: Site, *, planned: Plan, at: datetime) -> None:
    """Have the draft that is due: the one that waits where it still says the truth, else another or none."""
    row = current()
    if row is not None and holds(row, last, opened, site, planned=planned, at=at):
        return
    if row is not None:
        row.state = "dropped"
        row.save(update_fields=["state"])
        log.warning("draft_dropped", version=row.version, why="what it would block has changed, or its time is over")
    if planned.over or planned.site_held:
        _make(last, opened, site, planned=planned, at=at)


def holds(row: Draft, last: Publication, opened: Snapshot, site: Site, *, planned: Plan, at: datetime) -> bool:
    """Whether a draft still newly blocks exactly what it did, under the rules it named, after the last version."""
    if row.version <= last.version or row.expires_at <= at or not set(row.acts) <= planned.over:
        return False
    if row.policy and not planned.site_held:
        return False
    if row.site_digest != (site.digest if row.policy else last.policy_digest):
        return False
    return _blocks(release(row, opened, site, at=at), opened) == row.blocks


def release(row: Draft, opened: Snapshot, site: Site, *, at: datetime) -> Unsigned:
    """The draft as the delta on an opened snapshot that it would be published as. SnapshotRefused."""
    entries: dict[str, list[int]] = {}
    for name, number, _ in placings(at, after=0, upto=0, also=row.acts):
        if not on_list(opened, name, number):
            entries.setdefault(name, []).append(number)
    wanted = sorted({number for numbers in entries.values() for number in numbers})
    found = active_lists(at, wanted, site=site, base=opened)
    return draft_delta(
        opened,
        version=row.version,
        created_ms=milliseconds(at),
        expires_ms=milliseconds(row.expires_at),
        adds={name: _only(found[name], numbers) for name, numbers in entries.items()},
        policy_yaml=site.policy_yaml if row.policy else None,
        trunks_yaml=site.trunks_yaml if row.policy else None,
    )


def whole(release: Unsigned, opened: Snapshot, site: Site | None) -> Unsigned:
    """The same as a full snapshot; `site` where it brings another policy."""
    content = Content(
        policy_yaml=opened.policy_yaml if site is None else site.policy_yaml,
        policy_name=f"version {opened.version}" if site is None else site.policy_name,
        lists={name: entries.column() for name, entries in release.lists.items()},
        trunks_yaml=release.trunks_yaml,
        directory_json=release.directory_json,
    )
    return draft(
        content,
        issuer=release.issuer,
        version=release.version,
        parent=release.parent,
        created_ms=release.created_ms,
        expires_ms=release.expires_ms,
    )


def remove_unknown(folder: Path) -> None:
    """Remove the folders of drafts that wait no longer, or were being made when their maker was killed."""
    row = current()
    for path in folder.iterdir() if folder.is_dir() else ():
        if row is None or path.name != str(row.version):
            shutil.rmtree(path, ignore_errors=True)


def _make(last: Publication, opened: Snapshot, site: Site, *, planned: Plan, at: datetime) -> None:
    """Draft on the newest version: the folder first, whole, then the row that names it."""
    newest = Draft.objects.aggregate(newest=Max("version"))["newest"] or 0
    row = Draft(
        version=max(last.version + DRAFT_ROOM, newest + 1),
        parent=last.version,
        acts=sorted(planned.over),
        policy=planned.site_held,
        site_digest=site.digest if planned.site_held else last.policy_digest,
        created_at=at,
        # The manifest counts in whole milliseconds, and the release must name the very same moment.
        expires_at=at + EXPIRES_AFTER,
    )
    unsigned = release(row, opened, site, at=at)
    place = drafts_folder() / str(row.version)
    making = place.with_name(place.name + ".part")
    shutil.rmtree(making, ignore_errors=True)
    write_full(making / PARENT, opened)
    manifest = whole(unsigned, opened, site if row.policy else None).write(making / NEW, signer())
    making.rename(place)
    row.digest, row.blocks = manifest.digest, _blocks(unsigned, opened)
    row.new_blocks = sum(map(len, unsigned.new_blocks(opened).values()))
    row.save(force_insert=True)
    said = {"new_blocks": row.new_blocks, "acts": len(row.acts), "policy": row.policy, "parent": row.parent}
    record(
        AuditKind.SNAPSHOT_HELD,
        actor=None,
        organisation=None,
        object_type="snapshot",
        object_id=row.version,
        body={**said, "draft": row.digest},
    )
    tell(row)


def tell(row: Draft) -> None:
    """Say in the log, loudly, that something waits."""
    log.error(
        "snapshot_waits_for_approvals",
        version=row.version,
        new_blocks=row.new_blocks,
        policy=row.policy,
        folder=str(drafts_folder() / str(row.version)),
        issuer=settings.HAODUN_NODE,
        remedy="two approvers: haodun snapshot approve; then: haodun manage publish --approval A --approval B",
    )


def _blocks(unsigned: Unsigned, opened: Snapshot) -> str:
    """SHA-256 over what a release newly blocks, list by list."""
    digest = sha256()
    for name, numbers in sorted(unsigned.new_blocks(opened).items()):
        digest.update(f"\n{name} {len(numbers)}\n".encode("ascii"))
        digest.update(numbers.astype("<i8").tobytes())
    return digest.hexdigest()


def _only(column: Column, numbers: Collection[int]) -> Column:
    keep = np.isin(column.numbers, np.array(sorted(numbers), np.int64))
    return Column(column.numbers[keep], column.ends[keep])
