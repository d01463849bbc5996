"""What an applicant may say the calls are for: enough to judge, no link, no number, nothing that is marketing."""

from __future__ import annotations

import re

from haodun.offices.transitions.services import Refused
from haodun.registry.trusted_numbers.values import MAX_PURPOSE, Purpose

LEAST = 8
_LINK = re.compile(r"(?:https?://|www\.|[A-Za-z0-9-]+\.(?:com|cn|net|org|top|xyz))", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"[0-9０-９][0-9０-９ -]{4,}")
MARKETING = (
    "营销",
    "推销",
    "推广",
    "荐股",
    "贷款",
    "理财",
    "促销",
    "电销",
    "外呼获客",
    "marketing",
    "sales call",
    "loan",
)
"""《通信短信息和语音呼叫服务管理规定》: commercial calls need consent; they are not shown as trusted."""


def check_purpose(purpose: str, words: str, *, inbound_only: bool) -> None:
    """Refused `purpose` where use and words do not fit."""
    if purpose not in Purpose.values:
        raise _refused("请选择号码的用途。", "Choose what the calls are for.")
    if inbound_only != (purpose == Purpose.HOTLINE):
        raise _refused(
            "只接不拨的号码用途是「只接听的服务热线」，会呼出的号码是其他用途；请改其中一项。",
            "A number that never calls out is a hotline, and only that; change one of the two.",
        )
    said = words.strip()
    if not LEAST <= len(said) <= MAX_PURPOSE:
        raise _refused(
            f"用途说明应为 {LEAST} 至 {MAX_PURPOSE} 字。",
            f"Say what for in {LEAST} to {MAX_PURPOSE} characters.",
        )
    if _LINK.search(said) or _NUMBER.search(said):
        raise _refused("用途说明里不能有网址或号码。", "The description holds no link and no number.")
    folded = said.casefold()
    for word in MARKETING:
        if word in folded:
            raise _refused(
                f"「{word}」属于商业营销，可信号码不用于营销呼叫；请改为服务用途。",
                f"“{word}” is marketing, for which no trusted number is given; describe a service.",
            )


def _refused(zh: str, en: str) -> Refused:
    return Refused("purpose", zh, en)
