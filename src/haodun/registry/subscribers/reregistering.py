"""Put a number that is held into the name of whoever showed a document for it (MIIT Order 25: 补登记).

The record and the name are replaced; what stood there before goes back to the caller, who keeps it. The real-name state
is said anew from a day on, and all that was said earlier stays as it was known (`recording`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from haodun.offices.organisations.services import system
from haodun.registry.subscribers.documents import Document
from haodun.registry.subscribers.limits import guard_cards
from haodun.registry.subscribers.models import HolderInterval, RealName, Registration
from haodun.registry.subscribers.recording import lock, moment, set_state
from haodun.registry.subscribers.sealing import (
    DOCUMENT_PLACE,
    MAX_NAME,
    NAME_PLACE,
    cipher,
    document_mark,
    masked,
    masked_name,
)
from haodun.registry.subscribers.values import HolderKind, SubscriberRefused

SOURCE = "reregistration"
_LATIN = re.compile(r"[A-Za-z]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shown:
    """A holder who came with a document."""

    number: int
    """E.164 key."""
    name: str
    """As it stands in the document, in clear; it is kept as ciphertext."""
    document: Document
    since: datetime
    """From when on the number counts as registered: not before it was opened, not in the future."""


@dataclass(frozen=True, slots=True)
class Replaced:
    """What was put right, and what stood there before (texts sealed, '' and b'' where nothing did)."""

    number: int
    interval: int
    readers: list[UUID]
    status: str
    document_kind: str
    document_sealed: bytes
    name_sealed: bytes


def reregister(
    shown: Sequence[Shown], *, organisation: UUID, at: datetime, actor: UUID | None
) -> list[Replaced | SubscriberRefused]:
    """Register these numbers of an organisation's users anew, each on its own; in the order given, refusals in place.

    Refusals: `absent` (none of its users holds it), `valid` (it is registered already), `other` (it is registered to
    another: that is a transfer), `kind`, `name`, `since`, `limit`. Emits StatesChanged for what was registered.
    """
    with system(), transaction.atomic(), connection.cursor() as cursor:
        moment(cursor, None)
        found = _try_all(shown, organisation, at, cursor)
        by_day: dict[datetime, list[int]] = defaultdict(list)
        for one, result in zip(shown, found, strict=True):
            if isinstance(result, Replaced):
                by_day[one.since].append(result.interval)
        for since, intervals in sorted(by_day.items()):
            set_state(intervals, since=since, status=RealName.VALID, checked=True, source=SOURCE, actor=actor)
    return found


def try_out(shown: Sequence[Shown], *, organisation: UUID, at: datetime) -> list[SubscriberRefused | None]:
    """What `reregister` would refuse now; nothing is changed."""
    with system(), transaction.atomic(), connection.cursor() as cursor:
        found = _try_all(shown, organisation, at, cursor)
        transaction.set_rollback(True)
    return [one if isinstance(one, SubscriberRefused) else None for one in found]


def _try_all(
    shown: Sequence[Shown], organisation: UUID, at: datetime, cursor: Any
) -> list[Replaced | SubscriberRefused]:
    held = HolderInterval.objects.filter(number__in=[one.number for one in shown], valid__contains=at)
    lock(list(held.values_list("pk", flat=True)))
    rows = {row.number: row for row in held.select_related("record", "carrier", "reseller")}
    current = Registration.objects.filter(
        interval__in=[row.pk for row in rows.values()], recorded__upper_inf=True, valid__contains=at
    )
    states = dict(current.values_list("interval", "status"))
    found: list[Replaced | SubscriberRefused] = []
    for one in shown:
        row = rows.get(one.number)
        try:
            if row is None or not _own(row, organisation):
                raise SubscriberRefused(
                    f"{masked(one.number)} is held by none of your users now", zh="不是本单位的在用号码", code="absent"
                )
            found.append(_replace(one, row, states.get(row.pk, RealName.NONE), at, cursor))
            states[row.pk] = RealName.VALID
        except SubscriberRefused as refused:
            found.append(refused)
    return found


def _replace(one: Shown, row: Any, status: str, at: datetime, cursor: Any) -> Replaced:
    """Write one number's record and name; SubscriberRefused where that may not be."""
    kind = HolderKind.PERSON if one.document.personal else HolderKind.ORGANISATION
    _check(one, row, kind, status, at)
    guard_cards(cursor, one.document, party=row.record.party, since=at, until=row.valid.upper, apart=row.pk)
    record, seal = row.record, cipher()
    before = Replaced(
        number=row.number,
        interval=row.pk,
        readers=row.readers,
        status=status,
        document_kind=record.document_kind,
        document_sealed=bytes(record.document_sealed),
        name_sealed=bytes(row.name_sealed),
    )
    record.document_kind = one.document.kind.value
    record.document_sealed = seal.seal(one.document.number, place=DOCUMENT_PLACE)
    record.document_mark = document_mark(one.document)
    record.personal = one.document.personal
    record.save(update_fields=["document_kind", "document_sealed", "document_mark", "personal"])
    row.kind, row.masked_name = kind.value, masked_name(_plain(one.name), kind)
    row.name_sealed = seal.seal(_plain(one.name), place=NAME_PLACE)
    row.save(update_fields=["kind", "masked_name", "name_sealed"])
    return before


def _check(one: Shown, row: Any, kind: HolderKind, status: str, at: datetime) -> None:
    name, record = _plain(one.name), row.record
    if not 0 < len(name) <= MAX_NAME:
        raise SubscriberRefused(f"a name has 1 to {MAX_NAME} characters", zh=f"姓名应为 1–{MAX_NAME} 字", code="name")
    if status == RealName.VALID:
        raise SubscriberRefused(
            f"{masked(one.number)} has a valid real name already", zh="该号码已实名，不用补登记", code="valid"
        )
    if not row.valid.lower <= one.since <= at:
        raise SubscriberRefused(
            "the day lies before the number was opened, or in the future",
            zh="补登记日期早于开户，或在将来",
            code="since",
        )
    if not record.document_kind:
        return
    if row.kind != kind:
        raise SubscriberRefused(
            f"{masked(one.number)} is held by {'a person' if row.kind == HolderKind.PERSON else 'an organisation'};"
            " the document is of the other kind",
            zh="证件类型与用户类型（个人、单位）不符",
            code="kind",
        )
    same = bytes(record.document_mark) == document_mark(one.document)
    if not same and _plain(cipher().open(bytes(row.name_sealed), place=NAME_PLACE)) != name:
        raise SubscriberRefused(
            f"{masked(one.number)} is registered to another holder; that is a transfer, not a re-registration",
            zh="该号码登记在另一人名下，应办理过户，不是补登记",
            code="other",
        )


def _own(row: Any, organisation: UUID) -> bool:
    return any(one is not None and organisation in one.path for one in (row.carrier, row.reseller))


def _plain(name: str) -> str:
    """A name as it is kept: full-width letters made narrow; blanks only where it has Latin letters."""
    words = unicodedata.normalize("NFKC", name).split()
    return (" " if any(_LATIN.search(word) for word in words) else "").join(words)
