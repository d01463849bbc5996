"""Events as Arrow columns, a row an event, and back: version 1 of the input log, and how the store keeps events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa

from haodun.numbering import Form, IngressClass, Kind, Number, Refusal
from haodun.screening.events.event import Attestation, Cause, Event, EventKind, Presentation, Roaming

INPUT_LOG_VERSION = "1"

NUMBER = (
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
    *(pa.field(f"caller_{name}", kind, nullable=False) for name, kind in NUMBER),
    pa.field("callee_text", pa.string(), nullable=False),
    *(pa.field(f"callee_{name}", kind, nullable=False) for name, kind in NUMBER),
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

INGRESS, PRESENTATIONS, ATTESTATIONS = tuple(IngressClass), tuple(Presentation), tuple(Attestation)
ROAMING, CAUSES, _KINDS = tuple(Roaming), tuple(Cause), tuple(EventKind)


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
def number_of(key: int, kind: int, country: int, form: int, refusal: int) -> Number:
    """A number from its columns; equal ones are one object."""
    return Number(key, Kind(kind), country, Form(form), Refusal(refusal))


def events_of(batch: pa.RecordBatch) -> Iterator[Event]:
    """The events of one batch of the input log."""
    for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
        words: tuple[Any, ...] = (
            *row[:2],
            _KINDS[row[2]],
            *row[3:7],
            number_of(*row[7:12]),
            row[12],
            number_of(*row[13:18]),
            row[18],
            INGRESS[row[19]],
            PRESENTATIONS[row[20]],
            ATTESTATIONS[row[21]],
            ROAMING[row[22]],
            *row[23:29],
            CAUSES[row[29]],
            row[30],
        )
        yield Event._make(words)
