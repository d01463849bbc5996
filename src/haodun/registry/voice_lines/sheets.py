"""Lines and landing resources as tables in and out: columns, import, export of a list (offices/sheets)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from haodun.numbering import mask
from haodun.offices.organisations.services import Permission
from haodun.offices.sheets.on_pages import Taken
from haodun.offices.sheets.services import Column, Reason, moment, one_of, read, yes_no
from haodun.offices.transitions.services import Actor, Refused
from haodun.registry.voice_lines.models import VoiceLine
from haodun.registry.voice_lines.registering import register_line
from haodun.registry.voice_lines.values import Direction, LineKind, NewLine, Unpermitted

MAX_ROWS = 20_000
"""Lines of one file: each is a step of its own with a ledger entry."""


def _masked(value: Any) -> str:
    return mask(str(value)) if value else ""


IN = (
    Column("kind", "线路种类", "Kind of line", parse=one_of(LineKind)),
    Column("trunk", "中继编号", "Trunk id"),
    Column("holder", "使用单位", "Holder", required=False),
    Column("uscc", "统一社会信用代码", "Social credit code", required=False),
    Column("location", "落地地点", "Location", required=False),
    Column("direction", "方向", "Direction", required=False, parse=one_of(Direction)),
    Column("permits", "许可号码", "Permitted numbers", required=False),
    Column("default", "默认号码", "Default number", required=False),
    Column("unpermitted", "不是本线路的主叫号码", "Another caller number", required=False, parse=one_of(Unpermitted)),
    Column("hiding_off", "已关闭主叫号码隐藏", "Hiding off", required=False, parse=yes_no()),
    Column("resold", "用于转租", "Resold", required=False, parse=yes_no()),
    Column("licence", "电信业务经营许可证号", "Licence", required=False),
    Column("existing_since", "开通日期", "Opened on", required=False, parse=moment),
)
OUT = (
    Column("trunk", "中继编号", "Trunk id"),
    Column("kind", "线路种类", "Kind of line"),
    Column("holder", "使用单位", "Holder"),
    Column("uscc", "统一社会信用代码", "Social credit code"),
    Column("location", "落地地点", "Location"),
    Column("direction", "方向", "Direction"),
    Column("default", "默认号码", "Default number", mask=_masked, open_to=Permission.NUMBER_UNMASK, subject="number"),
    Column("ranges", "许可号段", "Permitted ranges"),
    Column("hiding_off", "已关闭主叫号码隐藏", "Hiding off"),
    Column("state", "状态", "State"),
    Column("tested", "鉴权测试通过", "Test passed on"),
)


def import_lines(actor: Actor, file: IO[bytes], *, key: str) -> Taken:
    """Register the lines in a file at the actor's organisation; a row that cannot be taken is set aside.

    Each good row is a step of its own, so what was taken before a fault stays; the same file again takes nothing
    twice. SheetError where the file cannot be read.
    """
    sheet, taken = read(file, columns=IN, limit=MAX_ROWS), 0
    for row in sheet.rows:
        try:
            register_line(actor, _line(row.values), key=f"{key[:40]} {row.number}")
            taken += 1
        except Refused as refused:
            sheet.set_aside(row, Reason(refused.zh, refused.en))
    return Taken(taken, sheet)


def _line(given: dict[str, Any]) -> NewLine:
    permits = (given.get("permits") or "").replace("；", ";").replace("、", ";").replace("\n", ";").split(";")
    return NewLine(
        kind=LineKind(given["kind"]),
        trunk=given["trunk"],
        permits=tuple(part.strip() for part in permits if part.strip()),
        default=given.get("default") or "",
        holder=given.get("holder") or "",
        uscc=given.get("uscc") or "",
        location=given.get("location") or "",
        direction=Direction(given.get("direction") or Direction.OUT),
        unpermitted=Unpermitted(given.get("unpermitted") or Unpermitted.REFUSE),
        hiding_off=bool(given.get("hiding_off")),
        resold=bool(given.get("resold")),
        licence=given.get("licence") or "",
        existing_since=given.get("existing_since"),
    )


def rows_out(lines: Any) -> Iterator[dict[str, Any]]:
    """The rows of an export; the lines have `ranges`, how many they may present."""
    for row in lines.iterator(chunk_size=2_000):
        yield _row(row)


def _row(row: VoiceLine) -> dict[str, Any]:
    return {
        "trunk": row.trunk,
        "kind": str(row.get_kind_display()),
        "holder": row.holder,
        "uscc": row.uscc,
        "location": row.location,
        "direction": str(row.get_direction_display()),
        "default": f"+{row.default}" if row.default else "",
        "ranges": str(row.ranges),  # type: ignore[attr-defined]
        "hiding_off": "1" if row.hiding_off else "0",
        "state": row.state,
        "tested": row.tested_at.date().isoformat() if row.tested_at else "",
    }
