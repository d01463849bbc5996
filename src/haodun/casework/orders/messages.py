"""What orders exchange with other nodes: an order goes where its carriers live, receipts come back, recalls follow.

Theory of operation. Approved here, an order is sent to each node at which carriers of its numbers live, with those
numbers only, in the approval's own transaction. A node that cannot be reached is noted (UNSENT) and tried again; the
order then waits for it, and its clock tells. `executed` of a node moves its numbers; with the last of them the order is
executed. A recall here recalls the envelopes; a number lifted by an appeal is lifted there by an `order.lift`. What
comes from another node is `receiving`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from haodun.casework.orders import receiving
from haodun.casework.orders.facts import NumbersReversed, OrderDispatched, OrderExecuted, OrderReversed
from haodun.casework.orders.models import AtNode, NumberState, Order, OrderNumber
from haodun.casework.orders.states import TABLE
from haodun.federation.services import Answer, CannotSend, executed, recall, send, subscribe
from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import system
from haodun.offices.peering.services import home_of
from haodun.offices.transitions.services import SYSTEM, act, steps_of

KIND, LIFT = "order", "order.lift"
SETTLED = (NumberState.EXECUTED, NumberState.NOT_OURS, NumberState.ALREADY_CLOSED, NumberState.REJECTED)
"""What another node can say became of a number."""


def register() -> None:
    """Take orders and lifts of other nodes, and hear the receipts of ours."""
    subscribe(
        KIND,
        1,
        receiving.take_order,
        zh="关停指令",
        en="Shutdown order",
        undo=receiving.undo_order,
        heard=heard,
    )
    subscribe(LIFT, 1, receiving.take_lift, zh="解除号码", en="Lift of numbers of an order")


def on_dispatched(fact: OrderDispatched) -> None:
    """Send each other node its part. An order that itself came from another node stays here."""
    with system():
        order = Order.objects.get(id=fact.order)
        if order.origin_node:
            return
        for node, numbers in _parts(order).items():
            row = AtNode.objects.create(
                order=order,
                node=node,
                numbers=len(numbers),
                state=AtNode.State.UNSENT,
                changed_at=timezone.now(),
                readers=sorted({*order.readers, *(one for number in numbers for one in number.readers)}),
            )
            _send(order, row, numbers)


def _parts(order: Order) -> dict[str, list[OrderNumber]]:
    """By node, the numbers whose carriers live there."""
    numbers = list(order.numbers.exclude(state=NumberState.REJECTED).exclude(carrier=None).order_by("number"))
    homes = home_of({number.carrier_id for number in numbers if number.carrier_id is not None})
    parts: dict[str, list[OrderNumber]] = {}
    for number in numbers:
        node = homes.get(number.carrier_id, "") if number.carrier_id else ""
        if node:
            parts.setdefault(node, []).append(number)
    return dict(sorted(parts.items()))


def _send(order: Order, row: AtNode, numbers: list[OrderNumber]) -> None:
    try:
        row.message = send(KIND, [row.node], body_of(order, [number.number for number in numbers]))
        row.state, row.code, row.sentence = AtNode.State.SENT, "", ""
    except CannotSend as cannot:
        row.state, row.code, row.sentence = AtNode.State.UNSENT, cannot.code, cannot.en[:400]
    row.changed_at = timezone.now()
    row.save(update_fields=["message", "state", "code", "sentence", "changed_at"])


def body_of(order: Order, numbers: list[int]) -> dict[str, Any]:
    """What an envelope says of an order: the document, its unit, these numbers, and who approved it here."""
    approval = [step for step in steps_of(TABLE.name, order.id) if step.action == "approve"][-1]
    by = Organisation.objects.filter(id=approval.organisation).first() if approval.organisation else None
    return {
        "approval": {
            "at": approval.at.isoformat(timespec="milliseconds"),
            "entry": approval.entry,
            "organisation": unit_of(by) if by is not None else None,
            "person": str(approval.actor),
            "role": approval.role,
        },
        "basis": order.basis,
        "category": order.category,
        "document": order.document,
        "numbers": [f"+{number}" for number in numbers],
        "order": str(order.id),
        "received_at": order.created_at.isoformat(timespec="milliseconds"),
        "remark": order.remark,
        "unit": unit_of(order.issuing_unit),
        "urgency": order.urgency,
    }


def unit_of(unit: Organisation) -> dict[str, str]:
    """An organisation as an address."""
    return {
        "id": str(unit.id),
        "kind": unit.kind,
        "name_en": unit.name_en,
        "name_zh": unit.name_zh,
        "place": unit.place,
        "province": unit.province,
        "uscc": unit.uscc,
    }


def send_unsent() -> int:
    """Try again what could not be sent; how many went now."""
    sent = 0
    with system():
        for pk in AtNode.objects.filter(state=AtNode.State.UNSENT).order_by("pk").values_list("pk", flat=True):
            with transaction.atomic():
                row = AtNode.objects.select_for_update(of=("self",)).select_related("order").get(pk=pk)
                if row.state == AtNode.State.UNSENT and row.order.state == "DISPATCHED":
                    _send(row.order, row, _parts(row.order).get(row.node, []))
                    sent += row.state == AtNode.State.SENT
    return sent


def on_reversed(fact: OrderReversed) -> None:
    """Recall what was sent; what was not sent never is."""
    with system():
        order = Order.objects.get(id=fact.order)
        for row in order.nodes.order_by("node"):
            if row.message is not None:
                recall(row.message, order.note or "recalled")
            row.state = AtNode.State.LIFTED if row.message is None else AtNode.State.RECALLED
            row.changed_at = timezone.now()
            row.save(update_fields=["state", "changed_at"])


def on_numbers_reversed(fact: NumbersReversed) -> None:
    """Lift at other nodes the numbers of theirs that were lifted here."""
    with system():
        order = Order.objects.get(id=fact.order)
        for node, numbers in _parts(order).items():
            row = order.nodes.filter(node=node).exclude(message=None).first()
            keys = sorted({number.number for number in numbers} & set(fact.numbers))
            if row is None or not keys or row.state == AtNode.State.RECALLED:
                continue
            said = {"message": str(row.message), "numbers": [f"+{key}" for key in keys], "reason": fact.reason}
            send(LIFT, [node], said)


def on_executed(fact: OrderExecuted) -> None:
    """An order of another node is in effect at every live edge here: say so, number by number."""
    with system():
        order = Order.objects.get(id=fact.order)
        if order.origin_message is None:
            return
        states = {f"+{number}": state for number, state in order.numbers.values_list("number", "state")}
        executed(order.origin_message, {"numbers": states, "order": str(order.id), "snapshot": order.here})


def heard(answer: Answer) -> None:
    """What another node says of an order of ours, or of its recall."""
    with system():
        message = answer.recalled or answer.message
        row = AtNode.objects.select_for_update(of=("self",)).filter(message=message, node=answer.node).first()
        if row is None or answer.status == "received":
            return
        if answer.recalled is not None:
            if answer.status == "executed":
                row.state = AtNode.State.LIFTED
        elif row.state not in (AtNode.State.RECALLED, AtNode.State.LIFTED):
            row.state = AtNode.State(answer.status.upper())
            row.code, row.sentence = answer.code, answer.sentence
        row.changed_at = timezone.now()
        row.save(update_fields=["state", "code", "sentence", "changed_at"])
        if row.state == AtNode.State.EXECUTED:
            _settle(row, answer.evidence)


def _settle(row: AtNode, evidence: Mapping[str, Any]) -> None:
    """The numbers of that node are as it says; with the last node the order is executed."""
    said = evidence.get("numbers")
    states = said if isinstance(said, dict) else {}
    homes = _parts(row.order).get(row.node, [])
    for number in homes:
        state = states.get(f"+{number.number}")
        if number.state == NumberState.PENDING and state in SETTLED:
            number.state, number.changed_at = NumberState(state), timezone.now()
    OrderNumber.objects.bulk_update(homes, ["state", "changed_at"])
    complete(row.order_id)


def complete(order_id: UUID) -> None:
    """Move an order on whose every node, and the edges here where it concerns them, have it in effect."""
    order = Order.objects.select_for_update(of=("self",)).get(id=order_id)
    owed = order.nodes.exclude(state=AtNode.State.EXECUTED).exists()
    elsewhere = {number.pk for numbers in _parts(order).values() for number in numbers}
    ours = order.numbers.exclude(state=NumberState.REJECTED).exclude(pk__in=elsewhere).exists()
    if order.state != "DISPATCHED" or owed or (ours and not order.here):
        return
    act(SYSTEM, TABLE, [order.id], "execute", key=f"execute nodes {order.id}")
    act(SYSTEM, TABLE, [order.id], "report", key=f"report nodes {order.id}")
