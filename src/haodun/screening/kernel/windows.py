"""A window of counters: the running span and the one before, aligned to the Unix epoch."""

from __future__ import annotations

CAP_16 = 65_535
CAP_32 = 2_147_483_647
"""So that a reading, the sum of two of them at most, stays within 32 bits."""


class Window:
    """Some counters over one span length.

    A reading is `current + previous × remaining ms // span ms`, so that a person and a SQL query over the calls get
    the same number: the previous span counts by the part of it that a sliding window would still cover.

    >>> window = Window(span_ms=60_000, caps=(CAP_16,))
    >>> window.roll(30_000); window.add(0, 4, 30_000); window.roll(75_000); window.add(0, 1, 75_000)
    True
    True
    >>> window.readings(75_000)
    [4]
    """

    __slots__ = ("before", "caps", "epoch", "now", "span_ms")

    def __init__(self, *, span_ms: int, caps: tuple[int, ...]) -> None:
        self.span_ms = span_ms
        self.caps = caps
        self.epoch = 0
        """Number of the running span since the Unix epoch."""
        self.now = [0] * len(caps)
        self.before = [0] * len(caps)

    def roll(self, now_ms: int) -> None:
        """Move to the span that holds `now_ms`; never back."""
        epoch = now_ms // self.span_ms
        if epoch <= self.epoch:
            return
        self.before = self.now if epoch == self.epoch + 1 else [0] * len(self.caps)
        self.now = [0] * len(self.caps)
        self.epoch = epoch

    def add(self, index: int, amount: int, time_ms: int) -> bool:
        """Count in the span of the event's own time, if it is still held. False when a counter stopped at its cap."""
        epoch = time_ms // self.span_ms
        if epoch == self.epoch:
            counters = self.now
        elif epoch == self.epoch - 1:
            counters = self.before
        else:
            return True
        value = counters[index] + amount
        cap = self.caps[index]
        counters[index] = value if value <= cap else cap
        return value <= cap

    def readings(self, now_ms: int) -> list[int]:
        """All counters as read at `now_ms`, which must lie in the running span."""
        span = self.span_ms
        remaining = span - now_ms % span
        return [current + previous * remaining // span for current, previous in zip(self.now, self.before, strict=True)]
