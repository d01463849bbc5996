"""Reading the features of the attempt just counted, in the order of `KERNEL_FEATURES`."""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import bit_count, borrowing, merged
from haodun.screening.kernel.fast.hashing import estimate
from haodun.screening.kernel.fast.layout import CALLEE_SLOT, CALLER_SLOT, NOW_MS, QUIET_MS, Array, State
from haodun.screening.kernel.fast.memory import record_at
from haodun.screening.kernel.fast.signs import signed
from haodun.screening.kernel.fast.windows import H_CALLED, H_PICKED_UP, read_day, read_hour, read_minute
from haodun.screening.kernel.windows import (
    ATTEMPTS,
    CALLED,
    DAY_MS,
    HANGUPS,
    HOUR_MS,
    MINUTE_MS,
    NIGHT,
    PICKED_UP,
    SECONDS,
)

WIDTH = 27
"""Features that `features` writes."""
_WHOLE_SHARE = 1000


@merged
def features(state: State, row: Array, start: int) -> None:
    """Write the features of the attempt that `count` took last into row[start:start + WIDTH] (int64)."""
    kernel, last = state.head[0], state.last
    now_ms = last[NOW_MS]
    hour_left, day_left = kernel.hour_ms + HOUR_MS - now_ms, kernel.day_ms + DAY_MS - now_ms
    record = record_at(kernel, last[CALLER_SLOT])
    _caller_counts(record, row, start, kernel.minute_ms + MINUTE_MS - now_ms, hour_left, day_left)
    row[start + 15] = estimate(record.bits) + signed(
        np.uint64(estimate(record.bits_before) * hour_left) // np.uint64(HOUR_MS)
    )
    row[start + 16] = record.run
    attempts = row[start + 2]
    row[start + 17] = _thousandths(read_day(record.day[0, HANGUPS], record.day[1, HANGUPS], day_left), attempts)
    row[start + 18] = _thousandths(read_day(record.day[0, NIGHT], record.day[1, NIGHT], day_left), attempts)
    row[start + 19] = bit_count(np.uint64(record.trunks))
    row[start + 20] = record.device_changes
    row[start + 21] = max(now_ms - record.first_ms, 0) // 1000
    row[start + 22] = max(last[QUIET_MS], 0) // 1000
    if last[CALLEE_SLOT] >= 0:
        _called_counts(record_at(kernel, last[CALLEE_SLOT]), row, start + 23, hour_left, day_left)
    else:
        for place in range(4):
            row[start + 23 + place] = 0


@merged
def _caller_counts(record: Any, row: Array, start: int, minute_left: int, hour_left: int, day_left: int) -> None:
    """Attempts, answered and short calls in three windows each, seconds and calls to the number in two."""
    minute, hour, day = record.minute, record.hour, record.day
    for place in range(3):
        at = start + 3 * place
        row[at] = read_minute(minute[0, place], minute[1, place], minute_left)
        row[at + 1] = read_hour(hour[0, place], hour[1, place], hour_left)
        row[at + 2] = read_day(day[0, ATTEMPTS + place], day[1, ATTEMPTS + place], day_left)
    row[start + 9] = read_hour(record.seconds[0], record.seconds[1], hour_left)
    row[start + 10] = read_day(day[0, SECONDS], day[1, SECONDS], day_left)
    _called_counts(record, row, start + 11, hour_left, day_left)


@merged
def _called_counts(record: Any, row: Array, start: int, hour_left: int, day_left: int) -> None:
    """Calls to a number and calls that it answered, in an hour and a day each."""
    hour, day = record.hour, record.day
    row[start] = read_hour(hour[0, H_CALLED], hour[1, H_CALLED], hour_left)
    row[start + 1] = read_day(day[0, CALLED], day[1, CALLED], day_left)
    row[start + 2] = read_hour(hour[0, H_PICKED_UP], hour[1, H_PICKED_UP], hour_left)
    row[start + 3] = read_day(day[0, PICKED_UP], day[1, PICKED_UP], day_left)


@borrowing
def _thousandths(part: int, whole: int) -> int:
    """A share in thousandths, at most 1000, and 0 of nothing."""
    if whole <= 0 or part <= 0:
        return 0
    return int(min(part * _WHOLE_SHARE // whole, _WHOLE_SHARE))
