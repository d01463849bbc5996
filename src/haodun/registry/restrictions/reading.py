"""Find restrictions; what other contexts see of a row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q

from haodun.offices.organisations.services import system
from haodun.registry.restrictions.models import Notice, RestrictionRow
from haodun.registry.restrictions.values import Basis, Measure, NoticeTimes, Restriction, Source, Text

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from haodun.offices.organisations.models import User

MAX_HISTORY = 500
"""Restrictions of one number that are shown, newest kept."""


def by_ids(ids: Collection[UUID]) -> list[Restriction]:
    """Restrictions by id, in number order; unknown ids are left out."""
    with system():
        rows = list(RestrictionRow.objects.filter(pk__in=ids).order_by("number", "pk"))
    return [restriction_of(row) for row in rows]


def by_source(source: Source) -> list[Restriction]:
    """What one source placed, in number order."""
    with system():
        found = RestrictionRow.objects.filter(source_kind=source.kind, source_id=source.id)
        rows = list(found.order_by("number", "pk"))
    return [restriction_of(row) for row in rows]


def by_appeal(reference: str) -> Restriction | None:
    """The restriction whose notice carries this appeal reference (upper or lower case, spaces aside)."""
    with system():
        row = RestrictionRow.objects.filter(appeal=reference.strip().upper()).first()
    return None if row is None else restriction_of(row)


def of_number(number: int) -> list[Restriction]:
    """All restrictions a number ever had, newest first; of more than MAX_HISTORY the newest."""
    with system():
        rows = list(RestrictionRow.objects.filter(number=number).order_by("-starts", "pk")[:MAX_HISTORY])
    return [restriction_of(row) for row in rows]


def seen_by(number: int, user: User | AnonymousUser) -> list[Restriction]:
    """The restrictions of a number that this person may see, newest first; of more than MAX_HISTORY the newest."""
    rows = RestrictionRow.objects.scoped_to(user).filter(number=number).order_by("-starts", "pk")
    return [restriction_of(row) for row in rows[:MAX_HISTORY]]


def notices_seen_by(number: int, user: User | AnonymousUser) -> dict[UUID, NoticeTimes]:
    """Restriction → when its holder was told, of the notices about a number that this person may see."""
    rows = Notice.objects.scoped_to(user).filter(restriction__number=number).order_by("-created_at")[:MAX_HISTORY]
    return {row.restriction_id: NoticeTimes(row.created_at, row.handed_over_at, row.withdrawn_at) for row in rows}


def in_force(numbers: Sequence[int], at: datetime) -> dict[int, list[Restriction]]:
    """What restricts these numbers at `at`; numbers that nothing restricts are absent."""
    with system():
        rows = list(RestrictionRow.objects.filter(active(at), number__in=numbers).order_by("number", "starts", "pk"))
    found: dict[int, list[Restriction]] = {}
    for row in rows:
        found.setdefault(row.number, []).append(restriction_of(row))
    return found


def active(at: datetime) -> Q:
    """Rows that restrict at `at`; `Restriction.in_force` says the same of one."""
    return (
        Q(forged=False, starts__lte=at, ends__gt=at)
        & (Q(lapses_at=None) | Q(lapses_at__gt=at))
        & (Q(lifted_at=None) | Q(lifted_at__gt=at))
    )


def restriction_of(row: RestrictionRow) -> Restriction:
    """A row as other contexts see it."""
    return Restriction(
        id=row.pk,
        number=row.number,
        measure=Measure(row.measure),
        basis=Basis(row.basis),
        reason=Text(row.reason_zh, row.reason_en),
        source=Source(row.source_kind, row.source_id),
        starts=row.starts,
        ends=row.ends,
        lapses_at=row.lapses_at,
        lifted_at=row.lifted_at,
        lift_source=Source(row.lift_source_kind, row.lift_source_id) if row.lift_source_kind else None,
        carrier=row.carrier,
        interval=row.holder_id,
        forged=row.forged,
        appeal=row.appeal,
        change=row.change,
    )
