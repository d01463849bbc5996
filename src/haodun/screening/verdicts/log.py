"""The verdict log: one row an attempt, Parquet, with a published and versioned schema."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from haodun.numbering import IngressClass, Kind
from haodun.screening.events import Action, Flag, Layer

VERDICT_LOG_VERSION = "1"


class Verdict(NamedTuple):
    """What was decided about one attempt. Field order is the column order of the log."""

    event: int
    """Number of the attempt in the input log; with the run id it makes the verdict id."""
    time_ms: int
    """Milliseconds since the Unix epoch, UTC."""
    call_id: str
    source: str
    """File and line the attempt came from; the only column that differs between formats."""
    caller_text: str
    """As received."""
    caller: int
    """E.164 key, negative trunk id where the caller is no number."""
    caller_kind: Kind
    callee: int
    callee_kind: Kind
    trunk: str
    ingress: IngressClass
    action: Action
    """What the policy says; carried out only if `enforced`."""
    enforced: bool
    """False in observe mode."""
    layer: Layer
    """The stage that decided."""
    flags: Flag
    reasons: tuple[str, ...]
    """Ids of all enforced rules that fired."""
    shadow: tuple[str, ...]
    score: int
    """Thousandths."""
    late: bool
    counted: bool
    repeat_of: int
    """Event number of the attempt that this one repeats, 0 if none."""
    origin_screened: bool
    """False where the ingress is not known, so that no rule about the origin could speak."""
    features: tuple[int, ...] | None
    """The whole decision row of a non-ALLOW verdict: it recomputes from this alone."""
    token: str
    """Redress token of a non-ALLOW verdict, else ''."""


_TYPES: dict[str, pa.DataType] = {
    "event": pa.int64(),
    "time_ms": pa.int64(),
    "call_id": pa.string(),
    "source": pa.string(),
    "caller_text": pa.string(),
    "caller": pa.int64(),
    "caller_kind": pa.int8(),
    "callee": pa.int64(),
    "callee_kind": pa.int8(),
    "trunk": pa.string(),
    "ingress": pa.int8(),
    "action": pa.int8(),
    "enforced": pa.bool_(),
    "layer": pa.int8(),
    "flags": pa.int8(),
    "reasons": pa.list_(pa.string()),
    "shadow": pa.list_(pa.string()),
    "score": pa.int32(),
    "late": pa.bool_(),
    "counted": pa.bool_(),
    "repeat_of": pa.int64(),
    "origin_screened": pa.bool_(),
    "features": pa.list_(pa.int64()),
    "token": pa.string(),
}

_FIELDS: list[pa.Field[Any]] = [pa.field(name, kind, nullable=name == "features") for name, kind in _TYPES.items()]

VERDICT_SCHEMA = pa.schema(
    _FIELDS, metadata={"haodun.schema": "verdict-log", "haodun.schema_version": VERDICT_LOG_VERSION}
)
"""Version 1. Integers of enumerations are those of `haodun.screening.events` and `haodun.numbering`."""

_KINDS, _INGRESS, _ACTIONS, _LAYERS = tuple(Kind), tuple(IngressClass), tuple(Action), tuple(Layer)


def verdict_batch(verdicts: Sequence[Verdict], metadata: dict[str, str] | None = None) -> pa.RecordBatch:
    """Verdicts as one batch of the log, the run's versions in the schema's metadata."""
    columns = zip(*verdicts, strict=True) if verdicts else ((),) * len(VERDICT_SCHEMA)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, VERDICT_SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=log_schema(metadata or {}))


def log_schema(metadata: dict[str, str]) -> pa.Schema:
    """The log's schema with more metadata."""
    return VERDICT_SCHEMA.with_metadata({**(VERDICT_SCHEMA.metadata or {}), **_encoded(metadata)})


def verdicts_of(batch: pa.RecordBatch) -> Iterator[Verdict]:
    """The verdicts of one batch."""
    for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
        words: tuple[Any, ...] = (
            *row[:6],
            _KINDS[row[6]],
            row[7],
            _KINDS[row[8]],
            row[9],
            _INGRESS[row[10]],
            _ACTIONS[row[11]],
            row[12],
            _LAYERS[row[13]],
            Flag(row[14]),
            tuple(row[15]),
            tuple(row[16]),
            *row[17:22],
            None if row[22] is None else tuple(row[22]),
            row[23],
        )
        yield Verdict._make(words)


def read_verdicts(path: Path) -> Iterator[Verdict]:
    """All verdicts of a log on disk, in fixed memory."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=16_384):
            yield from verdicts_of(batch)


def _encoded(metadata: dict[str, str]) -> dict[bytes, bytes]:
    return {f"haodun.{name}".encode(): value.encode("utf-8") for name, value in metadata.items()}
