"""An input log on disk, of either version: its events from any number on, how many they are, and its content digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from haodun.screening.events.call_log import CALL_LOG_VERSION, events_of_calls, groups_of, last_event
from haodun.screening.events.event import Event
from haodun.screening.events.log import INPUT_LOG_SCHEMA, INPUT_LOG_VERSION, events_of

_CONTENT = {INPUT_LOG_VERSION: 2, CALL_LOG_VERSION: 3}
"""Version of a log to that of its content digest."""


def read_events(path: Path, *, start: int = 1, batch_rows: int = 16_384) -> Iterator[Event]:
    """The events of an input log from number `start` on; row groups that end before it are not read."""
    with pq.ParquetFile(path) as file:
        if is_by_call(file.schema_arrow):
            groups = groups_of(file, start, 2**62)
            batches = file.iter_batches(batch_size=batch_rows, row_groups=groups) if groups else ()
            yield from (event for event in events_of_calls(batches) if event.number >= start)
            return
        groups = [group for group in range(file.num_row_groups) if _last_number(file, group) >= start]
        for batch in file.iter_batches(batch_size=batch_rows, row_groups=groups) if groups else ():
            if start > 1:
                batch = batch.filter(pc.greater_equal(batch.column("number"), pa.scalar(start, pa.int64())))
            yield from events_of(batch)


def count_events(path: Path) -> int:
    """How many events an input log has."""
    with pq.ParquetFile(path) as file:
        return last_event(file) if is_by_call(file.schema_arrow) else file.metadata.num_rows


def is_by_call(schema: pa.Schema) -> bool:
    """Whether a log has a row a call (version 2), not a row an event; ValueError where it is of another version."""
    version = _version(schema)
    if version not in _CONTENT:
        raise ValueError(f"an input log of version {version}: this Haodun reads 1 and 2; use the one that wrote it")
    return version == CALL_LOG_VERSION


def _version(schema: pa.Schema) -> str:
    return (schema.metadata or {}).get(b"haodun.schema_version", INPUT_LOG_VERSION.encode("ascii")).decode("ascii")


def _last_number(file: pq.ParquetFile, group: int) -> int:
    """The highest event number of a row group, by its statistics; without them it must be read."""
    statistics = file.metadata.row_group(group).column(0).statistics
    if statistics is None or not statistics.has_min_max:
        return 2**62
    last: Any = statistics.max
    return int(last)


class ContentDigest:
    """SHA-256 over the content of an input log, `source` left out: what the run id is made of.

    Each column has a SHA-256 of its own, over its values as little-endian integers; a text column has two, of lengths
    in bytes and of the texts. The digest is one over all of these.
    """

    def __init__(self, schema: pa.Schema = INPUT_LOG_SCHEMA) -> None:
        """`schema` is that of either version; its last column is `source`."""
        self._rows = 0
        self._content = _CONTENT[_version(schema)]
        self._columns = [[hashlib.sha256(), hashlib.sha256()] for _ in schema.names[:-1]]

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows; how they are cut into batches makes no difference."""
        self._rows += batch.num_rows
        if not batch.num_rows:
            return
        for hashes, column in zip(self._columns, batch.columns[:-1], strict=True):
            for single, part in zip(hashes, _plain_values(column), strict=False):
                single.update(part)

    def hexdigest(self) -> str:
        """The digest so far, in hexadecimal."""
        whole = hashlib.sha256(f"haodun input log, content {self._content}, {self._rows} rows".encode("ascii"))
        for hashes in self._columns:
            for single in hashes:
                whole.update(single.digest())
        return whole.hexdigest()


def _plain_values(column: Any) -> tuple[Any, ...]:
    """A column's values as bytes; of texts their lengths, and themselves."""
    if not pa.types.is_string(column.type):
        values = column.to_numpy(zero_copy_only=False)
        return (values.view(np.uint8) if values.dtype == bool else values.astype(values.dtype.newbyteorder("<")),)
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, "<i4")[column.offset : column.offset + len(column) + 1]
    texts = b"" if data is None else memoryview(data)[ends[0] : ends[-1]]
    return np.diff(ends), texts


def content_digest(path: Path) -> str:
    """The content digest of an input log on disk."""
    with pq.ParquetFile(path) as file:
        digest = ContentDigest(file.schema_arrow)
        for batch in file.iter_batches():
            digest.add(batch)
    return digest.hexdigest()
