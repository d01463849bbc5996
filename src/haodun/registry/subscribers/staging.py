"""Many rows at once: COPY into a temporary table, then three INSERTs that share the interval's id.

COPY cannot write to a table with row-level security, so rows go through a temporary one. `subscribers_staged` has the
same columns and keeps the rows of an import between its check and its application; only the system sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.backends.utils import CursorWrapper

from haodun.registry.subscribers.quarantine import refuse_held_back
from haodun.registry.subscribers.sealing import COLUMNS

TEMPORARY = "holder_staging"
KEPT = "subscribers_staged"
_NAMES = ", ".join(name for name, _ in COLUMNS)
_TYPES = tuple(kind for _, kind in COLUMNS)

_INTERVAL = (
    "number, valid, carrier_id, reseller_id, subject, kind, province, masked_name, name_sealed, contact_sealed,"
    " contact_mark, readers"
)
_RECORD = (
    "party, document_kind, document_sealed, document_mark, personal, proxy_kind, proxy_sealed, proxy_mark, agent,"
    " service, opened_how, address_sealed, address_mark, device_mark, readers"
)
_INSERTS = (
    f"INSERT INTO subscribers_holderinterval (id, {_INTERVAL}) SELECT interval, {_INTERVAL} FROM {{table}} WHERE {{where}}",  # noqa: S608, E501
    f"INSERT INTO subscribers_record (interval_id, {_RECORD}) SELECT interval, {_RECORD} FROM {{table}} WHERE {{where}}",  # noqa: S608, E501
    "INSERT INTO subscribers_registration (readers, interval_id, status, checked, valid, recorded, carrier, reseller,"
    " province, service, old, source, actor)"
    " SELECT readers, interval, status, checked, valid, tstzrange(%(recorded)s, NULL), carrier_id, reseller_id,"
    " province, service, old, %(source)s, %(actor)s FROM {table} WHERE {where}",
)


def begin(cursor: CursorWrapper) -> None:
    """An empty temporary table for this transaction."""
    cursor.execute(f"DROP TABLE IF EXISTS {TEMPORARY}")
    cursor.execute(f"CREATE TEMP TABLE {TEMPORARY} (LIKE {KEPT}) ON COMMIT DROP")


def copy(cursor: CursorWrapper, rows: Iterable[Sequence[Any]], *, lines: bool = False) -> None:
    """Rows of `Sealer.row` into the temporary table; with `lines`, each begins with its line in the file."""
    names, types = (f"line, {_NAMES}", ("int8", *_TYPES)) if lines else (_NAMES, _TYPES)
    with cursor.copy(f"COPY {TEMPORARY} ({names}) FROM STDIN (FORMAT BINARY)") as opened:
        opened.set_types(types)
        for row in rows:
            opened.write_row(row)


def number_rows(cursor: CursorWrapper, table: str = TEMPORARY, where: str = "true", values: Any = None) -> None:
    """Give each row the id that its interval will have."""
    cursor.execute(
        f"UPDATE {table} SET interval = nextval('subscribers_holderinterval_id_seq') WHERE {where}",  # noqa: S608
        values,
    )


def insert(
    cursor: CursorWrapper,
    *,
    recorded: datetime,
    source: str,
    actor: Any = None,
    table: str = TEMPORARY,
    where: str = "true",
    values: dict[str, Any] | None = None,
) -> int:
    """Intervals, records and states of numbered rows; how many. SubscriberRefused for a number in quarantine."""
    given = {"recorded": recorded, "source": source, "actor": actor, **(values or {})}
    refuse_held_back(cursor, table=table, where=where, values=given)
    count = 0
    for statement in _INSERTS:
        cursor.execute(statement.format(table=table, where=where), given)
        count = cursor.rowcount
    return count
