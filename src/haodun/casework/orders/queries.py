"""The queue of orders: tabs, filters, sorting by clock, pages by cursor, counts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from haodun.casework.orders.clocked import NEVER, overdue, read_by_clock, running
from haodun.casework.orders.documents import canonical
from haodun.casework.orders.models import Category, NumberState, Order, OrderNumber, Urgency
from haodun.casework.orders.states import DONE, OPEN, PROPOSERS, TABLE
from haodun.offices.transitions.paging import COUNT_TO, SIZE, Page, read_page
from haodun.offices.transitions.services import StepRecord

SETTLED = (NumberState.EXECUTED, NumberState.ALREADY_CLOSED, NumberState.NOT_OURS, NumberState.REVERSED)
"""Numbers of which a receipt is there."""
WAITING = (*OPEN, "SENT_BACK", "DISPATCHED", "EXECUTED", "REPORTED")

Tab = Callable[[QuerySet[Any], uuid.UUID, datetime], QuerySet[Any]]


def _for_my_approval(orders: QuerySet[Any], user: uuid.UUID, now: datetime) -> QuerySet[Any]:
    mine = StepRecord.objects.filter(object_type=TABLE.name, action__in=PROPOSERS).filter(
        Q(actor=user) | Q(on_behalf_of=user)
    )
    return orders.filter(state="ROUTED").exclude(id__in=mine.values("object_id"))


TABS: dict[str, Tab] = {
    "todo": lambda orders, user, now: orders.filter(state__in=WAITING),
    "late": lambda orders, user, now: orders.filter(overdue(TABLE.name, now), state__in=WAITING),
    "approve": _for_my_approval,
    "receipts": lambda orders, user, now: orders.filter(state="DISPATCHED"),
    "sent_back": lambda orders, user, now: orders.filter(state="SENT_BACK"),
    "done": lambda orders, user, now: orders.filter(state__in=DONE),
    "all": lambda orders, user, now: orders,
}
"""By name, in their order. Sorted by clock, but for the following."""
BY_RECEIPT = ("done", "all")
"""Newest first."""
STANDING = ("sent_back",)
"""Their clocks stand still: oldest first."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the URL says beside the tab. Never a telephone number."""

    document: str = ""
    urgency: str = ""
    unit: str = ""
    carrier: str = ""
    category: str = ""

    def apply(self, orders: QuerySet[Any]) -> QuerySet[Any]:
        """The orders that fit; a value that is none fits nothing."""
        if self.document:
            known = canonical(self.document)
            orders = orders.filter(document=known) if known else orders.filter(document__contains=self.document)
        if self.urgency:
            orders = orders.filter(urgency=self.urgency if self.urgency in Urgency.values else "-")
        if self.category:
            orders = orders.filter(category=self.category if self.category in Category.values else "-")
        if self.unit:
            orders = orders.filter(issuing_unit=_uuid(self.unit))
        if self.carrier:
            orders = orders.filter(id__in=OrderNumber.objects.filter(carrier=_uuid(self.carrier)).values("order"))
        return orders


def readable(user: Any) -> QuerySet[Any]:
    """The orders a person may read."""
    orders: QuerySet[Any] = Order.objects.scoped_to(user).select_related("issuing_unit")
    return orders


def counts(user: Any, user_id: uuid.UUID) -> dict[str, int]:
    """How many orders stand on each tab; none is counted for done and all."""
    return {name: count(user, user_id, name) for name in TABS if name not in BY_RECEIPT}


def count(user: Any, user_id: uuid.UUID, tab: str) -> int:
    """How many orders stand on one tab; at most COUNT_TO."""
    return TABS[tab](readable(user), user_id, timezone.now())[:COUNT_TO].count()


def page(user: Any, user_id: uuid.UUID, *, tab: str, filters: Filters, cursor: str = "", size: int = SIZE) -> Page:
    """One page of a tab, each row with `due`."""
    found = filters.apply(TABS[tab](readable(user), user_id, timezone.now()))
    if tab not in (*BY_RECEIPT, *STANDING):
        return read_by_clock(found, table=TABLE.name, cursor=cursor, size=size)
    page = read_page(found, by="created_at", newest_first=tab in BY_RECEIPT, cursor=cursor, size=size)
    clocks = running(TABLE.name).filter(object_id__in=[row.id for row in page.rows])
    due = dict(clocks.values_list("object_id", "due_at"))
    for row in page.rows:
        row.due = due.get(row.id, NEVER)
    return page


def receipts(user: Any, orders: list[Any]) -> dict[uuid.UUID, dict[str, int]]:
    """Of each order the numbers a person may read, without those left out: total, and done (a receipt is there)."""
    rows = (
        OrderNumber.objects.scoped_to(user)
        .filter(order__in=orders)
        .values("order")
        .annotate(
            total=Count("id", filter=~Q(state=NumberState.REJECTED)),
            done=Count("id", filter=Q(state__in=SETTLED)),
        )
    )
    return {row["order"]: {name: row[name] for name in ("total", "done")} for row in rows}


def due_soon(user: Any, within: timedelta) -> int:
    """How many orders run out within this time."""
    now = timezone.now()
    soon = running(TABLE.name).filter(object_id=OuterRef("id"), due_at__gte=now, due_at__lt=now + within)
    return readable(user).filter(Exists(soon), state__in=WAITING)[:COUNT_TO].count()


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
