"""Bring in many holder intervals at once: COPY into a staging table, checks over the whole set, one INSERT.

COPY cannot write to a table with row-level security, so the rows go through a temporary one, where overlaps among
themselves and with what is kept are found by one query before anything is inserted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import emit
from haodun.registry.subscribers import holders
from haodun.registry.subscribers.facts import HoldersChanged
from haodun.registry.subscribers.values import NewHolding, SubscriberRefused

MAX_ROWS = 5_000_000
"""Intervals of one import."""
CHUNK = 10_000
"""Intervals of one COPY."""

_COLUMNS = (
    "number, valid, carrier_id, reseller_id, subject, kind, province, masked_name, name_sealed, contact_sealed,"
    " contact_mark, readers"
)
_TYPES = ("int8", "tstzrange", "uuid", "uuid", "uuid", "text", "text", "text", "bytea", "bytea", "bytea", "uuid[]")
_STAGE = f"""
CREATE TEMP TABLE holder_staging ON COMMIT DROP AS SELECT {_COLUMNS} FROM subscribers_holderinterval WITH NO DATA
"""  # noqa: S608 (constants)
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
_INSERT = f"INSERT INTO subscribers_holderinterval ({_COLUMNS}) SELECT {_COLUMNS} FROM holder_staging"  # noqa: S608


def import_intervals(holdings: Iterable[NewHolding]) -> int:
    """Register many at once; all or none. How many. SubscriberRefused names the first overlap.

    Emits HoldersChanged with all numbers.
    """
    numbers: set[int] = set()
    with system(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS holder_staging")
        cursor.execute(_STAGE)
        count = 0
        for chunk in _chunks(holdings, numbers):
            with cursor.copy(f"COPY holder_staging ({_COLUMNS}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(_TYPES)
                for row in chunk:
                    copy.write_row(row)
            count += len(chunk)
        for query, where in ((_AMONG_THEMSELVES, "twice in the import"), (_WITH_KEPT, "already, and kept")):
            cursor.execute(query)
            clash = cursor.fetchone()
            if clash is not None:
                number = holders.masked(clash[0])
                raise SubscriberRefused(f"{number} is held in the same time {where}; nothing was taken, correct it")
        cursor.execute(_INSERT)
        cursor.execute("DROP TABLE holder_staging")
        if numbers:
            emit(HoldersChanged(numbers=tuple(sorted(numbers))))
    return count


def _chunks(holdings: Iterable[NewHolding], numbers: set[int]) -> Iterator[list[tuple[Any, ...]]]:
    """Rows in the order of _COLUMNS, made before the COPY that takes them: while it runs nothing else can be asked."""
    readers: dict[tuple[UUID, UUID | None], list[UUID]] = {}
    chunk: list[tuple[Any, ...]] = []
    for count, new in enumerate(holdings, 1):
        if count > MAX_ROWS:
            raise SubscriberRefused(f"an import takes at most {MAX_ROWS} intervals; split it")
        key = (new.carrier, new.reseller)
        if key not in readers:
            readers[key] = holders.readers_for([one for one in key if one is not None])
        numbers.add(new.number)
        chunk.append(tuple(holders.columns_of(new, readers=readers[key]).values()))
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
