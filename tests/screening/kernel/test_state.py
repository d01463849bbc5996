"""A stored state is exact: a kernel restored anywhere goes on as the other one would."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haodun.lab.benchmarks.kernel import call_events
from haodun.screening.events import Action, Decision, Event, EventKind, Flag, Layer
from haodun.screening.kernel import KernelError, Oracle, Parameters

Make = Callable[..., Event]
PARAMETERS = Parameters(capacity=400)
EVENTS = call_events(900, callers=300)
BLOCK = Decision(Action.BLOCK, Layer.LISTS, Flag.CASE | Flag.TRACE, ("R1", "R2"), ("S",), 7)
ALLOW = Decision(Action.ALLOW, Layer.NONE, Flag.NONE, (), (), 0)


def step(oracle: Oracle, event: Event) -> object:
    """Take one event; every seventh call is blocked."""
    if event.kind is not EventKind.ATTEMPT:
        return oracle.outcome(event)
    reading = oracle.attempt(event)
    blocked = event.number % 7 == 0
    oracle.settle(event, BLOCK if blocked else ALLOW, blocked=blocked)
    return reading


@settings(max_examples=15)
@given(cut=st.integers(0, len(EVENTS)))
def test_a_kernel_restored_anywhere_goes_on_the_same(cut: int) -> None:
    whole = Oracle(PARAMETERS)
    for event in EVENTS[:cut]:
        step(whole, event)
    restored = Oracle.restore(PARAMETERS, whole.export_state())
    assert [step(whole, event) for event in EVENTS[cut:]] == [step(restored, event) for event in EVENTS[cut:]]
    assert restored.export_state() == whole.export_state()
    assert restored.after_block == whole.after_block > 0


def test_repeats_live_calls_and_extreme_values_survive(make: Make) -> None:
    oracle = Oracle(PARAMETERS)
    live = make(EventKind.ATTEMPT, 0, call_id="l", transaction="t", live=True)
    oracle.attempt(live)
    oracle.settle(live, BLOCK, blocked=True)
    restored = Oracle.restore(PARAMETERS, oracle.export_state())
    again = make(EventKind.ATTEMPT, 1, call_id="l", transaction="t", live=True)
    assert restored.attempt(again).repeat_of == live.number
    assert restored.earlier(again) == BLOCK
    assert restored.attempt(make(EventKind.ATTEMPT, 2, call_id="record")).decided_live == live.number


@pytest.mark.parametrize("device", [-5, (1 << 63) - 1, -(1 << 63)])
def test_a_device_is_the_same_one_after_a_restore(make: Make, device: int) -> None:
    oracle = Oracle(PARAMETERS)
    oracle.attempt(make(EventKind.ATTEMPT, 0, device=device))
    restored = Oracle.restore(PARAMETERS, oracle.export_state())
    restored.attempt(make(EventKind.ATTEMPT, 1, device=device))
    record = restored.segments.find(1001)
    assert record is not None and (record.device != 0, record.device_changes) == (True, 0)


def test_another_set_of_parameters_is_refused() -> None:
    with pytest.raises(KernelError, match="parameters"):
        Oracle.restore(Parameters(capacity=401), Oracle(PARAMETERS).export_state())


def test_damaged_bytes_are_refused_and_nothing_else_happens() -> None:
    oracle = Oracle(PARAMETERS)
    for event in EVENTS[:200]:
        step(oracle, event)
    good = oracle.export_state()
    draw = random.Random(5)
    for _ in range(60):
        place = draw.randrange(len(good))
        bad = good[:place] + bytes([good[place] ^ (1 << draw.randrange(8))]) + good[place + 1 :]
        with pytest.raises(KernelError):
            Oracle.restore(PARAMETERS, bad)
    for cut in (0, 10, len(good) // 2, len(good) - 1):
        with pytest.raises(KernelError):
            Oracle.restore(PARAMETERS, good[:cut])
