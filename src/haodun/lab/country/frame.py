"""Calls as plain integer columns, before they become a table: joined, sorted, and rendered a million at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from haodun.edge.cdr.record import CALLS_SCHEMA
from haodun.lab.country.draws import Ints, Words
from haodun.lab.country.numbers import Numbers

ROWS = 1_000_000
"""Rows rendered at a time: bounds the memory of texts."""

_LABELS: list[pa.Field[Any]] = [
    pa.field("call_id", pa.string(), nullable=False),
    pa.field("campaign", pa.string()),
    pa.field("population", pa.string(), nullable=False),
    pa.field("caller", pa.string(), nullable=False),
    pa.field("heavy", pa.bool_(), nullable=False),
    pa.field("true_origin", pa.string(), nullable=False),
]
LABELS_SCHEMA = pa.schema(
    _LABELS,
    metadata={"haodun.schema": "labels", "haodun.schema_version": "1"},
)
"""The truth, apart from the calls; one row for each call, in the same order. `campaign` is null for ordinary calls."""

_HEX = np.array([f"{byte:02x}" for byte in range(256)], dtype="S2")


@dataclass
class Frame:
    """Columns of equal length."""

    id: Words
    start: Ints
    """ms since the Unix epoch."""
    ring: Ints
    talk: Ints
    """ms, -1 if unanswered."""
    cause: Ints
    caller_prefix: Ints
    caller_digits: Ints
    callee_prefix: Ints
    callee_digits: Ints
    diverted_prefix: Ints
    diverted_digits: Ints
    """0: not diverted."""
    trunk: Ints
    presentation: Ints
    roaming: Ints
    pool: Ints
    """Position in the scenario's populations and campaigns."""
    origin: Ints
    """Position in the names of origins."""

    def __len__(self) -> int:
        return len(self.start)

    def take(self, rows: Ints) -> Frame:
        """Some of the rows, in the given order."""
        return Frame(*(getattr(self, column.name)[rows] for column in fields(self)))


_SMALL: dict[str, type[np.signedinteger]] = {
    "ring": np.int32, "talk": np.int32, "cause": np.int8, "caller_prefix": np.int16, "callee_prefix": np.int16,
    "diverted_prefix": np.int16, "trunk": np.int32, "presentation": np.int8, "roaming": np.int8, "pool": np.int16,
    "origin": np.int16,
}  # fmt: skip


def build(columns: dict[str, Any]) -> Frame:
    """A frame of the given columns, each in its smallest type: five million calls are 400 MB."""
    return Frame(
        **{name: column.astype(_SMALL[name]) if name in _SMALL else column for name, column in columns.items()}
    )


def join(frames: list[Frame]) -> Frame:
    """One frame of all, sorted by start, then id. The parts are emptied on the way."""
    columns = {}
    for column in fields(Frame):
        columns[column.name] = np.concatenate([getattr(frame, column.name) for frame in frames])
        for frame in frames:
            setattr(frame, column.name, np.array([], dtype=np.int64))
    order = np.lexsort((columns["id"], columns["start"]))
    for name in columns:
        columns[name] = columns[name][order]
    return Frame(**columns)


@dataclass(frozen=True)
class Names:
    """What the integers of a frame stand for."""

    prefixes: list[str]
    trunks: list[str]
    pools: list[str]
    campaigns: list[bool]
    heavy: list[bool]
    origins: list[str]


def render(frame: Frame, names: Names) -> tuple[pa.Table, pa.Table]:
    """Calls (`CALLS_SCHEMA`) and labels (`LABELS_SCHEMA`)."""
    parts = [_chunk(frame, names, rows=rows) for rows in _slices(len(frame))]
    calls = pa.Table.from_batches([part[0] for part in parts], schema=CALLS_SCHEMA)
    labels = pa.Table.from_batches([part[1] for part in parts], schema=LABELS_SCHEMA)
    return calls, labels


def _slices(count: int) -> Iterator[slice]:
    for first in range(0, count, ROWS):
        yield slice(first, min(count, first + ROWS))


def _chunk(frame: Frame, names: Names, *, rows: slice) -> tuple[pa.RecordBatch, pa.RecordBatch]:
    start, ring, talk = frame.start[rows], frame.ring[rows].astype(np.int64), frame.talk[rows].astype(np.int64)
    answered = talk >= 0
    caller = _texts(frame.caller_prefix[rows], frame.caller_digits[rows], names.prefixes)
    ids = _hex(frame.id[rows])
    diverted = _texts(frame.diverted_prefix[rows], frame.diverted_digits[rows], names.prefixes)
    nothing = pa.nulls(len(start), pa.string())
    calls = {
        "call_id": ids,
        "leg_id": ids,
        "start_ms": pa.array(start),
        "answer_ms": pa.array(start + ring, mask=~answered),
        "end_ms": pa.array(start + ring + np.maximum(talk, 0)),
        "caller": caller,
        "callee": _texts(frame.callee_prefix[rows], frame.callee_digits[rows], names.prefixes),
        "trunk": _named(frame.trunk[rows], names.trunks),
        "presentation": pa.array(frame.presentation[rows]),
        "attestation": pa.array(np.zeros(len(start), dtype=np.int8)),
        "roaming": pa.array(frame.roaming[rows]),
        "diversion": pc.if_else(pa.array(frame.diverted_digits[rows] > 0), diverted, pa.scalar(None, pa.string())),
        "device": nothing,
        "cell": nothing,
        "cause": pa.array(frame.cause[rows]),
    }
    pool = frame.pool[rows]
    labels = {
        "call_id": ids,
        "campaign": _named(
            pool, [name if fraud else None for name, fraud in zip(names.pools, names.campaigns, strict=True)]
        ),
        "population": _named(pool, names.pools),
        "caller": caller,
        "heavy": pa.array(np.array(names.heavy, dtype=np.bool_)[pool]),
        "true_origin": _named(frame.origin[rows], names.origins),
    }
    return pa.record_batch(calls, schema=CALLS_SCHEMA), pa.record_batch(labels, schema=LABELS_SCHEMA)


def _named(column: Ints, names: list[str] | list[str | None]) -> pa.StringArray:
    return pa.array(names, pa.string()).take(pa.array(column, pa.int64()))


def _texts(prefix: Ints, digits: Ints, prefixes: list[str]) -> pa.StringArray:
    """Prefix and digits as text; prefix -1 is an anonymous caller."""
    heads = pa.array([*prefixes, "anonymous"], pa.string()).take(
        pa.array(np.where(prefix < 0, len(prefixes), prefix), pa.int64())
    )
    tails = pc.if_else(pa.array(prefix < 0), "", pa.array(digits).cast(pa.string()))
    texts: pa.StringArray = pc.binary_join_element_wise(heads, tails, "")
    return texts


def _hex(words: Words) -> pa.StringArray:
    """Sixteen lower-case hexadecimal digits for each word."""
    octets = words.astype(">u8").view(np.uint8)
    data = _HEX[octets]
    offsets = np.arange(len(words) + 1, dtype=np.int32) * 16
    return pa.StringArray.from_buffers(len(words), pa.py_buffer(offsets.tobytes()), pa.py_buffer(data.tobytes()))


def columns_of(caller: Numbers, callee: Numbers) -> dict[str, Ints]:
    """The four columns of two numbers."""
    return {
        "caller_prefix": caller.prefix,
        "caller_digits": caller.digits,
        "callee_prefix": callee.prefix,
        "callee_digits": callee.digits,
    }
