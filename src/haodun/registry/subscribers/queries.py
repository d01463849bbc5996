"""Lists of registrations, imports and cards above the limit, each page by cursor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from haodun.offices.transitions.paging import COUNT_TO, Page, read_page
from haodun.offices.transitions.services import Clock
from haodun.registry.subscribers.models import ExcessCard, HolderInterval, ImportRun, Registration
from haodun.registry.subscribers.sealing import now
from haodun.registry.subscribers.states import EXCESS

SIZE = 50
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
TABS = ("all", "due")
"""All that are held now, newest first; those without a valid real name."""
EXCESS_TABS = ("todo", "late", "done")
_CURSOR = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """One number that is held, and its state now."""

    interval: Any
    status: str
    checked: bool


def registrations(user: Any, *, tab: str, cursor: str = "", size: int = SIZE) -> tuple[list[Line], str]:
    """A page of numbers held now that a person may read, and the cursor of the next ('' for none)."""
    at = now()
    start = int(cursor) if _CURSOR.fullmatch(cursor) else None
    current = Registration.objects.scoped_to(user).filter(recorded__endswith=None, valid__contains=at)
    if tab == "due":
        due = current.exclude(status="valid").order_by("-interval_id")
        due = due if start is None else due.filter(interval_id__lt=start)
        ids = list(due.values_list("interval_id", flat=True)[: size + 1])
    else:
        held = HolderInterval.objects.scoped_to(user).filter(valid__contains=at).order_by("-pk")
        held = held if start is None else held.filter(pk__lt=start)
        ids = list(held.values_list("pk", flat=True)[: size + 1])
    shown = ids[:size]
    rows = HolderInterval.objects.scoped_to(user).filter(pk__in=shown).order_by("-pk")
    states = {row.interval_id: row for row in current.filter(interval__in=shown)}
    lines = [
        Line(row, states[row.pk].status if row.pk in states else "none", row.pk in states and states[row.pk].checked)
        for row in rows.select_related("record", "carrier", "reseller")
    ]
    return lines, str(shown[-1]) if len(ids) > size else ""


def imports(user: Any, *, cursor: str = "", size: int = SIZE) -> Page:
    """A page of imports, newest first."""
    found = ImportRun.objects.scoped_to(user).select_related("organisation")
    return read_page(found, by="created_at", newest_first=True, cursor=cursor, size=size)


def waiting_imports(user: Any) -> int:
    """Imports that await the second look; at most COUNT_TO."""
    found: int = ImportRun.objects.scoped_to(user).filter(state="CHECKED")[:COUNT_TO].count()
    return found


def excess(user: Any, *, tab: str) -> QuerySet[Any]:
    """Cards above the limit of a tab, each with `due` (NEVER where no clock runs)."""
    running = Clock.objects.filter(object_type=EXCESS.name, object_id=OuterRef("id"), stopped_at=None)
    due = Coalesce(Subquery(running.order_by("due_at").values("due_at")[:1]), Value(NEVER))
    found: QuerySet[Any] = ExcessCard.objects.scoped_to(user).annotate(due=due)
    if tab == "done":
        return found.exclude(state="PENDING")
    found = found.filter(state="PENDING")
    return found.filter(due__lt=now()) if tab == "late" else found


def excess_page(user: Any, *, tab: str, cursor: str = "", size: int = SIZE) -> Page:
    """A page of a tab: by clock; those decided, newest first."""
    found = excess(user, tab=tab).select_related("interval", "interval__carrier", "interval__reseller")
    done = tab == "done"
    return read_page(found, by="created_at" if done else "due", newest_first=done, cursor=cursor, size=size)


def excess_count(user: Any, tab: str) -> int:
    """How many stand on a tab; at most COUNT_TO."""
    found: int = excess(user, tab=tab)[:COUNT_TO].count()
    return found
