"""What is kept of one number: its windows as caller and callee, and a few marks."""

from __future__ import annotations

from haodun.screening.kernel.distinct import mark, splitmix64
from haodun.screening.kernel.windows import (
    ATTEMPTS,
    CAP_16,
    CAP_32,
    CELLS,
    DAY,
    DAY_MS,
    HOUR,
    HOUR_MS,
    MINUTE,
    MINUTE_MS,
    add,
)

TRUNK_BITS = 32
MAX_RUN = CAP_16
MAX_DEVICE_CHANGES = CAP_16
DEVICE_MASK = 0xFFFFFFFF
_HOUR_MINUTES = HOUR_MS // MINUTE_MS
_DAY_MINUTES = DAY_MS // MINUTE_MS


class Record:
    """The state of one number; all times in milliseconds since the Unix epoch. Bits: docs/reference/kernel.md."""

    __slots__ = (
        "attempt_ms",
        "bits",
        "bits_before",
        "cells",
        "device",
        "device_changes",
        "first_ms",
        "key",
        "last_callee",
        "last_ms",
        "minute",
        "run",
        "saturated",
        "trunks",
        "verdict_ms",
    )

    def __init__(self, key: int, now_ms: int) -> None:
        self.key = key
        self.first_ms = now_ms
        """Seen first, in either role."""
        self.last_ms = now_ms
        """Seen last, in either role."""
        self.attempt_ms = -1
        """Newest attempt as caller, −1 before the first."""
        self.verdict_ms = -1
        """Last non-ALLOW verdict, −1 if none."""
        self.minute = now_ms // MINUTE_MS
        """Minute since the epoch that all windows are rolled to."""
        self.cells = [0] * CELLS
        """The counters, as `windows` lays them out."""
        self.bits = 0
        """Linear counting of the callees of the running hour."""
        self.bits_before = 0
        self.last_callee = 0
        self.run = 0
        self.trunks = 0
        """One bit of 32 for each trunk seen: a lower bound of their number."""
        self.device = 0
        """32 bits of the last device known, 0 before one is."""
        self.device_changes = 0
        self.saturated = False
        """A counter stopped at its cap: its reading is a lower bound."""

    def roll(self, now_ms: int) -> None:
        """Bring all windows to `now_ms`; never back."""
        minute, before = now_ms // MINUTE_MS, self.minute
        if minute <= before:
            return
        self.minute = minute
        MINUTE.roll(self.cells, minute - before)
        hours = minute // _HOUR_MINUTES - before // _HOUR_MINUTES
        if not hours:
            return
        HOUR.roll(self.cells, hours)
        self.bits_before = self.bits if hours == 1 else 0
        self.bits = 0
        days = minute // _DAY_MINUTES - before // _DAY_MINUTES
        if days:
            DAY.roll(self.cells, days)

    def count_call(self, index: int, time_ms: int) -> None:
        """`count` one ATTEMPTS or CALLED: the same, shorter where the event lies in the minute that is rolled to."""
        cells = self.cells
        hour, day = HOUR.start + index, DAY.start + index
        if time_ms // MINUTE_MS != self.minute or cells[hour] >= CAP_16 or cells[day] >= CAP_32:
            self.count(index, time_ms)
            return
        if index == ATTEMPTS:
            if cells[ATTEMPTS] >= CAP_16:
                self.count(index, time_ms)
                return
            cells[ATTEMPTS] += 1
        cells[hour] += 1
        cells[day] += 1

    def count(self, index: int, time_ms: int, amount: int = 1) -> None:
        """Add to a counter in each window that holds it."""
        if not add(self.cells, index, amount=amount, time_ms=time_ms, rolled_ms=self.minute * MINUTE_MS):
            self.saturated = True

    def dial(self, callee: int, *, run_gap: int, time_ms: int) -> None:
        """Note whom the number called: distinct callees of the hour, run of consecutive numbers."""
        if callee <= 0:
            return
        back = self.minute // _HOUR_MINUTES - time_ms // HOUR_MS
        if back == 0:
            self.bits = mark(self.bits, callee)
        elif back == 1:
            self.bits_before = mark(self.bits_before, callee)
        step = abs(callee - self.last_callee)
        if step:
            follows = step <= run_gap and self.last_callee > 0
            self.run = min(self.run + 1, MAX_RUN) if follows else 1
            self.last_callee = callee

    def arrive(self, trunk_bit: int, device: int) -> None:
        """Note where the call came in and from which device."""
        self.trunks |= trunk_bit
        if not device:
            return
        folded = (device ^ (device >> 32)) & DEVICE_MASK
        if folded and folded != self.device:
            if self.device:
                self.device_changes = min(self.device_changes + 1, MAX_DEVICE_CHANGES)
            self.device = folded


def trunk_mask(trunk: int) -> int:
    """The one bit of 32 that stands for a trunk id.

    >>> trunk_mask(-7).bit_count(), trunk_mask(-7) == trunk_mask(-7)
    (1, True)
    """
    return 1 << (splitmix64(trunk & 0xFFFFFFFFFFFFFFFF) % TRUNK_BITS)
