"""Look up what was taken in: flagged numbers and calls, counts of a time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Sum

from haodun.offices.organisations.services import system
from haodun.registry.verdict_counts.models import FlaggedCall, HourCount, RuleCount
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


@dataclass(frozen=True, slots=True)
class Held:
    """In how many verdicts of a time a rule held."""

    carried_out: int
    """It counted: enforced, or the caller lay inside its canary share."""
    watched: int
    """It was only watched: in shadow, or the caller lay outside its canary share."""
    watched_allowed: int
    """Of the watched: verdicts that were ALLOW, so that nothing else stopped or marked the call."""


def held_rules(user: User | AnonymousUser, *, since: datetime, until: datetime) -> dict[str, Held]:
    """Rule id → how often it held in whole hours in [since, until), by what this person may see."""
    rows = RuleCount.objects.scoped_to(user).filter(hour__gte=since, hour__lt=until)
    summed = rows.values_list("rule", "shadow", "action").annotate(total=Sum("verdicts")).order_by()
    found: dict[str, Held] = {}
    for rule, shadow, action, total in summed:
        before = found.get(rule, Held(0, 0, 0))
        allowed = total if shadow and action == Action.ALLOW else 0
        found[rule] = Held(
            before.carried_out + (0 if shadow else total),
            before.watched + (total if shadow else 0),
            before.watched_allowed + allowed,
        )
    return found
