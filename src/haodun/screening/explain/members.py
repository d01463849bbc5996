"""The Chinese names of the members of every enumeration that a feature may have."""

from __future__ import annotations

from enum import IntEnum

from haodun.numbering import Allocation, Form, Holder, IngressClass, Kind, Refusal
from haodun.screening.events import Attestation, Presentation, Roaming

_NAMES: dict[type[IntEnum], str] = {
    IngressClass: "未知 国际来话 网间 网内 语音专线 接入",
    Presentation: "显示 隐藏 不可用",
    Attestation: "无 A B C 验证失败",
    Roaming: "未知 未漫游 已核实",
    Kind: "无号码 不成号码 手机 固话 转售手机 物联网 卫星 400 800 95/96 短号码 紧急号码 700隐私号码 境外号码",
    Form: "无 加号 00前缀 长途字冠0 本地 裸国际 短号码",
    Refusal: "无 空 匿名 非ASCII 非法字符 过长 过短 参数错误 国家未知 位长错误 不存在 前缀错误",
    Allocation: "未知 已分配 未分配",
    Holder: "未知 中国电信 中国移动 中国联通 中国广电",
}
"""In the order of the members."""

CHINESE: dict[tuple[type[IntEnum], int], str] = {
    (enumeration, int(member)): name
    for enumeration, names in _NAMES.items()
    for member, name in zip(enumeration, names.split(" "), strict=True)
}


def member_name(members: type[IntEnum], value: int, lang: str) -> str:
    """A member's name: in Chinese with the word a rule writes, in English that word alone.

    >>> member_name(IngressClass, 1, "zh"), member_name(IngressClass, 1, "en")
    ('国际来话 international', 'international')
    """
    word = members(value).name.lower()
    return f"{CHINESE[members, value]} {word}" if lang == "zh" else word
