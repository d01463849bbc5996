"""A flood of forged callers changes no reading of a known number and takes no byte of memory."""

from __future__ import annotations

import numpy as np
import pytest

from haodun.lab.benchmarks.flood import flood, readings
from haodun.lab.benchmarks.packed_traffic import START_MS, newcomers
from haodun.screening.kernel import Parameters
from haodun.screening.kernel.fast import WIDTH, make_state, run_events
from haodun.screening.kernel.fast.layout import RECORD, bytes_a_number, views


def test_a_flood_changes_no_reading_and_no_memory() -> None:
    changed, grown, _ = flood(20_000, 200_000, known=2_000, at_once=10_000)
    assert (changed, grown) == (0, 0)


def test_a_reading_that_changes_would_be_seen() -> None:
    state = make_state(Parameters(capacity=2_000))
    rows, results = np.zeros((1, WIDTH), np.int64), np.zeros(10, np.int64)
    for minute in range(2):
        run_events(state, newcomers(0, 10, time_ms=START_MS + minute * 700_000, number=1 + minute), rows, results)
    before = readings(state, 10, 100)
    assert before.any(axis=1).all(), "they are known"
    assert (readings(state, 10, 200) == before).all(), "reading counts nothing"
    run_events(state, newcomers(3, 1, time_ms=START_MS + 700_000, number=300), rows, results)
    assert (readings(state, 10, 400) != before).any(axis=1).tolist() == [place == 3 for place in range(10)]


@pytest.mark.parametrize("capacity", [1_000_000, 1_100_000, 500_000])
def test_a_number_takes_208_bytes_at_most(capacity: int) -> None:
    state = make_state(Parameters(capacity=capacity))
    assert bytes_a_number(state) <= 208
    memory = views(state)
    assert len(memory.records) - 2 >= capacity - 8
    assert RECORD.itemsize == 192 and memory.records.ctypes.data % 64 == 0 and memory.keys.ctypes.data % 64 == 0


def test_fewer_results_than_events_are_refused() -> None:
    events = newcomers(0, 10, time_ms=START_MS, number=1)
    with pytest.raises(ValueError, match="fewer"):
        run_events(make_state(Parameters()), events, np.zeros((1, WIDTH), np.int64), np.zeros(9, np.int64))
