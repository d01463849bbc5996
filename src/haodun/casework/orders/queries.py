"""The queue of orders: tabs, filters, sorting by clock, pages by cursor, counts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from haodun.casework.orders.documents import canonical
from haodun.casework.orders.models import Category, NumberState, Order, OrderNumber, Urgency
from haodun.casework.orders.paging import COUNT_TO, SIZE, Page, read
from haodun.casework.orders.states import DONE, OPEN, PROPOSERS, TABLE
from haodun.offices.transitions.services import Clock, StepRecord

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Sorts what has no running clock behind what has."""
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
    "late": lambda orders, user, now: orders.filter(state__in=WAITING, due__lt=now),
    "approve": _for_my_approval,
    "receipts": lambda orders, user, now: orders.filter(state="DISPATCHED"),
    "sent_back": lambda orders, user, now: orders.filter(state="SENT_BACK"),
    "done": lambda orders, user, now: orders.filter(state__in=DONE),
    "all": lambda orders, user, now: orders,
}
"""By name, in their order. All but the last two are sorted by clock; those by receipt, newest first."""
BY_RECEIPT = ("done", "all")


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
    """The orders a person may read, each with `due`."""
    running = Clock.objects.filter(object_type=TABLE.name, object_id=OuterRef("id"), stopped_at=None, paused_at=None)
    orders: QuerySet[Any] = Order.objects.scoped_to(user)
    due = Coalesce(Subquery(running.order_by("due_at").values("due_at")[:1]), Value(NEVER))
    found: QuerySet[Any] = orders.annotate(due=due).select_related("issuing_unit")
    return found


def counts(user: Any, user_id: uuid.UUID) -> dict[str, int]:
    """How many orders stand on each tab; none is counted for done and all."""
    now = timezone.now()
    orders = readable(user)
    return {name: tab(orders, user_id, now)[:COUNT_TO].count() for name, tab in TABS.items() if name not in BY_RECEIPT}


def page(user: Any, user_id: uuid.UUID, *, tab: str, filters: Filters, cursor: str = "", size: int = SIZE) -> Page:
    """One page of a tab."""
    found = filters.apply(TABS[tab](readable(user), user_id, timezone.now()))
    newest_first = tab in BY_RECEIPT
    return read(found, by="created_at" if newest_first else "due", newest_first=newest_first, cursor=cursor, size=size)


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
    return readable(user).filter(state__in=WAITING, due__gte=now, due__lt=now + within)[:COUNT_TO].count()


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        return uuid.UUID(int=0)
