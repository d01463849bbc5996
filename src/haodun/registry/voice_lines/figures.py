"""Figures of voice lines: K7 and the weekly form's sections 1 and 5; each with what it counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from haodun.registry.key_services.services import Figure, share
from haodun.registry.voice_lines.models import LinePermit, VoiceLine
from haodun.registry.voice_lines.states import LIVE

SOURCE = "registry/voice_lines"


class Span(NamedTuple):
    """What a figure is about in time: a period, or a state (no start)."""

    since: datetime | None
    until: datetime
    as_of: datetime


def _figure(code: str, value: int | None, unit: str, span: Span, *, says: str) -> Figure:
    return Figure(code, value, unit, span.since, span.until, span.as_of, says, source=SOURCE)


def authentication_rate(user: Any, *, as_of: datetime) -> Figure:
    """K7: (lines − not done) ÷ lines, in hundredths of a percent. A line under an exception is not done."""
    lines = VoiceLine.objects.scoped_to(user).filter(state__in=LIVE)
    total, done = lines.count(), lines.filter(state="ENFORCED").count()
    says = "of the lines in use, those whose callers are authenticated; a line under an exception is not"
    return _figure("K7", share(done, total), "percent/100", Span(None, as_of, as_of), says=says)


def section_1(user: Any, *, since: datetime, until: datetime, as_of: datetime) -> tuple[Figure, ...]:
    """The weekly form's section 1: users, real-name rate, old users checked, closed users, their numbers."""
    rows = _by_user(VoiceLine.objects.scoped_to(user))
    used = rows.filter(state__in=LIVE)
    total, bad = _users(used), _users(used.filter(Q(uscc="") | Q(holder="")))
    old = used.exclude(existing_since=None)
    unchecked = _users(old.filter(checked_at=None))
    closed = rows.filter(closed_at__gte=since, closed_at__lt=until)
    numbers = sum(
        high - low + 1
        for low, high in LinePermit.objects.filter(line__in=closed.values("id")).values_list("low", "high")
    )
    now = Span(None, as_of, as_of)
    period = Span(since, until, as_of)
    return (
        _figure("form.1.users", total, "user", now, says="holders with a line in use, by their code"),
        _figure(
            "form.1.real_name", share(total - bad, total), "percent/100", now,
            says="of them, those all of whose lines have a holder with a valid code",
        ),
        _figure(
            "form.1.checked", share(_users(old) - unchecked, _users(old)), "percent/100", now,
            says="of the existing base's holders, those all of whose lines were tested (K9)",
        ),
        _figure("form.1.closed_users", _users(closed), "user", period, says="holders with a line closed"),
        _figure("form.1.closed_numbers", numbers, "number", period, says="numbers of the lines closed"),
    )  # fmt: skip


def section_5(user: Any, *, since: datetime, until: datetime, as_of: datetime) -> tuple[Figure, ...]:
    """The weekly form's section 5: circuits in use, those not authenticated, those closed, the rate (K7)."""
    mine = VoiceLine.objects.scoped_to(user)
    lines = mine.filter(state__in=LIVE)
    total, done = lines.count(), lines.filter(state="ENFORCED").count()
    closed = mine.filter(closed_at__gte=since, closed_at__lt=until).count()
    now = Span(None, as_of, as_of)
    rate = authentication_rate(user, as_of=as_of)
    return (
        _figure("form.5.lines", total, "line", now, says="lines in use"),
        _figure("form.5.not_done", total - done, "line", now, says="of them, those not enforced"),
        _figure("form.5.closed", closed, "line", Span(since, until, as_of), says="lines closed"),
        _figure("form.5.rate", rate.value, "percent/100", now, says=rate.definition),
    )


def _by_user(rows: QuerySet[Any]) -> QuerySet[Any]:
    """With `who`: the holder's code, or the line itself where it has none."""
    found: QuerySet[Any] = rows.annotate(
        who=Coalesce(NullIf(F("uscc"), Value("")), Cast(F("id"), CharField()), output_field=CharField())
    )
    return found


def _users(rows: QuerySet[Any]) -> int:
    return rows.values("who").distinct().count()
