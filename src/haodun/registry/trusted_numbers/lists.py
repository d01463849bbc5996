"""What the snapshot carries of the trusted directory: the lists `trusted` and `dno`, and the names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import numpy as np
from django.db import connection

from haodun.offices.organisations.services import system
from haodun.registry.trusted_numbers.models import EntryNumber
from haodun.registry.trusted_numbers.values import Trusted
from haodun.screening.snapshot import Column, Name, Named, directory_text

LISTS = ("trusted", "dno")
"""Numbers that call out under a name; numbers that never call out."""
LASTS = timedelta(days=89)
"""How long an entry of a list lasts at most; each full snapshot renews it while the entry is in force."""

_ACTIVE = """
SELECT number.number, entry.inbound_only, floor(extract(epoch FROM least(entry.valid_until, %(end)s)) * 1000)::bigint
FROM trusted_numbers_entrynumber number JOIN trusted_numbers_entry entry ON entry.id = number.entry_id
WHERE number.active AND entry.state = 'ACTIVE' AND entry.valid_from <= %(at)s AND entry.valid_until > %(at)s
"""
_SOME = " AND number.number = ANY(%(numbers)s)"
_CHANGED = """
SELECT DISTINCT number.number
FROM trusted_numbers_entrynumber number JOIN trusted_numbers_entry entry ON entry.id = number.entry_id
WHERE entry.change > %s AND entry.change <= %s
"""
_LATEST = """
SELECT max(valid_from) FROM trusted_numbers_entry WHERE change > %s AND change <= %s AND valid_from <= %s
"""
_PLACINGS = """
SELECT DISTINCT number.number, entry.placed_change
FROM trusted_numbers_entrynumber number JOIN trusted_numbers_entry entry ON entry.id = number.entry_id
WHERE number.active AND entry.state = 'ACTIVE' AND entry.inbound_only
  AND entry.valid_from <= %(at)s AND entry.valid_until > %(at)s
  AND ((entry.change > %(after)s AND entry.change <= %(upto)s) OR entry.placed_change = ANY(%(also)s))
"""


def lists(at: datetime, numbers: Collection[int] | None = None) -> dict[str, Column]:
    """`trusted` and `dno` at `at`, empty ones too; of some numbers only, where they are given."""
    query = _ACTIVE + ("" if numbers is None else _SOME)
    with system(), connection.cursor() as cursor:
        given = None if numbers is None else list(numbers)
        cursor.execute(query, {"at": at, "end": at + LASTS, "numbers": given})
        rows = cursor.fetchall()
    found = {}
    for name in LISTS:
        pairs = np.array([(one, end) for one, inbound, end in rows if inbound == (name == "dno")], np.int64)
        pairs = pairs.reshape(-1, 2)
        found[name] = Column.of(pairs[:, 0], pairs[:, 1])
    return found


def changed_numbers(after: int, upto: int) -> list[int]:
    """Numbers of entries that changed after one change, up to another, ascending."""
    with system(), connection.cursor() as cursor:
        cursor.execute(_CHANGED, [after, upto])
        return sorted(row[0] for row in cursor.fetchall())


def latest_start(after: int, upto: int, until: datetime) -> datetime | None:
    """The latest beginning, up to `until`, of an entry that changed so; None where none did."""
    with system(), connection.cursor() as cursor:
        cursor.execute(_LATEST, [after, upto, until])
        row = cursor.fetchone()
    return None if row is None else row[0]


def placings(at: datetime, *, after: int, upto: int, also: Collection[int]) -> list[tuple[str, int, int]]:
    """List, number, and the change that placed it, of the numbers that never call out; see `restrictions.placings`."""
    with system(), connection.cursor() as cursor:
        cursor.execute(_PLACINGS, {"at": at, "after": after, "upto": upto, "also": list(also)})
        return sorted(("dno", number, placed) for number, placed in cursor.fetchall())


def in_force(at: datetime, numbers: Collection[int] | None = None) -> list[Trusted]:
    """Every number in force at `at`, by number; of some only, where they are given."""
    with system():
        rows = EntryNumber.objects.filter(active=True, entry__state="ACTIVE", entry__valid_until__gt=at)
        if numbers is not None:
            rows = rows.filter(number__in=list(numbers))
        return [
            Trusted(
                number=row.number,
                entry=row.entry_id,
                holder=row.entry.holder_id,
                name_zh=row.entry.display_zh,
                name_en=row.entry.display_en,
                trunks=tuple(row.entry.trunks),
                inbound_only=row.entry.inbound_only,
                until=row.entry.valid_until,
            )
            for row in rows.select_related("entry").order_by("number")
        ]


def trusted_among(numbers: Sequence[int], at: datetime) -> set[int]:
    """Those of these numbers that are in force, inbound-only ones too."""
    return {one.number for one in in_force(at, numbers)}


def directory_part(at: datetime) -> str:
    """The snapshot's directory: the names of all numbers that call out."""
    with system():
        rows = EntryNumber.objects.filter(
            active=True, entry__state="ACTIVE", entry__inbound_only=False, entry__valid_until__gt=at
        )
        entries: dict[object, list[EntryNumber]] = {}
        for row in rows.select_related("entry__holder").order_by("number"):
            entries.setdefault(row.entry_id, []).append(row)
    return directory_text(_named(found) for found in entries.values())


def _named(rows: Sequence[EntryNumber]) -> Named:
    entry = rows[0].entry
    return Named(
        holder=entry.holder.name_zh,
        name=Name(zh=entry.display_zh, en=entry.display_en),
        numbers=tuple(row.number for row in rows),
        trunks=tuple(entry.trunks),
        until=int(entry.valid_until.timestamp()) if entry.valid_until else 0,
    )
