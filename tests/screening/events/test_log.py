"""The input log: events to Arrow and back without loss, read from anywhere, told apart by content."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haodun.numbering import Form, IngressClass, Kind, Number, Refusal
from haodun.screening.events import (
    INPUT_LOG_SCHEMA,
    Attestation,
    Cause,
    ContentDigest,
    Event,
    EventKind,
    Presentation,
    Roaming,
    content_digest,
    event_batch,
    events_of,
    order,
    read_events,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
BIG = st.integers(0, 2**62)
NUMBERS = st.builds(
    Number,
    key=st.integers(0, 10**15 - 1),
    kind=st.sampled_from(Kind),
    country=st.integers(0, 999),
    form=st.sampled_from(Form),
    refusal=st.sampled_from(Refusal),
)
EVENTS = st.builds(
    Event,
    number=st.integers(1, 2**40),
    time_ms=st.integers(0, 2**45),
    kind=st.sampled_from(EventKind),
    call_id=TEXT,
    transaction=TEXT,
    live=st.booleans(),
    caller_text=TEXT,
    caller=NUMBERS,
    callee_text=TEXT,
    callee=NUMBERS,
    trunk=TEXT,
    ingress=st.sampled_from(IngressClass),
    presentation=st.sampled_from(Presentation),
    attestation=st.sampled_from(Attestation),
    roaming=st.sampled_from(Roaming),
    diversion=BIG,
    device=BIG,
    cell=BIG,
    answered=st.booleans(),
    seconds=BIG,
    ring_ms=BIG,
    cause=st.sampled_from(Cause),
    source=TEXT,
)


def sample(number: int, *, source: str = "a.csv:1", seconds: int = 0) -> Event:
    caller = Number(8613912345678 + number % 3, Kind.MOBILE, 86, Form.PLUS, Refusal.NONE)
    callee = Number(0, Kind.INVALID, 0, Form.NONE, Refusal.BAD_CHARACTER)
    return Event(
        number=number, time_ms=1_763_632_800_000 + number, kind=EventKind.ATTEMPT, call_id=f"c{number}", transaction="",
        live=False, caller_text="+86 139", caller=caller, callee_text="1x0", callee=callee, trunk="t1",
        ingress=IngressClass.ACCESS, presentation=Presentation.ALLOWED, attestation=Attestation.NONE,
        roaming=Roaming.UNKNOWN, diversion=0, device=0, cell=0, answered=False, seconds=seconds, ring_ms=0,
        cause=Cause.UNKNOWN, source=source,
    )  # fmt: skip


def stored(path: Path, events: Sequence[Event], *, group: int) -> Path:
    with pq.ParquetWriter(path, INPUT_LOG_SCHEMA) as writer:
        for start in range(0, len(events), group):
            writer.write_batch(event_batch(events[start : start + group]))
    return path


@given(st.lists(EVENTS, max_size=8))
def test_events_come_back_as_they_went(events: list[Event]) -> None:
    batch = event_batch(events)
    assert batch.schema.equals(INPUT_LOG_SCHEMA, check_metadata=True)
    back = list(events_of(batch))
    assert back == events
    for event in back:
        assert isinstance(event.kind, EventKind) and isinstance(event.ingress, IngressClass)
        assert isinstance(event.presentation, Presentation) and isinstance(event.attestation, Attestation)
        assert isinstance(event.roaming, Roaming) and isinstance(event.cause, Cause)
        assert isinstance(event.caller.kind, Kind) and isinstance(event.callee.refusal, Refusal)


@pytest.mark.parametrize("start", [1, 2, 10, 11, 12, 25, 26, 99])
def test_a_log_is_read_from_any_event(start: int, tmp_path: Path) -> None:
    events = [sample(number) for number in range(1, 26)]
    path = stored(tmp_path / "input.parquet", events, group=10)
    assert list(read_events(path, start=start)) == events[start - 1 :]


def test_row_groups_before_the_start_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stored(tmp_path / "input.parquet", [sample(number) for number in range(1, 41)], group=10)
    asked: list[list[int]] = []
    real = pq.ParquetFile.iter_batches

    def spy(self: pq.ParquetFile, **options: Any) -> object:
        asked.append(options["row_groups"])
        return real(self, **options)

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", spy)
    assert [event.number for event in read_events(path, start=31)] == list(range(31, 41))
    assert asked == [[3]]


def test_an_empty_log_has_no_events(tmp_path: Path) -> None:
    assert list(read_events(stored(tmp_path / "input.parquet", [], group=1))) == []


def test_equal_numbers_share_one_object(tmp_path: Path) -> None:
    path = stored(tmp_path / "input.parquet", [sample(number) for number in range(1, 31)], group=10)
    assert len({id(event.caller) for event in read_events(path)}) == 3


def test_the_digest_is_of_the_content_not_of_where_it_came_from(tmp_path: Path) -> None:
    def digest(name: str, events: Sequence[Event], group: int = 10) -> str:
        return content_digest(stored(tmp_path / name, events, group=group))

    events = [sample(number) for number in range(1, 26)]
    first = digest("a", events)
    assert digest("b", events, group=4) == first, "how rows are cut into batches makes no difference"
    assert digest("c", [event._replace(source="b.parquet:9") for event in events]) == first
    assert digest("d", [*events[:-1], sample(25, seconds=1)]) != first
    assert digest("e", events[:-1]) != first
    assert digest("f", [*events[:-1], events[-1]._replace(caller_text="+86 13")]) != first


@settings(max_examples=30)
@given(st.lists(EVENTS, min_size=1, max_size=6), st.integers(0, 5))
def test_each_field_but_source_is_in_the_digest(events: list[Event], position: int) -> None:
    def digest(changed: list[Event]) -> str:
        found = ContentDigest()
        found.add(event_batch(changed))
        return found.hexdigest()

    position %= len(events)
    for field in Event._fields:
        value: Any = getattr(events[position], field)
        if not isinstance(value, str):
            continue
        changed = [*events]
        more: dict[str, Any] = {field: value + "x"}
        changed[position] = events[position]._replace(**more)
        assert (digest(changed) == digest(events)) == (field == "source")


def test_fields_cannot_run_into_one_another() -> None:
    first, second = ContentDigest(), ContentDigest()
    first.add(event_batch([sample(1)._replace(call_id="ab", transaction="c")]))
    second.add(event_batch([sample(1)._replace(call_id="a", transaction="bc")]))
    assert first.hexdigest() != second.hexdigest()


def test_the_order_is_time_then_call_then_kind() -> None:
    early = sample(1)
    end = early._replace(kind=EventKind.END)
    other = early._replace(call_id="c0", kind=EventKind.END)
    late = sample(2)
    assert sorted([late, end, early, other], key=order) == [other, early, end, late]
