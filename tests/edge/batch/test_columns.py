"""Legs joined and events ordered by columns: what the definition says, row by row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haodun.edge.batch.ahead import ahead
from haodun.edge.batch.calls import Calls, Readers, make_calls
from haodun.edge.batch.legs import LEG_ORDER, join_held, join_sorted
from haodun.edge.batch.ordering import in_order, log_rows, pieces
from haodun.edge.batch.packing import facts_of_calls, pack_calls
from haodun.edge.batch.spill import SPILL_SCHEMA
from haodun.numbering import load_plan
from haodun.numbering.bulk import Reader
from haodun.screening.events import Event, EventKind, Trunks, events_of_calls, order
from haodun.screening.events.packing import Packer

START = 1_763_632_800_000
YEARS_MS = 70 * 365 * 86_400_000

_LEGS: st.SearchStrategy[dict[str, object]] = st.builds(
    dict,
    call_id=st.sampled_from(["a", "b", "ab", "é", "", "B", "呼"]),
    leg_id=st.sampled_from(["1", "2"]),
    start_ms=st.integers(START, START + 3),
    answer_ms=st.none() | st.integers(START + 3, START + 6),
    end_ms=st.integers(START + 6, START + 9),
    caller=st.sampled_from(["13912345678", "", "+85212345678"]),
    callee=st.sampled_from(["110", "4001234567", "075512345678"]),
    trunk=st.sampled_from(["t1", "t2"]),
    presentation=st.integers(0, 2),
    attestation=st.integers(0, 4),
    roaming=st.integers(0, 2),
    diversion=st.sampled_from(["", "13800138000"]),
    device=st.sampled_from(["", "imei", "号"]),
    cell=st.just(""),
    cause=st.integers(0, 8),
    line=st.integers(1, 9),
    zoned=st.just(True),
    file=st.integers(0, 1),
)


def joined(legs: list[dict[str, object]]) -> list[dict[str, object]]:
    """The definition: the first leg, with the earliest answer and the latest end."""
    calls: dict[object, list[dict[str, object]]] = {}
    for leg in sorted(
        legs, key=lambda leg: [str(leg[n]).encode() if isinstance(leg[n], str) else leg[n] for n in LEG_ORDER]
    ):
        calls.setdefault(leg["call_id"], []).append(leg)
    found = []
    for group in calls.values():
        answers = [int(str(leg["answer_ms"])) for leg in group if leg["answer_ms"] is not None]
        ends = [int(str(leg["end_ms"])) for leg in group]
        found.append(group[0] | {"answer_ms": min(answers, default=None), "end_ms": max(ends)})
    return found


def by_id(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(rows, key=lambda row: str(row["call_id"]).encode())


def unlike(legs: list[dict[str, object]]) -> list[dict[str, object]]:
    """Without legs that are equal in everything by which they are ordered: nothing says which of them is first."""
    return list({tuple(leg[name] for name in LEG_ORDER): leg for leg in legs}.values())


@given(st.lists(_LEGS, max_size=30).map(unlike), st.integers(1, 7))
def test_legs_are_joined_as_defined_in_memory_and_as_they_come(legs: list[dict[str, object]], size: int) -> None:
    table = pa.Table.from_pylist(legs, schema=SPILL_SCHEMA)
    calls, places = join_held(table)
    ids = [str(value).encode() for value in calls.column("call_id").to_pylist()]
    assert [ids[place] for place in places] == sorted(ids)
    assert by_id(calls.to_pylist()) == joined(legs)
    in_order = table.sort_by([(name, "ascending") for name in LEG_ORDER])
    streamed = [row for part in join_sorted(iter(in_order.to_batches(size))) for row in part.to_pylist()]
    assert streamed == joined(legs)


def calls_of(legs: list[dict[str, object]]) -> tuple[Calls, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    calls, places = join_held(pa.Table.from_pylist(legs, schema=SPILL_SCHEMA))
    readers = Readers(Reader("CN"), Reader("CN"))
    trunks = Trunks.parse("trunks:\n  t1:\n    class: inter_network\n", "trunks.yaml")
    return make_calls(calls, names=["a.csv", "b.csv"], trunks=trunks, readers=readers), places


@given(st.lists(_LEGS, max_size=20).map(unlike), st.booleans(), st.integers(1, 9))
def test_events_come_in_order_with_all_that_they_say(legs: list[dict[str, object]], far: bool, size: int) -> None:
    if far and legs:
        # So far apart that time and place do not fit one integer together.
        legs[0] = legs[0] | {"call_id": "z" * 200, "end_ms": START + YEARS_MS}
    calls, places = calls_of(legs)
    ordered = in_order(calls, places)
    events = list(events_of_calls(pieces(log_rows(ordered), size=size)))
    assert [order(event) for event in events] == expected_order(joined(legs))
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert {said(event) for event in events} == {one for row in joined(legs) for one in expected(row)}
    packer = Packer(load_plan("CN"), Trunks({}), bytes(16))
    facts = facts_of_calls(ordered.calls, packer)
    blocks = list(pack_calls(ordered, facts, first=1, last=len(events), rows=size))
    assert sum(len(block.attempts) for block in blocks) == len(places)
    assert [text for block in blocks for text in block.texts.call_id.to_pylist()] == [
        event.call_id for event in events if event.kind is EventKind.ATTEMPT
    ]
    packed = b"".join(block.events.tobytes() for block in blocks)
    assert packed == packer.pack(events).tobytes()


def expected_order(calls: list[dict[str, object]]) -> list[tuple[int, str, int]]:
    """Time, call id and kind of all events, in the order that DESIGN.md §3 says."""
    found = []
    for row in calls:
        times = (row["start_ms"], row["answer_ms"], row["end_ms"])
        found += [(int(str(time)), str(row["call_id"]), kind) for kind, time in enumerate(times) if time is not None]
    return sorted(found, key=lambda event: (event[0], event[1].encode(), event[2]))


def said(event: Event) -> tuple[object, ...]:
    return (*order(event), event.caller_text, event.callee_text, event.trunk, event.answered, event.seconds,
            event.ring_ms, int(event.cause), event.source)  # fmt: skip


def expected(row: dict[str, object]) -> list[tuple[object, ...]]:
    """What `said` says of the events of a joined call."""
    start, answer, end = (None if row[n] is None else int(str(row[n])) for n in ("start_ms", "answer_ms", "end_ms"))
    assert start is not None and end is not None
    texts = (row["caller"], row["callee"], row["trunk"])
    source = f"{'ab'[int(str(row['file']))]}.csv:{row['line']}"
    found: list[tuple[object, ...]] = [(start, row["call_id"], 0, *texts, False, 0, 0, 0, source)]
    if answer is not None:
        found.append((answer, row["call_id"], 1, *texts, False, 0, 0, 0, source))
    talked = 0 if answer is None else (end - answer) // 1000
    rang = (end if answer is None else answer) - start
    return [*found, (end, row["call_id"], 2, *texts, answer is not None, talked, rang, row["cause"], source)]


def counting(stop: int) -> Iterator[int]:
    yield from range(stop)
    raise OSError("the disk is full")


def test_what_is_made_ahead_comes_in_order_and_its_error_in_its_place() -> None:
    assert list(ahead(iter(range(100)))) == list(range(100))
    taken = []
    with pytest.raises(OSError, match="disk is full"):
        for number in ahead(counting(5)):
            taken.append(number)  # noqa: PERF402 (what was taken before the error counts)
    assert taken == [0, 1, 2, 3, 4]


def test_a_pile_of_pieces_is_not_made_ahead() -> None:
    made: list[int] = []

    def making() -> Iterator[int]:
        for number in range(50):
            made.append(number)
            yield number

    for number in ahead(making(), depth=2):
        assert len(made) <= number + 4
