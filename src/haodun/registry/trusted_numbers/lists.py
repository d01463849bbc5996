"""What the snapshot carries of the trusted directory: the lists `trusted` and `dno`, and the names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection

from haodun.offices.organisations.services import system
from haodun.registry.trusted_numbers.models import EntryNumber, OtherItem
from haodun.registry.trusted_numbers.values import Trusted
from haodun.screening.snapshot import Column, Name, Named, directory_text
from haodun.screening.snapshot.directory import MAX_ENTRIES, MAX_NUMBERS

LISTS = ("trusted", "dno")
"""Numbers that call out under a name; numbers that never call out."""
LASTS = timedelta(days=89)
"""How long an entry of a list lasts at most; each full snapshot renews it while the entry is in force."""

_OF_OTHERS = """
SELECT DISTINCT ON (item.number) item.*
FROM trusted_numbers_otheritem item JOIN trusted_numbers_otherdirectory held ON held.node = item.node
WHERE NOT item.gone AND held.lapsed_at IS NULL AND item.until > %(at)s AND NOT EXISTS (
  SELECT FROM trusted_numbers_entrynumber own WHERE own.number = item.number AND own.active)
ORDER BY item.number, item.node
"""
"""What other nodes' directories add: an own entry of a number goes before, then the first node by its name."""
_SOME_OF_OTHERS = f"""
SELECT * FROM ({_OF_OTHERS}) AS others
WHERE %(numbers)s::bigint[] IS NULL OR number = ANY(%(numbers)s) ORDER BY number
"""  # noqa: S608  (of constants)
_ACTIVE = f"""
SELECT number, inbound_only, floor(extract(epoch FROM least(until, %(end)s)) * 1000)::bigint FROM (
  SELECT number.number, entry.inbound_only, entry.valid_until AS until
  FROM trusted_numbers_entrynumber number JOIN trusted_numbers_entry entry ON entry.id = number.entry_id
  WHERE number.active AND entry.state = 'ACTIVE' AND entry.valid_from <= %(at)s AND entry.valid_until > %(at)s
  UNION ALL SELECT number, inbound_only, until FROM ({_OF_OTHERS}) AS others
) AS listed WHERE %(numbers)s::bigint[] IS NULL OR number = ANY(%(numbers)s)
"""  # noqa: S608  (of constants)
_CHANGED = """
SELECT number.number
FROM trusted_numbers_entrynumber number JOIN trusted_numbers_entry entry ON entry.id = number.entry_id
WHERE entry.change > %(after)s AND entry.change <= %(upto)s
UNION SELECT number FROM trusted_numbers_otheritem WHERE change > %(after)s AND change <= %(upto)s
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
_PLACINGS_OF_OTHERS = f"""
SELECT number, placed_change FROM ({_OF_OTHERS}) AS others
WHERE inbound_only AND ((change > %(after)s AND change <= %(upto)s) OR placed_change = ANY(%(also)s))
"""  # noqa: S608  (of constants)


def lists(at: datetime, numbers: Collection[int] | None = None) -> dict[str, Column]:
    """`trusted` and `dno` at `at`, empty ones too; of some numbers only, where they are given."""
    with system(), connection.cursor() as cursor:
        given = None if numbers is None else list(numbers)
        cursor.execute(_ACTIVE, {"at": at, "end": at + LASTS, "numbers": given})
        rows = cursor.fetchall()
    found = {}
    for name in LISTS:
        pairs = np.array([(one, end) for one, inbound, end in rows if inbound == (name == "dno")], np.int64)
        pairs = pairs.reshape(-1, 2)
        found[name] = Column.of(pairs[:, 0], pairs[:, 1])
    return found


def changed_numbers(after: int, upto: int) -> list[int]:
    """Numbers whose entry changed, here or in another directory, after one change, up to another, ascending."""
    with system(), connection.cursor() as cursor:
        cursor.execute(_CHANGED, {"after": after, "upto": upto})
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
        asked: dict[str, Any] = {"at": at, "after": after, "upto": upto, "also": list(also)}
        rows = [*cursor.execute(_PLACINGS, asked).fetchall(), *cursor.execute(_PLACINGS_OF_OTHERS, asked).fetchall()]
        return sorted(("dno", number, placed) for number, placed in rows)


def of_others(at: datetime, numbers: Collection[int] | None = None) -> list[OtherItem]:
    """What other nodes' directories add at `at`, by number; of some numbers only, where they are given."""
    with system():
        return list(
            OtherItem.objects.raw(_SOME_OF_OTHERS, {"at": at, "numbers": None if numbers is None else [*numbers]})
        )


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
    return {one.number for one in in_force(at, numbers)} | {item.number for item in of_others(at, numbers)}


def directory_part(at: datetime) -> str:
    """The snapshot's directory: the names of all numbers that call out; another node's has no trunks here."""
    with system():
        rows = EntryNumber.objects.filter(
            active=True, entry__state="ACTIVE", entry__inbound_only=False, entry__valid_until__gt=at
        )
        entries: dict[object, list[EntryNumber]] = {}
        for row in rows.select_related("entry__holder").order_by("number"):
            entries.setdefault(row.entry_id, []).append(row)
    own = [_named(found) for found in entries.values()]
    return directory_text([*own, *_named_by_others(at)[: MAX_ENTRIES - len(own)]])


def _named_by_others(at: datetime) -> list[Named]:
    """Their entries, by holder and name, as large as a snapshot takes them."""
    found: dict[tuple[str, str, str, datetime], list[int]] = {}
    for item in of_others(at):
        if not item.inbound_only:
            found.setdefault((item.holder, item.zh, item.en, item.until), []).append(item.number)
    return [
        Named(
            holder=holder,
            name=Name(zh=zh, en=en),
            numbers=tuple(numbers[first : first + MAX_NUMBERS]),
            trunks=(),
            until=int(until.timestamp()),
        )
        for (holder, zh, en, until), numbers in found.items()
        for first in range(0, len(numbers), MAX_NUMBERS)
    ]


def _named(rows: Sequence[EntryNumber]) -> Named:
    entry = rows[0].entry
    return Named(
        holder=entry.holder.name_zh,
        name=Name(zh=entry.display_zh, en=entry.display_en),
        numbers=tuple(row.number for row in rows),
        trunks=tuple(entry.trunks),
        until=int(entry.valid_until.timestamp()) if entry.valid_until else 0,
    )
