"""Both versions of the input log say the same: as objects, packed, from any event, and to whoever asks how many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from haodun.numbering import Form, IngressClass, Number, load_plan, parse
from haodun.numbering.bulk import Reader
from haodun.screening.events import (
    CALL_LOG_SCHEMA,
    INPUT_LOG_SCHEMA,
    ContentDigest,
    Event,
    EventKind,
    Trunks,
    content_digest,
    count_events,
    event_batch,
    events_of_calls,
    read_events,
)
from haodun.screening.events.packed_log import Packed, read_packed
from haodun.screening.events.packing import Packer

START = 1_763_632_800_000
CALLS = 200
REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "input-log.md"


def rows() -> list[dict[str, object]]:
    """Calls that begin a second apart: every third unanswered, every seventh an hour long, so that many wait."""
    found, times = [], []
    for place in range(CALLS):
        start = START + place * 1000
        end = start + (3_600_000 if place % 7 == 0 else 2_500 + place % 5 * 1_000)
        answer = None if place % 3 == 0 else start + 1_500
        times += [(start, place, 0), (end, place, 2)] + ([] if answer is None else [(answer, place, 1)])
        found.append({"time_ms": start, "answer_ms": answer or 0, "end_ms": end, "answer_number": 0})
    for number, (_, place, kind) in enumerate(sorted(times), 1):
        found[place][("number", "answer_number", "end_number")[kind]] = number
    return [row | described(place) for place, row in enumerate(found)]


def described(place: int) -> dict[str, object]:
    numbers = {"caller": f"139{10_000_000 + place % 9:08d}", "callee": "110" if place % 4 else "x"}
    said: dict[str, object] = {"call_id": f"c{place}", "trunk": f"t{place % 3}", "source": f"a.csv:{place + 1}"}
    for side, text in numbers.items():
        number = parse(text, IngressClass.ACCESS)
        said |= {f"{side}_text": text, **{f"{side}_{name}": int(getattr(number, name)) for name in NUMBER}}
    more = {
        "ingress": int(IngressClass.ACCESS),
        "presentation": place % 3,
        "attestation": place % 5,
        "roaming": place % 3,
    }
    return said | more | {"diversion": 0, "device": place % 2, "cell": 0, "cause": place % 9}


NUMBER = ("key", "kind", "country", "form", "refusal")


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same events in version 1 and 2, in row groups of 30."""
    place = tmp_path_factory.mktemp("logs")
    table = pa.Table.from_pylist(rows(), schema=CALL_LOG_SCHEMA)
    pq.write_table(table, place / "2.parquet", row_group_size=30)
    events = list(read_events(place / "2.parquet"))
    with pq.ParquetWriter(place / "1.parquet", INPUT_LOG_SCHEMA) as writer:
        for start in range(0, len(events), 30):
            writer.write_batch(event_batch(events[start : start + 30]))
    return place / "1.parquet", place / "2.parquet"


def test_a_row_is_its_attempt_answer_and_end(logs: tuple[Path, Path]) -> None:
    events = list(read_events(logs[1]))
    assert [event.number for event in events] == list(range(1, count_events(logs[1]) + 1))
    assert [event.time_ms for event in events] == sorted(event.time_ms for event in events)
    of_one = [event for event in events if event.call_id == "c7"]
    assert [event.kind for event in of_one] == list(EventKind)
    attempt, answer, end = of_one
    assert (answer.time_ms, end.time_ms) == (attempt.time_ms + 1_500, attempt.time_ms + 3_600_000)
    assert (end.answered, end.seconds, end.ring_ms, int(end.cause)) == (True, 3_598, 1_500, 7)
    assert (attempt.answered, attempt.seconds, attempt.ring_ms, int(attempt.cause)) == (False, 0, 0, 0)
    assert isinstance(attempt.caller, Number) and isinstance(attempt.caller.form, Form)
    unanswered = [event for event in events if event.call_id == "c3"]
    assert [event.kind for event in unanswered] == [EventKind.ATTEMPT, EventKind.END]
    assert (unanswered[1].answered, unanswered[1].seconds, unanswered[1].ring_ms) == (False, 0, 5_500)


@pytest.mark.parametrize("start", [1, 2, 77, 300, 500, 99_999])
def test_both_versions_are_read_from_any_event(start: int, logs: tuple[Path, Path]) -> None:
    first, second = (list(read_events(log, start=start)) for log in logs)
    assert first == second
    assert len(first) == max(count_events(logs[0]) - start + 1, 0)


@pytest.mark.parametrize(("first", "last"), [(1, 10**6), (1, 1), (40, 41), (123, 456), (500, 10**6), (10**6, 10**6)])
@pytest.mark.parametrize("size", [1, 17, 64, 10_000])
def test_both_versions_are_packed_alike(first: int, last: int, size: int, logs: tuple[Path, Path]) -> None:
    packer, reader = Packer(load_plan("CN"), Trunks({}), bytes(16)), Reader("CN")
    last = min(last, count_events(logs[0]))
    wanted = [event for event in read_events(logs[0]) if first <= event.number <= last]
    for log in logs:
        found = list(read_packed(log, first, last, packer=packer, reader=reader, rows=size))
        assert b"".join(part.events.tobytes() for part in found) == packer.pack(wanted).tobytes()
        assert said(found) == [words(event) for event in wanted if event.kind is EventKind.ATTEMPT]
        for part in found:
            assert np.array_equal(part.attempts, np.flatnonzero(part.events["kind"] == 0))


def said(found: list[Packed]) -> list[tuple[object, ...]]:
    tables = [part.texts for part in found]
    return [(row["call_id"], row["source"], row["caller_text"], row["trunk"]) for t in tables for row in t.to_pylist()]


def words(event: Event) -> tuple[object, ...]:
    return (event.call_id, event.source, event.caller_text, event.trunk)


def test_row_groups_whose_calls_are_over_are_not_read(logs: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[int]] = []
    real = pq.ParquetFile.iter_batches

    def spy(self: pq.ParquetFile, **options: object) -> object:
        asked.append(options["row_groups"])  # type: ignore[arg-type]
        return real(self, **options)  # type: ignore[arg-type]

    table = pq.read_table(logs[1])
    last_events = np.maximum.reduceat(table.column("end_number").to_numpy(), range(0, CALLS, 30))
    start = int(sorted(last_events)[-3])
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", spy)
    assert next(iter(read_events(logs[1], start=start))).number == start
    assert asked == [[group for group, last in enumerate(last_events) if last >= start]]


def test_a_log_without_statistics_is_read_and_counted_all_the_same(logs: tuple[Path, Path], tmp_path: Path) -> None:
    table = pq.read_table(logs[1])
    pq.write_table(table, tmp_path / "plain.parquet", row_group_size=30, write_statistics=False)
    assert count_events(tmp_path / "plain.parquet") == count_events(logs[0])
    assert list(read_events(tmp_path / "plain.parquet", start=444)) == list(read_events(logs[0], start=444))


def test_an_empty_log_has_no_events(tmp_path: Path) -> None:
    pq.write_table(CALL_LOG_SCHEMA.empty_table(), tmp_path / "empty.parquet")
    assert list(read_events(tmp_path / "empty.parquet")) == [] == list(events_of_calls([]))
    assert count_events(tmp_path / "empty.parquet") == 0


def test_a_log_of_a_later_version_is_refused(tmp_path: Path) -> None:
    later = CALL_LOG_SCHEMA.with_metadata({"haodun.schema": "input-log", "haodun.schema_version": "3"})
    pq.write_table(later.empty_table(), tmp_path / "later.parquet")
    with pytest.raises(ValueError, match="version 3: this Haodun reads 1 and 2"):
        next(read_events(tmp_path / "later.parquet"))


@pytest.mark.parametrize("name", CALL_LOG_SCHEMA.names)
def test_each_column_but_the_source_is_in_the_digest(name: str, logs: tuple[Path, Path], tmp_path: Path) -> None:
    table = pq.read_table(logs[1])
    whole = content_digest(logs[1])
    digest = ContentDigest(CALL_LOG_SCHEMA)
    for batch in table.to_batches(max_chunksize=7):
        digest.add(batch)
    assert digest.hexdigest() == whole, "how rows are cut into batches makes no difference"
    place = table.schema.get_field_index(name)
    values: list[Any] = table.column(name).to_pylist()
    values[11] = values[11] + ("x" if isinstance(values[11], str) else 1)
    changed = table.set_column(place, table.schema.field(place), pa.array(values, table.schema.field(place).type))
    digest = ContentDigest(CALL_LOG_SCHEMA)
    for batch in changed.to_batches():
        digest.add(batch)
    assert (digest.hexdigest() == whole) == (name == "source")


def test_the_reference_says_what_each_column_means() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    for field in CALL_LOG_SCHEMA:
        shared = field.name.replace("caller_", "…_").replace("callee_", "…_")
        wanted = "`caller_text`, `callee_text`" if shared == "…_text" else f"`{shared}`"
        assert f"| {wanted} | {field.type} |" in text, field.name
