"""The time of live events: follows the system's clock, never goes back, never jumps."""

from __future__ import annotations

from haodun.edge.serve.limits import CLOCK_SLEW, CLOCK_STEP_MS


class EventClock:
    """Stamps events. `now_ms(wall, steady)` takes both clocks in ms; the caller reads them.

    A wall clock that is wrong by years must not poison the kernel, for which the newest event is the present: where
    the wall leaves the steady clock by more than CLOCK_STEP_MS it is followed by one part in CLOCK_SLEW at most.
    """

    def __init__(self, *, wall_ms: int, steady_ms: int) -> None:
        self._last_ms = wall_ms
        self._steady_ms = steady_ms
        self.off_ms = 0
        """How far the wall is ahead of the time that is stamped."""

    def now_ms(self, wall_ms: int, steady_ms: int) -> int:
        """The time to stamp, ms since the Unix epoch; not less than the last."""
        passed = max(steady_ms - self._steady_ms, 0)
        expected = self._last_ms + passed
        off = wall_ms - expected
        if abs(off) > CLOCK_STEP_MS:
            most = passed // CLOCK_SLEW
            off = max(-most, min(off, most))
        now = max(expected + off, self._last_ms)
        self._last_ms, self._steady_ms = now, max(steady_ms, self._steady_ms)
        self.off_ms = wall_ms - now
        return now
