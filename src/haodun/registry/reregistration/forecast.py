"""Where a share is heading: a straight line through the last N days, computed, and its method said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

WINDOW = 30
"""Days the line is drawn over."""
PARTS = (21, 14, 7)
"""Days before now at which it is divided: the range is that of its parts."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A count at the end of a day."""

    day: date
    valid: int
    numbers: int

    @property
    def share(self) -> Fraction | None:
        """None where nothing is held."""
        return Fraction(self.valid, self.numbers) if self.numbers else None


@dataclass(frozen=True, slots=True)
class Forecast:
    """A share against its target."""

    share: Fraction | None
    gap: Fraction | None
    """Target minus share; 0 or less: reached."""
    missing: int | None
    """Numbers that still lack a valid real name for the target, with the numbers held now."""
    rate: Fraction | None
    """Share a day over the window; None where the window's begin has nothing to measure."""
    reached_on: date | None
    """When the line meets the target; None where it does not rise, or cannot be drawn."""
    since: date
    window: int


def forecast(before: Counted, now: Counted, target: Fraction) -> Forecast:
    """The line from `before` to `now`, drawn on to the target.

    >>> a, b = Counted(date(2016, 10, 1), 90, 100), Counted(date(2016, 10, 31), 93, 100)
    >>> found = forecast(a, b, Fraction(96, 100))
    >>> found.reached_on, found.missing, found.rate
    (datetime.date(2016, 11, 30), 3, Fraction(1, 1000))
    """
    window = (now.day - before.day).days
    if window <= 0:
        raise ValueError(f"a line needs two days in their order, not {before.day} and {now.day}")
    share, first = now.share, before.share
    gap = None if share is None else target - share
    missing = None if share is None else max(0, _ceil(target * now.numbers) - now.valid)
    rate = None if share is None or first is None else (share - first) / window
    reached = None
    if gap is not None and gap <= 0:
        reached = now.day
    elif gap is not None and rate is not None and rate > 0:
        reached = _met(now.day, gap, rate)
    return Forecast(share, gap, missing, rate, reached, before.day, window)


@dataclass(frozen=True, slots=True)
class Band:
    """How sure the date is: the same line by the slowest and by the fastest part of the window."""

    slowest: Fraction | None
    """Share a day; None where a part of the window has nothing to measure."""
    fastest: Fraction | None
    earliest: date | None
    """When the target is met at the fastest; None where even that does not rise."""
    latest: date | None
    """At the slowest; None where that does not rise: then nobody can say until when."""


def band(points: Sequence[Counted], target: Fraction) -> Band:
    """The range of the forecast over consecutive counts of the window, the last of them now.

    >>> counts = [Counted(date(2016, 10, 1), 90, 100), Counted(date(2016, 10, 11), 91, 100)]
    >>> counts += [Counted(date(2016, 10, 21), 93, 100)]
    >>> found = band(counts, Fraction(96, 100))
    >>> found.earliest, found.latest
    (datetime.date(2016, 11, 5), datetime.date(2016, 11, 20))
    """
    shares = [one.share for one in points]
    known = [one for one in shares if one is not None]
    if len(known) < 2 or len(known) != len(shares):
        return Band(None, None, None, None)
    rates = [
        (known[place + 1] - known[place]) / (points[place + 1].day - points[place].day).days
        for place in range(len(known) - 1)
    ]
    slow, fast, now = min(rates), max(rates), points[-1].day
    if known[-1] >= target:
        return Band(slow, fast, now, now)
    gap = target - known[-1]
    return Band(slow, fast, _met(now, gap, fast), _met(now, gap, slow))


def _met(now: date, gap: Fraction, rate: Fraction) -> date | None:
    days = _ceil(gap / rate) if rate > 0 else 36_501
    return now + timedelta(days=days) if days <= 36_500 else None


def _ceil(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
