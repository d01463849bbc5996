"""The oracle's meanings, one by one: order of counting, repeats, lateness, blocked calls, records of live calls."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from haodun.lab.benchmarks.kernel import call_events
from haodun.screening.events import (
    KERNEL_FEATURES,
    Action,
    Cause,
    Decision,
    Event,
    EventKind,
    Flag,
    Layer,
)
from haodun.screening.kernel import KernelError, Oracle, Outcome, Parameters, Reading

Make = Callable[..., Event]
PLACE = {feature.name: place for place, feature in enumerate(KERNEL_FEATURES)}
ALLOW = Decision(Action.ALLOW, Layer.NONE, Flag.NONE, (), (), 0)
BLOCK = Decision(Action.BLOCK, Layer.ORIGIN, Flag.TRACE, ("R1",), (), 0)
ATTEMPT, ANSWER, END = EventKind.ATTEMPT, EventKind.ANSWER, EventKind.END


def read(reading: Reading, name: str) -> int:
    return reading.features[PLACE[name]]


def oracle(**settings: int) -> Oracle:
    return Oracle(Parameters(**settings))


def test_an_attempt_is_counted_before_it_is_read(make: Make) -> None:
    assert read(oracle().attempt(make(ATTEMPT, 0)), "caller.attempts_1m") == 1


def test_a_reading_fades_with_the_part_of_the_window_that_is_left(make: Make) -> None:
    kernel = oracle()
    for second in range(10):
        kernel.attempt(make(ATTEMPT, second))
    assert read(kernel.attempt(make(ATTEMPT, 60)), "caller.attempts_1m") == 1 + 10
    assert read(kernel.attempt(make(ATTEMPT, 90)), "caller.attempts_1m") == 2 + 10 * 30 // 60
    assert read(kernel.attempt(make(ATTEMPT, 240)), "caller.attempts_1m") == 1


def test_a_repeat_within_32_seconds_is_not_counted_and_gets_the_earlier_verdict(make: Make) -> None:
    kernel = oracle()
    first = make(ATTEMPT, 0, call_id="c", transaction="tag;1 INVITE")
    kernel.attempt(first)
    kernel.settle(first, BLOCK, blocked=True)
    again = make(ATTEMPT, 31, call_id="c", transaction="tag;1 INVITE")
    reading = kernel.attempt(again)
    assert (reading.counted, reading.repeat_of) == (False, first.number)
    assert read(reading, "caller.attempts_24h") == 1
    assert kernel.earlier(again) == BLOCK
    assert kernel.attempt(make(ATTEMPT, 33, call_id="c", transaction="tag;1 INVITE")).counted
    assert kernel.attempt(make(ATTEMPT, 33, call_id="c", transaction="tag;2 INVITE")).counted


def test_a_late_attempt_is_read_but_not_counted(make: Make) -> None:
    kernel = oracle()
    kernel.attempt(make(ATTEMPT, 1_000))
    assert kernel.attempt(make(ATTEMPT, 700)).counted
    late = kernel.attempt(make(ATTEMPT, 699))
    assert (late.counted, late.late, kernel.late) == (False, True, 1)
    assert read(late, "caller.attempts_24h") == 2


def test_a_late_outcome_is_not_counted(make: Make) -> None:
    kernel = oracle()
    kernel.attempt(make(ATTEMPT, 200_000))
    assert kernel.outcome(make(END, 200_000 - 86_401)) is Outcome.LATE
    assert kernel.outcome(make(END, 200_000 - 86_399)) is Outcome.COUNTED


def test_answer_and_end_of_a_blocked_call_are_ignored_and_counted_as_after_block(make: Make) -> None:
    kernel = oracle()
    attempt = make(ATTEMPT, 0, call_id="c")
    kernel.attempt(attempt)
    kernel.settle(attempt, BLOCK, blocked=True)
    assert kernel.outcome(make(ANSWER, 5, call_id="c")) is Outcome.AFTER_BLOCK
    assert kernel.outcome(make(END, 9, call_id="c", answered=True, seconds=4)) is Outcome.AFTER_BLOCK
    after = kernel.attempt(make(ATTEMPT, 10))
    assert read(after, "caller.answered_24h") == read(after, "caller.short_24h") == 0
    assert kernel.after_block == 2


def test_in_observe_mode_the_outcome_of_such_a_call_counts(make: Make) -> None:
    kernel = oracle()
    attempt = make(ATTEMPT, 0, call_id="c")
    kernel.attempt(attempt)
    kernel.settle(attempt, BLOCK, blocked=False)
    assert kernel.outcome(make(ANSWER, 5, call_id="c")) is Outcome.COUNTED
    assert read(kernel.attempt(make(ATTEMPT, 10)), "caller.answered_24h") == 1


@pytest.mark.parametrize(
    ("call_id", "at_s", "belongs"), [("live", 500, True), ("other", 103, True), ("other", 104, False)]
)
def test_the_record_of_a_live_call_adds_only_its_outcome(make: Make, call_id: str, at_s: int, belongs: bool) -> None:
    kernel = oracle()
    live = make(ATTEMPT, 100, call_id="live", transaction="t;1", live=True)
    kernel.attempt(live)
    kernel.settle(live, ALLOW, blocked=False)
    record = kernel.attempt(make(ATTEMPT, at_s, call_id=call_id))
    assert (record.decided_live == live.number) is belongs
    assert record.counted is not belongs


def test_the_record_of_a_call_blocked_live_adds_nothing(make: Make) -> None:
    kernel = oracle()
    live = make(ATTEMPT, 100, call_id="live", transaction="t;1", live=True)
    kernel.attempt(live)
    kernel.settle(live, BLOCK, blocked=True)
    kernel.attempt(make(ATTEMPT, 101, call_id="record"))
    assert kernel.outcome(make(END, 120, call_id="record")) is Outcome.AFTER_BLOCK


def test_the_latest_verdict_of_a_call_rules(make: Make) -> None:
    kernel = oracle()
    for transaction, decision in (("t;1", BLOCK), ("t;2", ALLOW)):
        attempt = make(ATTEMPT, 0, call_id="c", transaction=transaction, live=True)
        kernel.attempt(attempt)
        kernel.settle(attempt, decision, blocked=decision is BLOCK)
    record = kernel.attempt(make(ATTEMPT, 1, call_id="record"))
    assert record.decided_live == attempt.number
    assert kernel.outcome(make(ANSWER, 5, call_id="c")) is Outcome.COUNTED
    assert kernel.outcome(make(ANSWER, 5, call_id="record")) is Outcome.COUNTED


def test_the_nearest_of_several_live_calls_is_the_one_a_record_belongs_to(make: Make) -> None:
    kernel = oracle()
    numbers = []
    for at in (98, 100, 102):
        live = make(ATTEMPT, at, transaction="t", live=True)
        kernel.attempt(live)
        kernel.settle(live, ALLOW, blocked=False)
        numbers.append(live.number)
    found = [kernel.attempt(make(ATTEMPT, at)).decided_live for at in (95, 99, 101, 104.9, 105.1)]
    assert found == [numbers[0], numbers[0], numbers[1], numbers[2], 0]


def test_the_tables_of_calls_forget_the_oldest(make: Make) -> None:
    kernel = oracle(max_open_calls=2, max_repeats=2)
    attempts = [make(ATTEMPT, at, call_id=f"c{at}", transaction="t", live=True, caller=3000 + at) for at in range(4)]
    for attempt in attempts:
        kernel.attempt(attempt)
        kernel.settle(attempt, BLOCK, blocked=True)
    assert [kernel.earlier(attempt) is not None for attempt in attempts] == [False, False, True, True]
    ends = [kernel.outcome(make(END, 9, call_id=f"c{at}", caller=3000 + at)) for at in range(4)]
    assert ends == [Outcome.COUNTED, Outcome.COUNTED, Outcome.AFTER_BLOCK, Outcome.AFTER_BLOCK]
    assert [kernel.live.find(f"c{at}", (3000 + at, 2002), 0) is not None for at in range(4)] == [False] * 2 + [True] * 2


def test_the_answer_of_a_call_nobody_saw_begin_is_counted(make: Make) -> None:
    kernel = oracle()
    assert kernel.outcome(make(ANSWER, 0, call_id="never seen")) is Outcome.COUNTED
    assert read(kernel.attempt(make(ATTEMPT, 1)), "caller.answered_1h") == 1


def test_two_runs_over_the_same_events_are_the_same() -> None:
    events = call_events(300, callers=40)
    runs = []
    for _ in range(2):
        kernel = oracle(capacity=64)
        for event in events:
            if event.kind is ATTEMPT:
                kernel.attempt(event)
            else:
                kernel.outcome(event)
        runs.append(kernel.export_state())
    assert runs[0] == runs[1]


def test_short_answered_calls_and_given_up_ones_are_told_apart(make: Make) -> None:
    kernel = oracle()
    kernel.attempt(make(ATTEMPT, 0))
    kernel.outcome(make(END, 9, answered=True, seconds=9))
    kernel.outcome(make(END, 10, answered=True, seconds=10))
    kernel.outcome(make(END, 11, ring_ms=7_999, cause=Cause.CANCELLED))
    kernel.outcome(make(END, 12, ring_ms=8_000, cause=Cause.CANCELLED))
    kernel.outcome(make(END, 13, ring_ms=1_000, cause=Cause.BUSY))
    reading = kernel.attempt(make(ATTEMPT, 14))
    assert read(reading, "caller.short_1h") == 1
    assert read(reading, "caller.seconds_1h") == 19
    assert read(reading, "caller.hangup_share") == 500


def test_a_run_of_consecutive_numbers_grows_and_breaks(make: Make) -> None:
    kernel = oracle()
    runs = [read(kernel.attempt(make(ATTEMPT, at, callee=callee)), "caller.sequential_run") for at, callee in
            enumerate((5000, 5001, 5003, 5002, 5002, 5006, 5007))]  # fmt: skip
    assert runs == [1, 2, 3, 4, 4, 1, 2]


def test_trunks_and_devices_are_noted(make: Make) -> None:
    kernel = oracle()
    for at, (trunk, device) in enumerate([("a", 7), ("b", 7), ("b", 8), ("b", 0), ("b", 8)]):
        reading = kernel.attempt(make(ATTEMPT, at, trunk=trunk, device=device))
    assert read(reading, "caller.distinct_trunks") == 2
    assert read(reading, "caller.device_changes") == 1


def test_history_and_quiet_are_seconds(make: Make) -> None:
    kernel = oracle()
    first = kernel.attempt(make(ATTEMPT, 0))
    second = kernel.attempt(make(ATTEMPT, 100))
    third = kernel.attempt(make(ATTEMPT, 130))
    assert [(read(r, "caller.history_s"), read(r, "caller.quiet_s")) for r in (first, second, third)] == [
        (0, 0),
        (100, 100),
        (130, 30),
    ]


def test_a_caller_without_a_number_is_counted_by_its_trunk(make: Make) -> None:
    kernel = oracle()
    kernel.attempt(make(ATTEMPT, 0, caller=0, trunk="a"))
    kernel.attempt(make(ATTEMPT, 1, caller=0, trunk="b"))
    assert read(kernel.attempt(make(ATTEMPT, 2, caller=0, trunk="a")), "caller.attempts_1h") == 2


def test_a_called_text_that_is_no_number_reads_as_nothing(make: Make) -> None:
    reading = oracle().attempt(make(ATTEMPT, 0, callee=0))
    assert [read(reading, name) for name in PLACE if name.startswith("callee.")] == [0, 0, 0, 0]


def test_a_16_bit_counter_stops_at_its_cap_and_says_so(make: Make) -> None:
    kernel = oracle()
    attempt = make(ATTEMPT, 0)
    for position in range(65_540):
        kernel.attempt(attempt._replace(call_id=str(position)))
    reading = kernel.attempt(make(ATTEMPT, 1))
    assert read(reading, "caller.attempts_1h") == 65_535
    assert read(reading, "caller.attempts_24h") == 65_541
    record = kernel.segments.find(1001)
    assert record is not None and record.saturated


@pytest.mark.parametrize(
    "settings",
    [
        {"max_repeats": 0},
        {"max_open_calls": 0},
        {"capacity": 1},
        {"night_from": 24},
        {"short_s": -1},
        {"probation_thousandths": 0},
    ],
)
def test_parameters_that_make_no_sense_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(KernelError):
        Parameters(**settings)


NOT_DECIDING = {"error.py", "list_reader.py", "source.py", "shipped.py"}
"""Suggestions for misspelt words, and paths."""


def test_the_deciding_code_has_no_float(root: Path) -> None:
    found = []
    for folder in ("kernel", "events", "policy", "verdicts"):
        for path in (root / "src/haodun/screening" / folder).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, float):
                    found.append(f"{path.name}:{node.lineno} {node.value}")
                if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                    found.append(f"{path.name}:{node.lineno} true division")
    assert [place for place in found if place.partition(":")[0] not in NOT_DECIDING] == []
