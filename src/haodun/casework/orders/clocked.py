"""Pages of a queue sorted by the clock that runs out next: walked along the index of clocks, never sorted as a whole.

Theory of operation. A row has at most one clock that runs (not stopped, not paused). A short queue (up to COUNT_TO) is
read whole and sorted by its clocks. Of a long one the running clocks are read in the order of their deadlines, and of
each whether its row belongs to the queue; so a page costs what it shows, however many rows are open. Rows whose clock
stands still or was met follow, by id. A cursor is (deadline, id), with NEVER for the second part.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from haodun.offices.transitions.paging import COUNT_TO, Page, cursor_at, read_cursor
from haodun.offices.transitions.services import Clock

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Sorts what has no running clock behind what has."""
Place = tuple[uuid.UUID, datetime]
"""A row's id and its deadline."""
Start = tuple[datetime, uuid.UUID] | None
"""Where a cursor stands."""


def running(table: str) -> QuerySet[Any]:
    """The clocks of a table's rows that run now."""
    found: QuerySet[Any] = Clock.objects.filter(object_type=table, stopped_at=None, paused_at=None)
    return found


def overdue(table: str, now: datetime) -> Exists:
    """The condition that a row's running clock has run out."""
    return Exists(running(table).filter(object_id=OuterRef("id"), due_at__lt=now))


def read_by_clock(found: QuerySet[Any], *, table: str, cursor: str, size: int) -> Page:
    """One page of `found`, each row with `due` (NEVER where no clock runs); for a cursor that is none the first."""
    total, start = found[:COUNT_TO].count(), read_cursor(cursor)
    places = (_sorted if total < COUNT_TO else _walked)(found, table, start, size + 1)
    rows = {row.id: row for row in found.filter(id__in=[one for one, _ in places[:size]])}
    shown = []
    for one, due in places[:size]:
        if one in rows:  # else it has left the queue since the first query
            rows[one].due = due
            shown.append(rows[one])
    after = cursor_at(places[size - 1][1], places[size - 1][0]) if len(places) > size else ""
    return Page(shown, total, after)


def _sorted(found: QuerySet[Any], table: str, start: Start, size: int) -> list[Place]:
    ids = list(found.order_by().values_list("id", flat=True)[:COUNT_TO])
    due = dict(running(table).filter(object_id__in=ids).values_list("object_id", "due_at"))
    places = sorted(((one, due.get(one, NEVER)) for one in ids), key=lambda place: (place[1], place[0].int))
    if start is not None:
        places = [place for place in places if (place[1], place[0].int) > (start[0], start[1].int)]
    return places[:size]


def _walked(found: QuerySet[Any], table: str, start: Start, size: int) -> list[Place]:
    places = _clocked(found, table, start, size)
    return places + _clockless(found, table, start, size - len(places)) if len(places) < size else places


def _clocked(found: QuerySet[Any], table: str, start: Start, size: int) -> list[Place]:
    if start is not None and start[0] >= NEVER:
        return []
    clocks = running(table).filter(object_id__in=found.order_by().values("id"))
    if start is not None:
        clocks = clocks.filter(Q(due_at__gt=start[0]) | Q(due_at=start[0], object_id__gt=start[1]))
    return list(clocks.order_by("due_at", "object_id").values_list("object_id", "due_at")[:size])


def _clockless(found: QuerySet[Any], table: str, start: Start, size: int) -> list[Place]:
    rest = found.filter(~Exists(running(table).filter(object_id=OuterRef("id"))))
    if start is not None and start[0] >= NEVER:
        rest = rest.filter(id__gt=start[1])
    return [(one, NEVER) for one in rest.order_by("id").values_list("id", flat=True)[:size]]
