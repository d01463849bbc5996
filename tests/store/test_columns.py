"""Frames of columns: the very same facts as from rows, whatever is in them; damage is never read as facts."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.columns import arrays, column_frame

from haodun.numbering import Form, IngressClass, Kind, Number, Refusal
from haodun.screening.events import (
    Action,
    Attestation,
    Cause,
    Event,
    EventKind,
    Flag,
    Layer,
    Presentation,
    Roaming,
    actor_key,
)
from haodun.screening.verdicts import Verdict
from haodun.store.columns import Columns, decode_columns, encode_columns
from haodun.store.frames import HEAD, Batch, FrameError, Pair, decode_either, decode_frame, encode_frame
from haodun.store.keeper import Keeper
from haodun.store.segments import SegmentWriter, begin_run, read_batches, read_frames
from haodun.store.services import Store

Make = Callable[..., Batch]
WIDTH = 5
"""Integers of a decision row here; all rows of a frame have as many."""

integers = st.integers(-(2**63), 2**63 - 1)
texts = st.text(max_size=40)
words = st.lists(st.text(max_size=12), max_size=3).map(tuple)
numbers = st.builds(
    Number,
    key=st.integers(0, 10**15),
    kind=st.sampled_from(Kind),
    country=st.integers(0, 999),
    form=st.sampled_from(Form),
    refusal=st.sampled_from(Refusal),
)
events = st.builds(
    Event,
    number=st.just(0),
    time_ms=integers,
    kind=st.sampled_from(EventKind),
    call_id=texts,
    transaction=texts,
    live=st.booleans(),
    caller_text=texts,
    caller=numbers,
    callee_text=texts,
    callee=numbers,
    trunk=st.sampled_from(["", "igw-1", "中继", "loopback"]),
    ingress=st.sampled_from(IngressClass),
    presentation=st.sampled_from(Presentation),
    attestation=st.sampled_from(Attestation),
    roaming=st.sampled_from(Roaming),
    diversion=integers,
    device=integers,
    cell=integers,
    answered=st.booleans(),
    seconds=integers,
    ring_ms=integers,
    cause=st.sampled_from(Cause),
    source=texts,
)


@st.composite
def pairs(draw: st.DrawFn) -> Pair:
    """An event, and what a screener could say of it."""
    event = draw(events)
    if draw(st.booleans()):
        return event, None
    features = draw(st.none() | st.tuples(*[integers] * WIDTH))
    return event, Verdict(
        event=event.number,
        time_ms=event.time_ms,
        call_id=event.call_id,
        source=event.source,
        caller_text=event.caller_text,
        caller=actor_key(event.caller, event.trunk),
        caller_kind=event.caller.kind,
        callee=event.callee.key,
        callee_kind=event.callee.kind,
        trunk=event.trunk,
        ingress=event.ingress,
        action=draw(st.sampled_from(Action)),
        enforced=draw(st.booleans()),
        layer=draw(st.sampled_from(Layer)),
        flags=Flag(draw(st.integers(0, 3))),
        reasons=draw(words),
        shadow=draw(words),
        score=draw(st.integers(0, 1000)),
        late=draw(st.booleans()),
        counted=draw(st.booleans()),
        repeat_of=draw(st.integers(0, 2**62)),
        origin_screened=event.ingress is not IngressClass.UNKNOWN,
        features=features,
        token="" if features is None else draw(st.text("ABC234", max_size=26)),
    )


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    """A batch whose numbers rise."""
    made, number = [], 0
    for event, verdict in draw(st.lists(pairs(), min_size=1, max_size=8)):
        number += draw(st.integers(1, 1000))
        made.append((event._replace(number=number), None if verdict is None else verdict._replace(event=number)))
    lease = draw(st.integers(0, 2**40))
    return Batch(draw(st.integers(0, 2**40)), draw(st.text("0123456789abcdef")), draw(st.booleans()), made, lease)


def split(frame: bytes) -> tuple[bytes, bytes]:
    return frame[: HEAD.size], frame[HEAD.size :]


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(batch=batches())
def test_both_kinds_of_frame_give_the_same_facts(batch: Batch) -> None:
    from_rows = decode_frame(*split(encode_frame(batch)))
    from_columns = decode_frame(*split(column_frame(batch)))
    assert from_rows == batch
    assert from_columns == batch
    for one, other in zip(from_columns.pairs, from_rows.pairs, strict=True):
        assert [type(field) for field in one[0]] == [type(field) for field in other[0]]
        assert [type(field) for field in one[1] or ()] == [type(field) for field in other[1] or ()]


def test_what_a_screener_says_is_the_same_from_both(batch: Make) -> None:
    made = batch(64)._replace(lease=3)
    assert decode_frame(*split(column_frame(made))) == decode_frame(*split(encode_frame(made))) == made
    assert {verdict.action for _, verdict in made.pairs if verdict} >= {Action.ALLOW, Action.BLOCK}


def test_records_come_back_as_arrays_for_replay(batch: Make) -> None:
    given_arrays = arrays(batch(30))
    found = decode_either(*split(encode_columns(*given_arrays)))
    assert isinstance(found, Columns)
    assert (found.events == given_arrays.events).all() and (found.judged == given_arrays.judged).all()
    assert (found.rows == given_arrays.rows).all()
    assert list(found.decisions) == given_arrays.decisions and found.numbers.tolist() == list(
        range(len(found.decisions))
    )
    assert (found.last, found.lease) == (30, 0)


def test_a_log_of_both_kinds_reaches_the_store_as_one_of_rows_does(batch: Make, tmp_path: Path) -> None:
    made = [batch(20), batch(15, 21), batch(10, 36)]
    stored = []
    for kinds in ("rows", "both"):
        log = tmp_path / kinds
        begin_run(log, {"kind": "live", "run": "r"})
        writer = SegmentWriter(log, segment_bytes=10_000)
        for place, one in enumerate(made):
            leased = one._replace(lease=writer.lease.number)
            if kinds == "both" and place != 1:
                first = one.pairs[0][0]
                writer.append_frame(column_frame(leased), first=first.number, last=one.last, time_ms=first.time_ms)
            else:
                writer.append(one)
        writer.close()
        assert [frame.last for frame in read_frames(log)] == [20, 35, 45]
        store = Store(tmp_path / f"store-{kinds}")
        with store.writer() as to_store:
            Keeper(store, to_store).step([log], now_ms=0)
        callers = {verdict.caller for one in made for _, verdict in one.pairs if verdict}
        stored.append([store.verdicts_of(caller) for caller in sorted(callers)])
    assert list(read_batches(tmp_path / "rows")) == list(read_batches(tmp_path / "both"))
    assert stored[0] == stored[1] and sum(map(len, stored[0])) > 30


def test_numbers_that_mean_nothing_are_refused(batch: Make) -> None:
    for field, value in (("kind", 9), ("ingress", 200), ("cause", 77), ("caller_kind", 250)):
        given_arrays = arrays(batch(5))
        given_arrays.events[field][2] = value
        with pytest.raises(FrameError, match="another version"):
            decode_frame(*split(encode_columns(*given_arrays)))
    payload = split(column_frame(batch(5)))[1]
    for spoilt in (payload[:1] + b"\2" + payload[2:], payload + b"\0", payload[:-1], payload[:40]):
        with pytest.raises(FrameError, match="another version"):
            decode_columns(spoilt)


@pytest.mark.fuzz
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.integers(0, 4000), data=st.binary(min_size=1, max_size=8))
def test_a_payload_that_was_changed_is_read_as_some_facts_or_refused(place: int, data: bytes, batch: Make) -> None:
    payload = split(column_frame(batch(3)))[1]
    spoilt = payload[:place] + data + payload[place + len(data) :]
    try:
        decode_columns(spoilt)
    except FrameError:
        return
    assert spoilt[0] == struct.unpack("B", payload[:1])[0]
