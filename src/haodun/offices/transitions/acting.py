"""act() and begin(): the only ways to change or to make a state, each in one transaction.

Theory of operation. 1. The idempotency key is claimed; a key already answered ends the act with that answer. 2. The
rows are locked in id order, so that two acts over the same rows wait for each other in one direction only.
3. Permission, reach, state, second proof, version, second person, guards, blast radius, cap: a refusal rolls everything
back, the key too. 4. The state is written, effects run, clocks start and stop, the ledger entry and the steps are
inserted. 5. Facts reach their subscribers, jobs are deferred. 6. The answer is stored under the key. All of it commits,
or none.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.db import OperationalError, connection, models, transaction
from django.utils import timezone

from haodun.audit.services import canonical
from haodun.offices.organisations.services import system
from haodun.offices.transitions import checks, keys
from haodun.offices.transitions.actors import Actor
from haodun.offices.transitions.blast import BlastRadius
from haodun.offices.transitions.change import Change, Outcome
from haodun.offices.transitions.completing import complete
from haodun.offices.transitions.refusals import Refused
from haodun.offices.transitions.table import Table, TableError, Transition

MAX_ROWS = 10_000
"""Rows one act may move."""
TRIES = 4
"""How often an act is begun again that PostgreSQL ended to undo a deadlock with another."""
DEADLOCK = frozenset({"40P01", "40001"})


@dataclass(frozen=True, slots=True)
class Preview:
    """What a step would meet, shown before it is taken."""

    refusal: Refused | None
    """Why it would be refused now, None where it would go through."""
    blast: BlastRadius | None
    """What it would hit; its digest() goes back to act() as `seen`."""


def act(
    actor: Actor,
    table: Table,
    ids: Iterable[uuid.UUID],
    action: str,
    *,
    key: str,
    reason: str = "",
    basis: str = "",
    purpose: str = "",
    data: Mapping[str, Any] | None = None,
    seen: str | None = None,
    version: int | Mapping[uuid.UUID, int] | None = None,
    at: datetime | None = None,
) -> tuple[Outcome, ...]:
    """Take one step on one or several rows, all or none; the outcomes in id order.

    `key` is the caller's idempotency key (unique per actor); `seen` the digest of the blast radius that was shown;
    `version` what the actor last read (of one row, or by id). Raises Refused, with nothing changed.
    """
    wanted = sorted(set(ids))
    change = _change(actor, table, action, at=at, reason=reason, basis=basis, purpose=purpose, data=data)
    request = _digest(change, [str(row_id) for row_id in wanted], seen)
    versions = dict.fromkeys(wanted, version) if isinstance(version, int) else dict(version or {})

    def work() -> tuple[Outcome, ...]:
        answered = keys.claim(actor.user_id, key, request)
        if answered is not None:
            return answered
        step = _checked(change, wanted, versions, lock=True)
        change.blast = checks.radius(change, step, seen)
        outcomes = complete(change, step, before=[row.state for row in change.rows])
        keys.keep(actor.user_id, key, outcomes)
        return outcomes

    return _in_transaction(change, work)


def begin(
    actor: Actor,
    table: Table,
    action: str,
    make: Callable[[Change], Sequence[Any]],
    *,
    key: str,
    request: Mapping[str, Any],
    reason: str = "",
    basis: str = "",
    purpose: str = "",
    at: datetime | None = None,
) -> tuple[Outcome, ...]:
    """Make rows by the table's creating action; `make` inserts them in the initial state, version 1, and returns them.

    `request` is what was asked, as JSON: the same key with another request is refused. It is kept as the step's data.
    """
    step = table.creating(action)
    change = _change(actor, table, action, at=at, reason=reason, basis=basis, purpose=purpose, data=request)
    digest = _digest(change, [], None)

    def work() -> tuple[Outcome, ...]:
        answered = keys.claim(actor.user_id, key, digest)
        if answered is not None:
            return answered
        checks.permission(actor, (step,))
        change.on_behalf_of = actor.principal(step.permission)
        checks.formal(change, step)
        change.rows = sorted(make(change), key=lambda row: row.id)
        wrong = [row for row in change.rows if row.state != table.initial or not row.readers]
        if wrong or not change.rows:
            raise TableError(f"{action} made a {table.name} without readers or not in {table.initial}; set both")
        checks.rows(change, step, {})
        outcomes = complete(change, step, before=[""] * len(change.rows))
        keys.keep(actor.user_id, key, outcomes)
        return outcomes

    return _in_transaction(change, work)


def preview(
    actor: Actor,
    table: Table,
    ids: Iterable[uuid.UUID],
    action: str,
    *,
    data: Mapping[str, Any] | None = None,
    reason: str = "",
    at: datetime | None = None,
) -> Preview:
    """What act() would say now, without locks and without change; sudo and reason are not asked."""
    change = _change(actor, table, action, at=at, reason=reason, data=data)
    try:
        step = _checked(change, sorted(set(ids)), {}, lock=False)
        radius = step.blast(change) if step.blast else None
        checks.radius(change, step, radius.digest() if radius else None)
    except Refused as refusal:
        step_found = change.transition_of(change.rows[0]) if change.rows else None
        shown = step_found.blast(change) if step_found and step_found.blast and refusal.code != "absent" else None
        return Preview(refusal=refusal, blast=shown)
    return Preview(refusal=None, blast=radius)


def _change(
    actor: Actor,
    table: Table,
    action: str,
    *,
    at: datetime | None,
    data: Mapping[str, Any] | None,
    reason: str = "",
    basis: str = "",
    purpose: str = "",
) -> Change:
    table.of(action)
    return Change(
        actor=actor,
        table=table,
        action=action,
        rows=(),
        at=at or timezone.now(),
        reason=reason,
        basis=basis,
        purpose=purpose,
        data=dict(data or {}),
    )


def _checked(change: Change, ids: list[uuid.UUID], versions: Mapping[uuid.UUID, int], *, lock: bool) -> Transition:
    """Load the rows and pass every check up to the blast radius; the transition that takes them on."""
    moving = tuple(step for step in change.table.of(change.action) if step.source)
    if not moving:
        raise TableError(f"{change.action} of table {change.table.name} makes a row; call begin()")
    checks.permission(change.actor, moving)
    if not 0 < len(ids) <= MAX_ROWS:
        code = "too_many" if ids else "empty"
        raise Refused(code, f"一次可选 1–{MAX_ROWS} 项", f"choose 1 to {MAX_ROWS} rows at once, not {len(ids)}")
    found = _model(change.table)._base_manager.filter(pk__in=ids).order_by("pk")
    rows = list(found.select_for_update(of=("self",)) if lock else found)
    checks.scope(change.actor, change.table, ids, rows)
    change.rows = rows
    step = checks.transition(change)
    checks.permission(change.actor, (step,))
    change.on_behalf_of = change.actor.principal(step.permission)
    if lock:
        checks.formal(change, step)
    checks.rows(change, step, versions)
    return step


def _model(table: Table) -> type[models.Model]:
    return apps.get_model(table.model)


def _digest(change: Change, ids: list[str], seen: str | None) -> str:
    """SHA-256 of what was asked, whoever asks it."""
    asked = {
        "action": change.action,
        "basis": change.basis,
        "data": change.data,
        "ids": ids,
        "organisation": str(change.actor.organisation_id or ""),
        "purpose": change.purpose,
        "reason": change.reason,
        "seen": seen or "",
        "table": change.table.name,
    }
    return sha256(canonical(asked)).hexdigest()


def _in_transaction(change: Change, work: Callable[[], tuple[Outcome, ...]]) -> tuple[Outcome, ...]:
    """Run the work in one transaction, again where PostgreSQL undid it to break a deadlock and it is the outermost."""
    tries = 1 if connection.in_atomic_block else TRIES
    while True:
        tries -= 1
        change.clear(salt=secrets.token_bytes(16))
        try:
            with system() if change.actor.system else nullcontext(), transaction.atomic():
                return work()
        except OperationalError as error:
            if tries <= 0 or getattr(error.__cause__, "sqlstate", None) not in DEADLOCK:
                raise
