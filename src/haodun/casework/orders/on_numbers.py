"""What the page of a number shows of orders: which documents named it, and the steps that mattered to it."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from haodun.casework.orders import shown
from haodun.casework.orders.models import Order, OrderNumber
from haodun.casework.orders.states import TABLE
from haodun.offices.transitions.services import StepRecord

MAX_ORDERS = 50
"""Documents of one number, the newest."""
TOLD = ("file", "file_urgent", "approve", "execute", "send_back", "reject", "withdraw", "recall", "acknowledge")
"""Steps that stand on a number's time line; those between are the system's own."""


@dataclass(frozen=True, slots=True)
class OrderStep:
    """One step of one order that named the number, in the page's language."""

    at: datetime
    title: str
    document: str
    unit: str
    """Who issued the document; said with its filing only."""
    tone: str
    icon: str
    reason: str
    number_state: str
    """What became of this number in it; said with the newest step only."""
    address: str


def steps_on(number: int, user: Any) -> list[OrderStep]:
    """The steps of the orders that name a number (E.164 key) and that this person may read; oldest order first."""
    found = OrderNumber.objects.scoped_to(user).filter(number=number, order__in=Order.objects.scoped_to(user))
    rows = found.select_related("order", "order__issuing_unit").order_by("-order__created_at")[:MAX_ORDERS]
    named = {row.order_id: row for row in rows}
    taken = StepRecord.objects.filter(object_type=TABLE.name, object_id__in=named, action__in=TOLD).order_by("id")
    steps = list(taken)
    last = {record.object_id: record.pk for record in steps}
    return [_step(one, named[one.object_id], newest=last[one.object_id] == one.pk) for one in steps]


def documents_of(restrictions: Collection[uuid.UUID], user: Any) -> dict[uuid.UUID, tuple[str, str]]:
    """Restriction → document number and address of the order behind it, of those orders this person may read."""
    rows = OrderNumber.objects.scoped_to(user).filter(
        restriction__in=list(restrictions), order__in=Order.objects.scoped_to(user)
    )
    return {
        row.restriction: (row.order.document, reverse("orders:order", args=[row.order_id]))
        for row in rows.select_related("order")
        if row.restriction is not None
    }


def _step(record: StepRecord, row: OrderNumber, *, newest: bool) -> OrderStep:
    order = row.order
    tone, icon = shown.TONES[record.to_state]
    return OrderStep(
        at=record.at,
        title=shown.told(record.action),
        document=order.document,
        unit=shown.named(order.issuing_unit) if record.from_state == "" else "",
        tone="crit" if record.action == "approve" else tone,
        icon="ban" if record.action == "approve" else icon,
        reason=record.reason,
        number_state=row.get_state_display() if newest else "",
        address=reverse("orders:order", args=[order.id]),
    )
