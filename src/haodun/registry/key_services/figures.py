"""Figures of key services, agents and involved 400 numbers: K3, K4, K4b, K8, K9 and the weekly form's sections 2, 3.

All arithmetic is on integers: rates in hundredths of a percent, rounded half up (RULES.md §4.6). A figure says what it
counts (`definition`), until when, and from where; nothing to measure is None, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import CharField, Count, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, NullIf, TruncMonth

from haodun.offices.transitions.services import StepRecord
from haodun.registry.key_services.models import Agent, Involved, Service
from haodun.registry.key_services.other_states import AGENT
from haodun.registry.key_services.states import TABLE
from haodun.registry.key_services.values import NOT_REAL_NAME, ServiceKind

BEIJING = ZoneInfo("Asia/Shanghai")
VERSION = 1
SOURCE = "registry/key_services"
USED = ("ACTIVE", "FLAGGED", "RECTIFY_ORDERED", "RECTIFIED", "SUSPENDED")
"""States of a service somebody has."""
WHOLE = 10_000
"""Hundredths of a percent in one."""


class FigureRefused(ValueError):  # noqa: N818 (an answer, not a fault)
    """A figure cannot be given: what it is measured against is missing. The message says what to name."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure as every page prints it (CONSOLE.md §1.5)."""

    code: str
    value: int | None
    """None: there is nothing to measure."""
    unit: str
    """`user`, `number`, `service`, `agent`, `line`, or `percent/100`."""
    since: datetime | None
    """Start of the period; None for a state as of a moment."""
    until: datetime
    as_of: datetime
    definition: str
    """What is counted, in one English sentence."""
    source: str = SOURCE
    version: int = VERSION


def share(part: int, whole: int) -> int | None:
    """`part` of `whole` in hundredths of a percent, rounded half up; None of nothing.

    >>> share(1, 3)
    3333
    """
    return None if whole == 0 else (2 * WHOLE * part + whole) // (2 * whole)


Month = tuple[int, int]
"""Year and month, Beijing time."""


def involved_by_month(user: Any) -> dict[Month, int]:
    """K3: distinct 400 numbers in police notices by the month in which the notice was received, recalled ones left out.

    A number in two notices of a month counts once in it. Months without any are absent. Of what the person may read.
    """
    rows = Involved.objects.scoped_to(user).filter(withdrawn_at=None)
    found = (
        rows.annotate(month=TruncMonth("noticed_at", tzinfo=BEIJING))
        .values("month")
        .annotate(n=Count("number", distinct=True))
        .order_by("month")
    )
    return {(row["month"].year, row["month"].month): row["n"] for row in found}


def mean_times(counts: Mapping[Month, int], months: Sequence[Month]) -> tuple[int, int]:
    """The sum over these months and how many they are; a month without any counts as 0. FigureRefused for none."""
    chosen = list(dict.fromkeys(months))
    if not chosen:
        raise FigureRefused("name at least one month: a drop is printed with its baseline and window, or not at all")
    return sum(counts.get(month, 0) for month in chosen), len(chosen)


def drop(counts: Mapping[Month, int], *, baseline: Sequence[Month], window: Sequence[Month]) -> int:
    """K4: 1 − mean(window) ÷ mean(baseline), in hundredths of a percent, rounded half up.

    FigureRefused where baseline or window is missing, they share a month, or the baseline has no numbers.

    >>> drop({(2016, 3): 791, (2016, 5): 166, (2016, 6): 89}, baseline=[(2016, 3)], window=[(2016, 5), (2016, 6)])
    8388
    """
    before, months_before = mean_times(counts, baseline)
    after, months_after = mean_times(counts, window)
    if set(baseline) & set(window):
        raise FigureRefused("baseline and window share a month; choose months apart")
    if before == 0:
        raise FigureRefused("the baseline counts no number; choose months that do")
    whole = before * months_after
    return (2 * WHOLE * (whole - after * months_before) + whole) // (2 * whole)


def month_on_month(counts: Mapping[Month, int], month: Month) -> int | None:
    """K4b: 1 − x(t) ÷ x(t−1), in hundredths of a percent; negative where it rose; None after a month without any."""
    year, number = month
    before = counts.get((year, number - 1) if number > 1 else (year - 1, 12), 0)
    if before == 0:
        return None
    return (2 * WHOLE * (before - counts.get(month, 0)) + before) // (2 * before)


def percent(value: int, digits: int = 2) -> str:
    """Hundredths of a percent as a text with 2 or 0 decimals, rounded half up.

    >>> percent(8388), percent(8388, 0)
    ('83.88%', '84%')
    """
    if digits == 0:
        return f"{(value + 50) // 100}%"
    sign, size = ("−" if value < 0 else ""), abs(value)
    return f"{sign}{size // 100}.{size % 100:02d}%"


def rectification(user: Any, *, since: datetime, until: datetime, as_of: datetime) -> tuple[Figure, Figure, Figure]:
    """K8: services flagged in the period, the share of them rectified and accepted in it, services closed in it."""
    mine = Service.objects.scoped_to(user).values("id")
    steps = StepRecord.objects.filter(object_type=TABLE.name, object_id__in=mine, at__gte=since, at__lt=until)
    flagged = steps.filter(action="flag").values("object_id").distinct()
    accepted = steps.filter(action="accept", object_id__in=flagged).values("object_id").distinct().count()
    closed = steps.filter(action="close").values("object_id").distinct().count()
    count = flagged.count()

    def figure(code: str, value: int | None, unit: str, says: str) -> Figure:
        return Figure(code, value, unit, since, until, as_of, says)

    return (
        figure("K8.flagged", count, "service", "services flagged with a defect in the period"),
        figure("K8.rectified", share(accepted, count), "percent/100", "of those flagged, rectified and accepted in it"),
        figure("K8.closed", closed, "number", "services closed in the period; each has one number"),
    )


def section_2(user: Any, kind: ServiceKind, *, since: datetime, until: datetime, as_of: datetime) -> tuple[Figure, ...]:
    """The weekly form's section 2 for one kind: users, real-name rate, old-user check rate (K9), closed users and
    numbers of the period. Rates and totals are as of now (`as_of` says when that was).
    """
    rows = _by_user(Service.objects.scoped_to(user).filter(kind=kind))
    used = rows.filter(state__in=USED)
    total = _users(used)
    bad = _users(used.filter(_unnamed()))
    old = used.exclude(existing_since=None)
    unchecked = _users(old.filter(checked_at=None))
    closed = rows.filter(closed_at__gte=since, closed_at__lt=until)
    code = f"form.2.{kind.value}"
    return (
        Figure(f"{code}.users", total, "user", None, as_of, as_of, "applicants with a service in use, by their code"),
        Figure(
            f"{code}.real_name", share(total - bad, total), "percent/100", None, as_of, as_of,
            "of them, those all of whose registrations are complete and not found false",
        ),
        Figure(
            f"{code}.checked", share(_users(old) - unchecked, _users(old)), "percent/100", None, as_of, as_of,
            "of the existing base's applicants, those all of whose services were checked (K9)",
        ),
        Figure(f"{code}.closed_users", _users(closed), "user", since, until, as_of, "applicants with a closure"),
        Figure(f"{code}.closed_numbers", closed.count(), "number", since, until, as_of, "service numbers closed"),
    )  # fmt: skip


def section_3(user: Any, *, since: datetime, until: datetime, as_of: datetime) -> tuple[Figure, Figure]:
    """The weekly form's section 3: agents at work, and agencies revoked in the period."""
    mine = Agent.objects.scoped_to(user)
    revoked = StepRecord.objects.filter(
        object_type=AGENT.name, object_id__in=mine.values("id"), action="revoke", at__gte=since, at__lt=until
    )
    at_work = mine.filter(state__in=("ACTIVE", "VIOLATION")).count()
    count = revoked.values("object_id").distinct().count()
    return (
        Figure("form.3.agents", at_work, "agent", None, as_of, as_of, "agents whose agency is not revoked"),
        Figure("form.3.revoked", count, "agent", since, until, as_of, "agents whose agency was revoked in the period"),
    )


def weekly_form(user: Any, *, since: datetime, until: datetime, as_of: datetime) -> tuple[Figure, ...]:
    """Sections 2 and 3 of the weekly form (weekly_form.json), in its order."""
    second: Iterable[Figure] = (
        figure for kind in ServiceKind for figure in section_2(user, kind, since=since, until=until, as_of=as_of)
    )
    return (*second, *section_3(user, since=since, until=until, as_of=as_of))


def _by_user(rows: QuerySet[Any]) -> QuerySet[Any]:
    """With `who`: the applicant's code, or the service itself where it has none."""
    found: QuerySet[Any] = rows.annotate(
        who=Coalesce(NullIf(F("uscc"), Value("")), Cast(F("id"), CharField()), output_field=CharField())
    )
    return found


def _users(rows: QuerySet[Any]) -> int:
    return rows.values("who").distinct().count()


def _unnamed() -> Q:
    return Q(defect__in=NOT_REAL_NAME) | Q(uscc="") | Q(legal_mark=b"") | Q(handler_mark=b"")
