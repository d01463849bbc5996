"""The compiled kernel equals the oracle: after every event in every reading, and in all that it holds.

`HAODUN_EVENTS` says how many events are made in all. 2,000,000 take some six minutes of CPU (2026-11-24: all equal).
"""

from __future__ import annotations

import hashlib
import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.screening.kernel.fast.adversary import START, WORLDS, Adversary
from tests.screening.kernel.fast.both import Both

from haodun.screening.events import Event, EventKind
from haodun.screening.kernel import Reading
from haodun.screening.kernel.fast.layout import views
from haodun.screening.kernel.windows import CAP_16, CAP_32

EVENTS = int(os.environ.get("HAODUN_EVENTS", "240000")) // len(WORLDS)
"""In each world."""
DIGEST = "336d42e614f5b05c7696871d6ec679ea7e4379e05d23451afa28b2379716ab39"
"""SHA-256 of the oracle's answers to a fixed stream: the same on every version of Python."""


@pytest.mark.parametrize("world", sorted(WORLDS))
def test_every_event_reads_the_same(world: str) -> None:
    both = Both(WORLDS[world], secret=0xC0FFEE)
    both.take(Adversary(WORLDS[world], 1).steps(EVENTS), every=997)
    both.compare_held()
    counted = both.fast.counters
    if world in {"tiny", "one in probation", "one set", "crowded"}:
        assert counted["evicted_probation"] and counted["evicted_main"], "nothing was full: the stream is too tame"
    assert counted["late"] and counted["after_block"] and counted["repeated"]


@pytest.mark.parametrize("world", sorted(WORLDS))
def test_small_streams_are_compared_in_all_they_hold_after_every_event(world: str) -> None:
    for seed in range(4):
        Both(WORLDS[world], secret=seed).take(Adversary(WORLDS[world], 100 + seed).steps(200), every=1)


def test_the_first_milliseconds_of_the_epoch_count_the_same() -> None:
    for seed in range(3):
        both = Both(WORLDS["crowded"])
        both.take(Adversary(WORLDS["crowded"], seed, start_ms=0).steps(3_000), every=50)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(WORLDS)), st.integers(0, 2**32), st.integers(1, 120), st.integers(0, 2**64 - 1))
def test_streams_of_any_seed_read_the_same_under_any_secret(world: str, seed: int, count: int, secret: int) -> None:
    both = Both(WORLDS[world], secret=secret)
    both.take(Adversary(WORLDS[world], seed).steps(count))
    both.compare_held()


def test_full_counters_stop_at_their_caps_alike() -> None:
    both = Both(WORLDS["crowded"])
    adversary = Adversary(WORLDS["crowded"], 5)
    both.take(adversary.steps(400))
    memory = views(both.fast.state)
    full = [*([CAP_16 - 1] * 6), *([CAP_16] * 3), CAP_32 - 3, *([CAP_16] * 2)]
    full += [*([CAP_16 - 2] * 3), CAP_32, CAP_16 - 1, CAP_16, *([CAP_32 - 1] * 8), *([CAP_32] * 8)]
    records = [*both.oracle.segments.probation.values(), *both.oracle.segments.main.values()]
    for record in records:
        record.roll(both.oracle.now_ms)
        record.cells, record.run, record.device_changes = list(full), CAP_16 - 1, CAP_16 - 1
        record.last_ms = both.oracle.now_ms
    stored = memory.records
    stored["last_ms"] = both.oracle.now_ms
    stored["minute"] = CAP_16 - 1
    stored["hour"] = [[CAP_16] * 5, [CAP_16 - 2, CAP_16 - 2, CAP_16 - 2, CAP_16 - 1, CAP_16]]
    stored["seconds"] = [CAP_32 - 3, CAP_32]
    stored["day"] = [[CAP_32 - 1] * 8, [CAP_32] * 8]
    stored["run"] = stored["device_changes"] = CAP_16 - 1
    both.compare_held()
    both.take(adversary.steps(3_000), every=20)
    assert any(record.saturated for record in records)


def of_oracle(both: Both, event: Event) -> list[int]:
    if event.kind is not EventKind.ATTEMPT:
        return [int(both.oracle.outcome(event))]
    return numbers(both.oracle.attempt(event))


def of_fast(both: Both, event: Event, events: Any) -> list[int]:
    if event.kind is not EventKind.ATTEMPT:
        return [int(both.fast.outcome(events))]
    return numbers(both.fast.attempt(events))


def numbers(reading: Reading) -> list[int]:
    return [*map(int, reading[:4]), *reading.features]


def answers(world: str, count: int) -> tuple[str, str]:
    """SHA-256 over what each kernel answers to a stream: the oracle's, the compiled one's."""
    both = Both(WORLDS[world])
    digests = hashlib.sha256(), hashlib.sha256()
    for step in Adversary(WORLDS[world], 77).steps(count):
        events = both.packer.pack([step.event])
        digests[0].update(repr(of_oracle(both, step.event)).encode("ascii"))
        digests[1].update(repr(of_fast(both, step.event, events)).encode("ascii"))
    return digests[0].hexdigest(), digests[1].hexdigest()


def test_a_fixed_stream_has_one_digest_on_every_version_of_python() -> None:
    assert answers("crowded", 4_000) == (DIGEST, DIGEST)


def test_the_stream_holds_what_is_hard() -> None:
    steps = list(Adversary(WORLDS["tiny"], 3).steps(20_000))
    attempts = [step.event for step in steps if step.event.kind is EventKind.ATTEMPT]
    assert any(event.caller.key == event.callee.key > 0 for event in attempts)
    assert any(event.caller.key == 0 for event in attempts) and any(event.callee.key == 0 for event in attempts)
    assert any(event.live for event in attempts) and any(event.device >> 32 for event in attempts)
    times = [step.event.time_ms for step in steps]
    assert sum(time % 60_000 in (0, 59_999) for time in times) > 500
    assert any(max(times[:place]) - times[place] > 86_400_000 for place in range(1, 2_000))
    assert min(times) < START
