"""Fixed memory: probation, promotion, eviction; a flood of forged numbers evicts its own kind."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from haodun.screening.events import Action, Decision, Event, EventKind, Flag, Layer
from haodun.screening.kernel import Oracle, Parameters
from haodun.screening.kernel.distinct import BITS, ESTIMATES, estimate, mark
from haodun.screening.kernel.record import Record
from haodun.screening.kernel.segments import Segments

Make = Callable[..., Event]
ATTEMPT, ANSWER = EventKind.ATTEMPT, EventKind.ANSWER
TIP = Decision(Action.TIP, Layer.ORIGIN, Flag.NONE, ("R",), (), 0)


def test_a_number_is_promoted_at_an_attempt_in_another_minute(make: Make) -> None:
    kernel = Oracle(Parameters())
    kernel.attempt(make(ATTEMPT, 1))
    kernel.attempt(make(ATTEMPT, 59))
    assert 1001 in kernel.segments.probation
    kernel.attempt(make(ATTEMPT, 61))
    assert 1001 in kernel.segments.main and 1001 not in kernel.segments.probation


def test_a_number_is_promoted_when_it_answers(make: Make) -> None:
    kernel = Oracle(Parameters())
    kernel.attempt(make(ATTEMPT, 0))
    assert 2002 in kernel.segments.probation
    kernel.outcome(make(ANSWER, 5))
    assert 2002 in kernel.segments.main
    assert 1001 in kernel.segments.probation, "the caller was answered; it did not answer"


def test_a_flood_of_one_shot_callers_evicts_its_own_kind(make: Make) -> None:
    kernel = Oracle(Parameters(capacity=1_000))
    for at in (0, 61):
        for caller in range(100):
            kernel.attempt(make(ATTEMPT, at, caller=10_000 + caller, callee=0))
    kept = set(kernel.segments.main)
    assert len(kept) == 100
    for forged in range(20_000):
        kernel.attempt(make(ATTEMPT, 62, caller=1_000_000 + forged, callee=0))
    assert kept <= set(kernel.segments.main)
    assert len(kernel.segments) <= 1_000
    assert kernel.segments.evicted_probation == 20_000 - 250
    assert kernel.segments.evicted_main == 0


def filled(*, protected: bool, now_ms: int = 1_000_000) -> tuple[Segments, list[Record]]:
    """One full set of eight."""
    segments = Segments(Parameters(capacity=32, probation_thousandths=700))
    assert segments._set_count == 1
    records = []
    for key in range(1, 9):
        record = segments.obtain(key, now_ms + key)
        if protected:
            record.verdict_ms = now_ms
        segments.promote(record, now_ms + key)
        records.append(record)
    return segments, records


def test_the_least_recently_seen_of_eight_is_evicted() -> None:
    segments, _ = filled(protected=False)
    newcomer = segments.obtain(99, 1_000_100)
    assert segments.promote(newcomer, 1_000_100)
    assert sorted(segments.main) == [2, 3, 4, 5, 6, 7, 8, 99]


def test_a_number_with_a_verdict_is_not_evicted_for_one_without() -> None:
    segments, _ = filled(protected=True)
    newcomer = segments.obtain(99, 1_000_100)
    assert not segments.promote(newcomer, 1_000_100)
    assert 99 in segments.probation and len(segments.main) == 8
    newcomer.verdict_ms = 1_000_100
    assert segments.promote(newcomer, 1_000_100)


def test_protection_ends_after_24_hours() -> None:
    segments, _ = filled(protected=True)
    later = 1_000_000 + 86_400_001
    newcomer = segments.obtain(99, later)
    assert segments.promote(newcomer, later)


def test_a_number_that_found_no_place_tries_again_in_another_minute(make: Make) -> None:
    kernel = Oracle(Parameters(capacity=32, probation_thousandths=700))
    for caller in range(1, 9):
        for at in (0, 61):
            attempt = make(ATTEMPT, at, caller=caller, callee=0)
            kernel.attempt(attempt)
            kernel.settle(attempt, TIP, blocked=False)
    for at in (62, 130):
        kernel.attempt(make(ATTEMPT, at, caller=99, callee=0))
    assert 99 in kernel.segments.probation
    kernel.attempt(make(ATTEMPT, 61 + 86_401, caller=99, callee=0))
    assert 99 in kernel.segments.main


def test_a_verdict_protects_the_caller(make: Make) -> None:
    kernel = Oracle(Parameters())
    attempt = make(ATTEMPT, 0)
    kernel.attempt(attempt)
    kernel.settle(attempt, TIP, blocked=False)
    record = kernel.segments.find(1001)
    assert record is not None and record.verdict_ms == attempt.time_ms


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 400), st.integers(0, 200)), max_size=300))
def test_the_capacity_holds_whatever_comes(calls: list[tuple[int, int, int]]) -> None:
    segments = Segments(Parameters(capacity=64))
    now = 0
    for key, other, step in calls:
        now += step * 1_000
        record = segments.obtain(key, now)
        if other % 3 == 0:
            record.verdict_ms = now
        if other % 2:
            segments.promote(record, now)
        assert len(segments) <= 64
        assert all(len(members) <= 8 for members in segments.sets.values())
        assert sum(map(len, segments.sets.values())) == len(segments.main)
        assert not segments.main.keys() & segments.probation.keys()


def test_the_table_of_estimates_is_linear_counting() -> None:
    import math

    for zeros in range(1, BITS + 1):
        assert ESTIMATES[zeros] == round(-BITS * math.log(zeros / BITS))
    assert ESTIMATES[0] == round(-BITS * math.log(0.5 / BITS))


def test_estimates_of_known_sets_lie_within_three_standard_errors() -> None:
    for size, error in ((30, 2), (64, 5), (128, 10), (300, 31)):
        for start in (8_613_900_000_000, 8_657_188_000_000, 4_420_794_600_000):
            bits = 0
            for key in range(start, start + size):
                bits = mark(bits, key)
            assert abs(estimate(bits) - size) <= 3 * error
