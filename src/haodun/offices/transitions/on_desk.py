"""Rows of a context on the 工作台: what waits longest first, each with its clock, state and unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from haodun.offices.transitions.on_pages import clocks_by_row, titled
from haodun.offices.transitions.paging import COUNT_TO
from haodun.offices.transitions.table import Table


@dataclass(frozen=True, slots=True)
class Said:
    """One row in words of the page's language."""

    title: str
    address: str
    under: str
    """A second line below the title, '' for none."""
    kind: str
    unit: str
    """Who is to act, or whom it is about."""


def waiting(
    table: Table,
    found: QuerySet[Any],
    *,
    by: str,
    limit: int,
    tones: Mapping[str, tuple[str, str]],
    describe: Callable[[Any], Said],
) -> tuple[list[dict[str, Any]], int]:
    """The first `limit` rows by the column `by`, as `console/parts/queue.html` shows them; how many there are.

    No more than COUNT_TO are counted.
    """
    total = found[:COUNT_TO].count()
    rows = list(found.order_by(by, "id")[:limit]) if total else []
    clocks, now = clocks_by_row(table, [row.id for row in rows]), timezone.now()
    return [_shown(table, row, describe(row), tones[row.state], clocks.get(row.id), now) for row in rows], total


def _shown(
    table: Table, row: Any, said: Said, tone: tuple[str, str], clock: dict[str, Any] | None, now: Any
) -> dict[str, Any]:
    return {
        "id": row.id,
        "document": said.title,
        "address": said.address,
        "under": said.under,
        "category": said.kind,
        "officer": said.unit,
        "late": clock is not None and clock["due_at"] < now,
        "clock": clock,
        "tone": tone[0],
        "icon": tone[1],
        "state": titled(table.state(row.state)),
    }
