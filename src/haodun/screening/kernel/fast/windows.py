"""The windows of a record: moved on to the clock, counted in, read.

Theory of operation. As `haodun.screening.kernel.windows`, with one difference that no reading can tell: windows stand
where `last_ms` is, so they are moved on by comparing it with the beginnings of the clock's own minute, hour and day.
An event of the clock's minute, the ordinary case, is counted without a division.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import jit
from haodun.screening.kernel.fast.layout import HOUR_MASK, SATURATED
from haodun.screening.kernel.windows import CAP_16, CAP_32, DAY_MS, HOUR_MS, MINUTE_MS

AGO = 2
"""Spans back: an event of 2 or more is counted in none."""
# The counters that a window of an hour holds in 16 bits, by their place in it; of a day all, as in `kernel.windows`.
H_ATTEMPTS, H_ANSWERED, H_SHORT, H_CALLED, H_PICKED_UP = range(5)

_MINUTE, _HOUR, _DAY = np.uint64(MINUTE_MS), np.uint64(HOUR_MS), np.uint64(DAY_MS)


@jit
def advance(head: Any, time_ms: int) -> None:
    """Move the clock on to a newer time."""
    head.now_ms = time_ms
    if time_ms - head.minute_ms >= MINUTE_MS:
        head.minute_ms = time_ms - time_ms % MINUTE_MS
        head.hour_ms = time_ms - time_ms % HOUR_MS
        head.day_ms = time_ms - time_ms % DAY_MS
        head.hour = time_ms // HOUR_MS


@jit
def roll(record: Any, head: Any) -> None:
    """Bring the windows of a record to the clock; the caller sets `last_ms`."""
    last = record.last_ms
    if last >= head.minute_ms:
        return
    _move(record.minute, last >= head.minute_ms - MINUTE_MS)
    if last >= head.hour_ms:
        return
    following = last >= head.hour_ms - HOUR_MS
    _move(record.hour, following)
    record.seconds[1] = record.seconds[0] if following else np.uint32(0)
    record.seconds[0] = np.uint32(0)
    if last < head.day_ms:
        _move(record.day, last >= head.day_ms - DAY_MS)


@jit
def _move(cells: Any, following: bool) -> None:
    """The running span becomes the one before, or is too old for it."""
    for place in range(cells.shape[1]):
        cells[1, place] = cells[0, place] if following else 0
        cells[0, place] = 0


@jit
def roll_bits(record: Any, head: Any) -> None:
    """Bring the generations of called numbers to the clock's hour."""
    marked = np.int64(record.marked)
    hours = (head.hour - marked) & HOUR_MASK
    if hours:
        for place in range(2):
            record.bits_before[place] = record.bits[place] if hours == 1 else np.uint64(0)
            record.bits[place] = np.uint64(0)
        record.marked = np.uint32((marked & SATURATED) | (head.hour & HOUR_MASK))


@jit
def hours_back(head: Any, time_ms: int) -> int:
    """How many hours before the clock's hour a time lies."""
    return 0 if time_ms >= head.hour_ms else int(head.hour - time_ms // HOUR_MS)


@jit
def spans_back(head: Any, time_ms: int) -> tuple[int, int, int]:
    """How many minutes, hours and days before those of the clock a time lies, `AGO` for more than one."""
    if time_ms >= head.minute_ms:
        return 0, 0, 0
    return (
        1 if time_ms >= head.minute_ms - MINUTE_MS else AGO,
        0 if time_ms >= head.hour_ms else (1 if time_ms >= head.hour_ms - HOUR_MS else AGO),
        0 if time_ms >= head.day_ms else (1 if time_ms >= head.day_ms - DAY_MS else AGO),
    )


@jit
def _add(record: Any, cells: Any, back: int, place: int, cap: int) -> None:
    """One more in a span, where it is still held."""
    if back < AGO:
        if np.int64(cells[back, place]) < cap:
            cells[back, place] += 1
        else:
            record.marked |= np.uint32(SATURATED)


@jit
def add_minute(record: Any, back: int, place: int) -> None:
    """One more in a minute."""
    _add(record, record.minute, back, place, CAP_16)


@jit
def add_hour(record: Any, back: int, place: int) -> None:
    """One more in an hour."""
    _add(record, record.hour, back, place, CAP_16)


@jit
def add_day(record: Any, back: int, place: int) -> None:
    """One more in a day."""
    _add(record, record.day, back, place, CAP_32)


@jit
def add_seconds(record: Any, hours: int, days: int, place: int, amount: int) -> None:
    """Talk time in an hour and a day."""
    amount = min(amount, CAP_32 + 1)
    if hours < AGO:
        total = np.int64(record.seconds[hours]) + amount
        if total > CAP_32:
            record.marked |= np.uint32(SATURATED)
        record.seconds[hours] = np.uint32(min(total, CAP_32))
    if days < AGO:
        total = np.int64(record.day[days, place]) + amount
        if total > CAP_32:
            record.marked |= np.uint32(SATURATED)
        record.day[days, place] = np.uint32(min(total, CAP_32))


@jit
def read_minute(now: Any, before: Any, remaining_ms: int) -> int:
    """A counter as read with so much of the clock's minute still to come."""
    return int(np.int64(now) + np.int64(np.uint64(np.int64(before) * remaining_ms) // _MINUTE))


@jit
def read_hour(now: Any, before: Any, remaining_ms: int) -> int:
    """The same of an hour."""
    return int(np.int64(now) + np.int64(np.uint64(np.int64(before) * remaining_ms) // _HOUR))


@jit
def read_day(now: Any, before: Any, remaining_ms: int) -> int:
    """The same of a day."""
    return int(np.int64(now) + np.int64(np.uint64(np.int64(before) * remaining_ms) // _DAY))
