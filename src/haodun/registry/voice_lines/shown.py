"""How lines, tests and device reports look on pages: chips, rows, defects; no HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from haodun.offices.transitions.on_pages import clocks_by_row, named, titled
from haodun.offices.transitions.services import Table
from haodun.registry.voice_lines.models import DeviceReport, LineTest, VoiceLine
from haodun.registry.voice_lines.states import DEVICE, TABLE
from haodun.registry.voice_lines.values import LineDefect

TONES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    TABLE.name: {
        "REGISTERED": ("neu", "inbox"),
        "TESTED": ("two", "stamp"),
        "ENFORCED": ("ok", "shield-check"),
        "EXCEPTION": ("cau", "hourglass"),
        "UNAUTHENTICATED": ("ser", "flag"),
        "CLOSED": ("neu", "ban"),
    },
    DEVICE.name: {
        "FOUND": ("ser", "siren"),
        "REPORTED": ("info", "arrow-right"),
        "ACKNOWLEDGED": ("ok", "circle-check"),
        "UNFOUNDED": ("neu", "x"),
    },
}
"""Tone and icon of each state's chip (CONSOLE.md §3)."""
ORDER: Mapping[str, tuple[str, ...]] = {
    TABLE.name: ("pass_test", "enforce", "end_exception", "except_for", "fail", "close"),
    DEVICE.name: ("report", "acknowledge", "dismiss"),
}
"""Verbs with a button, in their order."""
TABS: Mapping[str, tuple[str, ...]] = {
    "not_done": ("REGISTERED", "TESTED", "UNAUTHENTICATED"),
    "exception": ("EXCEPTION",),
    "enforced": ("ENFORCED",),
    "closed": ("CLOSED",),
}
"""Tab → states; `all` besides."""


def chip(table: Table, row: Any) -> dict[str, str]:
    """Tone, icon and words of a row's state."""
    tone, icon = TONES[table.name][row.state]
    return {"tone": tone, "icon": icon, "words": titled(table.state(row.state))}


def defects(row: VoiceLine, ranges: int) -> list[str]:
    """What stands against a line as it is now, in words."""
    now = timezone.now()
    found = [
        (LineDefect.NO_HOLDER, not row.holder),
        (LineDefect.NO_PERMITS, ranges == 0),
        (LineDefect.HIDING, not row.hiding_off),
        (LineDefect.UNTESTED, row.tested_at is None),
        (LineDefect.OVERDUE, row.exception_until is not None and row.exception_until <= now),
    ]
    return [str(defect.label) for defect, stands in found if stands and row.state != "CLOSED"]


def line_rows(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows of the list; each row has `ranges` (how many)."""
    return [
        {
            "address": reverse("voice_lines:line", args=[row.id]),
            "trunk": row.trunk,
            "kind": row.get_kind_display(),
            "holder": row.holder,
            "carrier": named(row.carrier),
            "ranges": row.ranges,
            "chip": chip(TABLE, row),
            "defects": defects(row, row.ranges),
            "until": row.exception_until,
            "at": row.moved_at,
        }
        for row in rows
    ]


def test_rows(rows: Sequence[LineTest]) -> list[dict[str, Any]]:
    """Tests of a line, newest first."""
    return [
        {
            "id": row.id,
            "method": row.get_method_display(),
            "planned": row.planned_for,
            "done": row.done_at,
            "evidence": row.evidence,
            "chip": _result(row),
        }
        for row in rows
    ]


def _result(row: LineTest) -> dict[str, str]:
    if row.done_at is None:
        return {"tone": "neu", "icon": "circle-dashed", "words": _("待测试")}
    if row.passed:
        return {"tone": "ok", "icon": "circle-check", "words": _("通过")}
    return {"tone": "ser", "icon": "x", "words": _("未通过")}


def device_rows(rows: Sequence[DeviceReport]) -> list[dict[str, Any]]:
    """Rows of the list of device reports."""
    clocks = clocks_by_row(DEVICE, [row.id for row in rows])
    return [
        {
            "address": reverse("voice_lines:device", args=[row.id]),
            "kind": row.get_kind_display(),
            "of": named(row.organisation),
            "police": named(row.police) if row.police else "",
            "chip": chip(DEVICE, row),
            "clock": clocks.get(row.id),
            "at": row.moved_at,
        }
        for row in rows
    ]
