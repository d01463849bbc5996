"""A restriction is for a holder: when another gets the number, it lapses; when only the carrier changes, it stays.

`lapses_at` is a function of the holder intervals alone and is computed anew at every change of them:
- a known holder: the end of the unbroken time, over all intervals of that holder (porting makes two), in which
  `starts` lies; `starts` itself where it lies in none, so that a wrong interval corrected later restricts nobody;
- no holder known at `starts`: the beginning of the first interval that begins later.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import emit
from haodun.registry.restrictions.changes import hold, next_change
from haodun.registry.restrictions.facts import RestrictionsChanged
from haodun.registry.subscribers.facts import HoldersChanged

_RIGHT = """
SELECT r.id, CASE
  WHEN r.subject IS NULL THEN (
    SELECT min(lower(h.valid)) FROM subscribers_holderinterval h
    WHERE h.number = r.number AND lower(h.valid) > r.starts)
  ELSE (
    SELECT CASE WHEN count(*) = 0 THEN r.starts ELSE max(upper(held.span)) END
    FROM (
      SELECT unnest(range_agg(h.valid)) AS span FROM subscribers_holderinterval h
      WHERE h.number = r.number AND h.subject = r.subject) AS held
    WHERE held.span @> r.starts)
  END AS lapses_at
FROM restrictions_restrictionrow r WHERE r.number = ANY(%s) AND r.lifted_at IS NULL
"""
_WRONG = f"""
SELECT r.id FROM restrictions_restrictionrow r JOIN ({_RIGHT}) AS right_one ON right_one.id = r.id
WHERE r.lapses_at IS DISTINCT FROM right_one.lapses_at
"""  # noqa: S608 (constants)
_CORRECT = f"""
UPDATE restrictions_restrictionrow r SET lapses_at = right_one.lapses_at, change = greatest(r.change, %s)
FROM ({_RIGHT}) AS right_one
WHERE right_one.id = r.id AND r.lapses_at IS DISTINCT FROM right_one.lapses_at
"""  # noqa: S608 (constants)


def correct(numbers: Collection[int], *, change: int) -> None:
    """Set `lapses_at` of the open restrictions on these numbers; rows that differed get `change`."""
    with connection.cursor() as cursor:
        cursor.execute(_CORRECT, [change, list(numbers)])


def on_holders_changed(fact: HoldersChanged) -> None:
    """Follow the holder intervals in the transaction that changes them. Emits RestrictionsChanged."""
    with system():
        hold()  # also where nothing is restricted yet: a restriction may be about to be placed
        with connection.cursor() as cursor:
            cursor.execute(_WRONG, [list(fact.numbers)])
            changed: list[UUID] = [row[0] for row in cursor.fetchall()]
        if not changed:
            return
        change = next_change()
        correct(fact.numbers, change=change)
        emit(RestrictionsChanged(change=change, cause="lapsed", restrictions=tuple(sorted(changed))))
