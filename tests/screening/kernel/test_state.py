"""A stored state is exact: a kernel restored anywhere goes on as the other one would."""

from __future__ import annotations

import hashlib
import json
import random
import struct
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haodun.lab.benchmarks.kernel import call_events
from haodun.screening.events import Action, Decision, Event, EventKind, Flag, Layer
from haodun.screening.kernel import KernelError, Oracle, Parameters
from haodun.screening.kernel.state import MAGIC

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


def sealed(plain: bytes) -> bytes:
    """A state file whose digest is right whatever it holds."""
    body = zlib.compress(plain)
    return MAGIC + hashlib.sha256(body).digest() + body


def opened(data: bytes) -> bytes:
    """What a state file holds."""
    return zlib.decompress(data[len(MAGIC) + 32 :])


def stored() -> bytes:
    """The content of a state with something in every table."""
    oracle = Oracle(PARAMETERS)
    for event in EVENTS[:90]:
        step(oracle, event._replace(live=event.number % 2 == 0))
    return opened(oracle.export_state())


STORED = stored()


def with_header(**changes: object) -> bytes:
    """The stored content with other values in its header."""
    (length,) = struct.unpack_from("<Q", STORED)
    text = json.dumps(json.loads(STORED[8 : 8 + length]) | changes).encode()
    return struct.pack("<Q", len(text)) + text + STORED[8 + length :]


def test_the_same_content_sealed_again_is_taken() -> None:
    assert opened(Oracle.restore(PARAMETERS, sealed(with_header())).export_state()) == STORED


@settings(max_examples=150)
@given(st.one_of(
    st.binary(max_size=80),
    st.integers(0, len(STORED) - 1).map(lambda cut: STORED[:cut]),
    st.tuples(st.integers(0, 400), st.binary(min_size=1, max_size=6)).map(
        lambda patch: STORED[: patch[0]] + patch[1] + STORED[patch[0] + len(patch[1]) :]
    ),
    st.tuples(
        st.sampled_from(["now_ms", "counters", "evicted", "probation", "main", "repeats", "live", "blocked"]),
        st.recursive(st.none() | st.integers() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=4)),
    ).map(lambda change: with_header(**{change[0]: change[1]})),
))  # fmt: skip
def test_a_forged_state_is_taken_or_refused_and_nothing_else(plain: bytes) -> None:
    try:
        Oracle.restore(PARAMETERS, sealed(plain))
    except KernelError as error:
        assert "state" in str(error)


def test_a_stream_that_is_not_finished_or_goes_on_is_refused() -> None:
    body = zlib.compress(STORED)
    for other in (body[:-4], body + b"more", b"", b"junk"):
        with pytest.raises(KernelError, match="damaged"):
            Oracle.restore(PARAMETERS, MAGIC + hashlib.sha256(other).digest() + other)
