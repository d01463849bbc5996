"""Restrictions and the status of a number for programs: `/api/v1/restrictions`, `/api/v1/numbers/status`.

A number never stands in an address: look-ups are POST, answers carry it masked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema
from ninja.errors import HttpError
from ninja.security import django_auth

from haodun.audit.services import AuditKind, record, subject_for
from haodun.numbering import describe, load_plan, mask, parse
from haodun.offices.organisations.access import standing_of
from haodun.offices.organisations.purposes import Purpose, purpose_of
from haodun.offices.organisations.services import Permission
from haodun.registry.restrictions.models import RestrictionRow
from haodun.registry.restrictions.reading import restriction_of
from haodun.registry.restrictions.values import LAWS, Measure, Restriction
from haodun.registry.subscribers.services import holder_seen_by

router = Router(tags=["registry"], auth=django_auth)
PAGE = 50
MAX_PAGE = 200
_MEASURES = {"black": (Measure.BOTH_WAYS, Measure.OUTGOING), "grey": (Measure.TIP,)}


class RestrictionOut(Schema):
    """One restriction; its number masked."""

    id: UUID
    number: str
    measure: str
    basis: str
    law_zh: str
    law_en: str
    reason_zh: str
    reason_en: str
    source_kind: str
    starts: datetime
    ends: datetime
    lapses_at: datetime | None
    lifted_at: datetime | None
    in_force: bool
    forged: bool
    change: int


class RestrictionPage(Schema):
    """A page; `next` is the cursor of the one after it, null at the end."""

    items: list[RestrictionOut]
    next: UUID | None


class NumberIn(Schema):
    """A number as written, and why it is looked up where the session has not said so."""

    number: str = Field(max_length=64)
    purpose: str = Field("", max_length=32)


class NumberOut(Schema):
    """What may be known of a number where the reader stands."""

    number: str
    zh: str
    en: str
    held_since: datetime | None
    holder_kind: str
    holder: str
    restrictions: list[RestrictionOut]


@router.get("restrictions", response=RestrictionPage)
def restrictions(
    request: HttpRequest, after: UUID | None = None, limit: int = PAGE, in_force: bool | None = None
) -> RestrictionPage:
    """Restrictions that the reader may see, newest first."""
    _allow(request, Permission.RESTRICTION_READ)
    limit = max(1, min(limit, MAX_PAGE))
    now = timezone.now()
    rows = RestrictionRow.objects.scoped_to(request.user)
    if in_force is not None:
        rows = rows.exclude(_closed(now)) if in_force else rows.filter(_closed(now))
    return _page(request, rows, after=after, limit=limit, now=now)


def _closed(now: datetime) -> Q:
    return Q(forged=True) | Q(ends__lte=now) | Q(lapses_at__lte=now) | Q(lifted_at__lte=now)


def _of_measures(
    request: HttpRequest, measures: Sequence[Measure], *, after: UUID | None, limit: int
) -> RestrictionPage:
    now = timezone.now()
    rows = RestrictionRow.objects.scoped_to(request.user).filter(measure__in=measures).exclude(_closed(now))
    return _page(request, rows, after=after, limit=max(1, min(limit, MAX_PAGE)), now=now)


def _page(request: HttpRequest, rows: Any, *, after: UUID | None, limit: int, now: datetime) -> RestrictionPage:
    if after is not None:
        last = RestrictionRow.objects.scoped_to(request.user).filter(pk=after).first()
        if last is None:
            raise HttpError(404, "no such cursor; begin without one")
        rows = rows.filter(Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__gt=last.pk))
    found = list(rows.order_by("-created_at", "pk")[: limit + 1])
    items = [_out(restriction_of(row), now) for row in found[:limit]]
    return RestrictionPage(items=items, next=found[limit - 1].pk if len(found) > limit else None)


@router.get("lists/{name}", response=RestrictionPage)
def listed(
    request: HttpRequest, name: Literal["black", "grey"], after: UUID | None = None, limit: int = PAGE
) -> RestrictionPage:
    """What stands on the black or grey list and the reader may see, newest first (as YD/T 3660 4.1; no conformance)."""
    _allow(request, Permission.RESTRICTION_READ)
    return _of_measures(request, _MEASURES[name], after=after, limit=limit)


@router.get("tips/numbers", response=RestrictionPage)
def tipped(request: HttpRequest, after: UUID | None = None, limit: int = PAGE) -> RestrictionPage:
    """Numbers whose calls carry a warning, newest first (as YD/T 3660 4.2; no conformance is claimed)."""
    _allow(request, Permission.RESTRICTION_READ)
    return _of_measures(request, (Measure.TIP,), after=after, limit=limit)


@router.get("restrictions/{identity}", response=RestrictionOut)
def restriction(request: HttpRequest, identity: UUID) -> RestrictionOut:
    """One restriction that the reader may see."""
    _allow(request, Permission.RESTRICTION_READ)
    row = RestrictionRow.objects.scoped_to(request.user).filter(pk=identity).first()
    if row is None:
        raise HttpError(404, "no such restriction")
    return _out(restriction_of(row), timezone.now())


@router.post("numbers/status", response=NumberOut)
def number_status(request: HttpRequest, asked: NumberIn) -> NumberOut:
    """What is known of a number; each look-up has a purpose and stands in the ledger."""
    organisation = _allow(request, Permission.NUMBER_LOOKUP)
    purpose = asked.purpose or purpose_of(request)
    if purpose not in Purpose.values:
        raise HttpError(422, f"say what for: purpose is one of {', '.join(Purpose.values)}")
    number, now = parse(asked.number), timezone.now()
    if not number.is_number:
        raise HttpError(422, f"this is no number: {number.refusal.name.lower()}")
    with transaction.atomic():
        record(
            AuditKind.NUMBER_LOOKED_UP,
            actor=request.user.pk,
            organisation=organisation,
            object_type="number",
            subject=subject_for("number", number.key),
            purpose=purpose,
        )
    rows = RestrictionRow.objects.scoped_to(request.user).filter(number=number.key).order_by("-starts", "pk")
    shown = rows[:MAX_PAGE] if _holds(request, Permission.RESTRICTION_READ) else ()
    may_know = _holds(request, Permission.SUBSCRIBER_READ)
    holding = holder_seen_by(number.key, now, request.user) if may_know else None
    facts = load_plan().facts(number)
    return NumberOut(
        number=mask(number),
        zh=describe(number, facts, "zh"),
        en=describe(number, facts, "en"),
        held_since=None if holding is None else holding.since,
        holder_kind="" if holding is None else holding.kind.value,
        holder="" if holding is None else holding.masked_name,
        restrictions=[_out(restriction_of(row), now) for row in shown],
    )


def _holds(request: HttpRequest, permission: Permission) -> bool:
    standing = standing_of(request)
    return standing is not None and permission.value in standing.permissions


def _allow(request: HttpRequest, permission: Permission) -> UUID:
    """The organisation acted for; HttpError 403 where the role does not hold the permission."""
    standing = standing_of(request)
    if standing is None or permission.value not in standing.permissions:
        raise HttpError(403, f"the role acted in does not hold {permission.value}")
    return standing.organisation_id


def _out(one: Restriction, now: datetime) -> RestrictionOut:
    law = LAWS[one.basis]
    return RestrictionOut(
        id=one.id,
        number=mask(f"+{one.number}"),
        measure=one.measure.value,
        basis=one.basis.value,
        law_zh=law.zh,
        law_en=law.en,
        reason_zh=one.reason.zh,
        reason_en=one.reason.en,
        source_kind=one.source.kind,
        starts=one.starts,
        ends=one.ends,
        lapses_at=one.lapses_at,
        lifted_at=one.lifted_at,
        in_force=one.in_force(now),
        forged=one.forged,
        change=one.change,
    )
