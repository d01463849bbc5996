"""Clocks are started, paused, resumed and stopped inside the act; those that ran out are told once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db import models, transaction
from django.utils import timezone

from haodun.offices.organisations.services import system
from haodun.offices.transitions import calendars
from haodun.offices.transitions.clock_spec import ClockSpec, Unit
from haodun.offices.transitions.delivery import emit
from haodun.offices.transitions.facts import ClockBreached
from haodun.offices.transitions.models import Clock

DAY_UNITS = frozenset({Unit.DAYS, Unit.WORKING_DAYS})


class Timed(Protocol):
    """A row that clocks run on."""

    @property
    def id(self) -> uuid.UUID:
        """Its id."""

    @property
    def readers(self) -> list[uuid.UUID]:
        """Organisations that may read it."""


@dataclass(frozen=True, slots=True)
class On:
    """A row that is not moved by act() but has clocks all the same (a restriction's notice)."""

    id: uuid.UUID
    readers: list[uuid.UUID]


def start(object_type: str, rows: Iterable[Timed], spec: ClockSpec, *, at: datetime) -> None:
    """Start a clock on each row; one that runs already under this name keeps its deadline."""
    end = calendars.due(at, spec.amount, spec.unit)
    Clock.objects.bulk_create(
        (
            Clock(
                object_type=object_type,
                object_id=row.id,
                name=spec.name,
                title_zh=spec.zh,
                title_en=spec.en,
                source=spec.source,
                kind=spec.kind.value,
                amount=spec.amount,
                unit=spec.unit.value,
                calendar=calendars.NAME,
                assumed=end.assumed,
                started_at=at,
                due_at=end.at,
                readers=row.readers,
            )
            for row in rows
        ),
        ignore_conflicts=True,
    )


def share(object_type: str, rows: Iterable[Timed]) -> None:
    """Let the running clocks of each row be read by whoever may read the row now."""
    together: dict[tuple[uuid.UUID, ...], list[uuid.UUID]] = {}
    for row in rows:
        together.setdefault(tuple(row.readers), []).append(row.id)
    with system():
        for readers, ids in together.items():
            running = Clock.objects.filter(object_type=object_type, object_id__in=ids, stopped_at__isnull=True)
            running.exclude(readers=list(readers)).update(readers=list(readers))


def stop(object_type: str, ids: Sequence[uuid.UUID], names: Sequence[str], *, at: datetime) -> None:
    """Stop the running clocks of these names; one stopped after its deadline is a breach, told if it was not yet."""
    for clock in _running(object_type, ids, names):
        if clock.paused_at is not None:
            _resume(clock, at)
        clock.stopped_at = at
        clock.met = at <= clock.due_at
        late = not clock.met and clock.breached_at is None
        if late:
            clock.breached_at = at
        clock.save()
        if late:
            emit(_breach(clock))


def pause(object_type: str, ids: Sequence[uuid.UUID], names: Sequence[str], *, at: datetime, reason: str) -> None:
    """Hold the running clocks of these names; those already held or past their deadline stay as they are."""
    for clock in _running(object_type, ids, names):
        if clock.paused_at is None and at < clock.due_at:
            clock.paused_at, clock.pause_reason = at, reason
            clock.save()


def resume(object_type: str, ids: Sequence[uuid.UUID], names: Sequence[str], *, at: datetime) -> None:
    """Let held clocks go on; the deadline moves by the time (or the days) that the pause lasted."""
    for clock in _running(object_type, ids, names):
        if clock.paused_at is not None:
            _resume(clock, at)
            clock.save()


def _resume(clock: Clock, at: datetime) -> None:
    held = clock.paused_at
    if held is None:
        return
    unit = Unit(clock.unit)
    clock.paused_seconds += calendars.measured(held, at, unit).total_seconds()
    if unit in DAY_UNITS:
        clock.paused_days += calendars.days_between(held, at, unit)
        _set_due(clock)
    else:
        clock.due_at += at - held
    clock.paused_at, clock.pause_reason = None, ""


def _set_due(clock: Clock) -> None:
    end = calendars.due(clock.started_at, clock.amount + clock.paused_days, Unit(clock.unit))
    clock.due_at, clock.assumed = end.at, end.assumed


def _running(object_type: str, ids: Sequence[uuid.UUID], names: Sequence[str]) -> models.QuerySet[Clock]:
    return (
        Clock.objects.select_for_update()
        .filter(object_type=object_type, object_id__in=ids, name__in=names, stopped_at__isnull=True)
        .order_by("id")
    )


def _breach(clock: Clock) -> ClockBreached:
    return ClockBreached(
        clock_id=clock.pk,
        name=clock.name,
        object_type=clock.object_type,
        object_id=clock.object_id,
        due_at=clock.due_at,
        source=clock.source,
        kind=clock.kind,
    )


def tell_breaches(now: datetime | None = None) -> int:
    """Tell of each clock that ran out and was not told of, each in its own transaction; how many.

    1. Deadlines that were assumed are computed again, in case the year's calendar has been published. 2. The overdue
    clocks are listed. 3. Each is claimed with its row lock; one that another check holds, or that was stopped, paused
    or told in between, is passed over: whoever got there first has told it.
    """
    with system():
        settle_assumed()
        return _tell_overdue(now or timezone.now())


def _tell_overdue(at: datetime) -> int:
    overdue = Clock.objects.filter(
        stopped_at__isnull=True, paused_at__isnull=True, breached_at__isnull=True, due_at__lt=at
    )
    told = 0
    for clock_id in list(overdue.order_by("due_at", "id").values_list("id", flat=True)):
        with transaction.atomic():
            clock = overdue.select_for_update(skip_locked=True).filter(id=clock_id).first()
            if clock is None:
                continue
            clock.breached_at = at
            clock.save(update_fields=["breached_at"])
            emit(_breach(clock))
            told += 1
    return told


def settle_assumed() -> int:
    """Compute the deadlines of running clocks again that counted a year without a calendar; how many became certain."""
    settled = 0
    for clock_id in list(Clock.objects.filter(assumed=True, stopped_at__isnull=True).values_list("id", flat=True)):
        with transaction.atomic():
            clock = Clock.objects.select_for_update().filter(id=clock_id, stopped_at__isnull=True).first()
            if clock is None:
                continue
            _set_due(clock)
            if not clock.assumed:
                clock.save(update_fields=["due_at", "assumed"])
                settled += 1
    return settled
