"""From call records to the numbered input log: legs joined, numbers read, events in order.

Theory of operation. Records that were held in memory are joined, read and ordered there by columns. Where they were
spilled, DuckDB brings the legs of each call together in fixed memory, the calls become events batch by batch, and
DuckDB sorts the events, again in fixed memory. Both ways make the same log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from haodun.edge.batch.ahead import ahead
from haodun.edge.batch.calls import Calls, make_calls
from haodun.edge.batch.legs import LEG_ORDER, join_held, join_sorted
from haodun.edge.batch.ordering import HeldEvents, all_events, event_blocks, ordered_events
from haodun.edge.batch.settings import LIMITS
from haodun.edge.batch.spill import Spill
from haodun.numbering.bulk import Reader
from haodun.screening.events import INPUT_LOG_SCHEMA, ContentDigest, Trunks
from haodun.store import durable

BATCH_ROWS = 16_384
GROUP_ROWS = 131_072
"""Rows of one row group of the input log."""

LEGS = f"SELECT * FROM read_parquet(?) ORDER BY {', '.join(LEG_ORDER)}"  # noqa: S608 (names of our own columns)
# DESIGN.md §3 *Event and order*; no two events of a call are of one kind, so nothing more is needed.
EVENTS = "SELECT * FROM read_parquet(?) ORDER BY time_ms, call_id, kind"


@dataclass(slots=True)
class Joined:
    """The calls of a run: in memory with their order by id, or their events in a file."""

    calls: int
    held: tuple[Calls, npt.NDArray[np.int64]] | None
    events: Path | None


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


def join_calls(spill: Spill, *, trunks: Trunks, home: str, progress: Callable[[int], None]) -> Joined:
    """Join the legs of each call and read its numbers; `progress` is told how many calls are done."""
    reader = Reader(home)
    if not spill.spilled:
        records = spill.held()
        with ThreadPoolExecutor(1) as pool:
            # Nearly all calls have one leg: they are made while the legs are looked for.
            joining = pool.submit(join_held, records)
            calls = make_calls(records, names=spill.names, trunks=trunks, reader=reader)
            joined, order = joining.result()
        if joined is not records:
            calls = make_calls(joined, names=spill.names, trunks=trunks, reader=reader)
        progress(len(order))
        return Joined(len(order), (calls, order), None)
    path, done = spill.folder / "events.parquet", 0
    with connect(spill.folder / "scratch") as connection, _log_writer(path) as writer:
        legs = _batches(connection.sql(LEGS, params=[spill.files()]), GROUP_ROWS)
        for records in ahead(join_sorted(legs)):
            some = make_calls(records, names=spill.names, trunks=trunks, reader=reader)
            for block in event_blocks(some, all_events(some), rows=GROUP_ROWS):
                writer.write_batch(block)
            done += records.num_rows
            progress(done)
    return Joined(done, None, path)


def sort_events(
    joined: Joined, spill: Spill, target: Path, *, progress: Callable[[int, int], None]
) -> tuple[str, HeldEvents | None]:
    """Write the numbered input log at `target`; its content digest, and the events where they are in memory."""
    if joined.events is not None:
        total = pq.read_metadata(joined.events).num_rows
        with connect(spill.folder / "scratch") as connection:
            sorted_rows = _batches(connection.sql(EVENTS, params=[[str(joined.events)]]), GROUP_ROWS)
            return _write(_numbered(sorted_rows), target, total=total, progress=progress), None
    if joined.held is None:
        raise ValueError("the calls of this run have been sorted already")
    calls, order = joined.held
    joined.held = None
    chosen = ordered_events(calls, order)
    blocks = event_blocks(calls, chosen, rows=GROUP_ROWS)
    return _write(blocks, target, total=len(chosen.call), progress=progress), HeldEvents(calls, chosen)


def digest_of(input_log: Path) -> str:
    """The content digest that the run id is made of."""
    digest = ContentDigest()
    with pq.ParquetFile(input_log) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            digest.add(batch)
    return digest.hexdigest()


def _write(batches: Iterator[pa.RecordBatch], target: Path, *, total: int, progress: Callable[[int, int], None]) -> str:
    digest, done = ContentDigest(), 0
    with durable.draft(target) as draft, _log_writer(draft) as writer:
        for batch in ahead(_digested(batches, digest)):
            writer.write_batch(batch)
            done += batch.num_rows
            progress(done, total)
    return digest.hexdigest()


def _digested(batches: Iterator[pa.RecordBatch], digest: ContentDigest) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        digest.add(batch)
        yield batch


def _numbered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    number = 1
    for batch in batches:
        numbers = pa.array(np.arange(number, number + batch.num_rows))
        yield pa.RecordBatch.from_arrays([numbers, *batch.columns[1:]], schema=INPUT_LOG_SCHEMA)
        number += batch.num_rows


def _log_writer(where: Any) -> pq.ParquetWriter:
    """Measured: of our columns only the trunk is smaller and faster with a dictionary. Numbers are looked for."""
    options: dict[str, Any] = {"compression": "lz4", "use_dictionary": ["trunk"], "write_statistics": ["number"]}
    return pq.ParquetWriter(where, INPUT_LOG_SCHEMA, **options)


def _batches(result: duckdb.DuckDBPyRelation, rows: int) -> Iterator[pa.RecordBatch]:
    """The rows of a query as Arrow batches, as they come."""
    reader: pa.RecordBatchReader = result.to_arrow_reader(rows)
    return iter(reader)
