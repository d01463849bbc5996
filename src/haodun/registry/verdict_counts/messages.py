"""What verdict counts exchange with other nodes: the counts of a day go to whom two officers granted them.

Counts and no number (个人信息保护法 art. 6: no more than needed). A day is told once it is over; told again, the last
telling counts. An organisation's counts are taken only from the node at which it lives.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils import timezone

from haodun.federation.services import Received, Refuse, executed, own_name, reachable, send, subscribe
from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import readers_of, system
from haodun.registry.verdict_counts.models import HourCount

KIND = "counts"
MAX_ROWS = 20_000
"""Rows of one organisation and day."""
FIELDS = ("hour", "rule_class", "province", "rule", "action", "enforced", "verdicts")


class Row(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """One count, as a list in the order of FIELDS; `hour` is 0 to 23, UTC."""

    hour: int
    rule_class: str
    province: str
    rule: str
    action: int
    enforced: bool
    verdicts: int


class Counts(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Schema 1 of kind `counts`."""

    day: date
    organisation: UUID
    rows: list[Row]


def register() -> None:
    """Take the counts of other nodes."""
    subscribe(KIND, 1, take, zh="每日判定统计", en="Daily counts of verdicts")


def report(day: date) -> int:
    """Tell a day's counts (UTC) of each organisation that lives here; how many organisations were told of."""
    with system(), transaction.atomic():
        audience, rows, told = reachable(KIND), _of_day(day), 0
        for organisation in rows.values_list("organisation", flat=True).distinct().order_by("organisation"):
            if not audience or _home(organisation) not in ("local", own_name()):
                continue
            found = rows.filter(organisation=organisation).order_by(*FIELDS[:-1])[:MAX_ROWS]
            said = [[one.hour.astimezone(UTC).hour, *(getattr(one, name) for name in FIELDS[1:])] for one in found]
            send(KIND, audience, {"day": day.isoformat(), "organisation": str(organisation), "rows": said})
            told += 1
    return told


def report_yesterday() -> int:
    """Tell the day that is over."""
    return report((timezone.now().astimezone(UTC) - timedelta(days=1)).date())


def take(received: Received) -> None:
    """Put a day's counts in the place of those told before. Refuse."""
    try:
        said = msgspec.convert(dict(received.body), Counts)
    except msgspec.ValidationError as error:
        raise Refuse("bad_body", f"these are no counts of schema 1: {error}") from error
    if _home(said.organisation) != received.issuer:
        raise Refuse("authority", "this organisation does not live at the node that tells its counts")
    if len(said.rows) > MAX_ROWS or not all(_sound(row) for row in said.rows):
        raise Refuse("bad_body", "a count is out of its range")
    start = _start(said.day)
    with system():
        readers = readers_of(said.organisation)
        _of_day(said.day).filter(organisation=said.organisation).delete()
        HourCount.objects.bulk_create(
            HourCount(
                organisation=said.organisation,
                readers=readers,
                hour=start + timedelta(hours=row.hour),
                **{name: getattr(row, name) for name in FIELDS[1:]},
            )
            for row in said.rows
        )
    executed(received.id, {"rows": len(said.rows)}, own=received.own)


def _start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _of_day(day: date) -> Any:
    return HourCount.objects.filter(hour__gte=_start(day), hour__lt=_start(day) + timedelta(days=1))


def _sound(row: Row) -> bool:
    texts: tuple[tuple[str, int], ...] = ((row.rule_class, 12), (row.province, 2), (row.rule, 64))
    small = all(len(text) <= longest and "\x00" not in text for text, longest in texts)
    return small and 0 <= row.hour < 24 and 0 <= row.action < 100 and 0 < row.verdicts < 2**53


def _home(organisation: UUID) -> str:
    found = Organisation.objects.filter(id=organisation).values_list("home_node", flat=True).first()
    return found or ""
