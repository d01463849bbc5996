"""The windows of a number: counters over a minute, an hour and a day, aligned to the Unix epoch.

Theory of operation. All counters of a number lie in one list of cells: of each span first those of the running span,
then those of the span before. A reading is `current + previous × remaining ms // span ms`, so that a person and a SQL
query over the calls get the same number: the previous span counts by the part of it that a sliding window would still
cover. A minute lies in one hour and an hour in one day, so one minute number says where all three windows stand.
"""

from __future__ import annotations

from dataclasses import dataclass

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
CAP_16 = 65_535
CAP_32 = 2_147_483_647
"""So that a reading, the sum of two of them at most, stays within 32 bits."""

# The counters, by their place in a window. The minute holds the first three, the hour the first six, the day all.
ATTEMPTS, ANSWERED, SHORT, SECONDS, CALLED, PICKED_UP, HANGUPS, NIGHT = range(8)


@dataclass(frozen=True, slots=True)
class Span:
    """One span length and where its cells lie."""

    ms: int
    start: int
    """First cell of the running span; those of the span before follow."""
    caps: tuple[int, ...]
    """Largest value of each counter."""

    @property
    def width(self) -> int:
        """Counters in a window of this span."""
        return len(self.caps)

    def read(self, cells: list[int], now_ms: int) -> list[int]:
        """All counters of this span as read at `now_ms`; the cells must be rolled to it.

        >>> MINUTE.read([1, 0, 0, 4, 8, 0] + [0] * 28, 75_000)
        [4, 6, 0]
        """
        start, width, span_ms = self.start, len(self.caps), self.ms
        middle = start + width
        current, previous = cells[start:middle], cells[middle : middle + width]
        if not any(previous):
            return current
        remaining = span_ms - now_ms % span_ms
        return [now + before * remaining // span_ms for now, before in zip(current, previous, strict=True)]

    def read_one(self, cells: list[int], index: int, now_ms: int) -> int:
        """One counter of this span as read at `now_ms`."""
        cell = self.start + index
        return cells[cell] + cells[cell + len(self.caps)] * (self.ms - now_ms % self.ms) // self.ms

    def roll(self, cells: list[int], steps: int) -> None:
        """Move on by some spans: the running one becomes the one before, or is too old for it."""
        middle = self.start + len(self.caps)
        end = middle + len(self.caps)
        empty = [0] * len(self.caps)
        cells[middle:end] = cells[self.start : middle] if steps == 1 else empty
        cells[self.start : middle] = empty


MINUTE = Span(ms=MINUTE_MS, start=0, caps=(CAP_16, CAP_16, CAP_16))
HOUR = Span(ms=HOUR_MS, start=6, caps=(CAP_16, CAP_16, CAP_16, CAP_32, CAP_16, CAP_16))
DAY = Span(ms=DAY_MS, start=18, caps=(CAP_32,) * 8)
SPANS = (MINUTE, HOUR, DAY)
CELLS = sum(2 * span.width for span in SPANS)
"""Cells of a number."""

PLACES: tuple[tuple[tuple[int, int, int, int], ...], ...] = tuple(
    tuple((span.ms, span.start + index, span.width, span.caps[index]) for span in SPANS if index < span.width)
    for index in range(DAY.width)
)
"""Of each counter, each window that holds it: span ms, cell of the running span, cells to the span before, cap."""


def add(cells: list[int], index: int, *, amount: int, time_ms: int, rolled_ms: int) -> bool:
    """Count in each window the span of the event's own time, where it is still held; False when one stopped at its cap.

    `rolled_ms` is any moment of the minute that the cells are rolled to; no event is newer than that minute.
    """
    fits = True
    for span_ms, cell, width, cap in PLACES[index]:
        back = rolled_ms // span_ms - time_ms // span_ms
        if back > 1:
            continue
        if back:
            cell += width
        value = cells[cell] + amount
        if value > cap:
            value, fits = cap, False
        cells[cell] = value
    return fits
