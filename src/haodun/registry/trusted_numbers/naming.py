"""Which names may be shown for a call: length, characters, nobody else's name, nothing the holder is not called.

Theory of operation. A name is refused by the first rule that it breaks, each refusal a sentence with its remedy.
1. Length and characters. 2. Words that only certain holders bear (state organs, banks, carriers) stand in the name only
where they stand in the name the holder is registered under (its USCC's). 3. What is left of the name without words of
service must be read, in order, from the registered name: an abbreviation passes, a claim does not. 4. The name, as an
eye confuses it, is not that of another holder.
"""

from __future__ import annotations

import re
import unicodedata

from haodun.offices.transitions.services import Refused

LENGTH_ZH = (2, 12)
LENGTH_EN = (2, 30)
"""Characters: what the display of a telephone shows."""

_ZH = re.compile(r"[\u4e00-\u9fffA-Za-z0-9（）]+", re.ASCII)
_EN = re.compile(r"[A-Za-z0-9][A-Za-z0-9 &'.()-]*", re.ASCII)
RESERVED_ZH = (
    "公安", "警察", "警方", "派出所", "检察", "法院", "法庭", "司法", "监狱", "纪委", "监委", "监察", "政府", "国务院",
    "人大", "政协", "部委", "通信管理局", "通管局", "网信", "税务", "海关", "社保", "医保", "疾控", "公积金", "民政",
    "教育局", "交管", "交警", "反诈", "国家", "中央", "中国", "人民", "军", "武警", "大使馆", "领事馆", "银联",
    "证监", "外汇局", "银保监", "央行", "银行", "农信", "信用社", "证券", "保险", "基金", "支付", "移动", "联通",
    "电信", "广电", "邮政", "铁路", "官方", "协会",
)  # fmt: skip
"""Words of state organs, banks and other holders whose calls are imitated most (六部门通告 2016-09-23: 冒充公检法)."""
RESERVED_EN = (
    "police", "court", "procurat", "prosecut", "government", "ministry", "bureau", "tax", "customs", "bank", "unionpay",
    "securities", "insurance", "telecom", "mobile", "unicom", "china", "national", "state", "official", "embassy",
    "consulate", "army", "security", "association",
)  # fmt: skip
SERVICE_ZH = (
    "客户服务", "客服", "热线", "服务", "通知", "中心", "回访", "验证码", "验证", "配送", "派送", "售后", "预约",
    "咨询", "投诉", "提醒", "快递员", "电话", "专线", "总机", "公司", "企业", "门诊", "救援",
)  # fmt: skip
SERVICE_EN = frozenset(
    [
        "service",
        "services",
        "customer",
        "support",
        "hotline",
        "delivery",
        "notice",
        "care",
        "centre",
        "center",
        "line",
        "desk",
        "the",
        "and",
        "of",
    ]
)
_LONG = 6
_ALIKE = str.maketrans("01235i囗曰己巳未士千亳汆戊冼祗晴", "olzesl口日已已末土干毫氽戌洗祇睛")
"""What an eye takes for another: digits for letters, Han characters that differ in one stroke."""


def skeleton(name: str) -> str:
    """The name as an eye confuses it: width, case, spaces, signs and look-alikes do not count."""
    folded = unicodedata.normalize("NFKC", name).casefold().translate(_ALIKE)
    return "".join(one for one in folded if one.isalnum())


def check_zh(name: str, *, registered: str) -> None:
    """Refused `name` with the rule that the Chinese name breaks; `registered` is the holder's name in the USCC."""
    low, high = LENGTH_ZH
    if not low <= len(name) <= high:
        raise _refused(f"中文显示名应为 {low} 至 {high} 个字。", f"A Chinese name has {low} to {high} characters.")
    if _ZH.fullmatch(name) is None:
        raise _refused(
            "中文显示名只能用汉字、字母、数字和全角括号，请去掉其他符号。",
            "A Chinese name takes Han characters, letters, digits and full-width brackets; leave out other signs.",
        )
    _check_reserved(name, registered, RESERVED_ZH)
    rest = name
    for word in SERVICE_ZH:
        rest = rest.replace(word, "")
    parts = [skeleton(part) for part in re.split("[（）]", rest)]  # what stands in brackets may come in another order
    if not any(parts) or not all(_read_from(part, skeleton(registered)) for part in parts):
        raise _claims(name)


def check_en(name: str, *, registered: str) -> None:
    """The same of the English name."""
    low, high = LENGTH_EN
    if not low <= len(name) <= high:
        raise _refused(f"英文显示名应为 {low} 至 {high} 个字符。", f"An English name has {low} to {high} characters.")
    if _EN.fullmatch(name) is None:
        raise _refused(
            "英文显示名只能用字母、数字、空格和 & ' . ( ) -。",
            "An English name takes letters, digits, spaces and & ' . ( ) - only.",
        )
    _check_reserved(name.casefold(), registered.casefold(), RESERVED_EN)
    words = [word for word in re.split(r"[ &'.()-]+", name.casefold()) if word and word not in SERVICE_EN]
    known = set(re.split(r"[ &'.()-]+", registered.casefold()))
    if not words or not set(words) <= known:
        raise _claims(name)


def _check_reserved(name: str, registered: str, words: tuple[str, ...]) -> None:
    for word in words:
        if _says(name, word) and not _says(registered, word):
            raise _refused(
                f"名称含有「{word}」，登记名称中没有这个词，请去掉。",
                f"The name says “{word}”, which the registered name does not bear; leave it out.",
            )


def _says(name: str, word: str) -> bool:
    """Whether a name says a word: Han words and long ones anywhere, short Latin ones as words (a taxi is no tax)."""
    if word.isascii() and len(word) < _LONG:
        return word in re.split(r"[ &'.()-]+", name)
    return skeleton(word) in skeleton(name)


def _read_from(part: str, whole: str) -> bool:
    """Whether the characters of `part` stand in `whole` in this order."""
    rest = iter(whole)
    return all(one in rest for one in part)


def _claims(name: str) -> Refused:
    return _refused(
        f"「{name}」与统一社会信用代码登记的名称不符；请用登记名称或它的简称，后面可以加客服、通知等用途。",
        f"“{name}” is not what the holder is registered as; use that name or a short form of it.",
    )


def _refused(zh: str, en: str) -> Refused:
    return Refused("name", zh, en)
