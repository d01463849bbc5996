"""Bring in many holder intervals that another program made: all of them, or none.

For files with bad rows among good ones, see `import_runs`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import emit
from haodun.registry.subscribers import staging
from haodun.registry.subscribers.facts import HoldersChanged
from haodun.registry.subscribers.recording import moment
from haodun.registry.subscribers.sealing import Sealer, masked
from haodun.registry.subscribers.values import NewHolding, SubscriberRefused

MAX_ROWS = 5_000_000
"""Intervals of one import."""
CHUNK = 10_000
"""Intervals of one COPY."""

_AMONG_THEMSELVES = """
SELECT number FROM (
  SELECT number, valid && lag(valid) OVER (PARTITION BY number ORDER BY valid) AS clash FROM holder_staging
) AS ordered WHERE clash ORDER BY number LIMIT 1
"""
_WITH_KEPT = """
SELECT new.number FROM holder_staging AS new
JOIN subscribers_holderinterval AS kept ON kept.number = new.number AND kept.valid && new.valid
ORDER BY new.number LIMIT 1
"""


def import_intervals(holdings: Iterable[NewHolding], *, recorded_at: datetime | None = None) -> int:
    """Register many at once; all or none. How many. SubscriberRefused names the first overlap.

    The one-ID limit is not asked here: what a register holds already is re-verified, not refused (RULES.md W2d).
    Emits HoldersChanged with all numbers.
    """
    numbers: set[int] = set()
    with system(), transaction.atomic(), connection.cursor() as cursor:
        staging.begin(cursor)
        count = 0
        for chunk in _chunks(holdings, numbers):
            staging.copy(cursor, chunk)
            count += len(chunk)
        for query, where in ((_AMONG_THEMSELVES, "twice in the import"), (_WITH_KEPT, "already, and kept")):
            cursor.execute(query)
            clash = cursor.fetchone()
            if clash is not None:
                raise SubscriberRefused(
                    f"{masked(clash[0])} is held in the same time {where}; nothing was taken, correct it"
                )
        staging.number_rows(cursor)
        staging.insert(cursor, recorded=moment(cursor, recorded_at), source="import")
        cursor.execute(f"DROP TABLE {staging.TEMPORARY}")
        if numbers:
            emit(HoldersChanged(numbers=tuple(sorted(numbers))))
    return count


def _chunks(holdings: Iterable[NewHolding], numbers: set[int]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows made before the COPY that takes them: while it runs nothing else can be asked."""
    sealer = Sealer()
    chunk: list[tuple[Any, ...]] = []
    for count, new in enumerate(holdings, 1):
        if count > MAX_ROWS:
            raise SubscriberRefused(f"an import takes at most {MAX_ROWS} intervals; split it")
        numbers.add(new.number)
        chunk.append(sealer.row(new))
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
