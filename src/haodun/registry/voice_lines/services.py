"""Voice lines and landing resources: the only way in for other contexts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from haodun.offices.transitions.services import Actor, Outcome, Preview, Table, act, preview
from haodun.registry.voice_lines import counted
from haodun.registry.voice_lines.bringing_in import PastLine, PastTest, bring_in, on_record
from haodun.registry.voice_lines.facts import DeviceReported, LinesChanged
from haodun.registry.voice_lines.on_numbers import courses_on
from haodun.registry.voice_lines.registering import (
    amend_line,
    end_exceptions,
    find_device,
    plan_test,
    register_line,
    report_test,
)
from haodun.registry.voice_lines.states import DEVICE, TABLE
from haodun.registry.voice_lines.trunks import LinesRefused, merged, trunks_section
from haodun.registry.voice_lines.values import DeviceKind, Direction, LineKind, Method, NewLine, Unpermitted

__all__ = [
    "DEVICE",
    "TABLE",
    "DeviceKind",
    "DeviceReported",
    "Direction",
    "LineKind",
    "LinesChanged",
    "LinesRefused",
    "Method",
    "NewLine",
    "PastLine",
    "PastTest",
    "Unpermitted",
    "amend_line",
    "bring_in",
    "counted",
    "courses_on",
    "end_exceptions",
    "find_device",
    "merged",
    "on_record",
    "plan_test",
    "preview_step",
    "register_line",
    "report_test",
    "take",
    "trunks_section",
]


def take(
    actor: Actor,
    ids: Sequence[uuid.UUID],
    action: str,
    *,
    table: Table = TABLE,
    key: str,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    seen: str | None = None,
    version: int | None = None,
    at: datetime | None = None,
) -> tuple[Outcome, ...]:
    """Take a step of a table of this context on its rows, all or none. Raises Refused."""
    return act(actor, table, ids, action, key=key, reason=reason, data=data, seen=seen, version=version, at=at)


def preview_step(actor: Actor, row: Any, action: str, *, data: Mapping[str, Any] | None = None) -> Preview:
    """What a step on a line would meet now."""
    return preview(actor, TABLE, [row.id], action, data=data)
