"""Quarantine before re-issue: a released number is given to nobody for a while (RULES.md W2b)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from haodun.offices.organisations.services import system
from haodun.registry.subscribers.models import Quarantine
from haodun.registry.subscribers.sealing import masked
from haodun.registry.subscribers.values import SubscriberRefused

TERM = timedelta(days=90)
"""A platform rule: no statute names a number of days."""
CODE = "quarantine"
CLASH = (
    "SELECT 1 FROM subscribers_quarantine AS held_back WHERE held_back.number = {row}.number"
    " AND tstzrange(held_back.since, held_back.until) && {row}.valid"
)
"""Condition of an EXISTS: a row of holders falls into a quarantine."""


def hold_back(numbers: Sequence[tuple[int, Sequence[UUID]]], *, since: datetime) -> None:
    """Nobody gets these numbers (each with its readers) before TERM is over."""
    with system():
        Quarantine.objects.bulk_create(
            (
                Quarantine(number=number, since=since, until=since + TERM, readers=list(readers))
                for number, readers in numbers
            ),
            batch_size=2_000,
        )


def held_back_until(number: int, at: datetime) -> datetime | None:
    """Until when nobody gets a number; None where it is in no quarantine at `at`."""
    with system():
        found = Quarantine.objects.filter(number=number, since__lte=at, until__gt=at).order_by("-until").first()
    return None if found is None else found.until


def refuse_held_back(cursor: CursorWrapper, *, table: str, where: str, values: Mapping[str, Any]) -> None:
    """SubscriberRefused (`quarantine`) where one of the staged rows falls into a quarantine."""
    cursor.execute(
        f"SELECT min(number) FROM {table} WHERE {where} AND EXISTS ({CLASH.format(row=table)})",  # noqa: S608
        values,
    )
    (number,) = cursor.fetchone()
    if number is not None:
        raise SubscriberRefused(
            f"{masked(number)} was released and is in quarantine; it is given out again {TERM.days} days later",
            zh=f"该号码已回收，冷冻期 {TERM.days} 日内不得再次开户",
            code=CODE,
        )
