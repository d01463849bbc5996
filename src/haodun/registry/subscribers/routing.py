"""Which carrier answers for a number: the one of its holder interval, else the one that the number plan names.

Portability (携号转网) means that a range says only who was given it first; each route says how sure it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from haodun.offices.organisations.services import system
from haodun.registry.number_plan import services as number_plan
from haodun.registry.subscribers.models import HolderInterval
from haodun.registry.subscribers.values import Certainty, Route, SubscriberRefused

MAX_NUMBERS = 100_000
"""Numbers routed in one call."""
MAX_ASKED = 200
"""Numbers of one call about which the porting database is asked; the rest go by what is recorded."""

_CERTAINTIES = {
    number_plan.Certainty.PORTED: Certainty.PORTED,
    number_plan.Certainty.ALLOCATED: Certainty.ALLOCATED,
    number_plan.Certainty.BY_PREFIX: Certainty.ALLOCATED,
    number_plan.Certainty.RECYCLED: Certainty.UNALLOCATED,
    number_plan.Certainty.UNALLOCATED: Certainty.UNALLOCATED,
    number_plan.Certainty.UNKNOWN: Certainty.UNKNOWN,
}


def route(numbers: Sequence[int], at: datetime) -> dict[UUID | None, tuple[Route, ...]]:
    """Carrier → routes of its numbers at `at`, in number order; None: nobody here answers for them.

    SubscriberRefused for more than MAX_NUMBERS.
    """
    wanted = sorted(set(numbers))
    if len(wanted) > MAX_NUMBERS:
        raise SubscriberRefused(f"at most {MAX_NUMBERS} numbers are routed at once; split them")
    with system():
        registered = {row.number: row for row in HolderInterval.objects.filter(number__in=wanted, valid__contains=at)}
    for number in [one for one in wanted if one not in registered][:MAX_ASKED]:
        number_plan.query_porting(number, now=at)
    by_plan = number_plan.holders_of(wanted, at)
    found: dict[UUID | None, list[Route]] = {}
    for number in wanted:
        one = _one(by_plan[number], registered.get(number))
        found.setdefault(one.carrier, []).append(one)
    return {carrier: tuple(routes) for carrier, routes in found.items()}


def _one(plan: number_plan.Held, interval: HolderInterval | None) -> Route:
    """The interval's carrier, but for a number that went to another network since the interval began."""
    moved = plan.certainty is number_plan.Certainty.PORTED and plan.since is not None
    if interval is not None and not (moved and plan.since > interval.valid.lower):
        return Route(plan.number, interval.carrier_id, Certainty.REGISTERED, interval.pk)
    carrier = None if plan.certainty is number_plan.Certainty.RECYCLED else plan.organisation
    return Route(plan.number, carrier, _CERTAINTIES[plan.certainty], None if interval is None else interval.pk)
