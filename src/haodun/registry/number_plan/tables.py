"""Tables of allocations and porting that people bring and take away."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from haodun.numbering import parse
from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import PROVINCES, find
from haodun.offices.sheets.services import CellError, Column, Sheet, read
from haodun.offices.transitions.services import Actor
from haodun.registry.number_plan.allocating import MAX_AT_ONCE, allocate
from haodun.registry.number_plan.models import Allocation
from haodun.registry.number_plan.porting import MAX_AT_ONCE as MAX_PORTED
from haodun.registry.number_plan.porting import port
from haodun.registry.number_plan.values import NewAllocation, NewPorting, State


class Table(TextChoices):
    """What a file is a table of."""

    ALLOCATIONS = "allocations", _("号段分配表")
    PORTINGS = "portings", _("携号转网记录")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file."""

    sheet: Sheet
    changed: int
    """Rows that were news; 0 where a bad row kept all of them out."""


class _BadRows(Exception):  # noqa: N818 (it carries no fault of ours: the file has some)
    """Undoes what was taken of a file with bad rows."""


def number_in(text: str) -> int:
    """The E.164 key of a number in any format. CellError where it is none."""
    found = parse(unicodedata.normalize("NFKC", text).replace(" ", "").replace("-", ""))
    if not found.is_number:
        raise CellError(f"{text[:24]} 不是电话号码", f"{text[:24]} is no telephone number")
    return found.key


def moment_in(text: str) -> datetime:
    """A date (its beginning in Beijing) or a moment, in ISO 8601. CellError where it is neither."""
    plain = unicodedata.normalize("NFKC", text).replace("/", "-")
    try:
        found = datetime.fromisoformat(plain)
    except ValueError:
        raise CellError(f"{text[:24]} 不是日期，写成 2026-11-25", f"{text[:24]} is no date; write 2026-11-25") from None
    return found if found.tzinfo else timezone.make_aware(found)


class _Units:
    """Organisations by code or name, each looked up once."""

    def __init__(self) -> None:
        self._known: dict[str, UUID] = {}

    def __call__(self, text: str) -> UUID:
        if text not in self._known:
            found = list(find().filter(uscc=text.upper())[:1] or find().filter(name_zh=text)[:2])
            if len(found) != 1:
                raise CellError(
                    f"{text[:40]} 不是本平台唯一的单位，请写统一社会信用代码",
                    f"{text[:40]} is not one organisation here; write its unified social credit code",
                )
            self._known[text] = found[0].id
        return self._known[text]


def _state(text: str) -> State:
    for one in State:
        if text in (one.value, str(one.label)):
            return one
    raise CellError(
        f"状态 {text[:12]} 应为 已分配、回收冷冻 或 未分配",
        f"state {text[:12]} is none of allocated, recycled, unallocated",
    )


def _province(text: str) -> str:
    if text in PROVINCES:
        return text
    for code, names in PROVINCES.items():
        if text in names:
            return code
    raise CellError(f"{text[:12]} 不是省级名称或代码", f"{text[:12]} is no province")


def allocation_columns() -> tuple[Column, ...]:
    """Columns of the table of allocations, in and out."""
    return (
        Column("first", "起始号码", "First number", parse=number_in),
        Column("last", "终止号码", "Last number", parse=number_in),
        Column("state", "状态", "State", parse=_state),
        Column("organisation", "单位", "Organisation", required=False, parse=_Units()),
        Column("province", "省份", "Province", required=False, parse=_province),
        Column("since", "起期", "Since", parse=moment_in),
        Column("until", "止期", "Until", required=False, parse=moment_in),
        Column("source", "来源文件", "Source"),
    )


def porting_columns() -> tuple[Column, ...]:
    """Columns of the table of ported numbers."""
    return (
        Column("number", "号码", "Number", parse=number_in),
        Column("organisation", "携入单位", "Network", parse=_Units()),
        Column("at", "生效时间", "From", parse=moment_in),
        Column("source", "来源文件", "Source"),
    )


def take(file: IO[bytes], table: Table, *, actor: Actor) -> Taken:
    """Take a file whole; nothing of it where a row is bad. SheetError, PlanRefused."""
    columns = allocation_columns() if table == Table.ALLOCATIONS else porting_columns()
    limit = MAX_AT_ONCE if table == Table.ALLOCATIONS else MAX_PORTED
    sheet = read(file, columns=columns, limit=limit)
    try:
        with transaction.atomic():
            if table == Table.ALLOCATIONS:
                changed = allocate(_allocations(sheet), actor=actor)
            else:
                changed = port(_portings(sheet), actor=actor)
            if sheet.bad:
                raise _BadRows
    except _BadRows:
        changed = 0
    return Taken(sheet, changed)


def _allocations(sheet: Sheet) -> Iterator[NewAllocation]:
    for row in sheet.rows:
        said: dict[str, Any] = row.values
        yield NewAllocation(
            first=said["first"],
            last=said["last"],
            state=said["state"],
            organisation=said.get("organisation"),
            since=said["since"],
            source=said["source"],
            until=said.get("until"),
            province=said.get("province") or "",
        )


def _portings(sheet: Sheet) -> Iterator[NewPorting]:
    for row in sheet.rows:
        said: dict[str, Any] = row.values
        yield NewPorting(said["number"], said["organisation"], said["at"], said["source"])


def line_of(row: Allocation, *, english: bool) -> dict[str, Any]:
    """An allocation as a line of the table that is given out; what comes out can be brought back."""
    unit: Organisation | None = row.organisation
    until = row.valid.upper
    return {
        "first": f"+{row.numbers.lower}",
        "last": f"+{row.numbers.upper - 1}",
        "state": row.state if english else str(State(row.state).label),
        "organisation": (unit.uscc or unit.name_zh) if unit else None,
        "province": row.province or None,
        "since": timezone.localtime(row.valid.lower).isoformat(),
        "until": timezone.localtime(until).isoformat() if until else None,
        "source": row.source,
    }
