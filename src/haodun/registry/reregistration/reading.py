"""What pages and programs read: a campaign's counts and plan, targets with gap and forecast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from django.db.models import Count, F, Max, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from haodun.offices.organisations.services import system
from haodun.registry.reregistration.forecast import PARTS, WINDOW, Band, Counted, Forecast, band, forecast
from haodun.registry.reregistration.models import Campaign, Card, HolderNotice, Target
from haodun.registry.reregistration.schedule import Group, Row, planned
from haodun.registry.reregistration.scope import in_scope
from haodun.registry.reregistration.values import OPEN, WAITS, Dimension
from haodun.registry.subscribers.models import RegistrationDelta

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from haodun.offices.organisations.models import User

MAX_ROWS = 60
"""Days of a plan that are shown."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A target and how far it is reached, of what a person may read."""

    target: Target
    as_of: date
    forecast: Forecast
    band: Band
    points: tuple[Counted, ...]
    """Counts of the window, the last of them `as_of`: of the registrations that this person may read, and no others."""


def counts_of(campaign: Campaign) -> dict[str, int]:
    """Cards of a campaign by state; states without cards are absent."""
    with system():
        rows = Card.objects.filter(campaign=campaign).values("state").annotate(cards=Count("id")).order_by()
        return {row["state"]: row["cards"] for row in rows}


@dataclass(frozen=True, slots=True)
class Told:
    """How many notices of a campaign stand where, of one step."""

    step: str
    handed_over: int
    waiting: int
    failed: int
    """Of those that wait, the ones whose last try failed."""
    failed_at: datetime | None


def told_of(campaign: Campaign) -> tuple[Told, ...]:
    """The notices of a campaign by step, in the order of the steps."""
    waiting = Q(handed_over_at=None, withdrawn_at=None)
    with system():
        rows = list(
            HolderNotice.objects.filter(card__campaign=campaign)
            .values("step")
            .annotate(
                handed_over=Count("id", filter=Q(handed_over_at__isnull=False)),
                waiting=Count("id", filter=waiting),
                failed=Count("id", filter=waiting & Q(tries__gt=0)),
                failed_at=Max("failed_at", filter=waiting),
            )
            .order_by()
        )
    by_step = {row["step"]: Told(**row) for row in rows}
    return tuple(by_step[step] for step in OPEN if step in by_step)


def plan_of(campaign: Campaign, at: datetime | None = None) -> tuple[Row, ...]:
    """How many cards would be in each step at which date, if nobody registered; nothing once it has ended."""
    now = timezone.now() if at is None else at
    if campaign.state == "ENDED":
        return ()
    today = timezone.localdate(now)
    with system():
        waiting = in_scope(campaign, now).count()
        if campaign.approved_at is not None:
            waiting = min(waiting, max(0, campaign.approved_numbers - campaign.cards.count()))
        rows = list(
            Card.objects.filter(campaign=campaign, state__in=(*OPEN, "RELEASED"))
            .annotate(day=TruncDate("due_at"))
            .values_list("state", "day")
            .annotate(cards=Count("id"))
            .order_by()
        )
    groups = [Group(state, day if state in OPEN else None, cards) for state, day, cards in rows]
    if waiting:
        groups.append(Group("", max(today, campaign.starts_on), waiting))
    return planned(groups, [getattr(campaign, name) for name in WAITS], today=today)[:MAX_ROWS]


def standings(user: User | AnonymousUser, *, at: date | None = None, window: int = WINDOW) -> tuple[Standing, ...]:
    """The newest version of each target that a person may read, counted over the registrations they may read."""
    day = at or timezone.localdate() - timedelta(days=1)
    newest = Target.objects.scoped_to(user).order_by("organisation", "dimension", "key", "-version")
    rows = newest.distinct("organisation", "dimension", "key").select_related("organisation")
    back = (window, *(part for part in PARTS if part < window), 0)
    days = tuple(day - timedelta(days=part) for part in back)
    counts = {
        name: _counted(RegistrationDelta.objects.scoped_to(user), name, days)
        for name in {row.dimension for row in rows}
    }
    nothing = tuple(Counted(one, 0, 0) for one in days)
    made = []
    for row in rows:
        points, target = counts[row.dimension].get(row.key, nothing), Fraction(row.basis_points, 10_000)
        made.append(Standing(row, day, forecast(points[0], points[-1], target), band(points, target), points))
    return tuple(sorted(made, key=lambda one: (one.target.due, one.target.dimension, one.target.key)))


def versions_of(target: Target, user: User | AnonymousUser) -> list[Target]:
    """All versions of a target that a person may read, newest first."""
    found = Target.objects.scoped_to(user).filter(
        organisation=target.organisation_id, dimension=target.dimension, key=target.key
    )
    return list(found.order_by("-version"))


def _counted(
    rows: QuerySet[RegistrationDelta], dimension: str, days: tuple[date, ...]
) -> dict[str, tuple[Counted, ...]]:
    """Key → the counts at the end of each day; one statement a day for all keys."""
    found: dict[str, list[Counted]] = {}
    for place, day in enumerate(days):
        upto = rows.filter(day__lte=day)
        if dimension == Dimension.ALL:
            sums = upto.aggregate(all_of=Sum("numbers"), good=Sum("valid"))
            lines = [("", sums["good"] or 0, sums["all_of"] or 0)]
        else:
            groups = upto.values(key=F(dimension)).annotate(all_of=Sum("numbers"), good=Sum("valid")).order_by()
            lines = [(str(one["key"] or ""), one["good"] or 0, one["all_of"] or 0) for one in groups]
        for key, good, numbers in lines:
            of_key = found.setdefault(key, [Counted(one, 0, 0) for one in days])
            of_key[place] = Counted(day, good, numbers)
    return {key: tuple(counted) for key, counted in found.items()}
