"""Open, close and find holder intervals."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from psycopg.errors import ExclusionViolation
from psycopg.types.range import TimestamptzRange

from haodun.numbering import load_plan, mask, parse
from haodun.offices.organisations.services import readers_of, system
from haodun.offices.transitions.services import emit
from haodun.registry.subscribers.ciphertext import FieldCipher, field_cipher
from haodun.registry.subscribers.facts import HoldersChanged
from haodun.registry.subscribers.models import HolderInterval
from haodun.registry.subscribers.values import HolderKind, Holding, NewHolding, SubscriberRefused

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from haodun.offices.organisations.models import User

NAME_PLACE = "subscribers_holderinterval.name"
CONTACT_PLACE = "subscribers_holderinterval.contact"
MAX_INTERVALS = 200
"""Intervals of one number that are shown, newest kept."""
MAX_NAME = 160


def cipher() -> FieldCipher:
    """The cipher of this site."""
    return field_cipher(settings.HAODUN_DATA)


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


def open_interval(new: NewHolding) -> Holding:
    """Register a holder. SubscriberRefused where another holds the number in that time. Emits HoldersChanged."""
    row = HolderInterval(**columns_of(new))
    try:
        with system(), transaction.atomic():
            row.save()
            emit(HoldersChanged(numbers=(new.number,)))
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            raise SubscriberRefused(
                f"{masked(new.number)} has a holder in that time; close that interval first"
            ) from error
        raise
    return holding_of(row)


def close_interval(number: int, at: datetime) -> Holding:
    """End the interval that covers `at`. SubscriberRefused where there is none. Emits HoldersChanged."""
    with system(), transaction.atomic():
        row = HolderInterval.objects.select_for_update(no_key=True).filter(number=number, valid__contains=at).first()
        if row is None:
            raise SubscriberRefused(f"{masked(number)} has no holder at {at.isoformat()}; nothing to close")
        if row.valid.lower == at:
            raise SubscriberRefused(f"{masked(number)} is held only from {at.isoformat()}; close it later than that")
        row.valid = TimestamptzRange(row.valid.lower, at)
        row.save(update_fields=["valid"])
        emit(HoldersChanged(numbers=(number,)))
    return holding_of(row)


def contact_of(interval: int) -> str:
    """Where notices to the holder of an interval go, in clear ('' where unknown): for the sender of a notice only."""
    with system():
        sealed = HolderInterval.objects.filter(pk=interval).values_list("contact_sealed", flat=True).first()
    return cipher().open(bytes(sealed or b""), place=CONTACT_PLACE)


def columns_of(new: NewHolding, *, readers: list[UUID] | None = None) -> dict[str, Any]:
    """The columns of a new interval, personal texts sealed. SubscriberRefused on a value that cannot be.

    `readers`: where they are known already.
    """
    if new.number <= 0 or not parse(f"+{new.number}").is_number:
        raise SubscriberRefused("a holder needs a telephone number in E.164; this is none")
    if new.until is not None and new.until <= new.since:
        raise SubscriberRefused(f"{masked(new.number)}: the interval ends before it begins; give a later end")
    if not 0 < len(new.name) <= MAX_NAME:
        raise SubscriberRefused(f"{masked(new.number)}: a holder's name has 1 to {MAX_NAME} characters")
    seal = cipher()
    organisations = [new.carrier] if new.reseller is None else [new.carrier, new.reseller]
    return {
        "number": new.number,
        "valid": TimestamptzRange(new.since, new.until),
        "carrier_id": new.carrier,
        "reseller_id": new.reseller,
        "subject": new.subject,
        "kind": new.kind.value,
        "province": new.province or province_of(new.number),
        "masked_name": masked_name(new.name, new.kind),
        "name_sealed": seal.seal(new.name, place=NAME_PLACE),
        "contact_sealed": seal.seal(new.contact, place=CONTACT_PLACE),
        "contact_mark": seal.mark(new.contact, place=CONTACT_PLACE),
        "readers": readers_for(organisations) if readers is None else readers,
    }


def readers_for(organisations: list[UUID]) -> list[UUID]:
    """Who may read a row about these organisations."""
    return list(readers_of(*organisations))


def province_of(number: int) -> str:
    """Two digits of GB/T 2260 by the numbering plan, '' where it names none."""
    return load_plan().facts(parse(f"+{number}")).province


def masked(number: int) -> str:
    """A number for messages."""
    return mask(f"+{number}")


def masked_name(name: str, kind: HolderKind) -> str:
    """What of a name may be shown: of a person the first character, of an organisation all of it.

    >>> masked_name("欧阳小明", HolderKind.PERSON)
    '欧***'
    """
    return name if kind is HolderKind.ORGANISATION else name[:1] + "*" * (len(name) - 1)


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
