"""How a value reads in a sentence, in Chinese and English (RULES.md §4.6: floor to 万 or 亿, percent half up)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from haodun.oversight.bulletins.values import Month

Language = Literal["zh", "en"]
WAN, YI = 10_000, 100_000_000
WHOLE = 10_000
_EN_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Count:
    """A number of things."""

    n: int


@dataclass(frozen=True, slots=True)
class Share:
    """Hundredths of a percent."""

    n: int
    fine: bool = False
    """With two decimals always."""


@dataclass(frozen=True, slots=True)
class Span:
    """From one day to another."""

    first: date
    last: date


Value = Count | Share | Span | date | tuple[Month, ...] | str


def render(value: Value, lang: Language) -> str:
    """A value as it reads in a sentence."""
    if isinstance(value, str):
        return value
    if isinstance(value, Count):
        return counted(value.n, lang)
    if isinstance(value, Share):
        return percent(value.n, fine=value.fine)
    if isinstance(value, Span):
        return _between(day(value.first, lang), day(value.last, lang), lang)
    if isinstance(value, date):
        return day(value, lang)
    first, last = (month(one, lang) for one in (value[0], value[-1]))
    return first if first == last else _between(first, last, lang)


def counted(n: int, lang: Language) -> str:
    """A count: exact in English and below 10,000; in Chinese floored to 万 (one decimal below 10 万) or 亿, with 余.

    >>> [counted(n, "zh") for n in (9999, 17_000, 145_391, 140_000, 450_000_000)]
    ['9999', '1.7万', '14万余', '14万', '4.5亿']
    >>> counted(145_391, "en")
    '145,391'
    """
    if lang == "en":
        return f"{n:,}"
    if n < WAN:
        return str(n)
    unit, name = (YI, "亿") if n >= YI else (WAN, "万")
    tenth = unit // 10
    fine = n < 10 * unit
    whole, rest = divmod(n, tenth if fine else unit)
    text = f"{whole // 10}.{whole % 10}".removesuffix(".0") if fine else str(whole)
    return f"{text}{name}{'余' if rest else ''}"


def shares(*values: int) -> tuple[Share, ...]:
    """Shares that one sentence compares: all with two decimals where two that differ would read the same.

    >>> [percent(one.n, fine=one.fine) for one in shares(9488, 9477)], [one.fine for one in shares(9000, 9600)]
    (['94.88%', '94.77%'], [False, False])
    """
    fine = len({percent(one) for one in values}) < len(set(values))
    return tuple(Share(one, fine) for one in values)


def percent(n: int, *, fine: bool = False) -> str:
    """A share without decimals, rounded half up; with two where it would read 0 or 100 % and is neither.

    >>> percent(8388), percent(9996), percent(10_000), percent(3)
    ('84%', '99.96%', '100%', '0.03%')
    """
    rounded = (n + 50) // 100
    if fine or (rounded in (0, 100) and n not in (0, WHOLE)):
        return f"{n // 100}.{n % 100:02d}%"
    return f"{rounded}%"


def day(value: date, lang: Language) -> str:
    """A day: 2016年6月30日, 30 June 2016."""
    if lang == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_EN_MONTHS[value.month - 1]} {value.year}"


def month(value: Month, lang: Language) -> str:
    """A month: 2016年6月, June 2016."""
    return f"{value[0]}年{value[1]}月" if lang == "zh" else f"{_EN_MONTHS[value[1] - 1]} {value[0]}"


def _between(first: str, last: str, lang: Language) -> str:
    return f"{first}至{last}" if lang == "zh" else f"{first} to {last}"
