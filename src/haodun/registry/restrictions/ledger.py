"""Ledger entries about restrictions: one an act, its restrictions as items, each number as a random subject id."""

from __future__ import annotations

from collections.abc import Sequence

from haodun.audit.services import AuditKind, record, subjects_for
from haodun.offices.transitions.services import Actor
from haodun.registry.restrictions.models import RestrictionRow
from haodun.registry.restrictions.values import Source

OBJECT = "restriction"


def record_placed(rows: Sequence[RestrictionRow], *, actor: Actor, renewed: bool = False) -> int:
    """Say that restrictions were placed, or renewed; all of one source. The entry's id."""
    first = rows[0]
    body: dict[str, object] = {
        "source": {"kind": first.source_kind, "id": first.source_id},
        "measure": first.measure,
        "until": first.ends.isoformat(),
        "renewed": renewed,
    }
    return _record(AuditKind.RESTRICTION_PLACED, rows, actor=actor, basis=first.basis, body=body)


def record_lifted(rows: Sequence[RestrictionRow], *, actor: Actor, source: Source, reason: str) -> int:
    """Say that restrictions were lifted. The entry's id."""
    body: dict[str, object] = {"source": {"kind": source.kind, "id": source.id}, "reason": reason}
    return _record(AuditKind.RESTRICTION_LIFTED, rows, actor=actor, basis="afl-32", body=body)


def _record(
    kind: AuditKind, rows: Sequence[RestrictionRow], *, actor: Actor, basis: str, body: dict[str, object]
) -> int:
    subjects = subjects_for("number", [row.number for row in rows])
    items = [
        {"restriction": str(row.pk), "subject": str(subjects[str(row.number)]), "forged": row.forged} for row in rows
    ]
    return record(
        kind,
        actor=None if actor.system else actor.user_id,
        organisation=actor.organisation_id,
        on_behalf_of=actor.on_behalf_of,
        object_type=OBJECT,
        object_id=rows[0].pk if len(rows) == 1 else "",
        basis=basis,
        body=body,
        items=items,
    )
