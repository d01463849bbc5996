"""Give, take back and withdraw ranges: a new statement wins over what was said of the same numbers and times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from psycopg.types.range import Range, TimestamptzRange

from haodun.audit.services import AuditKind, record
from haodun.numbering import parse
from haodun.offices.transitions.services import Actor
from haodun.registry.number_plan.models import Allocation
from haodun.registry.number_plan.stops import stop_of
from haodun.registry.number_plan.values import NewAllocation, PlanRefused, State, Stopped

MAX_SOURCE = 120
MAX_AT_ONCE = 200_000
"""Ranges of one import."""
MAX_SPAN = 10_000_000_000
"""Numbers of one range."""


def allocate(wanted: Iterable[NewAllocation], *, actor: Actor) -> int:
    """Record these statements, later ones over earlier ones, all or none; how many changed anything.

    What was recorded of other numbers, and of the same numbers at other times, stays. PlanRefused names the first bad.
    """
    changed = count = 0
    with transaction.atomic():
        for count, one in enumerate(wanted, 1):
            if count > MAX_AT_ONCE:
                raise PlanRefused(
                    "too_many",
                    f"一次最多导入 {MAX_AT_ONCE} 段号码，请分批",
                    f"at most {MAX_AT_ONCE} ranges at once; split",
                )
            _check(one)
            changed += _put(one)
        if changed:
            record(
                AuditKind.PLAN_CHANGED,
                actor=actor.user_id,
                organisation=actor.organisation_id,
                object_type="allocation",
                body={"ranges": count, "changed": changed},
            )
    return changed


def _check(one: NewAllocation) -> None:
    where = f"{one.first}–{one.last}"
    if not 0 < one.first <= one.last < 10**15 or one.last - one.first >= MAX_SPAN:
        raise PlanRefused("range", f"{where} 不是一段号码", f"{where} is no range of numbers")
    if not all(parse(f"+{end}").key == end for end in (one.first, one.last)):
        raise PlanRefused("range", f"{where} 的两端必须是 E.164 号码", f"both ends of {where} must be E.164 numbers")
    if (one.organisation is None) != (one.state == State.UNALLOCATED):
        raise PlanRefused(
            "organisation", f"{where}：已分配和回收的号码要写明单位，未分配的不写",
            f"{where}: allocated and recycled ranges name an organisation, unallocated ones none",
        )  # fmt: skip
    if one.until is not None and one.until <= one.since:
        raise PlanRefused("term", f"{where} 的止期早于起期", f"{where} ends before it begins; give a later end")
    if not 0 < len(one.source) <= MAX_SOURCE:
        raise PlanRefused(
            "source", f"{where} 要写明来源文件，不超过 {MAX_SOURCE} 字",
            f"{where} needs the document it rests on, of at most {MAX_SOURCE} characters",
        )  # fmt: skip


def _put(new: NewAllocation) -> bool:
    """Cut the new rectangle out of what overlaps it, and put it in. False where just that stands there already."""
    numbers, valid = Range(new.first, new.last + 1), TimestamptzRange(new.since, new.until)
    over = Allocation.objects.select_for_update().filter(numbers__overlap=numbers, valid__overlap=valid)
    old = list(over.order_by("pk"))
    said = {"state": new.state, "organisation_id": new.organisation, "province": new.province}
    if any(_covers(row, new) and all(getattr(row, name) == value for name, value in said.items()) for row in old):
        return False
    _not_stopped(new)
    Allocation.objects.filter(pk__in=[row.pk for row in old]).delete()
    kept = [piece for row in old for piece in _rest(row, new)]
    Allocation.objects.bulk_create([*kept, Allocation(numbers=numbers, valid=valid, source=new.source, **said)])
    return True


def _not_stopped(new: NewAllocation) -> None:
    """A reseller whose supply is stopped is given nothing new; what stands already stays (W2e)."""
    if new.organisation is None or new.state != State.ALLOCATED:
        return
    found = stop_of(new.organisation, Stopped.NUMBERS, province=new.province)
    if found is not None:
        day = f"{found.since:%Y-%m-%d}"
        raise PlanRefused(
            "stopped",
            f"{new.first}–{new.last}：该单位自 {day} 起停止供号（{found.source}），解除前不得分配",
            f"{new.first}–{new.last}: no numbers go to this organisation since {day} ({found.source}); lift that first",
        )


def _covers(row: Allocation, new: NewAllocation) -> bool:
    inside = row.numbers.lower <= new.first and new.last < row.numbers.upper and row.valid.lower <= new.since
    return inside and (row.valid.upper is None or (new.until is not None and new.until <= row.valid.upper))


def _rest(row: Allocation, new: NewAllocation) -> Iterator[Allocation]:
    """What is left of a rectangle: the numbers below and above for all its time, those between before and after."""
    low, high = max(row.numbers.lower, new.first), min(row.numbers.upper, new.last + 1)
    start, end = row.valid.lower, row.valid.upper
    pieces: list[tuple[int, int, datetime, datetime | None]] = [
        (row.numbers.lower, low, start, end),
        (high, row.numbers.upper, start, end),
        (low, high, start, new.since),
    ]
    if new.until is not None:
        pieces.append((low, high, new.until, end))
    for first, after, since, until in pieces:
        if first < after and (until is None or since < until):
            yield _piece(row, numbers=Range(first, after), valid=TimestamptzRange(since, until))


def _piece(row: Allocation, **changes: Any) -> Allocation:
    names = ("state", "organisation_id", "province", "source", "recorded_at")
    return Allocation(**{name: getattr(row, name) for name in names}, **changes)
