"""Publish what two approvers signed: their files held against the draft as it is now, and against their own keys.

Theory of operation. First everything that needs no signature is published, so that nothing else rides along. Then, as
the only publisher: the draft is held against the register again, each file against its approver's key and against the
numbers that the release newly blocks on the newest version. Folder, then row, ledger entries and notification in one
commit, as every publication. What nothing came before is published full, with the signatures under all its numbers:
an edge without a snapshot can take it.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.db import transaction

from haodun.audit.services import AuditKind, record
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import SYSTEM, Actor
from haodun.registry.policies import drafts, publishing
from haodun.registry.policies.content import read_site
from haodun.registry.policies.holding import Plan, block_budget, budget_left, plan
from haodun.registry.policies.models import Draft, Publication
from haodun.registry.policies.packing import measure
from haodun.registry.policies.places import approvers_folder, drafts_folder, signer, snapshots_folder
from haodun.screening.snapshot import Approval, ApprovalFile, PublicKey, Snapshot, approvals_for
from haodun.screening.snapshot import Draft as Unsigned

NEEDED = 2
CAUSE = "approved"
Signed = list[tuple[ApprovalFile, PublicKey]]


class ApprovalRefused(Exception):  # noqa: N818 (it is what happened)
    """A draft is not published with these approvals; the message says why and what to do. It goes on waiting."""

    exit_code = 3


def publish_approved(paths: Sequence[Path], *, actor: Actor = SYSTEM, at: datetime | None = None) -> int:
    """Publish the draft that waits, with the approvals in these files; its version.

    Raises ApprovalRefused; SnapshotRefused for a file that is none or a signature that does not cover it; SiteError,
    OSError.
    """
    files = [ApprovalFile.load(path) for path in paths]
    publishing.publish(CAUSE, at=at)
    with system(), transaction.atomic():
        last, change = publishing.begin()
        row, site = drafts.current(), read_site()
        if row is None or last is None:
            raise ApprovalRefused("no draft waits for approvals; `haodun manage publish` publishes what needs none")
        signed = _persons(files, row)
        at = publishing.moment(last, change, at)
        opened = publishing.opened(last)
        planned = None if opened is None else plan(last, opened, site, upto=change, at=at)
        if opened is None or planned is None or publishing.has_news(planned, last, change, site):
            raise ApprovalRefused("something was published or changed this very moment; give the approvals again")
        if not drafts.holds(row, last, opened, site, planned=planned, at=at):
            raise ApprovalRefused(
                f"draft {row.version} has changed; `haodun manage publish` makes it anew, to be signed"
            )
        _check_budget(row, at)
        unsigned = drafts.release(row, opened, site, at=at)
        if last.version == row.parent:
            unsigned = drafts.whole(unsigned, opened, site if row.policy else None)
        approvals = approvals_for(unsigned, signed, base=opened)
        unsigned.write(snapshots_folder() / str(row.version), signer(), approvals)
        _settle(row, last, unsigned, opened, planned=planned, approvals=approvals, change=change, at=at)
        _record(row, signed, actor)
    shutil.rmtree(drafts_folder() / str(row.version), ignore_errors=True)
    publishing.publish(CAUSE)
    return row.version


def _persons(files: Sequence[ApprovalFile], row: Draft) -> Signed:
    """Each file with its approver's key of this site; two different persons with two different keys."""
    found: Signed = []
    for file in files:
        if (file.version, file.draft) != (row.version, row.digest):
            raise ApprovalRefused(
                f"{file.approver_id} approved another draft than the one that waits ({row.version}); "
                f"have the folder {drafts_folder() / str(row.version)} approved"
            )
        place = approvers_folder() / f"{file.approver_id}.pub"
        if not place.is_file():
            raise ApprovalRefused(f"{file.approver_id} is no approver of this site; their public key would be {place}")
        key = PublicKey.load(place)
        if key.key_id != file.key_id:
            raise ApprovalRefused(f"{file.approver_id} signed with key {file.key_id}, and {place} is {key.key_id}")
        found.append((file, key))
    persons = min(len({file.approver_id for file in files}), len({key.raw for _, key in found}))
    if persons < NEEDED or len(found) > persons:
        raise ApprovalRefused(f"{NEEDED} different approvers with keys of their own are needed, each file once")
    return found


def _check_budget(row: Draft, at: datetime) -> None:
    """What edges would refuse is not sent: an edge that refuses a version misses the lifts after it."""
    budget = block_budget()
    if row.new_blocks > budget:
        raise ApprovalRefused(
            f"draft {row.version} blocks {row.new_blocks} more numbers, and edges take {budget} an hour, whoever "
            f"signed; "
            f"raise max_new_blocks_per_hour in every edge's trust file, then HAODUN_BLOCK_BUDGET here"
        )
    left = budget_left(at)
    if row.new_blocks > left:
        raise ApprovalRefused(
            f"draft {row.version} blocks {row.new_blocks} more numbers and {left} are left of this hour's {budget}; "
            f"give the approvals again when the hour has passed"
        )


def _settle(
    row: Draft,
    last: Publication,
    unsigned: Unsigned,
    opened: Snapshot,
    *,
    planned: Plan,
    approvals: Sequence[Approval],
    change: int,
    at: datetime,
) -> None:
    """The publication's row and its announcement; the draft waits no longer."""
    for_all = {one.approver_id for one in approvals if one.base == 0}
    everything = sum(map(len, unsigned.new_blocks().values()))
    published = Publication(
        version=row.version,
        parent=last.version,
        kind=unsigned.kind,
        policy_digest=row.site_digest,
        cause=CAUSE,
        created_at=at,
        change=change,
        held=sorted(planned.held - set(row.acts)),
        new_blocks=row.new_blocks,
        fresh=unsigned.kind == "full" and len(for_all) >= NEEDED and everything <= block_budget(),
        numbers=sum(map(len, unsigned.lists.values())),
    )
    if unsigned.kind == "delta":
        published.added, published.removed = row.new_blocks, 0
    published.digest, published.bytes = measure(snapshots_folder() / str(row.version))
    publishing.announce(published)
    row.state = "published"
    row.save(update_fields=["state"])


def _record(row: Draft, signed: Signed, actor: Actor) -> None:
    for file, _ in signed:
        record(
            AuditKind.SNAPSHOT_APPROVED,
            actor=None if actor.system else actor.user_id,
            organisation=actor.organisation_id,
            object_type="snapshot",
            object_id=row.version,
            body={"approver": file.approver_id, "key": file.key_id, "draft": row.digest, "new_blocks": row.new_blocks},
        )
