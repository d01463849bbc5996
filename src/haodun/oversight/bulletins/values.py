"""What a bulletin is about and made of: its period, its figures with the rows behind each, its sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from haodun.registry.subscribers.services import Published

BEIJING = ZoneInfo("Asia/Shanghai")
VERSION = 1
"""Of the definitions; a change of one raises it."""
MAX_MONTHS = 60
"""Of a baseline or a window."""
Month = tuple[int, int]


class BulletinRefused(ValueError):  # noqa: N818 (an answer, not a fault)
    """A bulletin cannot be given; the message says why and what to name instead."""


@dataclass(frozen=True, slots=True)
class Period:
    """What a bulletin is about. Days and months are Beijing's, both ends included."""

    first: date
    last: date
    baseline: tuple[Month, ...]
    """Months in a row that the drop of involved numbers is measured against."""
    window: tuple[Month, ...]
    """Months in a row whose mean is compared with the baseline's."""

    @property
    def since(self) -> datetime:
        """The first moment of the period."""
        return datetime.combine(self.first, time(), BEIJING)

    @property
    def until(self) -> datetime:
        """The moment at which it is over."""
        return end_of(self.last)

    @property
    def day_before(self) -> date:
        """The last day before it."""
        return self.first - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RowQuery:
    """How to list the rows that a figure counts: a query of `queries.QUERIES` and its parameters."""

    name: str
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with everything needed to check it."""

    code: str
    value: int | None
    """None: there is nothing to measure, never 0 instead."""
    unit: str
    """number, service, user, line, reseller, sample, or percent/100."""
    part: int | None
    """Numerator of a share; None of a plain count."""
    whole: int | None
    since: datetime | None
    """Start of the period it counts in; None for a state at `until`."""
    until: datetime
    known_at: datetime
    """What was recorded by then is in it."""
    definition: str
    """What is counted; a sentence of the catalogue in Chinese."""
    rows: RowQuery
    source: str
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in both languages, and the codes of its figures."""

    topic: str
    zh: str
    en: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bulletin:
    """All sentences of a period and their figures by code."""

    period: Period
    known_at: datetime
    sentences: tuple[Sentence, ...]
    figures: Mapping[str, Figure]
    published: tuple[Published, ...]
    """What the reader's organisation gave out as the real-name rate of the last day: the first, then each revision."""


def month_of(text: str) -> Month:
    """The month of a text such as 2016-05; BulletinRefused."""
    try:
        found = date.fromisoformat(f"{text}-01") if len(text) == len("2016-05") else None
    except ValueError:
        found = None
    if found is None:
        raise BulletinRefused(f"{text!r} is no month; write it as 2016-05")
    return found.year, found.month


def months_of(text: str) -> tuple[Month, ...]:
    """The months of a text such as 2016-01..2016-03, or of a single one; BulletinRefused.

    >>> months_of("2015-12..2016-02")
    ((2015, 12), (2016, 1), (2016, 2))
    """
    first, _, last = text.partition("..")
    begin = month_of(first)
    end = month_of(last) if last else begin
    count = (end[0] - begin[0]) * 12 + end[1] - begin[1] + 1
    if not 0 < count <= MAX_MONTHS:
        raise BulletinRefused(f"{text!r} is no range of 1 to {MAX_MONTHS} months; write it as 2016-01..2016-03")
    at = begin[0] * 12 + begin[1] - 1
    return tuple(((at + step) // 12, (at + step) % 12 + 1) for step in range(count))


def text_of(months: tuple[Month, ...]) -> str:
    """Months in a row as `months_of` reads them."""
    (year, month), (last_year, last_month) = months[0], months[-1]
    return f"{year}-{month:02d}..{last_year}-{last_month:02d}"


def end_of(day: date) -> datetime:
    """The moment at which a Beijing day is over."""
    return datetime.combine(day + timedelta(days=1), time(), BEIJING)


def span_of(months: tuple[Month, ...]) -> tuple[datetime, datetime]:
    """From the first moment of the first of these months to the moment at which the last is over."""
    (first_year, first_month), (year, month) = months[0], months[-1]
    after = date(year + month // 12, month % 12 + 1, 1)
    return datetime(first_year, first_month, 1, tzinfo=BEIJING), end_of(after - timedelta(days=1))


def month_before(month: Month) -> Month:
    """The month before."""
    return (month[0], month[1] - 1) if month[1] > 1 else (month[0] - 1, 12)
