"""The input log as Arrow: events in columns, and back, in fixed memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

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
    """SHA-256 over the content of an input log, `source` left out: what the run id is made of."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256(b"haodun input log " + INPUT_LOG_VERSION.encode())

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows; how they are cut into batches makes no difference."""
        for row in zip(*(column.to_pylist() for column in batch.columns[:-1]), strict=True):
            self._hash.update(repr(row).encode("utf-8", "surrogatepass"))

    def hexdigest(self) -> str:
        """The digest so far, in hexadecimal."""
        return self._hash.hexdigest()


def content_digest(path: Path) -> str:
    """The content digest of an input log on disk."""
    digest = ContentDigest()
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches():
            digest.add(batch)
    return digest.hexdigest()
