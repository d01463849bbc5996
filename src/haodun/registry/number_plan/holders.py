"""Who holds a number at a time: porting before allocation before the public plan, for one number or for many."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from haodun.numbering import Allocation as Given
from haodun.numbering import Holder, load_plan, parse
from haodun.registry.number_plan.models import Allocation, Porting, PortingAnswer, RangeCarrier
from haodun.registry.number_plan.values import Certainty, Held, State

MAX_HISTORY = 200
"""Intervals of one number that are shown, newest kept."""
PLAN = "numbering plan"
"""Source of what only the public numbering plan says."""
DATABASE = "porting database"

_PORTED = """
SELECT p.number, p.organisation_id, lower(p.valid), upper(p.valid), p.before_id, p.source
FROM number_plan_porting AS p WHERE p.number = ANY(%s) AND p.valid @> %s
"""
_GIVEN = """
SELECT n.number, a.organisation_id, lower(a.valid), upper(a.valid), a.state, a.source
FROM unnest(%s::int8[]) AS n (number) JOIN number_plan_allocation AS a ON a.numbers @> n.number AND a.valid @> %s
"""
_CERTAINTIES = {
    State.ALLOCATED: Certainty.ALLOCATED,
    State.RECYCLED: Certainty.RECYCLED,
    State.UNALLOCATED: Certainty.UNALLOCATED,
}


def holder_of(number: int, at: datetime) -> Held:
    """Who holds a number (E.164 key) at `at`, since when, from whom, and how that is known."""
    return holders_of([number], at)[number]


def holders_of(numbers: Collection[int], at: datetime) -> dict[int, Held]:
    """The same of many: three queries however many there are."""
    wanted = sorted(set(numbers))
    found = _ported(wanted, at)
    found |= _answered([one for one in wanted if one not in found], at)
    found |= _given([one for one in wanted if one not in found], at)
    rest = [one for one in wanted if one not in found]
    ranges = range_carriers() if rest else {}
    return found | {number: _by_plan(number, ranges) for number in rest}


def history(number: int) -> tuple[Held, ...]:
    """What is recorded of a number, oldest first: allocations of its range, and each change of network."""
    given = Allocation.objects.filter(numbers__contains=number).order_by("-valid")[:MAX_HISTORY]
    ported = Porting.objects.filter(number=number).order_by("-valid")[:MAX_HISTORY]
    found = [_held(number, row) for row in given] + [
        Held(number, row.organisation_id, Certainty.PORTED, row.valid.lower, row.valid.upper, row.before_id, row.source)
        for row in ported
    ]
    return tuple(sorted(found, key=lambda one: one.since.timestamp() if one.since else 0.0))


def set_range_carrier(holder: Holder, organisation: UUID, *, province: str = "") -> None:
    """Say which organisation answers for a holder's ranges, in a province (GB/T 2260) or ('') everywhere else."""
    with transaction.atomic():
        RangeCarrier.objects.update_or_create(
            holder=int(holder), province=province, defaults={"organisation_id": organisation}
        )


def range_carriers() -> dict[tuple[int, str], UUID]:
    """Who answers for whole networks: (holder, province) → organisation."""
    return {(row.holder, row.province): row.organisation_id for row in RangeCarrier.objects.all()}


def _ported(numbers: list[int], at: datetime) -> dict[int, Held]:
    with connection.cursor() as cursor:
        cursor.execute(_PORTED, [numbers, at])
        rows = cursor.fetchall()
    return {row[0]: Held(row[0], row[1], Certainty.PORTED, row[2], row[3], row[4], row[5]) for row in rows}


def _answered(numbers: list[int], at: datetime) -> dict[int, Held]:
    """What the porting database said and is still good at `at`; a number that was never ported is left to its range."""
    rows = PortingAnswer.objects.filter(
        number__in=numbers, organisation__isnull=False, good_until__gt=at, asked_at__lte=at
    )
    return {
        row.number: Held(row.number, row.organisation_id, Certainty.PORTED, row.since, None, None, DATABASE)
        for row in rows
    }


def _given(numbers: list[int], at: datetime) -> dict[int, Held]:
    with connection.cursor() as cursor:
        cursor.execute(_GIVEN, [numbers, at])
        rows = cursor.fetchall()
    return {row[0]: Held(row[0], row[1], _CERTAINTIES[row[4]], row[2], row[3], None, row[5]) for row in rows}


def _held(number: int, row: Allocation) -> Held:
    certainty = _CERTAINTIES[State(row.state)]
    return Held(number, row.organisation_id, certainty, row.valid.lower, row.valid.upper, None, row.source)


def _by_plan(number: int, ranges: dict[tuple[int, str], UUID]) -> Held:
    parsed = parse(f"+{number}")
    facts = load_plan().facts(parsed)
    if not parsed.is_number or facts.allocation is Given.UNALLOCATED:
        return Held(number, None, Certainty.UNALLOCATED, source=PLAN)
    if facts.holder is Holder.UNKNOWN:
        return Held(number, None, Certainty.UNKNOWN, source=PLAN)
    carrier = ranges.get((facts.holder, facts.province)) or ranges.get((facts.holder, ""))
    return Held(number, carrier, Certainty.UNKNOWN if carrier is None else Certainty.BY_PREFIX, source=PLAN)
