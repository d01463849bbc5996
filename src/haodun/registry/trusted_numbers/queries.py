"""The centre's queue and an enterprise's own entries: tabs, sorting by clock, pages by cursor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from haodun.offices.transitions.paging import COUNT_TO, SIZE, Page, read_page
from haodun.offices.transitions.services import Clock
from haodun.registry.trusted_numbers.models import Entry
from haodun.registry.trusted_numbers.states import ENDED, OPEN, TABLE, WITH_APPLICANT

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
TABS: dict[str, Callable[[QuerySet[Any], datetime], QuerySet[Any]]] = {
    "todo": lambda found, now: found.filter(state__in=OPEN),
    "late": lambda found, now: found.filter(state__in=OPEN, due__lt=now),
    "approve": lambda found, now: found.filter(state="EVIDENCE_CHECKED"),
    "active": lambda found, now: found.filter(state="ACTIVE"),
    "ended": lambda found, now: found.filter(state__in=ENDED),
    "all": lambda found, now: found.exclude(state="DRAFT"),
}
"""By name, in their order. The first four are sorted by clock, the others by application, newest first."""
OWN_TABS: dict[str, Callable[[QuerySet[Any], datetime], QuerySet[Any]]] = {
    "active": lambda found, now: found.filter(state="ACTIVE"),
    "open": lambda found, now: found.filter(state__in=(*OPEN, *WITH_APPLICANT)),
    "ended": lambda found, now: found.filter(state__in=ENDED),
}
NEWEST_FIRST = ("ended", "all")


def readable(user: Any) -> QuerySet[Any]:
    """The entries a person may read, each with `due` (NEVER where no clock runs) and `count` of its numbers."""
    running = Clock.objects.filter(object_type=TABLE.name, object_id=OuterRef("id"), stopped_at=None, paused_at=None)
    due = Coalesce(Subquery(running.order_by("due_at").values("due_at")[:1]), Value(NEVER))
    found: QuerySet[Any] = Entry.objects.scoped_to(user).annotate(due=due, count=Count("numbers"))
    return found.select_related("holder")


def counts(user: Any, tabs: dict[str, Any]) -> dict[str, int]:
    """How many entries stand on each tab; none is counted for ended and all."""
    now, found = timezone.now(), readable(user)
    return {name: narrow(found, now)[:COUNT_TO].count() for name, narrow in tabs.items() if name not in NEWEST_FIRST}


def page(user: Any, tabs: dict[str, Any], *, tab: str, cursor: str = "", size: int = SIZE) -> Page:
    """One page of a tab."""
    newest_first = tab in NEWEST_FIRST
    found = tabs[tab](readable(user), timezone.now())
    return read_page(
        found, by="created_at" if newest_first else "due", newest_first=newest_first, cursor=cursor, size=size
    )
