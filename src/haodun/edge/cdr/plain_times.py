"""Times of plain lines by compiled code: `YYYY-MM-DD HH:MM:SS`, with a zone or without; zones are the clock's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import jit
from haodun.edge.cdr.error import RowError
from haodun.edge.cdr.plain_lines import Lines
from haodun.edge.cdr.times import MAX_TIME_MS, Clock

_MINUTE_MS = 60_000
_FIRST_YEAR = 1971
"""Years before are how a switch writes that something never was."""
_LENGTH, _ZULU, _OFFSET = 19, 20, 25
_NO_ZONE = 1 << 20
_START = datetime(1970, 1, 1, tzinfo=UTC)


class Times(NamedTuple):
    """Times of one field; an empty field is none, and stands as `missing`."""

    ms: npt.NDArray[np.int64]
    given: npt.NDArray[np.bool_]
    zoned: npt.NDArray[np.bool_]
    """The text named its zone."""


def local_times(lines: Lines, field: int, good: npt.NDArray[np.bool_], *, clock: Clock, iso: bool = False) -> Times:
    """A field of each line as `Clock.read` has it, or with `iso` as `Clock.iso`; not `good` in any other form."""
    rows = len(lines.first)
    ms, zone = np.zeros(rows, np.int64), np.full(rows, _NO_ZONE, np.int64)
    given = np.zeros(rows, bool)
    _read_times(lines, field, good, iso, ms, zone, given)
    zoned = zone != _NO_ZONE
    if clock.tz is not UTC:
        local = np.flatnonzero(given & good & ~zoned)
        ms[local] += _shift(ms[local], clock)
    good &= ~zoned | (ms < MAX_TIME_MS)
    ms[zoned] -= zone[zoned] * _MINUTE_MS
    good &= (ms >= 0) & (ms < MAX_TIME_MS)
    return Times(ms, given, zoned)


def _shift(ms: npt.NDArray[np.int64], clock: Clock) -> npt.NDArray[np.int64]:
    """What to add to times read as UTC; of a minute that the clock refuses, enough to be out of bounds."""
    minutes, places = np.unique(ms // _MINUTE_MS, return_inverse=True)
    shifts = []
    for minute in minutes.tolist():
        text = (_START + timedelta(minutes=minute)).strftime("%Y-%m-%d %H:%M")
        try:
            shifts.append(clock.minute(text, "") - minute * _MINUTE_MS)
        except RowError:
            shifts.append(-MAX_TIME_MS)
    return np.array(shifts, np.int64)[places]


@jit
def _read_times(lines: Any, field: int, good: Any, iso: bool, ms: Any, zone: Any, given: Any) -> None:
    data = lines.data
    for row in range(len(good)):
        place, end = int(lines.begin[row, field]), int(lines.end[row, field])
        length = end - place
        if length == 0:
            continue
        given[row] = True
        if length != _LENGTH and not (iso and length in (_ZULU, _OFFSET)):
            good[row] = False
            continue
        time = _local(data, place)
        if time < 0:
            good[row] = False
            continue
        ms[row] = time
        if length != _LENGTH:
            zone[row] = _zone(data, place + _LENGTH, end)
            good[row] &= zone[row] != _NO_ZONE


@jit
def _local(data: Any, place: int) -> int:
    """Milliseconds of `YYYY-MM-DD HH:MM:SS` as if in UTC, -1 where it is none."""
    year = _pair(data, place) * 100 + _pair(data, place + 2)
    month, day = _pair(data, place + 5), _pair(data, place + 8)
    hour, minute, second = _pair(data, place + 11), _pair(data, place + 14), _pair(data, place + 17)
    marks = data[place + 4] == 45 and data[place + 7] == 45 and data[place + 13] == 58 and data[place + 16] == 58
    space = data[place + 10] == 32 or data[place + 10] == 84
    if not marks or not space or year < _FIRST_YEAR or year > 9_999 or month < 1 or month > 12:
        return -1
    if day < 1 or day > _days_of(year, month) or not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return -1
    return (((_day(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000


@jit
def _pair(data: Any, place: int) -> int:
    """Two digits, far below zero where they are none."""
    high, low = int(data[place]) - 48, int(data[place + 1]) - 48
    return high * 10 + low if 0 <= high <= 9 and 0 <= low <= 9 else -1_000_000


@jit
def _days_of(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


@jit
def _day(year: int, month: int, day: int) -> int:
    """Days since 1970 (Hinnant, days_from_civil)."""
    if month <= 2:
        year -= 1
    era = year // 400
    shifted = month - 3 if month > 2 else month + 9
    day_of_year = (153 * shifted + 2) // 5 + day - 1
    year_of_era = year - era * 400
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


@jit
def _zone(data: Any, place: int, end: int) -> int:
    """Minutes east of `Z` or `+HH:MM`, _NO_ZONE where it is none."""
    if end - place == 1:
        return 0 if data[place] == 90 else _NO_ZONE
    sign = 1 if data[place] == 43 else -1
    hours, minutes = _pair(data, place + 1), _pair(data, place + 4)
    if (data[place] != 43 and data[place] != 45) or data[place + 3] != 58 or hours < 0 or minutes < 0:
        return _NO_ZONE
    return sign * (hours * 60 + minutes)
