"""Pages by cursor over a sorted queue: constant work however far one reads, no row twice, none left out."""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet

SIZE = 50
COUNT_TO = 1001
"""Counts go no further; a page shows '>1,000'."""

_CURSOR = re.compile(r"([0-9T:.+-]{10,40})~([0-9a-f-]{36})")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a queue."""

    rows: list[Any]
    total: int
    """At most COUNT_TO."""
    after: str
    """Cursor of the next page, '' for none."""


def read_page(found: QuerySet[Any], *, by: str, newest_first: bool, cursor: str = "", size: int = SIZE) -> Page:
    """One page of rows sorted by a moment (`by`) and id; a cursor that is none begins at the start."""
    total = found[:COUNT_TO].count()
    sign = "-" if newest_first else ""
    ordered = found.order_by(f"{sign}{by}", f"{sign}id")
    start = read_cursor(cursor)
    if start is not None:
        at, row_id = start
        beyond = "lt" if newest_first else "gt"
        ordered = ordered.filter(Q(**{f"{by}__{beyond}": at}) | Q(**{by: at, f"id__{beyond}": row_id}))
    rows = list(ordered[: size + 1])
    after = cursor_at(getattr(rows[size - 1], by), rows[size - 1].id) if len(rows) > size else ""
    return Page(rows[:size], total, after)


def cursor_at(at: datetime, row_id: uuid.UUID) -> str:
    """The cursor behind a row that is sorted by this moment."""
    plain = f"{at.astimezone(UTC).isoformat()}~{row_id}"
    return base64.urlsafe_b64encode(plain.encode("ascii")).decode("ascii").rstrip("=")


def read_cursor(text: str) -> tuple[datetime, uuid.UUID] | None:
    """Where a cursor stands, None for any other text."""
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    found = _CURSOR.fullmatch(plain)
    if found is None:
        return None
    try:
        return datetime.fromisoformat(found[1]), uuid.UUID(found[2])
    except ValueError:
        return None
