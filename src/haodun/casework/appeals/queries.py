"""The queue of appeals: tabs, sorting by the clock that runs out next, pages by cursor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from haodun.casework.appeals.models import Appeal
from haodun.casework.appeals.states import DECIDED, OPEN, TABLE
from haodun.offices.transitions.paging import COUNT_TO, SIZE, Page, read_page
from haodun.offices.transitions.services import Clock

NEVER = datetime(9999, 1, 1, tzinfo=UTC)

TABS: dict[str, Callable[[QuerySet[Any], datetime], QuerySet[Any]]] = {
    "todo": lambda found, now: found.filter(state__in=OPEN),
    "late": lambda found, now: found.filter(state__in=OPEN, due__lt=now),
    "review": lambda found, now: found.filter(state__in=("ACKNOWLEDGED", "REVIEW")),
    "above": lambda found, now: found.filter(state__in=("ESCALATED", "ACCEPTED")),
    "done": lambda found, now: found.filter(state__in=DECIDED),
    "all": lambda found, now: found,
}
"""By name, in their order. All but the last two are sorted by clock; those by receipt, newest first."""
BY_RECEIPT = ("done", "all")


def readable(user: Any) -> QuerySet[Any]:
    """The appeals a person may read, each with `due` (NEVER where no clock runs)."""
    running = Clock.objects.filter(object_type=TABLE.name, object_id=OuterRef("id"), stopped_at=None, paused_at=None)
    due = Coalesce(Subquery(running.order_by("due_at").values("due_at")[:1]), Value(NEVER))
    found: QuerySet[Any] = Appeal.objects.scoped_to(user).annotate(due=due).select_related("order")
    return found


def counts(user: Any) -> dict[str, int]:
    """How many appeals stand on each tab; none is counted for done and all."""
    now, found = timezone.now(), readable(user)
    return {name: tab(found, now)[:COUNT_TO].count() for name, tab in TABS.items() if name not in BY_RECEIPT}


def count(user: Any, tab: str) -> int:
    """How many appeals stand on one tab; at most COUNT_TO."""
    return TABS[tab](readable(user), timezone.now())[:COUNT_TO].count()


def page(user: Any, *, tab: str, cursor: str = "", size: int = SIZE) -> Page:
    """One page of a tab."""
    newest_first = tab in BY_RECEIPT
    found = TABS[tab](readable(user), timezone.now())
    return read_page(
        found, by="created_at" if newest_first else "due", newest_first=newest_first, cursor=cursor, size=size
    )
