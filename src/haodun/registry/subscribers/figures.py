"""K1 and K9 (RULES.md §4.6) as figures: computed as of any day, published, and revised by a new dated row."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from haodun.audit.services import AuditKind, record
from haodun.offices.organisations.services import readers_of, system
from haodun.offices.transitions.services import Actor
from haodun.registry.subscribers.models import ImportRun, PublishedFigure, RegistrationDelta
from haodun.registry.subscribers.rates import DIMENSIONS, By, rates_in, rates_on, today
from haodun.registry.subscribers.recording import LOCK
from haodun.registry.subscribers.sealing import now
from haodun.registry.subscribers.values import Rate, SubscriberRefused

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from haodun.offices.organisations.models import User

DEFINITION = 1
"""Of the figures below; a change of one raises it."""
SOURCE = "registry/subscribers"
CODES = ("K1", "K9")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, as every page prints it (CONSOLE.md §1.5)."""

    code: str
    """K1: numbers in the state `valid` ÷ numbers held. K9: old users checked again ÷ old users."""
    value: int | None
    """Hundredths of a percent, rounded half up; None: there is nothing to measure, never 0 instead."""
    numerator: int
    denominator: int
    unit: str
    """basis_point"""
    dimension: str
    key: str
    as_of: date
    """At the end of this Beijing day."""
    known_at: datetime
    """What was recorded by then is in it."""
    source: str = SOURCE
    definition: int = DEFINITION
    period: str = "day"


@dataclass(frozen=True, slots=True)
class Published:
    """A figure that was given out, and what became of it."""

    id: int
    figure: Figure
    published_at: datetime
    revises: int | None
    reason: str
    revision: int | None
    """The row that revises this one."""


def basis_points(numerator: int, denominator: int) -> int | None:
    """A share in hundredths of a percent, rounded half up.

    >>> basis_points(1, 3), basis_points(2, 3), basis_points(0, 0)
    (3333, 6667, None)
    """
    return (numerator * 20_000 + denominator) // (2 * denominator) if denominator else None


def figures(
    as_of: date, *, by: By = "all", known_at: datetime | None = None, user: User | AnonymousUser | None = None
) -> tuple[Figure, ...]:
    """K1 and K9 at the end of a day, by group, of what a person may read (of everything where None)."""
    moment = known_at or now()
    with system() if user is None else nullcontext():
        rows: QuerySet[Any] = (
            RegistrationDelta.objects.all() if user is None else RegistrationDelta.objects.scoped_to(user)
        )
        return tuple(
            one for rate in rates_in(rows, as_of, known_at=moment, by=by) for one in _of_rate(rate, as_of, by, moment)
        )


def trend(code: str, days: Sequence[date], *, user: User | AnonymousUser | None = None) -> tuple[Figure, ...]:
    """A code's figure of all at the end of each of these days, as known now."""
    known = now()
    rates = zip(rates_on(days, known_at=known, user=user), days, strict=True)
    return tuple(one for rate, day in rates for one in _of_rate(rate, day, "all", known) if one.code == code)


def publish(as_of: date, *, actor: Actor, code: str = "K1") -> tuple[Published, ...]:
    """Give out a code's figures of a day in every dimension, of what the actor's organisation may read.

    They can be computed again at any time from what was recorded by now. SubscriberRefused where they are out already
    (`published`), for a day not over (`day`), while an import is being applied (`import`).
    """
    if as_of > today():
        raise SubscriberRefused("a day's figures are published once it is over", zh="当日结束后方可发布", code="day")
    try:
        with system(), transaction.atomic():
            known = _alone()
            made = [
                _insert(one, actor) for by in DIMENSIONS for one in _own(actor, as_of, by, known) if one.code == code
            ]
            _record(actor, made, as_of, code)
    except IntegrityError as error:
        raise SubscriberRefused(
            f"{code} of {as_of} is published already; publish a revision and say why",
            zh="该日数据已经发布，请发布修订并说明原因",
            code="published",
        ) from error
    return tuple(published(row) for row in made)


def recomputed(figure: int) -> Figure:
    """A published figure, computed again from what was recorded when it was published: the same, or ours to explain."""
    with system():
        row = PublishedFigure.objects.get(pk=figure)
        found = _own_of(row.organisation, row.as_of, row.dimension, row.known_at)
    return next((one for one in found if (one.code, one.key) == (row.code, row.key)), _nothing(row))


def revise(figure: int, *, reason: str, actor: Actor) -> Published:
    """Publish a figure anew with what is known now; the one before stays, and each names the other.

    SubscriberRefused without a reason, or where it was revised already (revise the revision).
    """
    if not reason.strip():
        raise SubscriberRefused("say why the figure is revised", zh="请说明修订原因", code="reason")
    try:
        with system(), transaction.atomic():
            known = _alone()
            before = PublishedFigure.objects.get(pk=figure)
            found = _own_of(before.organisation, before.as_of, before.dimension, known)
            one = next((one for one in found if (one.code, one.key) == (before.code, before.key)), _nothing(before))
            row = _insert(one, actor, revises=before, reason=reason.strip())
            _record(actor, [row], before.as_of, before.code)
    except IntegrityError as error:
        raise SubscriberRefused(
            "it is revised already; revise its revision", zh="已有修订，请在其上修订", code="published"
        ) from error
    return published(row)


def given_out(user: User | AnonymousUser, *, code: str = "K1", limit: int = 200) -> tuple[Published, ...]:
    """What was published that a person may read, newest day first, revisions behind what they revise."""
    rows = PublishedFigure.objects.scoped_to(user).filter(code=code).select_related("revision")
    return tuple(published(row) for row in rows.order_by("-as_of", "dimension", "key", "pk")[:limit])


def published(row: PublishedFigure) -> Published:
    """A row as a value."""
    figure = _figure(row.code, row.numerator, row.denominator, row.dimension, row.key, row.as_of, row.known_at)
    later = getattr(row, "revision", None)
    return Published(row.pk, figure, row.published_at, row.revises_id, row.reason, later.pk if later else None)


def _alone() -> datetime:
    """Nobody records while this transaction lasts; what is recorded later is later than the moment returned."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    if ImportRun.objects.filter(state="APPLYING").exists():
        raise SubscriberRefused(
            "an import is being applied; publish when it is over",
            zh="有一批登记正在生效，请在完成后发布",
            code="import",
        )
    return now()


def _own(actor: Actor, as_of: date, by: By, known: datetime) -> tuple[Figure, ...]:
    return _own_of(actor.organisation_id, as_of, by, known)


def _own_of(organisation: UUID | None, as_of: date, by: Any, known: datetime) -> tuple[Figure, ...]:
    rows = RegistrationDelta.objects.all()
    if organisation is not None:
        rows = rows.filter(readers__contains=[organisation])
    return tuple(
        one for rate in rates_in(rows, as_of, known_at=known, by=by) for one in _of_rate(rate, as_of, by, known)
    )


def _of_rate(rate: Rate, as_of: date, by: str, known: datetime) -> tuple[Figure, Figure]:
    return (
        _figure("K1", rate.valid, rate.numbers, by, rate.key, as_of, known),
        _figure("K9", rate.old_checked, rate.old, by, rate.key, as_of, known),
    )


def _figure(
    code: str, numerator: int, denominator: int, dimension: str, key: str, as_of: date, known: datetime
) -> Figure:
    value = basis_points(numerator, denominator)
    return Figure(code, value, numerator, denominator, "basis_point", dimension, key, as_of, known)


def _nothing(row: PublishedFigure) -> Figure:
    return _figure(row.code, 0, 0, row.dimension, row.key, row.as_of, row.known_at)


def _insert(one: Figure, actor: Actor, *, revises: PublishedFigure | None = None, reason: str = "") -> PublishedFigure:
    organisation = revises.organisation if revises else actor.organisation_id
    return PublishedFigure.objects.create(
        code=one.code,
        dimension=one.dimension,
        key=one.key,
        as_of=one.as_of,
        numerator=one.numerator,
        denominator=one.denominator,
        known_at=one.known_at,
        definition=one.definition,
        published_at=one.known_at,
        published_by=actor.user_id,
        organisation=organisation,
        revises=revises,
        reason=reason,
        readers=list(revises.readers) if revises else _readers(organisation),
    )


def _readers(organisation: UUID | None) -> list[UUID]:
    return [] if organisation is None else list(readers_of(organisation))


def _record(actor: Actor, made: list[PublishedFigure], as_of: date, code: str) -> None:
    record(
        AuditKind.FIGURE_PUBLISHED,
        actor=actor.user_id,
        on_behalf_of=actor.on_behalf_of,
        organisation=actor.organisation_id,
        object_type="figure",
        object_id=f"{code} {as_of}",
        body={"rows": [[row.pk, row.numerator, row.denominator, row.revises_id] for row in made]},
    )
