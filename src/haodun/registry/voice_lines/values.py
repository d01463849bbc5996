"""What voice lines are to other contexts: kinds, directions, what is registered, numbers as ranges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from haodun.screening.events.trunks import ENTRY, MAX_PERMITS

MAX_NAME = 120
MAX_NOTE = 400
MAX_EXCEPTION = timedelta(days=90)
"""An exception ends by itself, at the latest then."""
TRUNK = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:-]{0,63}", re.ASCII)
"""A trunk id as it stands in the call records."""


class LineKind(models.TextChoices):
    """What a resource is; all but the first are landing resources of others' traffic."""

    DEDICATED = "dedicated", _("语音专线")
    TRUNK = "trunk", _("中继线")
    VOIP_GATEWAY = "voip_gateway", _("VoIP 网关")
    ADDRESS_RANGE = "address_range", _("IP 地址段")
    E1 = "e1", _("E1 群")
    SIP_GROUP = "sip_group", _("SIP 中继群")
    RESOLD = "resold", _("转租线路")


class Direction(models.TextChoices):
    """Which way calls go on it, as the holder sees them."""

    OUT = "out", _("呼出")
    IN = "in", _("呼入")
    BOTH = "both", _("双向")


class Unpermitted(models.TextChoices):
    """What becomes of a call that shows another number than the line's (RULES.md W3b)."""

    REFUSE = "refuse", _("拒绝呼叫")
    REPLACE = "replace", _("换成默认号码")


class Method(models.TextChoices):
    """How a line is tested."""

    FOREIGN_CLI = "foreign_cli", _("用他人号码拨测")
    OWN_CLI = "own_cli", _("用许可号码拨测")
    HIDDEN_CLI = "hidden_cli", _("隐藏号码拨测")


class DeviceKind(models.TextChoices):
    """Devices and set-ups that AFL art. 14 forbids."""

    SIM_BOX = "sim_box", _("电话卡批量插入设备")
    CLI_CHANGER = "cli_changer", _("改变主叫号码的设备或软件")
    VIRTUAL_DIALLER = "virtual_dialler", _("虚拟拨号设备")
    VOIP_TO_PSTN = "voip_to_pstn", _("互联网电话违规接入公用电话网")


class LineDefect(models.TextChoices):
    """What stands against a line as it is registered now."""

    NO_HOLDER = "no_holder", _("没有使用单位")
    NO_PERMITS = "no_permits", _("没有许可号码")
    HIDING = "hiding", _("未关闭主叫号码隐藏")
    UNTESTED = "untested", _("未通过鉴权测试")
    OVERDUE = "overdue", _("例外已到期")


@dataclass(frozen=True, slots=True)
class NewLine:
    """A resource to be registered."""

    kind: LineKind
    trunk: str
    permits: tuple[str, ...] = ()
    """`+8657188000000` or `+8657188000000-+8657188000099` each."""
    default: str = ""
    holder: str = ""
    """Name of the organisation that uses it; '' is a defect."""
    uscc: str = ""
    location: str = ""
    province: str = ""
    direction: Direction = Direction.OUT
    unpermitted: Unpermitted = Unpermitted.REFUSE
    hiding_off: bool = False
    resold: bool = False
    licence: str = ""
    existing_since: datetime | None = None


def ranges_of(texts: tuple[str, ...]) -> list[tuple[int, int]] | None:
    """The ranges that these texts name, ascending and apart; None where one is none, or there are too many.

    >>> ranges_of(("+8657188000000-+8657188000009", "+8657188000010"))
    [(8657188000000, 8657188000010)]
    """
    found = []
    for text in texts:
        match = ENTRY.fullmatch(text)
        if match is None:
            return None
        low, high = int(match[1]), int(match[2] or match[1])
        if high < low or len(match[1]) != len(match[2] or match[1]):
            return None
        found.append((low, high))
    merged: list[tuple[int, int]] = []
    for low, high in sorted(found):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return merged if len(merged) <= MAX_PERMITS else None


def text_of(low: int, high: int) -> str:
    """A range as a trunks file writes it."""
    return f"+{low}" if low == high else f"+{low}-+{high}"
