"""Bulletins: the only way in for other contexts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils import timezone

from haodun.offices.organisations.services import reading_as
from haodun.oversight.bulletins.measuring import Measuring
from haodun.oversight.bulletins.queries import QUERIES, listed
from haodun.oversight.bulletins.sentences import compose, in_language
from haodun.oversight.bulletins.values import (
    Bulletin,
    BulletinRefused,
    Figure,
    Period,
    RowQuery,
    Sentence,
    month_before,
    months_of,
)
from haodun.registry.subscribers.services import counted as registrations

__all__ = [
    "QUERIES",
    "Bulletin",
    "BulletinRefused",
    "Figure",
    "Period",
    "RowQuery",
    "Sentence",
    "bulletin",
    "in_language",
    "month_before",
    "months_of",
    "rows_of",
]


def bulletin(user: Any, period: Period, *, known_at: datetime | None = None) -> Bulletin:
    """The sentences and figures of a period, of what this person may read; the same at any later time but for what was
    recorded since `known_at` (now) of real names, which a revision would name.

    BulletinRefused where the period is not over, ends before it begins, or baseline and window share a month.
    """
    moment = known_at or timezone.now()
    if period.last < period.first:
        raise BulletinRefused(f"the period ends on {period.last}, before it begins on {period.first}")
    if period.until > timezone.now():
        raise BulletinRefused(f"{period.last} is not over yet; a bulletin is of days that are")
    if set(period.baseline) & set(period.window):
        raise BulletinRefused("baseline and window share a month; choose months apart")
    with reading_as(user):
        figures = Measuring(user, period, moment).everything()
        published = registrations.published_of(user, day=period.last)
    return Bulletin(period, moment, tuple(compose(period, figures, published)), figures, published)


def rows_of(user: Any, figure: Figure) -> Iterator[dict[str, Any]]:
    """The rows that a figure counts, one by one, of what this person may read."""
    with reading_as(user):
        yield from listed(user, figure.rows)
