"""What a step of an appeal does besides the new state: lifting, false positives, messages; inside the transaction."""

from __future__ import annotations

from haodun.audit.services import subject_for
from haodun.casework.appeals.facts import AppealDecided
from haodun.casework.appeals.handing_over import tell
from haodun.casework.appeals.models import Appeal, FalsePositive
from haodun.casework.orders.services import reverse_numbers
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import Change, Refused
from haodun.registry.restrictions.services import (
    Measure,
    Restriction,
    RestrictionRefused,
    Source,
    by_ids,
    by_source,
    lift,
    place,
)


def name_subject(change: Change) -> None:
    """The ledger entry names the number by its subject id."""
    if len(change.rows) == 1:
        change.subject = subject_for("number", change.rows[0].number)
    else:
        change.items += [{"subject": str(subject_for("number", row.number))} for row in change.rows]


def tell_acknowledged(change: Change) -> None:
    """The appellant hears that the appeal was received."""
    for row in change.rows:
        tell(row, "acknowledged")


def take_up(change: Change) -> None:
    """Note who reviews."""
    for row in change.rows:
        row.reviewer = change.actor.user_id
        row.save(update_fields=["reviewer"])


def uphold(change: Change) -> None:
    """The measure stays; the appellant hears why, and where to go from here (反电信网络诈骗法 art. 32, 48)."""
    for row in change.rows:
        _decide(row, change, closes=change.action != "uphold")
        tell(row, "upheld" if change.action == "uphold" else "closed")
        change.emit(AppealDecided(row.id, row.state, ()))


def lift_at_once(change: Change) -> None:
    """Lift what the order did to this number, everywhere; count the error against its cause; tell the appellant."""
    for row in change.rows:
        restrictions = _restrictions(row)
        _lift(row, restrictions, change)
        causes = _false_positives(row, change)
        _decide(row, change, closes=True)
        tell(row, "lifted")
        change.body["lifted"] = len(restrictions)
        change.emit(AppealDecided(row.id, row.state, causes))


def make_milder(change: Change) -> None:
    """Replace the measure by a milder one that ends when the first would have."""
    for row in change.rows:
        restrictions = _restrictions(row)
        _lift(row, restrictions, change)
        first = next(one for one in restrictions if one.id == row.restriction)
        try:
            place(
                [row.number],
                measure=Measure(change.data["measure"]),
                basis=first.basis,
                reason=first.reason,
                source=_source(row),
                until=first.ends,
                actor=change.actor,
                at=change.at,
                readers=row.readers,
            )
        except RestrictionRefused as refused:
            raise Refused(refused.code, refused.zh, refused.en) from refused
        _decide(row, change, closes=False)
        tell(row, "partial")
        change.emit(AppealDecided(row.id, row.state, ()))


def escalate(change: Change) -> None:
    """The appellant hears that another desk looks at it; those above could read it from the beginning."""
    for row in change.rows:
        row.closed_at = None
        row.save(update_fields=["closed_at"])
        tell(row, "escalated")


def close(change: Change) -> None:
    """Nothing more is to be done here."""
    for row in change.rows:
        row.closed_at = change.at
        row.save(update_fields=["closed_at"])


def _restrictions(row: Appeal) -> list[Restriction]:
    """All that the order, or an earlier decision here, put on this number; the one restriction where no order did."""
    if row.restriction is None:
        return []
    sources = [_source(row)] if row.order_id is None else [_source(row), Source("order", str(row.order_id))]
    found = {one.id: one for source in sources for one in by_source(source) if one.number == row.number}
    return list({**found, **{one.id: one for one in by_ids([row.restriction])}}.values())


def _lift(row: Appeal, restrictions: list[Restriction], change: Change) -> None:
    if not restrictions:
        return
    ids = [one.id for one in restrictions]
    lift(ids, source=_source(row), reason=change.reason, actor=change.actor, at=change.at)
    reverse_numbers(ids, reason="appeal", change=change)


def _source(row: Appeal) -> Source:
    return Source("appeal", str(row.id))


def _false_positives(row: Appeal, change: Change) -> tuple[str, ...]:
    causes = [("order", str(row.order_id))] if row.order_id else [("rule", rule) for rule in row.rules]
    with system():
        FalsePositive.objects.bulk_create(
            [FalsePositive(appeal=row, kind=kind, cause=cause, at=change.at) for kind, cause in causes],
            ignore_conflicts=True,
        )
    return tuple(f"{kind}:{cause}" for kind, cause in causes)


def _decide(row: Appeal, change: Change, *, closes: bool) -> None:
    row.outcome_reason = change.reason
    row.decided_at = change.at
    row.closed_at = change.at if closes else None
    row.save(update_fields=["outcome_reason", "decided_at", "closed_at"])
