"""The windows of a record: moved on to the clock, counted in, read.

Theory of operation. As `haodun.screening.kernel.windows`, with one difference that no reading can tell: windows stand
where `last_ms` is, so they are moved on by comparing it with the beginnings of the clock's own minute, hour and day.
An event of the clock's minute, the ordinary case, is counted without a division.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import borrowing, merged
from haodun.screening.kernel.fast.layout import HOUR_MASK, SATURATED
from haodun.screening.kernel.fast.signs import signed
from haodun.screening.kernel.windows import CAP_16, CAP_32, DAY_MS, HOUR_MS, MINUTE_MS

AGO = 2
"""Spans back: an event of 2 or more is counted in none."""
# The counters that a window of an hour holds in 16 bits, by their place in it; of a day all, as in `kernel.windows`.
H_ATTEMPTS, H_ANSWERED, H_SHORT, H_CALLED, H_PICKED_UP = range(5)

_MINUTE, _HOUR, _DAY = np.uint64(MINUTE_MS), np.uint64(HOUR_MS), np.uint64(DAY_MS)


@borrowing
def advance(kernel: Any, time_ms: int) -> None:
    """Move the clock on to a newer time."""
    kernel.now_ms = time_ms
    if time_ms - kernel.minute_ms >= MINUTE_MS:
        kernel.minute_ms = time_ms - time_ms % MINUTE_MS
        kernel.hour_ms = time_ms - time_ms % HOUR_MS
        kernel.day_ms = time_ms - time_ms % DAY_MS
        kernel.hour = time_ms // HOUR_MS


@merged
def roll(record: Any, kernel: Any) -> None:
    """Bring the windows of a record to the clock; the caller sets `last_ms`."""
    last = record.last_ms
    if last >= kernel.minute_ms:
        return
    _move(record.minute, last >= kernel.minute_ms - MINUTE_MS)
    if last >= kernel.hour_ms:
        return
    following = last >= kernel.hour_ms - HOUR_MS
    _move(record.hour, following)
    record.seconds[1] = record.seconds[0] if following else np.uint32(0)
    record.seconds[0] = np.uint32(0)
    if last < kernel.day_ms:
        _move(record.day, last >= kernel.day_ms - DAY_MS)


@merged
def _move(cells: Any, following: bool) -> None:
    """The running span becomes the one before, or is too old for it."""
    for place in range(cells.shape[1]):
        cells[1, place] = cells[0, place] if following else 0
        cells[0, place] = 0


@merged
def roll_bits(record: Any, kernel: Any) -> None:
    """Bring the generations of called numbers to the clock's hour."""
    marked = signed(record.marked)
    hours = (kernel.hour - marked) & HOUR_MASK
    if hours:
        for place in range(2):
            record.bits_before[place] = record.bits[place] if hours == 1 else np.uint64(0)
            record.bits[place] = np.uint64(0)
        record.marked = np.uint32((marked & SATURATED) | (kernel.hour & HOUR_MASK))


@borrowing
def hours_back(kernel: Any, time_ms: int) -> int:
    """How many hours before the clock's hour a time lies."""
    return 0 if time_ms >= kernel.hour_ms else int(kernel.hour - time_ms // HOUR_MS)


@merged
def spans_back(kernel: Any, time_ms: int) -> tuple[int, int, int]:
    """How many minutes, hours and days before those of the clock a time lies, `AGO` for more than one."""
    if time_ms >= kernel.minute_ms:
        return 0, 0, 0
    return (
        1 if time_ms >= kernel.minute_ms - MINUTE_MS else AGO,
        0 if time_ms >= kernel.hour_ms else (1 if time_ms >= kernel.hour_ms - HOUR_MS else AGO),
        0 if time_ms >= kernel.day_ms else (1 if time_ms >= kernel.day_ms - DAY_MS else AGO),
    )


@merged
def _add(record: Any, cells: Any, back: int, place: int, cap: int) -> None:
    """One more in a span, where it is still held."""
    if back < AGO:
        if signed(cells[back, place]) < cap:
            cells[back, place] += 1
        else:
            record.marked |= np.uint32(SATURATED)


@borrowing
def add_minute(record: Any, back: int, place: int) -> None:
    """One more in a minute."""
    _add(record, record.minute, back, place, CAP_16)


@borrowing
def add_hour(record: Any, back: int, place: int) -> None:
    """One more in an hour."""
    _add(record, record.hour, back, place, CAP_16)


@borrowing
def add_day(record: Any, back: int, place: int) -> None:
    """One more in a day."""
    _add(record, record.day, back, place, CAP_32)


@borrowing
def add_seconds(record: Any, hours: int, days: int, place: int, amount: int) -> None:
    """Talk time in an hour and a day."""
    amount = min(amount, CAP_32 + 1)
    if hours < AGO:
        total = signed(record.seconds[hours]) + amount
        if total > CAP_32:
            record.marked |= np.uint32(SATURATED)
        record.seconds[hours] = np.uint32(min(total, CAP_32))
    if days < AGO:
        total = signed(record.day[days, place]) + amount
        if total > CAP_32:
            record.marked |= np.uint32(SATURATED)
        record.day[days, place] = np.uint32(min(total, CAP_32))


@borrowing
def read_minute(now: Any, before: Any, remaining_ms: int) -> int:
    """A counter as read with so much of the clock's minute still to come."""
    return int(signed(now) + signed(np.uint64(signed(before) * remaining_ms) // _MINUTE))


@borrowing
def read_hour(now: Any, before: Any, remaining_ms: int) -> int:
    """The same of an hour."""
    return int(signed(now) + signed(np.uint64(signed(before) * remaining_ms) // _HOUR))


@borrowing
def read_day(now: Any, before: Any, remaining_ms: int) -> int:
    """The same of a day."""
    return int(signed(now) + signed(np.uint64(signed(before) * remaining_ms) // _DAY))
