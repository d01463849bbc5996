"""The named integers that a rule may read: one table for kernel, policy, verdict log and explanation."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from enum import Enum, IntEnum

from haodun.numbering import Allocation, Form, Holder, IngressClass, Kind, Refusal
from haodun.screening.events.event import Attestation, Presentation, Roaming


class Type(Enum):
    """How the policy language treats a feature."""

    INT = "int"
    BOOL = "bool"
    ENUM = "enum"
    NUMBER = "number"  # an E.164 key: may only be compared for equality or looked up in a list


@dataclass(frozen=True, slots=True)
class Feature:
    """One named integer of a decision."""

    name: str
    type: Type
    zh: str
    en: str
    unit: str = ""
    """'calls', 's', 'ms', 'thousandths', 'hour', '' where there is none."""
    members: builtins.type[IntEnum] | None = None
    """ENUM only; a rule writes the member's name in lower case."""


def _counts(prefix: str, zh: str, en: str) -> tuple[Feature, ...]:
    windows = (("1m", "1 分钟内", "in 1 min"), ("1h", "1 小时内", "in 1 h"), ("24h", "24 小时内", "in 24 h"))
    return tuple(
        Feature(f"caller.{prefix}_{window}", Type.INT, f"主叫{zh_window}{zh}", f"caller's {en} {en_window}", "calls")
        for window, zh_window, en_window in windows
    )


_CALL = (
    Feature("call.time", Type.INT, "呼叫时间", "time of the call", "ms"),
    Feature("call.hour", Type.INT, "本地时刻", "local hour of the home country", "hour"),
    Feature("call.ingress", Type.ENUM, "来话入口", "ingress", members=IngressClass),
    Feature("call.presentation", Type.ENUM, "号码显示", "presentation", members=Presentation),
    Feature("call.attestation", Type.ENUM, "主叫认证", "attestation", members=Attestation),
    Feature("call.roaming", Type.ENUM, "漫游核验", "roaming check", members=Roaming),
    Feature("call.diverted", Type.BOOL, "经前转", "diverted"),
    Feature("call.late", Type.BOOL, "迟到记录", "late record"),
    Feature("caller.number", Type.NUMBER, "主叫号码", "caller number"),
    Feature("caller.kind", Type.ENUM, "主叫号码类型", "caller kind", members=Kind),
    Feature("caller.form", Type.ENUM, "主叫书写形式", "caller written form", members=Form),
    Feature("caller.refusal", Type.ENUM, "主叫不成号码的原因", "why the caller is no number", members=Refusal),
    Feature("caller.country", Type.INT, "主叫国家代码", "caller country code"),
    Feature("caller.home", Type.BOOL, "主叫为本国号码", "caller is a number of the home country"),
    Feature("caller.allocation", Type.ENUM, "主叫号段分配", "caller range allocation", members=Allocation),
    Feature("caller.holder", Type.ENUM, "主叫号段持有者", "caller range allocated to", members=Holder),
    Feature("caller.reseller", Type.BOOL, "主叫为转售号码", "caller is a resold number"),
    Feature("callee.number", Type.NUMBER, "被叫号码", "called number"),
    Feature("callee.kind", Type.ENUM, "被叫号码类型", "called kind", members=Kind),
    Feature("callee.country", Type.INT, "被叫国家代码", "called country code"),
    Feature("callee.home", Type.BOOL, "被叫为本国号码", "called number is of the home country"),
    Feature("callee.emergency", Type.BOOL, "被叫为紧急号码", "called number is an emergency number"),
    Feature("line.registered", Type.BOOL, "中继已登记可用号码", "the trunk has its permitted numbers on file"),
    Feature("line.permits_caller", Type.BOOL, "主叫属于该中继", "the caller is among the trunk's permitted numbers"),
    Feature("line.known", Type.BOOL, "中继已登记", "the trunk is in the trunks file"),
)

_KERNEL = (
    *_counts("attempts", "呼叫次数", "attempts"),
    *_counts("answered", "接通次数", "answered calls"),
    *_counts("short", "短通话次数", "short calls"),
    Feature("caller.seconds_1h", Type.INT, "主叫 1 小时内通话秒数", "caller's talk time in 1 h", "s"),
    Feature("caller.seconds_24h", Type.INT, "主叫 24 小时内通话秒数", "caller's talk time in 24 h", "s"),
    Feature("caller.called_1h", Type.INT, "主叫号码 1 小时内被叫次数", "calls to the caller's number in 1 h", "calls"),
    Feature(
        "caller.called_24h", Type.INT, "主叫号码 24 小时内被叫次数", "calls to the caller's number in 24 h", "calls"
    ),
    Feature(
        "caller.picked_up_1h",
        Type.INT,
        "主叫号码 1 小时内接听次数",
        "calls answered by the caller's number in 1 h",
        "calls",
    ),
    Feature(
        "caller.picked_up_24h",
        Type.INT,
        "主叫号码 24 小时内接听次数",
        "calls answered by the caller's number in 24 h",
        "calls",
    ),
    Feature("caller.distinct_callees_1h", Type.INT, "主叫 1 小时内不同被叫数", "distinct numbers called in 1 h"),
    Feature("caller.sequential_run", Type.INT, "主叫连号拨打长度", "run of consecutive called numbers"),
    Feature("caller.hangup_share", Type.INT, "主叫振铃即挂占比", "share of ring-then-hang-up in 24 h", "thousandths"),
    Feature("caller.night_share", Type.INT, "主叫夜间呼叫占比", "share of night calls in 24 h", "thousandths"),
    Feature("caller.distinct_trunks", Type.INT, "主叫出现过的入口数", "distinct ingress trunks"),
    Feature("caller.device_changes", Type.INT, "主叫换终端次数", "device changes"),
    Feature("caller.history_s", Type.INT, "主叫首次出现至今", "time since the caller was first seen", "s"),
    Feature("caller.quiet_s", Type.INT, "主叫上次呼叫至今", "time since the caller's last attempt", "s"),
    Feature("callee.called_1h", Type.INT, "被叫 1 小时内被呼次数", "calls to the called number in 1 h", "calls"),
    Feature("callee.called_24h", Type.INT, "被叫 24 小时内被呼次数", "calls to the called number in 24 h", "calls"),
    Feature(
        "callee.picked_up_1h", Type.INT, "被叫 1 小时内接听次数", "calls the called number answered in 1 h", "calls"
    ),
    Feature(
        "callee.picked_up_24h", Type.INT, "被叫 24 小时内接听次数", "calls the called number answered in 24 h", "calls"
    ),
)

FEATURES: tuple[Feature, ...] = (*_CALL, *_KERNEL)
"""Every feature, in the order of the decision row. Lists used by a policy add their slots behind."""

KERNEL_FEATURES: tuple[Feature, ...] = _KERNEL
"""Those that the kernel counts, in its order."""

INDEX: dict[str, int] = {feature.name: position for position, feature in enumerate(FEATURES)}
"""Position of each feature in the decision row."""

FEATURES_VERSION = 1
"""Raised when the table changes: a stored row is read by the table of its version."""
