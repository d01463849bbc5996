"""From call records to the numbered input log: legs joined, numbers read, events sorted in fixed memory by DuckDB."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from haodun.edge.batch.reading import SPILL_SCHEMA
from haodun.edge.batch.settings import LIMITS
from haodun.numbering import IngressClass, parse
from haodun.screening.events import (
    INPUT_LOG_SCHEMA,
    Attestation,
    Cause,
    ContentDigest,
    Event,
    EventKind,
    Presentation,
    Roaming,
    Trunks,
    event_batch,
)
from haodun.store import durable

BATCH_ROWS = 16_384
GROUP_ROWS = 131_072
"""Rows of one row group of the input log."""

# Records of one call together, the first leg first; of equal legs the one that comes first by what it says.
LEGS = """
    SELECT * FROM read_parquet(?)
    ORDER BY call_id, start_ms, leg_id, caller, callee, trunk, end_ms, file, line
"""

# DESIGN.md §3 *Event and order*; the rest only makes the order total.
EVENTS = """
    SELECT * FROM read_parquet(?)
    ORDER BY time_ms, call_id, kind, caller_text, callee_text, trunk, seconds, source
"""

_POSITION = {name: position for position, name in enumerate(SPILL_SCHEMA.names)}
_FILE, _LINE, _ANSWER, _END = (_POSITION[name] for name in ("file", "line", "answer_ms", "end_ms"))


def connect(scratch: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB that sorts within `LIMITS.memory` and spills into `scratch`."""
    scratch.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(":memory:")
    connection.execute("SET memory_limit = ?", [LIMITS.memory])
    connection.execute("SET temp_directory = ?", [str(scratch)])
    connection.execute("SET threads = 2")
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("SET enable_progress_bar = false")
    return connection


def join_calls(spill: Path, *, trunks: Trunks, home: str, progress: Callable[[int], None]) -> int:
    """Write the events of all spilled records, unsorted, beside them; the number of calls.

    `progress` is told how many calls have been joined.
    """
    calls = 0
    with connect(spill / "scratch") as connection:
        files = sorted(str(path) for path in spill.glob("records-*.parquet"))
        rows = _rows(connection.sql(LEGS, params=[files]))
        buffer: list[Event] = []
        with pq.ParquetWriter(spill / "events.parquet", INPUT_LOG_SCHEMA, compression="zstd") as writer:
            for _, legs in itertools.groupby(rows, key=lambda row: row[0]):
                calls += 1
                buffer.extend(_events(legs, trunks=trunks, home=home))
                if len(buffer) >= GROUP_ROWS:
                    writer.write_batch(event_batch(buffer))
                    buffer = []
                    progress(calls)
            writer.write_batch(event_batch(buffer))
    return calls


def sort_events(spill: Path, target: Path, *, progress: Callable[[int, int], None]) -> int:
    """Sort the events into the numbered input log at `target`; how many there are."""
    total = pq.read_metadata(spill / "events.parquet").num_rows
    number = 0
    with connect(spill / "scratch") as connection, durable.draft(target) as draft:
        reader = _reader(connection.sql(EVENTS, params=[[str(spill / "events.parquet")]]), GROUP_ROWS)
        with pq.ParquetWriter(draft, INPUT_LOG_SCHEMA, compression="zstd") as writer:
            for batch in reader:
                numbers = pa.array(range(number + 1, number + batch.num_rows + 1), pa.int64())
                columns = [numbers, *batch.columns[1:]]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=INPUT_LOG_SCHEMA))
                number += batch.num_rows
                progress(number, total)
    return number


def digest_of(input_log: Path) -> str:
    """The content digest that the run id is made of."""
    digest = ContentDigest()
    with pq.ParquetFile(input_log) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            digest.add(batch)
    return digest.hexdigest()


def _reader(result: duckdb.DuckDBPyRelation, rows: int) -> Iterator[pa.RecordBatch]:
    """The rows of a query as Arrow batches, as they come."""
    reader: pa.RecordBatchReader = result.to_arrow_reader(rows)
    return iter(reader)


def _rows(result: duckdb.DuckDBPyRelation) -> Iterator[tuple[Any, ...]]:
    for batch in _reader(result, BATCH_ROWS):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _events(legs: Iterator[tuple[Any, ...]], *, trunks: Trunks, home: str) -> Iterator[Event]:
    """The events of one call from its legs, the first leg first (decision 0001 item 5).

    Legs are folded as they come: a file that gives a million records one call id takes no memory.
    """
    first = next(legs)
    start, answer, end = first[2], first[_ANSWER], first[_END]
    for leg in legs:
        end = max(end, leg[_END])
        if leg[_ANSWER] is not None:
            answer = leg[_ANSWER] if answer is None else min(answer, leg[_ANSWER])
    ingress = trunks.ingress(first[7])
    seconds = (end - answer) // 1000 if answer is not None else 0
    attempt = _attempt(first, ingress=ingress, home=home)
    yield attempt
    if answer is not None:
        yield attempt._replace(time_ms=answer, kind=EventKind.ANSWER)
    yield attempt._replace(
        time_ms=end,
        kind=EventKind.END,
        answered=answer is not None,
        seconds=seconds,
        ring_ms=(end if answer is None else answer) - start,
        cause=Cause(first[14]),
    )


def _attempt(first: tuple[Any, ...], *, ingress: IngressClass, home: str) -> Event:
    """The attempt of a call, from its first leg."""
    return Event(
        number=0,
        time_ms=first[2],
        kind=EventKind.ATTEMPT,
        call_id=first[0],
        transaction="",
        live=False,
        caller_text=first[5],
        caller=parse(first[5], ingress, home),
        callee_text=first[6],
        callee=parse(first[6], ingress, home),
        trunk=first[7],
        ingress=ingress,
        presentation=Presentation(first[8]),
        attestation=Attestation(first[9]),
        roaming=Roaming(first[10]),
        diversion=parse(first[11], ingress, home).key if first[11] else 0,
        device=_hash(first[12]),
        cell=_hash(first[13]),
        answered=False,
        seconds=0,
        ring_ms=0,
        cause=Cause.UNKNOWN,
        source=f"{first[_FILE]}:{first[_LINE]}",
    )


def _hash(text: str | None) -> int:
    """A 62-bit id of a device or cell, 0 of none."""
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big") >> 2 if text else 0
