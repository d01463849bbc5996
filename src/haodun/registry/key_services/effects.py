"""What a step of a key service does besides the new state; inside the act's transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from haodun.audit.services import subject_for
from haodun.offices.transitions.services import BlastRadius, Change, Refused
from haodun.registry.key_services.facts import ServiceClosed, ServiceFlagged
from haodun.registry.key_services.limits import RECTIFY_DAYS
from haodun.registry.key_services.models import Service
from haodun.registry.key_services.wording import CLOSED_BECAUSE, SUSPENDED_BECAUSE
from haodun.registry.restrictions.services import (
    MAX_TERM,
    Basis,
    Measure,
    RestrictionRefused,
    Source,
    blast_radius,
    lift,
    of_number,
    place,
)

SUBJECT = "number"
"""Kind of ledger subject of a telephone number."""
SUSPENSION = "key-service-suspension"
CLOSURE = "key-service"


def name_subject(change: Change) -> None:
    """The ledger entry names the service number by its subject id; the moment of the step is kept."""
    if len(change.rows) == 1:
        change.subject = subject_for(SUBJECT, change.rows[0].number)
    else:
        change.items += [{"subject": str(subject_for(SUBJECT, row.number))} for row in change.rows]
    for row in change.rows:
        row.moved_at = change.at
    _save(change.rows, "moved_at")


def note_check(change: Change) -> None:
    """It was looked at as a whole now."""
    for row in change.rows:
        row.checked_at = change.at
    _save(change.rows, "checked_at")


def note_defect(change: Change) -> None:
    """The defect found, and what shows it; those above hear."""
    for row in change.rows:
        row.defect = change.data["defect"]
        row.defect_note = str(change.data["note"]).strip()
        row.checked_at = change.at
        change.body["defect"] = row.defect
        change.emit(ServiceFlagged(row.id, row.defect))
    _save(change.rows, "defect", "defect_note", "checked_at")


def clear_defect(change: Change) -> None:
    """Nothing stands against the registration any more."""
    for row in change.rows:
        row.defect, row.defect_note, row.due_on = "", "", None
    _save(change.rows, "defect", "defect_note", "due_on")


def set_deadline(change: Change) -> None:
    """By when it must be rectified: the last day of its clock."""
    for row in change.rows:
        row.due_on = (change.at + timedelta(days=RECTIFY_DAYS)).date()
    _save(change.rows, "due_on")


def radius_of(change: Change) -> BlastRadius:
    """What suspending or closing would hit, from the registry as it is now.

    A 400 number has no carrier or province in the numbering plan; the register of services knows both.
    """
    radius = blast_radius([row.number for row in change.rows], change.at)
    return replace(
        radius,
        carriers=dict(sorted(Counter(str(row.carrier_id) for row in change.rows).items())),
        provinces=dict(sorted(Counter(row.province for row in change.rows).items())),
    )


def suspend(change: Change) -> None:
    """The number may not call out while the matter is open (AFL art. 13 and notice 452 art. 6)."""
    for row in change.rows:
        _restrict(row, change, measure=Measure.OUTGOING, kind=SUSPENSION)


def resume(change: Change) -> None:
    """What the suspension restricted is free again, at once."""
    for row in change.rows:
        _free(row, change, kind=SUSPENSION)


def close(change: Change) -> None:
    """The number is shut both ways; the suspension's restriction gives way to it."""
    for row in change.rows:
        _restrict(row, change, measure=Measure.BOTH_WAYS, kind=CLOSURE)
        _free(row, change, kind=SUSPENSION)
        row.closed_at = change.at
        change.emit(ServiceClosed(row.id, row.number, row.defect))
    _save(change.rows, "closed_at")


def source_of(row: Service, kind: str) -> Source:
    """The service as a source of restrictions. A service suspended again is another source: its version says which."""
    return Source(kind, f"{row.id}.{row.version}" if kind == SUSPENSION else str(row.id))


def _restrict(row: Service, change: Change, *, measure: Measure, kind: str) -> None:
    try:
        place(
            [row.number],
            measure=measure,
            basis=Basis.MIIT_452,
            reason=CLOSED_BECAUSE if kind == CLOSURE else SUSPENDED_BECAUSE,
            source=source_of(row, kind),
            until=change.at + MAX_TERM,
            actor=change.actor,
            at=change.at,
            readers=row.readers,
        )
    except RestrictionRefused as refused:
        raise Refused(refused.code, refused.zh, refused.en) from refused


def _free(row: Service, change: Change, *, kind: str) -> None:
    """Lift what any suspension of this service still restricts."""
    own = [one for one in of_number(row.number) if one.source.kind == kind and one.source.id.startswith(str(row.id))]
    open_ones = [one.id for one in own if one.lifted_at is None]
    if open_ones:
        lift(open_ones, source=Source(kind, str(row.id)), reason=change.reason, actor=change.actor, at=change.at)


def _save(rows: Sequence[Service], *fields: str) -> None:
    for row in rows:
        row.save(update_fields=list(fields))
