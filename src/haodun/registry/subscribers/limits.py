"""Five active cards a person's document at one carrier or reseller (six-agency notice of 2016-09-23; AFL art. 10)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.backends.utils import CursorWrapper
from psycopg.types.range import TimestamptzRange

from haodun.offices.organisations.services import system
from haodun.registry.number_plan.services import Stopped, stop_of
from haodun.registry.subscribers.documents import Document
from haodun.registry.subscribers.models import HolderInterval, Record
from haodun.registry.subscribers.sealing import document_mark
from haodun.registry.subscribers.values import NewHolding, Recorded, SubscriberRefused

MAX_CARDS = 5
"""Active cards under one document at one carrier group or one reseller; the sixth is refused."""
LIMIT_CODE = "limit"


def guard_stopped(new: NewHolding) -> None:
    """SubscriberRefused (`stopped`) where the reseller may take no new users (W2e)."""
    found = stop_of(new.reseller, Stopped.USERS, province=new.province) if new.reseller else None
    if found is not None:
        raise SubscriberRefused(
            f"the reseller takes no new users since {found.since:%Y-%m-%d} ({found.source}); lift that stop first",
            zh=f"该转售企业自 {found.since:%Y-%m-%d} 起停止发展新用户（{found.source}），解除前不得开户",
            code="stopped",
        )


def guard_limit(cursor: CursorWrapper, new: NewHolding, *, party: UUID) -> None:
    """SubscriberRefused (`limit`) where the new card would be one too many."""
    if new.document is not None:
        guard_cards(cursor, new.document, party=party, since=new.since, until=new.until)


def guard_cards(
    cursor: CursorWrapper,
    document: Document,
    *,
    party: UUID,
    since: datetime,
    until: datetime | None,
    apart: int | None = None,
) -> None:
    """SubscriberRefused (`limit`) where a document has five cards in [since, until) already, an interval `apart`.

    Only a person's documents are counted. Two who ask at once wait for each other until commit.
    """
    if not document.personal:
        return
    mark = document_mark(document)
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{mark.hex()}{party}"])
    cards = (
        HolderInterval.objects.filter(
            record__document_mark=mark,
            record__party=party,
            record__personal=True,
            valid__overlap=TimestamptzRange(since, until),
        )
        .exclude(pk=apart)
        .count()
    )
    if cards >= MAX_CARDS:
        raise SubscriberRefused(
            f"the document has {cards} active cards at this carrier already, at most {MAX_CARDS} are allowed"
            " (six-agency notice of 2016-09-23); another is refused",
            zh=f"该证件在本企业已有 {cards} 张有效卡，最多 {MAX_CARDS} 张（2016-09-23 六部门通告），不得再开",
            code=LIMIT_CODE,
        )


def active_cards(mark: bytes, *, at: datetime, party: UUID | None = None) -> tuple[int, ...]:
    """Ids of the intervals active at `at` under a document's mark, at one carrier or reseller or everywhere."""
    with system():
        rows = HolderInterval.objects.filter(record__document_mark=mark, valid__contains=at)
        rows = rows if party is None else rows.filter(record__party=party)
        return tuple(rows.order_by("pk").values_list("pk", flat=True)) if mark else ()


def records_of(intervals: Collection[int]) -> dict[int, Recorded]:
    """The records of intervals, by interval; intervals of before records were kept are absent."""
    with system():
        rows = list(Record.objects.filter(interval__in=list(intervals)))
    return {row.interval_id: recorded_of(row) for row in rows}


def recorded_of(row: Record) -> Recorded:
    """A record as other contexts see it."""
    return Recorded(
        interval=row.interval_id,
        party=row.party,
        document_kind=row.document_kind,
        document_mark=bytes(row.document_mark),
        personal=row.personal,
        proxy_mark=bytes(row.proxy_mark),
        address_mark=bytes(row.address_mark),
        device_mark=bytes(row.device_mark),
        agent=row.agent,
        service=row.service,
        opened_how=row.opened_how,
    )
