"""What must hold before a line may go on; each refusal is one sentence in both languages."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from haodun.offices.organisations.services import Kind, find, system
from haodun.offices.transitions.services import Change, Refused
from haodun.registry.key_services.services import is_listed
from haodun.registry.voice_lines.models import DeviceReport, VoiceLine
from haodun.registry.voice_lines.values import MAX_EXCEPTION


def holder_not_blacklisted(change: Change, row: VoiceLine) -> None:
    """Nobody on the industry's blacklist gets a line (452号). Refused `blacklisted`."""
    if row.uscc and is_listed(row.uscc) is not None:
        raise Refused(
            "blacklisted",
            "使用单位在行业黑名单中，不得开通语音专线。",
            "The holder stands on the industry's blacklist and may not have a voice line.",
        )


def has_holder(change: Change, row: VoiceLine) -> None:
    """A line belongs to somebody. Refused `holder`."""
    if not row.holder.strip():
        raise Refused(
            "holder", "线路没有使用单位，先查明再办理。", "The line has no holder; find out whose it is first."
        )


def has_permits(change: Change, row: VoiceLine) -> None:
    """Its numbers are on file, and the default is one of them. Refused `permits`, `default`."""
    with system():
        ranges = list(row.permits.values_list("low", "high"))
    if not ranges:
        raise Refused("permits", "没有登记许可号码。", "Its permitted numbers are not on file.")
    if row.default is not None and not any(low <= row.default <= high for low, high in ranges):
        raise Refused(
            "default", "默认号码须在许可号码之内。", "The default number must be one of its permitted numbers."
        )
    if row.unpermitted == "replace" and row.default is None:
        raise Refused("default", "换号须先登记默认号码。", "Replacing needs a default number.")


def hiding_is_off(change: Change, row: VoiceLine) -> None:
    """Hiding the caller's number is switched off (六部门通告). Refused `hiding`."""
    if not row.hiding_off:
        raise Refused("hiding", "须先关闭主叫号码隐藏。", "Hiding the caller's number must be switched off first.")


def passed_a_test(change: Change, row: VoiceLine) -> None:
    """The newest done test was passed. Refused `test`."""
    with system():
        newest = row.tests.exclude(done_at=None).order_by("-done_at", "-id").first()
    if newest is None or not newest.passed:
        raise Refused("test", "最近一次鉴权测试没有通过。", "The newest test of the line was not passed.")


def names_an_end(change: Change, row: VoiceLine) -> None:
    """An exception says until when, at most 90 days. Refused `until`."""
    until = _moment(change.data.get("until"))
    if until is None or not change.at < until <= change.at + MAX_EXCEPTION:
        raise Refused(
            "until",
            f"请写明例外到何时止，最长 {MAX_EXCEPTION.days} 日。",
            f"Say until when the exception lasts, at most {MAX_EXCEPTION.days} days.",
        )


def names_the_police(change: Change, row: DeviceReport) -> None:
    """It is handed to a police unit. Refused `police`."""
    asked = str(change.data.get("police", ""))
    if not _is_police(asked):
        raise Refused("police", "请选择移送的公安机关。", "Name the police unit it is handed to.")


def is_theirs(change: Change, row: DeviceReport) -> None:
    """The police unit it was handed to acknowledges it. Refused `unit`."""
    if not change.actor.system and change.actor.organisation_id != row.police_id:
        raise Refused("unit", "由接收移送的公安机关签收。", "The police unit it was handed to acknowledges it.")


def _is_police(text: str) -> bool:
    try:
        asked = uuid.UUID(text)
    except ValueError:
        return False
    return find(kind=Kind.POLICE).filter(id=asked).exists()


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
