"""What the snapshot is made from: for each list the numbers that open restrictions put on it, and until when."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import numpy as np
from django.db import connection

from haodun.offices.organisations.services import system
from haodun.registry.restrictions.values import LISTS
from haodun.screening.snapshot import Column

# In whole milliseconds, rounded down: an entry never lasts longer than its restriction.
_ACTIVE = """
SELECT measure, number, max(floor(extract(epoch FROM least(ends, lapses_at, lifted_at)) * 1000))::bigint
FROM restrictions_restrictionrow
WHERE NOT forged AND starts <= %(at)s AND ends > %(at)s
  AND (lapses_at IS NULL OR lapses_at > %(at)s) AND (lifted_at IS NULL OR lifted_at > %(at)s)
"""
_SOME = " AND number = ANY(%(numbers)s)"
_GROUP = " GROUP BY measure, number"
AHEAD = timedelta(minutes=5)
"""How far the clock of a process that placed a restriction may be ahead of the one that lists it."""
_LATEST = """
SELECT max(starts) FROM restrictions_restrictionrow WHERE change > %s AND change <= %s AND starts <= %s
"""
_CHANGED = """
SELECT DISTINCT number FROM restrictions_restrictionrow WHERE change > %s AND change <= %s
"""
# Which placings put what is on the lists there: those changed after one change up to another, and some more.
_PLACINGS = """
SELECT DISTINCT measure, number, placed_change FROM restrictions_restrictionrow
WHERE NOT forged AND starts <= %(at)s AND ends > %(at)s
  AND (lapses_at IS NULL OR lapses_at > %(at)s) AND (lifted_at IS NULL OR lifted_at > %(at)s)
  AND ((change > %(after)s AND change <= %(upto)s) OR placed_change = ANY(%(also)s))
"""


def active_lists(at: datetime, numbers: Collection[int] | None = None) -> dict[str, Column]:
    """List name → its entries at `at`; of some numbers only, where they are given.

    All lists of LISTS are there, empty ones too. Two restrictions of one measure on a number are one entry with the
    later end: so it stays restricted until the last is lifted.
    """
    query = _ACTIVE + ("" if numbers is None else _SOME) + _GROUP
    with system(), connection.cursor() as cursor:
        cursor.execute(query, {"at": at, "numbers": None if numbers is None else list(numbers)})
        rows = cursor.fetchall()
    found = {}
    for measure, name in LISTS.items():
        pairs = np.array([(number, until) for one, number, until in rows if one == measure], np.int64).reshape(-1, 2)
        found[name] = Column.of(pairs[:, 0], pairs[:, 1])
    return found


def moment_of(after: int, upto: int, at: datetime) -> datetime:
    """As of when the changes after one up to another are listed: `at`, or their latest start where that is later.

    A restriction that is committed is in force. It was stamped by another process, before it was committed, and must
    not be passed over because this clock was read earlier or runs behind; nothing would list it later.
    """
    with system(), connection.cursor() as cursor:
        cursor.execute(_LATEST, [after, upto, at + AHEAD])
        latest = cursor.fetchone()[0]
    return at if latest is None else max(at, latest)


def changed_numbers(after: int, upto: int) -> list[int]:
    """Numbers with a restriction that changed after one change, up to another, ascending."""
    with system(), connection.cursor() as cursor:
        cursor.execute(_CHANGED, [after, upto])
        return sorted(row[0] for row in cursor.fetchall())


def placings(at: datetime, *, after: int, upto: int, also: Collection[int]) -> list[tuple[str, int, int]]:
    """List, number, and the change that placed it there, of what is active at `at`.

    Of rows that changed after one change up to another, and of all rows that the changes `also` placed.
    """
    names = {measure.value: name for measure, name in LISTS.items()}
    with system(), connection.cursor() as cursor:
        cursor.execute(_PLACINGS, {"at": at, "after": after, "upto": upto, "also": list(also)})
        return sorted((names[measure], number, placed) for measure, number, placed in cursor.fetchall())
