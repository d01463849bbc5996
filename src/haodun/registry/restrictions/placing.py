"""Place and renew restrictions, inside the transaction of the act that decides them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from haodun.numbering import Kind, Number, mask, parse
from haodun.offices.organisations.services import readers_of, system
from haodun.offices.transitions.services import Actor, emit
from haodun.registry.restrictions.changes import hold, next_change
from haodun.registry.restrictions.facts import RestrictionsChanged
from haodun.registry.restrictions.lapsing import correct
from haodun.registry.restrictions.ledger import record_placed
from haodun.registry.restrictions.models import RestrictionRow
from haodun.registry.restrictions.notices import write_notices
from haodun.registry.restrictions.reading import active, restriction_of
from haodun.registry.restrictions.values import (
    MAX_NUMBERS,
    MAX_REASON,
    MAX_SOURCE,
    MAX_TERM,
    Basis,
    Measure,
    Restriction,
    RestrictionRefused,
    Source,
    Text,
)
from haodun.registry.subscribers.services import Holding, holders_at, route

REFERENCE_BYTES = 10
"""Random bytes of an appeal reference: 16 letters and digits."""
_UNTOUCHABLE = (Kind.EMERGENCY, Kind.SHORT_CODE)
BATCH = 2_000


def place(
    numbers: Sequence[int],
    *,
    measure: Measure,
    basis: Basis,
    reason: Text,
    source: Source,
    until: datetime,
    actor: Actor,
    at: datetime | None = None,
    forged: Collection[int] = (),
    readers: Collection[UUID] = (),
) -> list[Restriction]:
    """Restrict numbers (E.164 keys) from `at` (now) to `until`, inside the caller's transaction; in number order.

    Idempotent by (source, number): what this source has placed already is returned as it is. `forged` names those of
    the numbers that others forged: they are recorded, restrict nobody and notify nobody. `readers`: organisations
    entitled beside the actor's own, the carrier and the reseller. Emits RestrictionsChanged.
    RestrictionRefused: `term` (over 90 days or ended), `emergency` (an emergency or official short code), `number`,
    `reason`, `source`, `too_many`, `empty`.
    """
    at = timezone.now() if at is None else at
    wanted = sorted(set(numbers))
    _check_numbers(wanted)
    _check_term(at, until)
    _check_words(reason, source)
    with system(), transaction.atomic():
        hold()
        placed = RestrictionRow.objects.filter(source_kind=source.kind, source_id=source.id, number__in=wanted)
        rows = {row.number: row for row in placed}
        new = [number for number in wanted if number not in rows]
        if new:
            template = _template(measure, basis, reason=reason, source=source, starts=at, ends=until)
            entitled = [*readers, *([actor.organisation_id] if actor.organisation_id else [])]
            rows |= _insert(new, template, forged=frozenset(forged), entitled=entitled, actor=actor)
    return [restriction_of(rows[number]) for number in wanted]


def _template(
    measure: Measure, basis: Basis, *, reason: Text, source: Source, starts: datetime, ends: datetime
) -> RestrictionRow:
    """What all restrictions of one placing have in common; never saved itself."""
    return RestrictionRow(
        measure=measure.value,
        basis=basis.value,
        reason_zh=reason.zh,
        reason_en=reason.en,
        source_kind=source.kind,
        source_id=source.id,
        starts=starts,
        ends=ends,
        created_at=starts,
    )


def _insert(
    numbers: list[int], template: RestrictionRow, *, forged: frozenset[int], entitled: list[UUID], actor: Actor
) -> dict[int, RestrictionRow]:
    """The rows of new restrictions, their lapses, notices, ledger entry and fact."""
    change = next_change()
    held = holders_at(numbers, template.starts)
    carriers = {one.number: one.carrier for routes in route(numbers, template.starts).values() for one in routes}
    known: dict[tuple[UUID, ...], list[UUID]] = {}
    rows = []
    for number in numbers:
        holding = held.get(number)
        may_read = _entitled(entitled, holding, carriers[number])
        if may_read not in known:
            known[may_read] = readers_of(*may_read)
        rows.append(
            RestrictionRow(
                **_columns(template),
                number=number,
                holder_id=None if holding is None else holding.interval,
                subject=None if holding is None else holding.subject,
                carrier=carriers[number],
                forged=number in forged,
                appeal=new_reference(),
                placed_change=change,
                change=change,
                readers=known[may_read],
            )
        )
    RestrictionRow.objects.bulk_create(rows, batch_size=BATCH)
    correct(numbers, change=change)
    fresh = list(RestrictionRow.objects.filter(pk__in=[row.pk for row in rows]).order_by("number"))
    write_notices([row for row in fresh if row.holder_id is not None and not row.forged], at=template.starts)
    record_placed(fresh, actor=actor)
    emit(RestrictionsChanged(change=change, cause="placed", restrictions=tuple(row.pk for row in fresh)))
    return {row.number: row for row in fresh}


def renew(ids: Collection[UUID], *, until: datetime, actor: Actor, at: datetime | None = None) -> list[Restriction]:
    """Extend restrictions that are in force to `until`, at most 90 days from `at`, inside the caller's transaction.

    Emits RestrictionsChanged. RestrictionRefused: `term`, `unknown` (an id that is none, or no longer in force).
    """
    at = timezone.now() if at is None else at
    _check_term(at, until)
    with system(), transaction.atomic():
        hold()
        rows = list(RestrictionRow.objects.select_for_update().filter(active(at), pk__in=ids).order_by("pk"))
        if len(rows) != len(set(ids)):
            raise RestrictionRefused(
                "unknown", zh="有限制已失效或不存在，未续期。", en="One is no longer in force; none was renewed."
            )
        change = next_change()
        for row in rows:
            row.ends, row.renewed_at, row.change = until, at, change
        RestrictionRow.objects.bulk_update(rows, ["ends", "renewed_at", "change"], batch_size=BATCH)
        record_placed(rows, actor=actor, renewed=True)
        emit(RestrictionsChanged(change=change, cause="renewed", restrictions=tuple(row.pk for row in rows)))
    return [restriction_of(row) for row in sorted(rows, key=lambda row: row.number)]


def new_reference() -> str:
    """A reference for an appeal: 16 characters of base32, not guessable, saying nothing of the number."""
    return base64.b32encode(secrets.token_bytes(REFERENCE_BYTES)).decode("ascii")


def _columns(template: RestrictionRow) -> dict[str, object]:
    names = (
        "measure", "basis", "reason_zh", "reason_en", "source_kind", "source_id", "starts", "ends", "created_at",
    )  # fmt: skip
    return {name: getattr(template, name) for name in names}


def _entitled(own: list[UUID], holding: Holding | None, carrier: UUID | None) -> tuple[UUID, ...]:
    more = [carrier, None if holding is None else holding.reseller]
    return tuple(sorted({*own, *(one for one in more if one is not None)}))


def _check_numbers(numbers: list[int]) -> None:
    if not numbers:
        raise RestrictionRefused("empty", zh="没有号码。", en="There is no number; name at least one.")
    if len(numbers) > MAX_NUMBERS:
        raise RestrictionRefused(
            "too_many", zh=f"一次最多 {MAX_NUMBERS} 个号码。", en=f"At most {MAX_NUMBERS} numbers at once; split them."
        )
    for number in numbers:
        parsed = parse(f"+{number}") if number > 0 else None
        if parsed is None or not parsed.is_number:
            raise RestrictionRefused("number", zh="有一项不是电话号码。", en="One entry is no telephone number.")
        if parsed.kind in _UNTOUCHABLE:
            raise _untouchable(parsed)


def _untouchable(number: Number) -> RestrictionRefused:
    shown = mask(number)
    return RestrictionRefused(
        "emergency", zh=f"{shown} 是紧急或公务短号码，不得限制。", en=f"{shown} is an emergency or official short code."
    )


def _check_term(at: datetime, until: datetime) -> None:
    if not at < until <= at + MAX_TERM:
        raise RestrictionRefused(
            "term",
            zh=f"期限须在 {MAX_TERM.days} 日以内，且晚于现在。",
            en=f"The term must end later than now and within {MAX_TERM.days} days.",
        )


def _check_words(reason: Text, source: Source) -> None:
    for text in (reason.zh, reason.en):
        if not 0 < len(text) <= MAX_REASON:
            raise RestrictionRefused(
                "reason", zh=f"理由须为 1 至 {MAX_REASON} 字。", en=f"A reason has 1 to {MAX_REASON} characters."
            )
    if not source.kind or not 0 < len(source.id) <= MAX_SOURCE:
        raise RestrictionRefused("source", zh="缺少来源。", en="The source is missing or too long.")
