"""Words about numbers for people, in Chinese and English: masks, places, one line of description."""

from __future__ import annotations

from typing import Literal

import phonenumbers

from haodun.numbering import china
from haodun.numbering.number import Allocation, Holder, Kind, Number, PlanFacts, Refusal
from haodun.numbering.parsing import parse
from haodun.numbering.tables import provinces

Language = Literal["zh", "en"]

MASK = "****"

_ORGANISATIONS = (Kind.SERVICE_400, Kind.SERVICE_800, Kind.SERVICE_95, Kind.SHORT_CODE, Kind.EMERGENCY)
"""Kinds that no person can hold: shown in full."""

_KINDS: dict[Kind, tuple[str, str]] = {
    Kind.UNKNOWN: ("无主叫号码", "no number"),
    Kind.INVALID: ("不成号码", "not a number"),
    Kind.MOBILE: ("移动电话号段", "mobile range"),
    Kind.FIXED: ("固定电话", "fixed line"),
    Kind.MVNO_MOBILE: ("转售号段", "resale range"),
    Kind.IOT: ("物联网号段", "machine (IoT) range"),
    Kind.SATELLITE: ("卫星电话号段", "satellite range"),
    Kind.SERVICE_400: ("400 号码", "400 service number"),
    Kind.SERVICE_800: ("800 号码", "800 service number"),
    Kind.SERVICE_95: ("95/96 号码", "95/96 service number"),
    Kind.SHORT_CODE: ("短号码", "short code"),
    Kind.EMERGENCY: ("紧急号码", "emergency number"),
    Kind.PRIVACY_700: ("700 隐私号码", "700 privacy number"),
    Kind.FOREIGN: ("境外号码", "foreign number"),
}
_HOLDERS: dict[Holder, tuple[str, str]] = {
    Holder.TELECOM: ("中国电信", "China Telecom"),
    Holder.MOBILE: ("中国移动", "China Mobile"),
    Holder.UNICOM: ("中国联通", "China Unicom"),
    Holder.BROADNET: ("中国广电", "China Broadnet"),
}
_REFUSALS: dict[Refusal, tuple[str, str]] = {
    Refusal.NONE: ("", ""),
    Refusal.EMPTY: ("空", "empty"),
    Refusal.ANONYMOUS: ("匿名", "anonymous"),
    Refusal.NOT_ASCII: ("含全角或非 ASCII 字符", "characters that are not ASCII"),
    Refusal.BAD_CHARACTER: ("含非法字符", "a character that no number has"),
    Refusal.TOO_LONG: ("过长", "too long"),
    Refusal.TOO_SHORT: ("过短或缺区号", "too short, or without area code"),
    Refusal.BAD_PARAMETER: ("参数不可接受", "a parameter that changes the meaning"),
    Refusal.UNKNOWN_COUNTRY: ("无此国家代码", "no such country code"),
    Refusal.WRONG_LENGTH: ("位数不符", "wrong length for its range"),
    Refusal.IMPOSSIBLE: ("计划中无此号码", "not in the numbering plan"),
    Refusal.BAD_PREFIX: ("前缀错误", "wrong prefix"),
}
_PORTABLE = (Kind.MOBILE, Kind.MVNO_MOBILE)
_REGIONLESS = "001"


def place_name(province: str, lang: Language) -> str:
    """Short name of a provincial unit by its GB/T 2260 code; '' for a code that is none.

    >>> place_name("33", "zh"), place_name("33", "en")
    ('浙江', 'Zhejiang')
    """
    names = provinces().get(province)
    if names is None:
        return ""
    return names.zh if lang == "zh" else names.en


def mask(number: Number | str, home: str = "CN") -> str:
    """A number for eyes that may not see it: +86 keeps 3 + 4 (171****8306), a fixed line its area code and 4.

    Foreign numbers keep country code and 4 (of short ones at most half). Numbers of organisations and short codes are
    no persons and stay. A text is read as from a trunk of unknown class; one that is no number becomes its reason: no
    digit of it is shown.

    >>> mask("+86 171 2345 8306"), mask("+44 20 7946 0123"), mask("10086"), mask("1712345x")
    ('171****8306', '+44****0123', '10086', '(bad_character)')
    """
    value = parse(number, home=home) if isinstance(number, str) else number
    if not value.is_number:
        return str(value)
    national = str(value.key)[len(str(value.country)) :]
    if value.kind in _ORGANISATIONS:
        return national if value.country != 86 or china.is_code(national) else _with_zero(value, national)
    if value.country != 86 or value.kind is Kind.FOREIGN:
        shown = min(4, len(national) // 2)
        return f"+{value.country}{MASK}{national[len(national) - shown :]}"
    if value.kind is Kind.FIXED:
        area = china.area_of(national)
        return f"0{area[0] if area else ''}{MASK}{national[-4:]}"
    return f"{national[:3]}{MASK}{national[-4:]}"


def _with_zero(number: Number, national: str) -> str:
    """Area code and short code as dialled: 057112345."""
    behind_area = number.kind in (Kind.SHORT_CODE, Kind.SERVICE_95)
    return f"0{national}" if behind_area else national


def describe(number: Number, facts: PlanFacts, lang: Language) -> str:
    """One line on what a number is, without the number itself.

    >>> from haodun.numbering import load_plan
    >>> number = parse("13588812345")
    >>> describe(number, load_plan().facts(number), "zh")
    '中国移动号段，浙江 杭州（可携号转网，仅表示原分配）'
    """
    zh = lang == "zh"
    what = _what(number, facts, lang)
    place = " ".join(part for part in (place_name(facts.province, lang), facts.city) if part)
    if zh and place == f"{facts.city} {facts.city}":
        place = facts.city
    if place:
        what += f"，{place}" if zh else f", {place}"
    note = _note(number, facts, lang)
    if note:
        what += f"（{note}）" if zh else f" ({note})"
    return what


def _what(number: Number, facts: PlanFacts, lang: Language) -> str:
    index = 0 if lang == "zh" else 1
    kind = _KINDS[number.kind][index]
    if number.kind is Kind.FOREIGN:
        region = phonenumbers.region_code_for_country_code(number.country)
        return f"{kind} +{number.country}" + ("" if region == _REGIONLESS else f" {region}")
    if facts.holder is Holder.UNKNOWN:
        return kind
    holder = _HOLDERS[facts.holder][index]
    if number.kind is Kind.MOBILE:
        kind = ("号段", "range")[index]
    return f"{holder}{kind}" if index == 0 else f"{holder} {kind}"


def _note(number: Number, facts: PlanFacts, lang: Language) -> str:
    zh = lang == "zh"
    if not number.is_number:
        return _REFUSALS[number.refusal][0 if zh else 1]
    if facts.allocation is Allocation.UNALLOCATED:
        return "号段未分配" if zh else "range not given out"
    if number.kind in _PORTABLE and facts.holder is not Holder.UNKNOWN:
        note = "可携号转网，仅表示原分配" if zh else "portable: original allocation only"
        if facts.allocation is Allocation.UNKNOWN:
            note += "；启用情况未知" if zh else "; not known to be in use"
        return note
    return ""
