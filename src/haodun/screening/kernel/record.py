"""What is kept of one number: its windows as caller and callee, and a few marks."""

from __future__ import annotations

from haodun.screening.kernel.distinct import mark, splitmix64
from haodun.screening.kernel.parameters import DAY_MS, HOUR_MS, MINUTE_MS
from haodun.screening.kernel.windows import CAP_16, CAP_32, Window

# Positions of the counters inside a window. The minute holds the first three, the hour six, the day all.
ATTEMPTS, ANSWERED, SHORT, SECONDS, CALLED, PICKED_UP, HANGUPS, NIGHT = range(8)

MINUTE_CAPS = (CAP_16, CAP_16, CAP_16)
HOUR_CAPS = (CAP_16, CAP_16, CAP_16, CAP_32, CAP_16, CAP_16)
DAY_CAPS = (CAP_32,) * 8
TRUNK_BITS = 32
MAX_RUN = CAP_16
MAX_DEVICE_CHANGES = CAP_16


class Record:
    """The state of one number; all times in milliseconds since the Unix epoch."""

    __slots__ = (
        "attempt_minute",
        "attempt_ms",
        "bits",
        "bits_before",
        "day",
        "device",
        "device_changes",
        "first_ms",
        "hour",
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
        self.last_ms = now_ms
        """Seen last, in either role."""
        self.attempt_ms = -1
        """Last attempt as caller, −1 before the first."""
        self.attempt_minute = -1
        """Minute since the epoch of the first attempt, −1 before it."""
        self.verdict_ms = -1
        """Last non-ALLOW verdict, −1 if none."""
        self.minute = Window(span_ms=MINUTE_MS, caps=MINUTE_CAPS)
        self.hour = Window(span_ms=HOUR_MS, caps=HOUR_CAPS)
        self.day = Window(span_ms=DAY_MS, caps=DAY_CAPS)
        self.bits = 0
        """Linear counting of the callees of the running hour."""
        self.bits_before = 0
        self.last_callee = 0
        self.run = 0
        self.trunks = 0
        """One bit of 32 for each trunk seen: a lower bound of their number."""
        self.device = 0
        self.device_changes = 0
        self.saturated = False
        """A counter stopped at its cap: its reading is a lower bound."""

    def roll(self, now_ms: int) -> None:
        """Bring all windows to `now_ms`."""
        hour = self.hour
        before = hour.epoch
        self.minute.roll(now_ms)
        hour.roll(now_ms)
        self.day.roll(now_ms)
        if hour.epoch != before:
            self.bits_before = self.bits if hour.epoch == before + 1 else 0
            self.bits = 0

    def count(self, index: int, time_ms: int, amount: int = 1) -> None:
        """Add to a counter in each window that holds it."""
        fits = self.day.add(index, amount, time_ms)
        if index < HANGUPS:
            fits &= self.hour.add(index, amount, time_ms)
        if index <= SHORT:
            fits &= self.minute.add(index, amount, time_ms)
        if not fits:
            self.saturated = True

    def dial(self, callee: int, run_gap: int, time_ms: int) -> None:
        """Note whom the number called: distinct callees of the hour, run of consecutive numbers."""
        if callee <= 0:
            return
        epoch = time_ms // HOUR_MS
        if epoch == self.hour.epoch:
            self.bits = mark(self.bits, callee)
        elif epoch == self.hour.epoch - 1:
            self.bits_before = mark(self.bits_before, callee)
        step = abs(callee - self.last_callee)
        if step:
            follows = step <= run_gap and self.last_callee > 0
            self.run = min(self.run + 1, MAX_RUN) if follows else 1
            self.last_callee = callee

    def arrive(self, trunk: int, device: int) -> None:
        """Note where the call came in and from which device."""
        self.trunks |= 1 << (splitmix64(trunk & 0xFFFFFFFFFFFFFFFF) % TRUNK_BITS)
        if device and device != self.device:
            if self.device:
                self.device_changes = min(self.device_changes + 1, MAX_DEVICE_CHANGES)
            self.device = device
