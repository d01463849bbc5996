"""Call records in columns: what a batch run reads by the ten thousand, and the bad ones among them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from haodun.edge.cdr.record import BadRecord, CallRecord

_FIELDS: list[pa.Field[Any]] = [
    pa.field("call_id", pa.string(), nullable=False),
    pa.field("leg_id", pa.string(), nullable=False),
    pa.field("start_ms", pa.int64(), nullable=False),
    pa.field("answer_ms", pa.int64()),
    pa.field("end_ms", pa.int64(), nullable=False),
    pa.field("caller", pa.string(), nullable=False),
    pa.field("callee", pa.string(), nullable=False),
    pa.field("trunk", pa.string(), nullable=False),
    pa.field("presentation", pa.int8(), nullable=False),
    pa.field("attestation", pa.int8(), nullable=False),
    pa.field("roaming", pa.int8(), nullable=False),
    pa.field("diversion", pa.string(), nullable=False),
    pa.field("device", pa.string(), nullable=False),
    pa.field("cell", pa.string(), nullable=False),
    pa.field("cause", pa.int8(), nullable=False),
    pa.field("line", pa.int64(), nullable=False),
    pa.field("zoned", pa.bool_(), nullable=False),
]
RECORD_SCHEMA = pa.schema(_FIELDS)
"""The fields of CallRecord in their order."""
PART_RECORDS = 16_384
"""Records of one part that comes from a codec."""

_SURROGATE = re.compile("[\ud800-\udfff]")


class SetAside(NamedTuple):
    """A bad record, and how many good ones of its part stand before it."""

    good_before: int
    bad: BadRecord


class Part(NamedTuple):
    """Some records of one file, in its order."""

    records: pa.RecordBatch
    """By RECORD_SCHEMA."""
    aside: list[SetAside]


def record_batch(records: Iterable[CallRecord]) -> pa.RecordBatch:
    """Records as columns."""
    rows = [_fields(record) for record in records]
    columns = zip(*rows, strict=True) if rows else ((),) * len(RECORD_SCHEMA)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, RECORD_SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=RECORD_SCHEMA)


def parts_of(stream: Iterable[CallRecord | BadRecord]) -> Iterator[Part]:
    """What a codec yields, in parts; a record that no file of ours may hold is set aside."""
    good: list[CallRecord] = []
    aside: list[SetAside] = []
    for record in stream:
        if isinstance(record, BadRecord):
            aside.append(SetAside(len(good), record))
        elif not _storable(record):
            aside.append(SetAside(len(good), _torn(record)))
        else:
            good.append(record)
        if len(good) + len(aside) >= PART_RECORDS:
            yield Part(record_batch(good), aside)
            good, aside = [], []
    if good or aside:
        yield Part(record_batch(good), aside)


def _fields(record: CallRecord) -> tuple[object, ...]:
    """The fields of a record in their order; `dataclasses.astuple` copies deeply and is ten times slower."""
    return (
        record.call_id,
        record.leg_id,
        record.start_ms,
        record.answer_ms,
        record.end_ms,
        record.caller,
        record.callee,
        record.trunk,
        record.presentation,
        record.attestation,
        record.roaming,
        record.diversion,
        record.device,
        record.cell,
        record.cause,
        record.line,
        record.zoned,
    )


def _storable(record: CallRecord) -> bool:
    """Whether every text is one of Unicode; JSON can bring half a surrogate pair, which no file of ours may hold."""
    text = "".join((record.call_id, record.leg_id, record.caller, record.callee, record.trunk))
    more = "".join((record.diversion, record.device, record.cell))
    return (text.isascii() and more.isascii()) or not _SURROGATE.search(text + more)


def _torn(record: CallRecord) -> BadRecord:
    """A record that cannot be stored, as one set aside."""
    detail = "a text holds half a surrogate pair, expected whole characters; check what the switch writes"
    text = f"{record.call_id} {record.caller} {record.callee}"[:200]
    return BadRecord(record.line, "bad_encoding", detail, text)
