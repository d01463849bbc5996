"""K10 and K11 (RULES.md §4.6): how many numbers were shut down, and how fast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from haodun.casework.orders.models import OrderNumber
from haodun.casework.orders.queries import SETTLED, readable
from haodun.casework.orders.states import CLOCKS, TABLE

VERSION = 1
"""Of the definitions below; a change of one raises it."""
SOURCE = "casework/orders"


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, as every page prints it (CONSOLE.md §1.5)."""

    code: str
    value: int | None
    """None: there is nothing to measure; never 0 instead."""
    unit: str
    since: datetime
    until: datetime
    """The period: from `since` to before `until`."""
    as_of: datetime
    source: str = SOURCE
    version: int = VERSION


def numbers_shut(user: Any, *, since: datetime, until: datetime, as_of: datetime) -> Figure:
    """K10: distinct numbers of orders that came into effect at every edge in the period, later lifted ones included.

    Only what the person may read is counted.
    """
    rows = OrderNumber.objects.scoped_to(user).filter(
        order__executed_at__gte=since, order__executed_at__lt=until, state__in=SETTLED
    )
    count = rows.values("number").distinct().count()
    return Figure("K10", count, "number", since, until, as_of)


# An order that is not in effect yet counts with its age so far, and is not within its limit: waiting never improves
# a figure. A rejected or withdrawn order was never to be carried out; a recalled one counts if it came into effect.
_LATENCY = """
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY took), percentile_disc(0.9) WITHIN GROUP (ORDER BY took),
       count(*), count(*) FILTER (WHERE met)
FROM (
    SELECT ceil(extract(epoch FROM least(o.executed_at, %(as_of)s) - o.created_at))::bigint AS took,
           coalesce(o.executed_at <= %(as_of)s AND c.met, false) AS met
    FROM orders_order o
    LEFT JOIN transitions_clock c ON c.object_type = %(table)s AND c.object_id = o.id AND c.name = ANY(%(clocks)s)
    WHERE o.id = ANY(%(ids)s)
) AS measured
"""


def latency(user: Any, *, since: datetime, until: datetime, as_of: datetime) -> tuple[Figure, Figure, Figure]:
    """K11 of the orders received in the period: median and 90th percentile from receipt to effect, share within limit.

    Seconds, rounded up, by the wall clock: time spent at the police for correction is in it, though not on the clock
    that the share is taken from. The share is in thousandths, rounded down. Both percentiles are those of an order
    that is there (no interpolation).
    """
    received = readable(user).filter(created_at__gte=since, created_at__lt=until)
    judged = received.exclude(state__in=("REJECTED", "WITHDRAWN")).exclude(state="REVERSED", executed_at=None)
    ids = list(judged.values_list("id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_LATENCY, {"as_of": as_of, "table": TABLE.name, "clocks": list(CLOCKS), "ids": ids})
        median, ninth, count, met = cursor.fetchone()
    share = met * 1000 // count if count else None
    return (
        Figure("K11.median", median, "second", since, until, as_of),
        Figure("K11.p90", ninth, "second", since, until, as_of),
        Figure("K11.within_limit", share, "permille", since, until, as_of),
    )
