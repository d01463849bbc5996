"""The second half of an act, once nothing stands against it: state, effects, clocks, ledger, steps, facts, jobs."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import structlog
from django.apps import apps
from django.db.models import F

from haodun.audit.services import AuditKind, record
from haodun.offices.transitions import clocks
from haodun.offices.transitions.change import Change, Outcome
from haodun.offices.transitions.clock_spec import ClockKind, ClockSpec, Unit
from haodun.offices.transitions.delivery import emit
from haodun.offices.transitions.facts import GlassBroken
from haodun.offices.transitions.models import StepRecord
from haodun.offices.transitions.table import BREAK_GLASS_REVIEW, Transition
from haodun.offices.transitions.wall import opened

REVIEW = ClockSpec(
    name=BREAK_GLASS_REVIEW,
    zh="紧急越权复核",
    en="Review of a break-glass act",
    amount=1,
    unit=Unit.WORKING_DAYS,
    source="DESIGN §4.3: break-glass is loud and reviewed",
    kind=ClockKind.POLICY,
)
log = structlog.get_logger("haodun.transitions")


def complete(change: Change, step: Transition, *, before: Sequence[str]) -> tuple[Outcome, ...]:
    """Carry the step out on rows that were in the states `before` ('' for rows just made)."""
    if step.source:
        _write_state(change, step)
    for effect in step.effects:
        effect(change)
    _run_clocks(change, step)
    entry = _record(change, step, before)
    StepRecord.objects.bulk_create(
        [_step(change, row, came_from, entry) for row, came_from in zip(change.rows, before, strict=True)],
        batch_size=1_000,
    )
    if step.break_glass:
        _break_glass(change, entry)
    for fact in change.facts():
        emit(fact)
    for job in change.jobs():
        job()
    return tuple(
        Outcome(
            id=row.id,
            table=change.table.name,
            action=change.action,
            from_state=came_from,
            to_state=step.target,
            version=row.version,
            at=change.at,
            entry=entry,
        )
        for row, came_from in zip(change.rows, before, strict=True)
    )


def _write_state(change: Change, step: Transition) -> None:
    model = apps.get_model(change.table.model)
    ids = [row.id for row in change.rows]
    with opened():
        model._base_manager.filter(pk__in=ids).update(state=step.target, version=F("version") + 1)
    for row in change.rows:
        row.state = step.target
        row.version += 1


def _run_clocks(change: Change, step: Transition) -> None:
    name, ids = change.table.name, [row.id for row in change.rows]
    clocks.share(name, change.rows)
    if step.stops:
        clocks.stop(name, ids, step.stops, at=change.at)
    if step.resumes:
        clocks.resume(name, ids, step.resumes, at=change.at)
    if step.pauses:
        clocks.pause(name, ids, step.pauses, at=change.at, reason=change.reason or step.zh)
    for spec in (*step.starts, *([REVIEW] if step.break_glass else [])):
        clocks.start(name, change.rows, spec, at=change.at)


def _record(change: Change, step: Transition, before: Sequence[str]) -> int:
    """One entry, for one row or for many; many are its items."""
    body: dict[str, Any] = {**change.body, "action": change.action, "to": step.target}
    if change.reason:
        body["reason_sha256"] = sha256(change.salt + change.reason.encode()).hexdigest()
    if change.blast is not None:
        body["blast"] = {
            "numbers": change.blast.numbers,
            "holders": change.blast.holders,
            "trusted": change.blast.trusted,
            "digest": change.blast.digest(),
        }
    rows = list(zip(change.rows, before, strict=True))
    items = list(change.items)
    if len(rows) == 1:
        body |= {"from": before[0], "version": change.rows[0].version}
    else:
        items = [{"object": str(row.id), "from": came, "version": row.version} for row, came in rows] + items
    return record(
        step.kind,
        actor=change.actor.user_id,
        on_behalf_of=change.on_behalf_of,
        organisation=change.actor.organisation_id,
        object_type=change.table.name,
        object_id=change.rows[0].id if len(rows) == 1 else "",
        subject=change.subject,
        basis=change.basis,
        purpose=change.purpose,
        body=body,
        items=items,
        at=change.at,
    )


def _step(change: Change, row: Any, came_from: str, entry: int) -> StepRecord:
    return StepRecord(
        object_type=change.table.name,
        object_id=row.id,
        action=change.action,
        actor=change.actor.user_id,
        on_behalf_of=change.on_behalf_of,
        organisation=change.actor.organisation_id,
        role=change.actor.role,
        at=change.at,
        from_state=came_from,
        to_state=row.state,
        version=row.version,
        reason=change.reason,
        basis=change.basis,
        purpose=change.purpose,
        data=change.data,
        salt=change.salt,
        entry=entry,
    )


def _break_glass(change: Change, entry: int) -> None:
    """Loud: an entry of its own, a fact for whoever must be told, a warning in the log."""
    actor = change.actor
    ids = tuple(row.id for row in change.rows)
    record(
        AuditKind.BREAK_GLASS,
        actor=actor.user_id,
        on_behalf_of=change.on_behalf_of,
        organisation=actor.organisation_id,
        object_type=change.table.name,
        object_id=ids[0] if len(ids) == 1 else "",
        basis=change.basis,
        purpose=change.purpose,
        body={"action": change.action, "entry": entry, "rows": len(ids)},
        at=change.at,
    )
    log.warning("break_glass", table=change.table.name, action=change.action, rows=len(ids), entry=entry)
    change.emit(
        GlassBroken(
            object_type=change.table.name,
            object_ids=ids,
            action=change.action,
            actor=actor.user_id,
            organisation=actor.organisation_id,
            reason=change.reason,
            at=change.at,
        )
    )
