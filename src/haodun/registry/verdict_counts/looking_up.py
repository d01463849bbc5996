"""Look up what was taken in: flagged numbers and calls, counts of a time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Sum

from haodun.offices.organisations.services import system
from haodun.registry.verdict_counts.models import FlaggedCall, HourCount
from haodun.screening.events import Action, Flag

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from haodun.offices.organisations.models import User

MAX_CALLS = 500
"""Flagged calls of one look-up, newest kept."""


@dataclass(frozen=True, slots=True)
class Flagged:
    """One flagged call as other contexts see it."""

    verdict_id: str
    at: datetime
    caller: int
    callee: int
    trunk: str
    action: Action
    enforced: bool
    rule: str
    flags: Flag


def flagged_numbers(numbers: Collection[int], *, since: datetime) -> set[int]:
    """Those of the numbers with a flagged call since then, by any edge."""
    with system():
        rows = FlaggedCall.objects.filter(caller__in=numbers, at__gte=since)
        return set(rows.values_list("caller", flat=True).distinct())


def flagged_calls_of(number: int, user: User | AnonymousUser) -> tuple[Flagged, ...]:
    """The flagged calls from a number that this person may see, newest first."""
    rows = FlaggedCall.objects.scoped_to(user).filter(caller=number).order_by("-at", "-pk")[:MAX_CALLS]
    return tuple(
        Flagged(
            verdict_id=f"{row.source}-{row.event}",
            at=row.at,
            caller=row.caller,
            callee=row.callee,
            trunk=row.trunk,
            action=Action(row.action),
            enforced=row.enforced,
            rule=row.rule,
            flags=Flag(row.flags),
        )
        for row in rows
    )


def totals(user: User | AnonymousUser, *, since: datetime, until: datetime) -> dict[tuple[str, Action, bool], int]:
    """(class, action, enforced) → verdicts of whole hours in [since, until) that this person may see."""
    rows = HourCount.objects.scoped_to(user).filter(hour__gte=since, hour__lt=until)
    summed = rows.values_list("rule_class", "action", "enforced").annotate(total=Sum("verdicts")).order_by()
    return {(rule_class, Action(action), enforced): total for rule_class, action, enforced, total in summed}
