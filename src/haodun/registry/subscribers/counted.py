"""What a real-name rate counts, number by number: the states themselves, which the sums of `rates` must equal."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast

from haodun.offices.organisations.services import own_organisations
from haodun.registry.subscribers.figures import Figure, Published, basis_points, figures, published
from haodun.registry.subscribers.models import PublishedFigure, Registration
from haodun.registry.subscribers.sealing import BEIJING


def held(user: Any, *, day: date, known_at: datetime, resold: bool = False) -> QuerySet[Any]:
    """K1: numbers held at the end of a Beijing day, as known at a moment; `counts`: with a valid real name."""
    moment = datetime.combine(day + timedelta(days=1), time(), BEIJING) - timedelta(microseconds=1)
    rows: QuerySet[Any] = Registration.objects.scoped_to(user).filter(
        valid__contains=moment, recorded__contains=known_at
    )
    if resold:
        rows = rows.exclude(reseller=None)
    found: QuerySet[Any] = rows.annotate(who=Cast("interval_id", CharField()), counts=Q(status="valid"))
    return found


def real_name_rate(user: Any, *, day: date, known_at: datetime, resold: bool = False) -> Figure:
    """K1 at the end of a day, of all numbers or of those of all resellers together; from the daily sums."""
    found = [
        one
        for one in figures(day, by="reseller" if resold else "all", known_at=known_at, user=user)
        if one.code == "K1" and (one.key or not resold)
    ]
    part, whole = sum(one.numerator for one in found), sum(one.denominator for one in found)
    dimension = "resellers" if resold else "all"
    return Figure("K1", basis_points(part, whole), part, whole, "basis_point", dimension, "", day, known_at)


def published_of(user: Any, *, day: date) -> tuple[Published, ...]:
    """What the person's own organisation gave out as K1 of all for a day: the first, then each revision in turn."""
    rows = PublishedFigure.objects.scoped_to(user).select_related("revision")
    own: list[UUID] = own_organisations(user)
    wanted = rows.filter(code="K1", dimension="all", as_of=day, organisation__in=own)
    return tuple(published(row) for row in wanted.order_by("organisation", "published_at", "pk"))
