"""Where a share is heading: a straight line through the last N days, computed, and its method said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

WINDOW = 30
"""Days the line is drawn over."""


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
        days = _ceil(gap / rate)
        reached = now.day + timedelta(days=days) if days <= 36_500 else None
    return Forecast(share, gap, missing, rate, reached, before.day, window)


def _ceil(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
