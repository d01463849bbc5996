"""Taking a table away: masked by right, for a stated purpose, counted, and one `exported` entry in the ledger."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from django.db import transaction
from django.http import FileResponse

from haodun.audit.services import AuditKind, record, subjects_for
from haodun.offices.sheets.values import Column, Kind, titles_of
from haodun.offices.sheets.writing import MEDIA, file_of
from haodun.offices.transitions.services import Actor, Refused

MAX_EXPORT = 50_000
"""Rows of one export (DESIGN.md §4)."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Exported:
    """A file made, and what it holds."""

    file: IO[bytes]
    kind: Kind
    name: str
    count: int


def write(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], kind: Kind, *, language: str = "zh-hans"
) -> IO[bytes]:
    """A table as a file: figures and register extracts without personal data. Others go through `export`."""
    lines = ([row.get(column.name) for column in columns] for row in rows)
    return file_of(kind, titles_of(columns, language), lines)


def export(
    actor: Actor,
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[Column],
    kind: Kind,
    *,
    name: str,
    purpose: str,
    reference: str = "",
    language: str = "zh-hans",
) -> Exported:
    """Rows as a file, each column masked unless the actor may see it open, with one entry in the ledger.

    `name` begins the file's name and is the object of the entry; it must hold nothing personal. Refused `purpose`
    without a purpose, `too_many` above MAX_EXPORT. Nothing is given where the entry cannot be written.
    """
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{name!r} cannot name an export: small letters, digits and hyphens")
    if not purpose:
        raise Refused("purpose", "请先说明查询目的，再导出。", "State a purpose before you export.")
    taken = _Taken(rows, columns, actor)
    file = file_of(kind, titles_of(columns, language), taken)
    with transaction.atomic():
        subjects = {one: subjects_for(one, values) for one, values in taken.named.items()}
        record(
            AuditKind.EXPORTED,
            actor=actor.user_id,
            on_behalf_of=actor.on_behalf_of,
            organisation=actor.organisation_id,
            object_type=name,
            basis=reference,
            purpose=purpose,
            body={"rows": taken.count, "kind": kind.value, "open": sorted(taken.open), "masked": sorted(taken.masked)},
            items=({"subject": str(subject)} for found in subjects.values() for subject in found.values()),
        )
    return Exported(file, kind, f"haodun-{name}.{kind.value}", taken.count)


def download(made: Exported) -> FileResponse:
    """The answer that hands an export over; never kept by what lies between."""
    answer = FileResponse(made.file, as_attachment=True, filename=made.name, content_type=MEDIA[made.kind])
    answer["Cache-Control"] = "no-store"
    return answer


class _Taken:
    """The lines of an export while they are written; afterwards it knows what was in them."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], actor: Actor) -> None:
        self._rows = rows
        self._columns = columns
        self.masked = {one.name for one in columns if one.mask and one.open_to not in actor.permissions}
        self.open = {one.name for one in columns if one.mask and one.name not in self.masked}
        self.count = 0
        self.named: dict[str, set[str]] = {one.subject: set() for one in columns if one.subject}

    def __iter__(self) -> Iterator[list[Any]]:
        for row in self._rows:
            self.count += 1
            if self.count > MAX_EXPORT:
                raise Refused(
                    "too_many",
                    f"一次最多导出 {MAX_EXPORT} 行，请缩小范围。",
                    f"At most {MAX_EXPORT} rows are exported at once; narrow the filter.",
                )
            yield [self._cell(column, row.get(column.name)) for column in self._columns]

    def _cell(self, column: Column, value: Any) -> Any:
        if value is None:
            return None
        if column.subject:
            self.named[column.subject].add(str(value))
        return column.mask(value) if column.mask and column.name in self.masked else value
