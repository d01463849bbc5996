"""When calls start: by hour and weekday, in sessions, and one after the other where a caller has one line."""

from __future__ import annotations

import datetime

import numpy as np

from haodun.lab.country.draws import Ints, Stream, Words, amount, below, hashed, mix, quantiles, salt
from haodun.lab.country.scenario import Amount, Curve, Habit, Scenario

HOUR_MS = 3_600_000
PAUSE_MS = 3000
"""The least time between two calls of one line."""


def table_of(spec: Amount) -> Ints:
    """The quantiles of an amount, in thousandths."""
    return quantiles(median=spec.median, spread=spec.spread, largest=spec.max)


def first_instant(scenario: Scenario) -> int:
    """Milliseconds since the Unix epoch of the first local midnight."""
    midnight = datetime.datetime.combine(scenario.start, datetime.time(), tzinfo=datetime.UTC)
    return int(midnight.timestamp()) * 1000 - scenario.utc_offset_minutes * 60_000


class Calendar:
    """A curve over all hours of a scenario."""

    def __init__(self, curve: Curve, *, start: datetime.date, days: int) -> None:
        weights = [
            round(1000 * hour * curve.weekdays[(start.weekday() + day) % 7])
            for day in range(days)
            for hour in curve.hours
        ]
        scale = max(1, sum(weights) // 2**31)  # `below` takes bounds under 2^32
        self._reached = np.cumsum([0, *(weight // scale for weight in weights)]).astype(np.int64)
        self.hours = 24 * days

    def draw(self, words: Words, *, first: Ints, last: Ints) -> Ints:
        """A start for each word, in ms from the first midnight, within hours `first` (included) to `last` (not)."""
        low, high = self._reached[first], self._reached[last]
        at = low + below(words, high - low)
        hour = np.searchsorted(self._reached, at, side="right").astype(np.int64) - 1
        hour = np.where(high > low, hour, first + below(words, last - first))
        return hour * HOUR_MS + below(mix(~words), HOUR_MS)


def starts(scenario: Scenario, habit: Habit, *, caller: Ints, rank: Ints, key: tuple[int, str]) -> Ints:
    """When each call is meant to start: ms from the first midnight. `rank` numbers the calls of a caller."""
    seed, tag = key
    calendar = Calendar(scenario.curves[habit.curve], start=scenario.start, days=scenario.days)
    life = min(habit.life_hours or calendar.hours, calendar.hours)
    born = below(hashed(salt(seed, habit.name, "born"), caller), calendar.hours - life + 1)
    size = habit.session.calls if habit.session else 1
    sitting = hashed(salt(seed, habit.name, "sittings"), caller * (1 << 24) + rank // size)
    start = calendar.draw(sitting, first=born, last=born + life)
    if habit.session is None:
        return start
    gaps = amount(Stream(seed, tag, "gaps").words(len(caller)), table_of(habit.session.gap))
    gaps[rank % size == 0] = 0
    along = np.cumsum(gaps)
    opening = np.maximum.accumulate(np.where(rank % size == 0, np.arange(len(rank)), 0))
    return start + along - along[opening]


def one_after_another(start: Ints, *, length: Ints, caller: Ints) -> Ints:
    """Move calls of one line back until the line is free. Rows are sorted by caller, then start.

    A call starts at the latest of: its own wish, and the end of the call before plus a pause. With L the summed lengths
    before it in its caller's rows, that is L + the running maximum of (wish - L).
    """
    if not len(start):
        return start
    first = np.concatenate(([True], caller[1:] != caller[:-1]))
    group = np.cumsum(first) - 1
    before = np.cumsum(length + PAUSE_MS) - (length + PAUSE_MS)
    before -= before[np.flatnonzero(first)][group]
    wish = start - before
    step = int(wish.max() - wish.min()) + 1
    started: Ints = before + np.maximum.accumulate(wish + group * step) - group * step
    return started
