"""What the person's desk and the search show of orders: the head of a tab, counts, an order by its document number."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone

from haodun.casework.orders import queries, shown
from haodun.casework.orders.documents import canonical
from haodun.casework.orders.queries import Filters


def waiting(user: Any, user_id: uuid.UUID, *, tab: str, limit: int) -> tuple[list[dict[str, Any]], int]:
    """The first orders of a tab as rows of the queue part, and how many there are (at most queries.COUNT_TO)."""
    found = queries.page(user, user_id, tab=tab, filters=Filters(), size=limit)
    people = get_user_model()._default_manager.filter(pk__in={one.filed_by for one in found.rows})
    names = {person.pk: str(person) for person in people}
    rows = shown.rows(found.rows, queries.receipts(user, found.rows), names, now=timezone.now())
    return rows, found.total


def how_many(user: Any, user_id: uuid.UUID, *tabs: str) -> tuple[int, ...]:
    """How many orders stand on each of these tabs; each at most paging.COUNT_TO."""
    return tuple(queries.count(user, user_id, tab) for tab in tabs)


def by_document(user: Any, text: str, *, limit: int) -> list[tuple[str, str, str, bool]]:
    """Orders whose document number is the text or contains it: number, unit, address, whether it is exactly that."""
    known = canonical(text)
    found = Filters(document=text).apply(queries.readable(user)).order_by("-created_at", "-id")[:limit]
    return [
        (one.document, one.issuing_unit.name_zh, reverse("orders:order", args=[one.id]), one.document == known)
        for one in found
    ]
