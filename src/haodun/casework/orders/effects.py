"""What a step of an order does besides the new state: routing, restrictions, numbers; inside the act's transaction."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from haodun.audit.services import subjects_for
from haodun.casework.orders.facts import OrderDispatched, OrderExecuted, OrderReversed
from haodun.casework.orders.models import NumberState, Order, OrderNumber
from haodun.casework.orders.wording import reason_of
from haodun.offices.organisations.services import readers_of
from haodun.offices.transitions.services import BlastRadius, Change, Clock, Refused
from haodun.registry.key_services.services import NumbersCleared, NumbersInvolved
from haodun.registry.restrictions.services import (
    MAX_TERM,
    Basis,
    Measure,
    Restriction,
    RestrictionRefused,
    Source,
    blast_radius,
    in_force,
    lift,
    place,
)
from haodun.registry.subscribers.services import Route, route

SUBJECT = "number"
"""Kind of ledger subject of a telephone number."""
TAKES_PART = (NumberState.PENDING, NumberState.ALREADY_CLOSED, NumberState.NOT_OURS, NumberState.EXECUTED)
"""States of the numbers an order is about."""


def name_subjects(change: Change) -> None:
    """Ledger items: one for each number, by its subject id."""
    for row in change.rows:
        numbers = row.numbers.order_by("number").values_list("number", "state", "reason")
        subjects = subjects_for(SUBJECT, (number for number, _, _ in numbers))
        change.items += [
            {"subject": str(subjects[str(number)]), "order": str(row.id), "state": state, "reason": reason}
            for number, state, reason in numbers
        ]


def keep_note(change: Change) -> None:
    """The reason given stays with the order."""
    for row in change.rows:
        row.note = change.reason
        row.save(update_fields=["note"])


def route_numbers(change: Change) -> None:
    """Name for each number who answers for it now (MNP look-up; RULES.md W4a)."""
    for row in change.rows:
        _route(row, change)


def blast_radius_of(change: Change) -> BlastRadius:
    """What approval would hit, from the registry as it is now."""
    numbers = sorted(
        OrderNumber.objects.filter(order__in=list(change.rows), state__in=TAKES_PART).values_list("number", flat=True)
    )
    return blast_radius(numbers, change.at)


def dispatch(change: Change) -> None:
    """Place the restrictions, which also asks for a snapshot; numbers restricted before get this document as well."""
    for row in change.rows:
        _route(row, change)
        pending = list(row.numbers.filter(state=NumberState.PENDING).order_by("number"))
        keys = [number.number for number in pending]
        before = in_force(keys, change.at)
        placed = _place(row, keys, change)
        _note_restrictions(pending, placed, before=_shut(before), change=change)
        row.approved_by = change.actor.user_id
        row.dispatched_at = change.at
        row.change = max(restriction.change for restriction in placed)
        row.readers = sorted({*row.readers, *(one for number in pending for one in number.readers)})
        row.save(update_fields=["approved_by", "dispatched_at", "change", "readers"])
        Clock.objects.filter(object_type=change.table.name, object_id=row.id).update(readers=row.readers)
        change.emit(OrderDispatched(order=row.id, numbers=len(placed), change=row.change))
        change.emit(NumbersInvolved(row.id, row.created_at, tuple(keys), tuple(row.readers)))


def keep_approver(change: Change) -> None:
    """Who approved it at its origin, not the system that adopted that."""
    for row in change.rows:
        row.approved_by = UUID(row.approval["person"])
        row.save(update_fields=["approved_by"])
        change.body |= {"origin": row.origin_node, "message": str(row.origin_message), "approval": row.approval}


def mark_executed(change: Change) -> None:
    """Every edge runs a snapshot that holds them: in effect. Where no carrier answers, the edges alone stop them."""
    for row in change.rows:
        pending = row.numbers.filter(state=NumberState.PENDING)
        alone = pending.filter(carrier=None).update(state=NumberState.NOT_OURS, changed_at=change.at)
        done = pending.update(state=NumberState.EXECUTED, changed_at=change.at)
        row.executed_at = change.at
        row.save(update_fields=["executed_at"])
        change.body["numbers"] = {"executed": done, "not_ours": alone}
        change.emit(OrderExecuted(order=row.id, numbers=done + alone))


def give_up_numbers(change: Change) -> None:
    """Nothing happens to the numbers of an order that ends before dispatch."""
    for row in change.rows:
        pending = row.numbers.filter(state=NumberState.PENDING)
        pending.update(state=NumberState.REJECTED, reason=row.state.lower(), changed_at=change.at)


def lift_all(change: Change) -> None:
    """Lift everything this order restricts, at once (反电信网络诈骗法 art. 32)."""
    for row in change.rows:
        numbers = list(row.numbers.exclude(restriction=None).exclude(state=NumberState.REVERSED))
        lift(
            [number.restriction for number in numbers if number.restriction is not None],
            source=source_of(row),
            reason=change.reason,
            actor=change.actor,
            at=change.at,
        )
        reverse(numbers, reason="recalled", change=change)
        change.emit(OrderReversed(order=row.id, numbers=len(numbers)))


def reverse(numbers: Collection[OrderNumber], *, reason: str, change: Change) -> None:
    """Mark numbers whose restriction by their order was lifted."""
    ids = [number.id for number in numbers]
    for order in {number.order_id for number in numbers}:
        gone = tuple(number.number for number in numbers if number.order_id == order)
        change.emit(NumbersCleared(order, gone, change.at))
    OrderNumber.objects.filter(id__in=ids).update(state=NumberState.REVERSED, reason=reason, changed_at=change.at)


def source_of(row: Order) -> Source:
    """The order as a source of restrictions."""
    return Source("order", str(row.id))


def _place(row: Order, keys: list[int], change: Change) -> list[Restriction]:
    try:
        return place(
            keys,
            measure=Measure.BOTH_WAYS,
            basis=Basis(row.basis),
            reason=reason_of(row.category),
            source=source_of(row),
            until=change.at + MAX_TERM,
            actor=change.actor,
            at=change.at,
            readers=row.readers,
        )
    except RestrictionRefused as refused:
        raise Refused(refused.code, refused.zh, refused.en) from refused


def _route(row: Order, change: Change) -> None:
    numbers = {number.number: number for number in row.numbers.filter(state=NumberState.PENDING)}
    for carrier, routes in route(sorted(numbers), change.at).items():
        readers = sorted({*row.readers, *(readers_of(carrier) if carrier else ())})
        for found in routes:
            _carry(numbers[found.number], found, readers)
    OrderNumber.objects.bulk_update(numbers.values(), ["carrier", "certainty", "readers"])


def _carry(number: OrderNumber, found: Route, readers: list[UUID]) -> None:
    number.carrier_id = found.carrier
    number.certainty = found.certainty.value
    number.readers = readers


def _shut(before: dict[int, list[Restriction]]) -> set[int]:
    """Numbers that were shut both ways already."""
    return {number for number, found in before.items() if any(one.measure is Measure.BOTH_WAYS for one in found)}


def _note_restrictions(
    pending: list[OrderNumber], placed: list[Restriction], *, before: set[int], change: Change
) -> None:
    ids = {restriction.number: restriction.id for restriction in placed}
    for number in pending:
        number.restriction = ids[number.number]
        number.changed_at = change.at
        if number.number in before:
            number.state = NumberState.ALREADY_CLOSED
    OrderNumber.objects.bulk_update(pending, ["restriction", "changed_at", "state"])
