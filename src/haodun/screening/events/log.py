"""The input log as Arrow: events in columns, and back, in fixed memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from haodun.numbering import Form, IngressClass, Kind, Number, Refusal
from haodun.screening.events.event import Attestation, Cause, Event, EventKind, Presentation, Roaming

INPUT_LOG_VERSION = "1"

_NUMBER = (
    ("key", pa.int64()),
    ("kind", pa.int8()),
    ("country", pa.int16()),
    ("form", pa.int8()),
    ("refusal", pa.int8()),
)

_FIELDS: list[pa.Field[Any]] = [
    pa.field("number", pa.int64(), nullable=False),
    pa.field("time_ms", pa.int64(), nullable=False),
    pa.field("kind", pa.int8(), nullable=False),
    pa.field("call_id", pa.string(), nullable=False),
    pa.field("transaction", pa.string(), nullable=False),
    pa.field("live", pa.bool_(), nullable=False),
    pa.field("caller_text", pa.string(), nullable=False),
    *(pa.field(f"caller_{name}", kind, nullable=False) for name, kind in _NUMBER),
    pa.field("callee_text", pa.string(), nullable=False),
    *(pa.field(f"callee_{name}", kind, nullable=False) for name, kind in _NUMBER),
    pa.field("trunk", pa.string(), nullable=False),
    pa.field("ingress", pa.int8(), nullable=False),
    pa.field("presentation", pa.int8(), nullable=False),
    pa.field("attestation", pa.int8(), nullable=False),
    pa.field("roaming", pa.int8(), nullable=False),
    pa.field("diversion", pa.int64(), nullable=False),
    pa.field("device", pa.int64(), nullable=False),
    pa.field("cell", pa.int64(), nullable=False),
    pa.field("answered", pa.bool_(), nullable=False),
    pa.field("seconds", pa.int64(), nullable=False),
    pa.field("ring_ms", pa.int64(), nullable=False),
    pa.field("cause", pa.int8(), nullable=False),
    pa.field("source", pa.string(), nullable=False),
]

INPUT_LOG_SCHEMA = pa.schema(
    _FIELDS,
    metadata={"haodun.schema": "input-log", "haodun.schema_version": INPUT_LOG_VERSION},
)
"""One row an event; the integers of enumerations are those of `haodun.screening.events` and `haodun.numbering`."""

_KINDS, _INGRESS, _PRESENTATIONS = tuple(EventKind), tuple(IngressClass), tuple(Presentation)
_ATTESTATIONS, _ROAMING, _CAUSES = tuple(Attestation), tuple(Roaming), tuple(Cause)


def _flat(event: Event) -> tuple[object, ...]:
    """An event as the log's columns."""
    caller, callee = event.caller, event.callee
    return (
        *event[:6],
        event.caller_text,
        *(caller.key, caller.kind, caller.country, caller.form, caller.refusal),
        event.callee_text,
        *(callee.key, callee.kind, callee.country, callee.form, callee.refusal),
        *event[10:],
    )


def event_batch(events: Sequence[Event]) -> pa.RecordBatch:
    """Events as one batch of the input log."""
    columns = zip(*map(_flat, events), strict=True) if events else ((),) * len(INPUT_LOG_SCHEMA)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, INPUT_LOG_SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=INPUT_LOG_SCHEMA)


@lru_cache(maxsize=262_144)
def _number(key: int, kind: int, country: int, form: int, refusal: int) -> Number:
    return Number(key, Kind(kind), country, Form(form), Refusal(refusal))


def events_of(batch: pa.RecordBatch) -> Iterator[Event]:
    """The events of one batch of the input log."""
    for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
        words: tuple[Any, ...] = (
            *row[:2],
            _KINDS[row[2]],
            *row[3:7],
            _number(*row[7:12]),
            row[12],
            _number(*row[13:18]),
            row[18],
            _INGRESS[row[19]],
            _PRESENTATIONS[row[20]],
            _ATTESTATIONS[row[21]],
            _ROAMING[row[22]],
            *row[23:29],
            _CAUSES[row[29]],
            row[30],
        )
        yield Event._make(words)


def read_events(path: Path, *, start: int = 1, batch_rows: int = 16_384) -> Iterator[Event]:
    """The events of an input log from number `start` on; row groups that end before it are not read."""
    with pq.ParquetFile(path) as file:
        groups = [group for group in range(file.num_row_groups) if _last_number(file, group) >= start]
        for batch in file.iter_batches(batch_size=batch_rows, row_groups=groups) if groups else ():
            if start > 1:
                batch = batch.filter(pc.greater_equal(batch.column("number"), pa.scalar(start, pa.int64())))
            yield from events_of(batch)


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

    def __init__(self) -> None:
        self._rows = 0
        self._columns = [[hashlib.sha256(), hashlib.sha256()] for _ in INPUT_LOG_SCHEMA.names[:-1]]

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
        whole = hashlib.sha256(f"haodun input log, content 2, {self._rows} rows".encode("ascii"))
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
    digest = ContentDigest()
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            digest.add(batch)
    return digest.hexdigest()
