"""From call records to the numbered input log: legs joined, numbers read, events in order.

Theory of operation. Records that were held in memory are joined, read and ordered there by columns; their log is
written while their calls are screened, since what is screened is in memory too. Where they were spilled, DuckDB brings
the legs of each call together in fixed memory, and the calls are read batch by batch, in the order of their ids. Then
DuckDB sorts their events, which are no more than a time and a place among the calls, so as to number them; sorts the
numbers back to their calls; and sorts the calls by their attempts. Both ways make the same log.
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
from haodun.edge.batch.calls import Calls, Readers, make_calls
from haodun.edge.batch.legs import LEG_ORDER, join_held, join_sorted
from haodun.edge.batch.ordering import Ordered, in_order, log_rows, pieces, unnumbered
from haodun.edge.batch.settings import LIMITS
from haodun.edge.batch.spill import Spill
from haodun.numbering.bulk import Reader
from haodun.screening.events import CALL_LOG_SCHEMA, ContentDigest, Trunks
from haodun.store import durable

GROUP_ROWS = 131_072
"""Rows of one row group of the input log."""

LEGS = f"SELECT * FROM read_parquet(?) ORDER BY {', '.join(LEG_ORDER)}"  # noqa: S608 (names of our own columns)
# DESIGN.md §3 *Event and order*: `place` is that of the call in the order of the ids, kind 0 attempt, 1 answer, 2 end.
EVENTS = """SELECT * FROM (
    SELECT time_ms, file_row_number AS place, 0::TINYINT AS kind FROM read_parquet($calls, file_row_number = true)
    UNION ALL SELECT answer_ms, file_row_number, 1::TINYINT FROM read_parquet($calls, file_row_number = true)
        WHERE answer_number > 0
    UNION ALL SELECT end_ms, file_row_number, 2::TINYINT FROM read_parquet($calls, file_row_number = true)
) ORDER BY time_ms, place, kind"""
NUMBERS = "SELECT place, kind, number FROM read_parquet(?) ORDER BY place, kind"
CALLS = "SELECT * FROM read_parquet(?) ORDER BY number"
_NUMBERED = pa.schema([("place", pa.int64()), ("kind", pa.int8()), ("number", pa.int64())])


@dataclass(slots=True)
class Joined:
    """The calls of a run: in memory with their order by id, or in a file, unnumbered, by their ids."""

    calls: int
    held: tuple[Calls, npt.NDArray[np.int64]] | None
    file: Path | None


@dataclass(slots=True)
class Sorted:
    """The events of a run in order."""

    events: int
    content: str
    """The content digest of their log."""
    held: Ordered | None
    """In memory; None where their log is there already."""
    target: Path

    def write(self) -> None:
        """Put the input log in its place, where it is not there."""
        if self.held is not None:
            with durable.draft(self.target) as draft, _log_writer(draft) as writer:
                for rows in pieces(log_rows(self.held), size=GROUP_ROWS):
                    writer.write_batch(rows)


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
    readers = Readers(Reader(home), Reader(home))
    if not spill.spilled:
        records = spill.held()
        with ThreadPoolExecutor(1) as pool:
            # Nearly all calls have one leg: they are made while the legs are looked for.
            joining = pool.submit(join_held, records)
            calls = make_calls(records, names=spill.names, trunks=trunks, readers=readers)
            joined, order = joining.result()
        if joined is not records:
            calls = make_calls(joined, names=spill.names, trunks=trunks, readers=readers)
        progress(len(order))
        return Joined(len(order), (calls, order), None)
    path, done = spill.folder / "calls.parquet", 0
    with connect(spill.folder / "scratch") as connection, _log_writer(path) as writer:
        legs = _batches(connection.sql(LEGS, params=[spill.files()]), GROUP_ROWS)
        for records in ahead(join_sorted(legs)):
            some = make_calls(records, names=spill.names, trunks=trunks, readers=readers)
            writer.write_batch(unnumbered(some))
            done += records.num_rows
            progress(done)
    return Joined(done, None, path)


def sort_events(joined: Joined, spill: Spill, target: Path, *, progress: Callable[[int, int], None]) -> Sorted:
    """Number the events of all calls; `target` is where their log comes, or already is."""
    if joined.file is not None:
        with connect(spill.folder / "scratch") as connection:
            events = _number_spilled(connection, joined.file, spill.folder)
            batches = _batches(connection.sql(CALLS, params=[str(spill.folder / "numbered.parquet")]), GROUP_ROWS)
            content = _write(batches, target, total=joined.calls, progress=progress)
        return Sorted(events, content, None, target)
    if joined.held is None:
        raise ValueError("the calls of this run have been sorted already")
    calls, order = joined.held
    joined.held = None
    held = in_order(calls, order)
    progress(joined.calls, joined.calls)
    digest = ContentDigest(CALL_LOG_SCHEMA)
    digest.add(log_rows(held))
    return Sorted(len(held.call), digest.hexdigest(), held, target)


def _number_spilled(connection: duckdb.DuckDBPyConnection, calls: Path, folder: Path) -> int:
    """Number the events of the calls in a file, into numbered.parquet in `folder`; how many events there are."""
    by_time, numbered, last = folder / "numbers.parquet", folder / "numbered.parquet", 0
    with pq.ParquetWriter(by_time, _NUMBERED, compression="lz4", use_dictionary=False) as writer:
        for batch in _batches(connection.sql(EVENTS, params={"calls": str(calls)}), GROUP_ROWS):
            numbers = pa.array(np.arange(last + 1, last + 1 + batch.num_rows))
            writer.write_batch(pa.RecordBatch.from_arrays([batch[1], batch[2], numbers], schema=_NUMBERED))
            last += batch.num_rows
    by_call = _batches(connection.sql(NUMBERS, params=[str(by_time)]), GROUP_ROWS)
    with pq.ParquetFile(calls) as file, _log_writer(numbered) as writer:
        for batch in _numbered(file.iter_batches(GROUP_ROWS), by_call):
            writer.write_batch(batch)
    return last


def _numbered(calls: Iterator[pa.RecordBatch], numbers: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The calls with the numbers of their events, both by their places."""
    first, waiting = 0, np.zeros((3, 0), np.int64)
    for batch in calls:
        last, parts = first + batch.num_rows, [waiting]
        while not parts[-1].shape[1] or parts[-1][0, -1] < last:
            some = next(numbers, None)
            if some is None:
                break
            parts.append(np.stack([column.to_numpy().astype(np.int64) for column in some.columns]))
        place, kind, number = np.concatenate(parts, axis=1)
        end = int(np.searchsorted(place, last))
        waiting = np.stack([place[end:], kind[end:], number[end:]])
        own = np.zeros((3, batch.num_rows), np.int64)
        own[kind[:end], place[:end] - first] = number[:end]
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        columns |= dict(zip(("number", "answer_number", "end_number"), map(pa.array, own), strict=True))
        yield pa.RecordBatch.from_arrays([columns[name] for name in CALL_LOG_SCHEMA.names], schema=CALL_LOG_SCHEMA)
        first = last


def _write(batches: Iterator[pa.RecordBatch], target: Path, *, total: int, progress: Callable[[int, int], None]) -> str:
    digest, done = ContentDigest(CALL_LOG_SCHEMA), 0
    with durable.draft(target) as draft, _log_writer(draft) as writer:
        for batch in ahead(_digested(batches, digest)):
            writer.write_batch(batch)
            done += batch.num_rows
            progress(done, total)
    return digest.hexdigest()


def _digested(batches: Iterator[pa.RecordBatch], digest: ContentDigest) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        batch = batch.cast(CALL_LOG_SCHEMA)
        digest.add(batch)
        yield batch


def _log_writer(where: Any) -> pq.ParquetWriter:
    """Measured: of our columns only the trunk is smaller and faster with a dictionary. Numbers are looked for."""
    options: dict[str, Any] = {
        "compression": "lz4",
        "use_dictionary": ["trunk"],
        "write_statistics": ["number", "end_number"],
    }
    return pq.ParquetWriter(where, CALL_LOG_SCHEMA, **options)


def _batches(result: duckdb.DuckDBPyRelation, rows: int) -> Iterator[pa.RecordBatch]:
    """The rows of a query as Arrow batches, as they come."""
    reader: pa.RecordBatchReader = result.to_arrow_reader(rows)
    return iter(reader)
