"""How quantities, times, numbers and names read, in Chinese and English: one function a kind, no state, no clock."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from haodun.numbering import Kind, Number, mask, parse

Language = Literal["zh", "en"]

BEIJING = ZoneInfo("Asia/Shanghai")
NO_DATA = "—"
"""What stands where nothing is known: never 0."""
MANY = 1_000
WAN = 10_000
YI = 100_000_000
MILLION = 1_000_000
_ZH_DAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
_EN_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EN_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Figure(NamedTuple):
    """A quantity split for a large figure with a small unit."""

    value: str
    unit: str
    exact: str
    """The exact value with separators, for the title; '' where the value is already exact."""


def figure(number: int | None, lang: Language, *, tile: bool = True) -> Figure:
    """A count for a tile: 万 with one and 亿 with two decimals, M and bn with two, truncated (RULES §4.6)."""
    if number is None:
        return Figure(NO_DATA, "", "")
    exact, size = f"{number:,}", abs(number)
    if lang == "zh":
        if size >= YI:
            return Figure(_truncated(number, YI, 2), "亿", exact)
        return Figure(_truncated(number, WAN, 1), "万", exact) if size >= WAN else Figure(exact, "", "")
    if tile and size >= MILLION:
        whole, unit = (MILLION * 1_000, "bn") if size >= MILLION * 1_000 else (MILLION, "M")
        return Figure(_truncated(number, whole, 2), unit, exact)
    return Figure(exact, "", "")


def _truncated(number: int, unit: int, places: int) -> str:
    scaled = abs(number) * 10**places // unit
    whole, rest = divmod(scaled, 10**places)
    text = f"{whole:,}.{rest:0{places}d}".rstrip("0").rstrip(".")
    return f"-{text}" if number < 0 else text


def quantity(number: int | None, lang: Language) -> str:
    """A count for a table or a sentence: 486.3万, 1.04亿; in English exact with separators."""
    found = figure(number, lang, tile=False)
    return found.value + found.unit


def counted(number: int | None, *, asked: bool = False) -> str:
    """A count of a queue: exact to 1,000, then '>1,000' until somebody asks."""
    if number is None:
        return NO_DATA
    return f">{MANY:,}" if number > MANY and not asked else f"{number:,}"


def percent(part: int, whole: int, *, places: int = 0) -> str:
    """A share, truncated so that 99.96 % is not 100 %: '96.5%'; '—' of nothing."""
    if whole <= 0:
        return NO_DATA
    scaled = part * 100 * 10**places // whole
    if not places:
        return f"{scaled}%"
    return f"{scaled // 10**places}.{scaled % 10**places:0{places}d}%"


def local(moment: datetime) -> datetime:
    """A moment on the Beijing clock; ValueError where it has no zone."""
    if moment.tzinfo is None:
        raise ValueError("a time for the page must have a zone; take django.utils.timezone.now()")
    return moment.astimezone(BEIJING)


def stamp(moment: datetime | None) -> str:
    """Date and time as in a table: 2026-11-23 14:32, Beijing time; the same in both languages."""
    return local(moment).strftime("%Y-%m-%d %H:%M") if moment else NO_DATA


def prose(moment: datetime | None, lang: Language) -> str:
    """Date and time as in a sentence: 11 月 23 日 14:32 星期一; Mon 23 Nov 14:32."""
    if moment is None:
        return NO_DATA
    at = local(moment)
    if lang == "zh":
        return f"{at.month} 月 {at.day} 日 {at:%H:%M} {_ZH_DAYS[at.weekday()]}"
    return f"{_EN_DAYS[at.weekday()]} {at.day} {_EN_MONTHS[at.month - 1]} {at:%H:%M}"


def day(moment: datetime, lang: Language) -> str:
    """A day as a heading: 11 月 23 日 星期一; Monday's date in English with the year."""
    at = local(moment)
    if lang == "zh":
        return f"{at.year} 年 {at.month} 月 {at.day} 日 {_ZH_DAYS[at.weekday()]}"
    return f"{_EN_DAYS[at.weekday()]} {at.day} {_EN_MONTHS[at.month - 1]} {at.year}"


def span(start: datetime, end: datetime | None, lang: Language) -> str:
    """A range of days: 2025-09-29 至今, 2025-04-01 至 2025-07-01; with – in English."""
    first = local(start).strftime("%Y-%m-%d")
    if end is None:
        return f"{first} 至今" if lang == "zh" else f"{first} – now"
    return f"{first} {'至' if lang == 'zh' else '–'} {local(end):%Y-%m-%d}"


def duration(length: timedelta | None, lang: Language) -> str:
    """A length of time in at most two units, truncated: 40 秒, 9 分, 1 时 07 分, 3 天 2 时."""
    if length is None:
        return NO_DATA
    seconds = max(0, int(length.total_seconds()))
    if seconds < 60:
        return f"{seconds} 秒" if lang == "zh" else f"{seconds} s"
    return minutes_words(seconds // 60, lang)


def minutes_words(minutes: int, lang: Language) -> str:
    """Whole minutes in words; what the script says too (`clock_words`)."""
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    words = WORDS[lang]
    if days:
        return words["dayshours" if hours else "days"].format(days=days, hours=hours)
    if hours:
        shown = f"0{rest}" if rest < 10 else str(rest)
        return words["hoursminutes" if rest else "hours"].format(hours=hours, minutes=shown)
    return words["minutes"].format(minutes=rest)


WORDS: dict[Language, dict[str, str]] = {
    "zh": {
        "minutes": "{minutes} 分",
        "hours": "{hours} 时",
        "hoursminutes": "{hours} 时 {minutes} 分",
        "days": "{days} 天",
        "dayshours": "{days} 天 {hours} 时",
        "left": "剩 {time}",
        "overdue": "逾期 {time}",
        "used": "用时 {time}",
        "paused": "计时暂停",
        "limit": "限 {time}",
        "due": "{at} 到期",
        "tomorrow": "明日 {at} 到期",
    },
    "en": {
        "minutes": "{minutes} min",
        "hours": "{hours} h",
        "hoursminutes": "{hours} h {minutes} min",
        "days": "{days} d",
        "dayshours": "{days} d {hours} h",
        "left": "{time} left",
        "overdue": "{time} overdue",
        "used": "took {time}",
        "paused": "Clock paused",
        "limit": "limit {time}",
        "due": "due {at}",
        "tomorrow": "due tomorrow {at}",
    },
}
"""The words of clocks, in both languages; the page hands the same to the script."""


def due(moment: datetime, now: datetime, lang: Language) -> str:
    """When a clock ends: 14:41 到期, 明日 09:37 到期, 11-25 09:37 到期, with the year where it is another."""
    at, today = local(moment), local(now)
    words, clock = WORDS[lang], at.strftime("%H:%M")
    if at.date() == today.date():
        return words["due"].format(at=clock)
    if at.date() == today.date() + timedelta(days=1):
        return words["tomorrow"].format(at=clock)
    return words["due"].format(at=at.strftime("%m-%d %H:%M" if at.year == today.year else "%Y-%m-%d %H:%M"))


def telephone(value: int | str | Number) -> Number:
    """A number from its key (E.164 as an integer), its text or itself; what is no number has a `refusal`."""
    if isinstance(value, Number):
        return value
    return parse(f"+{value}" if isinstance(value, int) and value > 0 else str(value))


def masked_groups(value: int | str | Number) -> tuple[str, ...]:
    """A masked number in groups that margins part: ('171', '****', '8306'); a reason in brackets where it is none."""
    return tuple(part for part in re.split(r"(\*+)", mask(telephone(value))) if part)


def plain_groups(value: int | str | Number) -> tuple[str, ...]:
    """A number in full, in the groups people read: ('171', '2345', '8306'), ('025', '8456', '0110')."""
    number = telephone(value)
    if not number.is_number:
        return (str(number),)
    national = str(number.key)[len(str(number.country)) :]
    if number.country != 86 or number.kind is Kind.FOREIGN:
        return (f"+{number.country}", national)
    if number.kind is Kind.FIXED:
        area = masked_groups(number)[0]
        rest = national[len(area) - 1 :]
        return (area, rest[:-4], rest[-4:])
    if len(national) == 11:
        return (national[:3], national[3:7], national[7:])
    if number.kind in (Kind.SERVICE_400, Kind.SERVICE_800):
        return (national[:3], national[3:6], national[6:])
    return (national,)


def masked_document(text: str) -> str:
    """An identity number with its first three and last four signs: 412***********203X; shorter ones keep nothing."""
    return f"{text[:3]}{'*' * (len(text) - 7)}{text[-4:]}" if len(text) > 8 else "*" * len(text)


def masked_name(text: str) -> str:
    """A person's name with its first character: 王**; a name in Latin letters with its first letter: W**."""
    name = text.strip()
    return f"{name[0]}**" if name else NO_DATA
