"""Real-name states in two times: when they held, and when that was what the register said.

Theory of operation. Each moment of an interval is covered by exactly one current row (`recorded` open). To say
something else of [since, until): the current rows that touch it are ended (`recorded`), what of them lies outside is
written again, and what lies inside is written with the new state. One statement does it for many intervals.
All who write take a lock shared; whoever publishes a figure takes it alone, so nothing is recorded before a published
figure's `known_at` that it did not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.types.range import TimestamptzRange

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import emit
from haodun.registry.subscribers.facts import StatesChanged
from haodun.registry.subscribers.models import RealName, Registration
from haodun.registry.subscribers.sealing import now
from haodun.registry.subscribers.values import State, SubscriberRefused

LOCK = 0x4841_4F52
"""Advisory lock of the register: shared by who records, alone for who publishes."""
MAX_INTERVALS = 100_000
"""Of one change of state."""

_AGAIN = (
    "INSERT INTO subscribers_registration (readers, interval_id, status, checked, valid, recorded, carrier, reseller,"
    " province, service, old, source, actor)"
)
_SAY = f"""
WITH ended AS (
  UPDATE subscribers_registration SET recorded = tstzrange(lower(recorded), %(at)s)
  WHERE interval_id = ANY(%(ids)s) AND upper_inf(recorded) AND valid && %(when)s RETURNING *
)
{_AGAIN}
SELECT readers, interval_id, status, checked, tstzrange(lower(valid), lower(%(when)s)), tstzrange(%(at)s, NULL),
       carrier, reseller, province, service, old, source, actor FROM ended WHERE lower(valid) < lower(%(when)s)
UNION ALL
SELECT readers, interval_id, coalesce(%(status)s, status), coalesce(%(checked)s, checked), valid * %(when)s,
       tstzrange(%(at)s, NULL), carrier, reseller, province, service, old, %(source)s, %(actor)s FROM ended
UNION ALL
SELECT readers, interval_id, status, checked, tstzrange(upper(%(when)s), upper(valid)), tstzrange(%(at)s, NULL),
       carrier, reseller, province, service, old, source, actor FROM ended
WHERE NOT upper_inf(%(when)s) AND (upper_inf(valid) OR upper(valid) > upper(%(when)s))
"""  # noqa: S608 (constants)
_CUT = f"""
WITH ended AS (
  UPDATE subscribers_registration SET recorded = tstzrange(lower(recorded), %(at)s)
  WHERE interval_id = ANY(%(ids)s) AND upper_inf(recorded) AND (upper_inf(valid) OR upper(valid) > %(end)s) RETURNING *
)
{_AGAIN}
SELECT readers, interval_id, status, checked, tstzrange(lower(valid), %(end)s), tstzrange(%(at)s, NULL), carrier,
       reseller, province, service, old, %(source)s, %(actor)s FROM ended WHERE lower(valid) < %(end)s
"""  # noqa: S608


def moment(cursor: CursorWrapper, given: datetime | None) -> datetime:
    """When what follows is recorded; from now on nobody publishes before this transaction ends."""
    cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])
    return given or now()


def set_state(
    intervals: Sequence[int],
    *,
    since: datetime,
    until: datetime | None = None,
    status: str | None = None,
    checked: bool | None = None,
    source: str,
    actor: UUID | None = None,
    recorded_at: datetime | None = None,
) -> int:
    """Say that these intervals were in a state in [since, until); None leaves a part as it is. How many rows say so.

    The past as it was known stays as it is: `state_of(…, known_at=…)` and the rates still tell it. SubscriberRefused
    for more than MAX_INTERVALS, for a state that is none, for a moment before what is recorded already.
    Emits StatesChanged.
    """
    if len(intervals) > MAX_INTERVALS:
        raise SubscriberRefused(f"at most {MAX_INTERVALS} intervals change their state at once; split them")
    if status is not None and status not in RealName.values:
        raise SubscriberRefused(f"{status!r} is no real-name state; known are {', '.join(RealName.values)}")
    with system(), transaction.atomic(), connection.cursor() as cursor:
        at = moment(cursor, recorded_at)
        ids = lock(intervals)
        _not_before(ids, at)
        when = TimestamptzRange(since, until)
        given: dict[str, Any] = {"at": at, "ids": ids, "when": when, "source": source, "actor": actor}
        given |= {"status": status, "checked": checked}
        cursor.execute(_SAY, given)
        emit(StatesChanged(intervals=tuple(ids)))
        return Registration.objects.filter(
            interval__in=ids, recorded__startswith=at, valid__overlap=when, source=source
        ).count()


def cut(cursor: CursorWrapper, *intervals: int, end: datetime, at: datetime, actor: UUID | None = None) -> None:
    """The intervals end at `end`: so do their states."""
    _not_before(intervals, at)
    cursor.execute(_CUT, {"ids": list(intervals), "end": end, "at": at, "source": "closing", "actor": actor})


def lock(intervals: Sequence[int]) -> list[int]:
    """These intervals, locked in the order of their ids against another change of state."""
    from haodun.registry.subscribers.models import HolderInterval

    rows = HolderInterval.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=list(intervals))
    return list(rows.order_by("pk").values_list("pk", flat=True))


def state_of(interval: int, at: datetime, *, known_at: datetime | None = None) -> State | None:
    """The state of an interval at `at`, as known at `known_at` (now where None); None where it did not exist."""
    with system():
        rows = Registration.objects.filter(interval=interval, valid__contains=at)
        known = rows.filter(recorded__contains=known_at) if known_at else rows.filter(recorded__endswith=None)
        row = known.first()
    return None if row is None else state(row)


def history_of(interval: int) -> tuple[State, ...]:
    """All that was ever said of an interval, in the order of recording."""
    with system():
        rows = list(Registration.objects.filter(interval=interval).order_by("recorded", "valid"))
    return tuple(state(row) for row in rows)


def states_of(intervals: Sequence[int]) -> tuple[State, ...]:
    """What the register says now of these intervals, by when it was so."""
    with system():
        rows = list(
            Registration.objects.filter(interval__in=list(intervals), recorded__endswith=None).order_by("valid")
        )
    return tuple(state(row) for row in rows)


def state(row: Any) -> State:
    """A row as other contexts see it."""
    return State(
        interval=row.interval_id,
        status=row.status,
        checked=row.checked,
        since=row.valid.lower,
        until=row.valid.upper,
        recorded_at=row.recorded.lower,
        source=row.source,
    )


def _not_before(intervals: Sequence[int], at: datetime) -> None:
    later = Registration.objects.filter(interval__in=list(intervals), recorded__startswith__gte=at)
    if later.exists():
        raise SubscriberRefused("the register holds a later state of this number; record a correction from now on")
