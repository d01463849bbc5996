"""A flood of forged callers, each seen once: what it costs, and that nothing known changes and no memory grows.

`HAODUN_FLOOD` says how many (50 million where it does not): over and over through a kernel of a million numbers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from haodun.lab.benchmarks.packed_traffic import START_MS, newcomers
from haodun.lab.benchmarks.row import Row
from haodun.screening.events.packed import Events
from haodun.screening.kernel import Parameters
from haodun.screening.kernel.fast import WIDTH, State, make_state, run_events

FORGED = 50_000_000
AT_ONCE = 100_000
KNOWN = 10_000
"""Numbers known before, whose every reading is compared."""
LATER_MS = 600_000
"""An attempt this far behind is late: it is read and not counted."""
_FORGED_FROM = 1_000_000_000
MIN_GROWTH = 4 * 2**20
"""Bytes that a process's memory may move by itself."""


def flood(capacity: int, forged: int, *, known: int = KNOWN, at_once: int = AT_ONCE) -> tuple[int, int, float]:
    """Readings of known numbers that changed, bytes that the process grew by, and CPU seconds of the flood itself."""
    state = make_state(Parameters(capacity=capacity, max_repeats=capacity, max_open_calls=capacity), secret=0x5EED)
    number = 1
    for minute in range(2):
        _take(state, newcomers(0, known, time_ms=START_MS + minute * 61_000, number=number))
        number += known
    events = newcomers(_FORGED_FROM, at_once, time_ms=START_MS + LATER_MS + 61_000, number=number)
    # Until probation and the attempts that may be repeated have been full once, memory is only taken into use.
    for _ in range(capacity // at_once + 1):
        number = _forge(state, events, number)
    before, grown = readings(state, known, number), resident_bytes()
    number += known
    started = time.process_time()
    for _ in range(max(forged // at_once, 1)):
        number = _forge(state, events, number)
    taken = time.process_time() - started
    grown = resident_bytes() - grown
    after = readings(state, known, number)
    return int((before != after).any(axis=1).sum()), max(grown - MIN_GROWTH, 0), taken


def readings(state: State, known: int, number: int) -> npt.NDArray[np.int64]:
    """What the kernel says of the known numbers; it stays as it is."""
    return _take(state, newcomers(0, known, time_ms=START_MS + 1, number=number), every=True)


def resident_bytes() -> int:
    """Memory of this process that is in use."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _forge(state: State, events: Events, number: int) -> int:
    """Take as many attempts of callers that nobody has seen: the number of the next event."""
    events["caller"] += len(events)
    for name in ("call_high", "attempt_high"):
        events[name] += np.uint64(0x9E3779B97F4A7C15)
    _take(state, events)
    return number + len(events)


def _take(state: State, events: Events, *, every: bool = False) -> npt.NDArray[np.int64]:
    rows = np.zeros((len(events) if every else 1, WIDTH), np.int64)
    run_events(state, events, rows, np.zeros(len(events), np.int64))
    return rows


def run(measure: Callable[[int, int], tuple[int, int, float]] = flood) -> list[Row]:
    """The flood's figures."""
    forged = int(os.environ.get("HAODUN_FLOOD", str(FORGED)))
    changed, grown, seconds = measure(1_000_000, forged)
    return [
        Row("flood", f"forged callers a second, {forged:,}", forged / max(seconds, 1e-9), "events/s"),
        Row("flood", "readings of known numbers changed", changed, "numbers", 0, at_most=True),
        Row("flood", "memory grown", grown, "bytes", 0, at_most=True),
    ]
