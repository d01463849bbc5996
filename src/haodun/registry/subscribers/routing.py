"""Which carrier answers for a number: the one of its holder interval, else the one its range is allocated to.

Portability (携号转网) means that a range says only who was given it first; each route says how sure it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from haodun.numbering import Allocation, Holder, load_plan, parse
from haodun.offices.organisations.services import system
from haodun.registry.subscribers.models import HolderInterval, RangeCarrier
from haodun.registry.subscribers.values import Certainty, Route, SubscriberRefused

MAX_NUMBERS = 100_000
"""Numbers routed in one call."""


def route(numbers: Sequence[int], at: datetime) -> dict[UUID | None, tuple[Route, ...]]:
    """Carrier → routes of its numbers at `at`, in number order; None: nobody here answers for them.

    SubscriberRefused for more than MAX_NUMBERS.
    """
    wanted = sorted(set(numbers))
    if len(wanted) > MAX_NUMBERS:
        raise SubscriberRefused(f"at most {MAX_NUMBERS} numbers are routed at once; split them")
    with system():
        held = HolderInterval.objects.filter(number__in=wanted, valid__contains=at)
        registered = {number: (pk, carrier) for number, pk, carrier in held.values_list("number", "pk", "carrier_id")}
        ranges = {(row.holder, row.province): row.organisation_id for row in RangeCarrier.objects.all()}
    found: dict[UUID | None, list[Route]] = {}
    for number in wanted:
        if number in registered:
            interval, carrier = registered[number]
            one = Route(number, carrier, Certainty.REGISTERED, interval)
        else:
            one = _by_plan(number, ranges)
        found.setdefault(one.carrier, []).append(one)
    return {carrier: tuple(routes) for carrier, routes in found.items()}


def _by_plan(number: int, ranges: dict[tuple[int, str], UUID]) -> Route:
    parsed = parse(f"+{number}")
    facts = load_plan().facts(parsed)
    if not parsed.is_number or facts.allocation is Allocation.UNALLOCATED:
        return Route(number, None, Certainty.UNALLOCATED, None)
    if facts.holder is Holder.UNKNOWN:
        return Route(number, None, Certainty.UNKNOWN, None)
    carrier = ranges.get((facts.holder, facts.province)) or ranges.get((facts.holder, ""))
    return Route(number, carrier, Certainty.UNKNOWN if carrier is None else Certainty.ALLOCATED, None)


def set_range_carrier(holder: Holder, organisation: UUID, *, province: str = "") -> None:
    """Say which organisation answers for a holder's ranges, in a province (GB/T 2260) or ('') everywhere else."""
    with transaction.atomic():
        RangeCarrier.objects.update_or_create(
            holder=int(holder), province=province, defaults={"organisation_id": organisation}
        )
