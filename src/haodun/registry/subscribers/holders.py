"""Open, close and find holder intervals."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from psycopg.errors import ExclusionViolation
from psycopg.types.range import TimestamptzRange

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import emit
from haodun.registry.subscribers import staging
from haodun.registry.subscribers.facts import HoldersChanged
from haodun.registry.subscribers.limits import guard_limit, guard_stopped
from haodun.registry.subscribers.models import HolderInterval
from haodun.registry.subscribers.recording import cut, lock, moment
from haodun.registry.subscribers.sealing import COLUMNS, CONTACT_PLACE, Sealer, cipher, masked
from haodun.registry.subscribers.values import HolderKind, Holding, NewHolding, SubscriberRefused

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from haodun.offices.organisations.models import User

PARTY = [name for name, _ in COLUMNS].index("party")
MAX_INTERVALS = 200
"""Intervals of one number that are shown, newest kept."""


def holder_at(number: int, at: datetime) -> Holding | None:
    """Who holds `number` (E.164 key) at `at`; None where no interval is registered."""
    with system():
        row = HolderInterval.objects.filter(number=number, valid__contains=at).first()
    return None if row is None else holding_of(row)


def holder_seen_by(number: int, at: datetime, user: User | AnonymousUser) -> Holding | None:
    """Who holds `number` at `at`, where this person may read it; None where not, or where nobody is registered."""
    row = HolderInterval.objects.scoped_to(user).filter(number=number, valid__contains=at).first()
    return None if row is None else holding_of(row)


def holders_at(numbers: Collection[int], at: datetime) -> dict[int, Holding]:
    """Who holds each of these numbers at `at`; numbers without a registered interval are absent."""
    with system():
        rows = list(HolderInterval.objects.filter(number__in=numbers, valid__contains=at))
    return {row.number: holding_of(row) for row in rows}


def changed_holder(numbers: Collection[int], *, since: datetime, at: datetime) -> set[int]:
    """Those of the numbers that got another holder in [since, at): an interval began whose holder was not the last."""
    with system():
        rows = HolderInterval.objects.filter(number__in=numbers).order_by("number", "valid")
        found: set[int] = set()
        before: dict[int, object] = {}
        for number, valid, subject in rows.values_list("number", "valid", "subject"):
            if valid.lower is not None and since <= valid.lower < at and before.get(number) != subject:
                found.add(number)
            before[number] = subject
    return found


def intervals_of(number: int) -> tuple[Holding, ...]:
    """The intervals of a number, oldest first; of more than MAX_INTERVALS the newest."""
    with system():
        rows = list(HolderInterval.objects.filter(number=number).order_by("-valid")[:MAX_INTERVALS])
    return tuple(holding_of(row) for row in reversed(rows))


def intervals_with_contact(contact: str) -> tuple[Holding, ...]:
    """Intervals whose contact is exactly this, oldest first (found by its keyed mark)."""
    mark = cipher().mark(contact, place=CONTACT_PLACE)
    if not mark:
        return ()
    with system():
        rows = list(HolderInterval.objects.filter(contact_mark=mark).order_by("valid")[:MAX_INTERVALS])
    return tuple(holding_of(row) for row in rows)


def intervals_seen_by(number: int, user: User | AnonymousUser) -> tuple[Holding, ...]:
    """The intervals of a number that this person may see, oldest first; of more than MAX_INTERVALS the newest."""
    rows = list(HolderInterval.objects.scoped_to(user).filter(number=number).order_by("-valid")[:MAX_INTERVALS])
    return tuple(holding_of(row) for row in reversed(rows))


def open_interval(new: NewHolding, *, recorded_at: datetime | None = None, actor: UUID | None = None) -> Holding:
    """Register a holder, with the record and the real-name state. Emits HoldersChanged.

    SubscriberRefused where another holds the number in that time, and (`limit`) where a person's document has five
    active cards at the same carrier or reseller already, or (`stopped`) the reseller may take no new users.
    """
    row = Sealer().row(new)
    try:
        with system(), transaction.atomic(), connection.cursor() as cursor:
            at = moment(cursor, recorded_at)
            guard_stopped(new)
            guard_limit(cursor, new, party=row[PARTY])
            staging.begin(cursor)
            staging.copy(cursor, [row])
            staging.number_rows(cursor)
            staging.insert(cursor, recorded=at, source="opening", actor=actor)
            cursor.execute(f"SELECT interval FROM {staging.TEMPORARY}")  # noqa: S608
            (interval,) = cursor.fetchone()
            cursor.execute(f"DROP TABLE {staging.TEMPORARY}")
            emit(HoldersChanged(numbers=(new.number,)))
            return holding_of(HolderInterval.objects.get(pk=interval))
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            raise SubscriberRefused(
                f"{masked(new.number)} has a holder in that time; close that interval first",
                zh="该号码在这段时间已有机主，请先办理销户或过户",
                code="held",
            ) from error
        raise


def close_interval(
    number: int, at: datetime, *, recorded_at: datetime | None = None, actor: UUID | None = None
) -> Holding:
    """End the interval that covers `at`. SubscriberRefused where there is none. Emits HoldersChanged."""
    with system(), transaction.atomic(), connection.cursor() as cursor:
        known = moment(cursor, recorded_at)
        row = HolderInterval.objects.select_for_update(no_key=True).filter(number=number, valid__contains=at).first()
        if row is None:
            raise SubscriberRefused(f"{masked(number)} has no holder at {at.isoformat()}; nothing to close")
        if row.valid.lower == at:
            raise SubscriberRefused(f"{masked(number)} is held only from {at.isoformat()}; close it later than that")
        row.valid = TimestamptzRange(row.valid.lower, at)
        row.save(update_fields=["valid"])
        cut(cursor, row.pk, end=at, at=known, actor=actor)
        emit(HoldersChanged(numbers=(number,)))
    return holding_of(row)


def close_many(intervals: Collection[int], at: datetime, *, actor: UUID | None = None) -> tuple[int, ...]:
    """End these intervals, where they cover `at`, in three statements; the numbers. Emits HoldersChanged."""
    with system(), transaction.atomic(), connection.cursor() as cursor:
        known = moment(cursor, None)
        ids = lock(list(intervals))
        rows = HolderInterval.objects.filter(pk__in=ids, valid__contains=at, valid__startswith__lt=at)
        found = dict(rows.order_by("number").values_list("pk", "number"))
        if not found:
            return ()
        cut(cursor, *found, end=at, at=known, actor=actor)
        cursor.execute(
            "UPDATE subscribers_holderinterval SET valid = tstzrange(lower(valid), %s) WHERE id = ANY(%s)",
            [at, list(found)],
        )
        numbers = tuple(found.values())
        emit(HoldersChanged(numbers=numbers))
    return numbers


def contact_of(interval: int) -> str:
    """Where notices to the holder of an interval go, in clear ('' where unknown): for the sender of a notice only."""
    with system():
        sealed = HolderInterval.objects.filter(pk=interval).values_list("contact_sealed", flat=True).first()
    return cipher().open(bytes(sealed or b""), place=CONTACT_PLACE)


def holding_of(row: HolderInterval) -> Holding:
    """A row as other contexts see it."""
    return Holding(
        interval=row.pk,
        number=row.number,
        since=row.valid.lower,
        until=row.valid.upper,
        carrier=row.carrier_id,
        reseller=row.reseller_id,
        subject=row.subject,
        kind=HolderKind(row.kind),
        province=row.province,
        masked_name=row.masked_name,
        has_contact=bool(row.contact_mark),
    )
