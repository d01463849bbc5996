"""Haodun's own Parquet call table, read in batches of bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from haodun.edge.cdr.error import CdrError, RowError
from haodun.edge.cdr.record import CALLS_SCHEMA, MAX_TEXT, BadRecord, CallRecord
from haodun.edge.cdr.rows import MAX_SHOWN
from haodun.edge.cdr.times import MAX_TIME_MS, check_order
from haodun.edge.cdr.words import presentation_of
from haodun.screening.events import Attestation, Cause, Presentation, Roaming

BATCH_ROWS = 16_384
_NAMES = tuple(CALLS_SCHEMA.names)
NEEDED = tuple(field.name for field in CALLS_SCHEMA if not field.nullable)
TEXTS = ("call_id", "leg_id", "caller", "callee", "trunk", "diversion", "device", "cell")
MEMBERS: dict[str, dict[int, Any]] = {
    "presentation": {int(member): member for member in Presentation},
    "attestation": {int(member): member for member in Attestation},
    "roaming": {int(member): member for member in Roaming},
    "cause": {int(member): member for member in Cause},
}


def read_parquet(source: pa.NativeFile | IO[bytes] | bytes) -> Iterator[CallRecord | BadRecord]:
    """Rows of a table by CALLS_SCHEMA, in order; nullable columns may be absent, others are passed over.

    Needs random access: a file, not a stream. CdrError where it is no Parquet, or a column is missing or of wrong type.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(source) if isinstance(source, bytes) else source)
        present = checked_columns(file.schema_arrow)
        row = 0
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=present):
            yield from rows_of(batch, range(row + 1, row + 1 + batch.num_rows))
            row += batch.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise CdrError(f"The file cannot be read as Parquet ({first_line(error)}); is it whole?") from error


def first_line(error: Exception) -> str:
    """What an error says, in one line."""
    return str(error).strip().split("\n", 1)[0][:160]


def checked_columns(schema: pa.Schema) -> list[str]:
    """The columns to read; CdrError for one that is missing or of the wrong type."""
    present = []
    for field in CALLS_SCHEMA:
        count = schema.names.count(field.name)
        if count == 0 and not field.nullable:
            raise CdrError(f"The Parquet file has no column {field.name}; it must follow haodun's call schema.")
        if count > 1:
            raise CdrError(f"The Parquet file has the column {field.name} {count} times.")
        if count:
            found = schema.field(field.name).type
            text = pa.types.is_string(field.type) and (pa.types.is_large_string(found) or pa.types.is_string(found))
            number = pa.types.is_integer(field.type) and pa.types.is_integer(found)
            if not (text or number):
                raise CdrError(f"Column {field.name} of the Parquet file is {found}, expected {field.type}.")
            present.append(field.name)
    return present


def rows_of(batch: pa.RecordBatch, lines: Sequence[int]) -> Iterator[CallRecord | BadRecord]:
    """The rows of a batch by CALLS_SCHEMA, each with its line."""
    empty: list[Any] = [None] * batch.num_rows
    columns = [
        _values(batch.column(batch.schema.names.index(field.name))) if field.name in batch.schema.names else empty
        for field in CALLS_SCHEMA
    ]
    for index, values in zip(lines, zip(*columns, strict=True), strict=True):
        try:
            yield _record(values, index)
        except RowError as error:
            yield BadRecord(index, error.reason, error.detail, repr(values)[:MAX_SHOWN])


def _values(column: pa.Array[Any]) -> list[Any]:
    try:
        return column.to_pylist()
    except UnicodeDecodeError:
        return [_decoded(value) for value in pc.cast(column, pa.binary()).to_pylist()]


def _decoded(value: bytes | None) -> str | bytes | None:
    try:
        return value.decode("utf-8") if value is not None else None
    except UnicodeDecodeError:
        return value


def _record(values: tuple[Any, ...], line: int) -> CallRecord:
    row = dict(zip(_NAMES, values, strict=True))
    for name in NEEDED:
        if row[name] is None:
            raise RowError("missing_field", f"{name} is null.")
    for name in TEXTS:
        text = row[name] = row[name] or ""
        if isinstance(text, bytes):
            raise RowError("bad_encoding", f"{name} is no UTF-8.")
        if "\0" in text:
            raise RowError("nul_byte", f"{name} holds a NUL character.")
        if len(text) > MAX_TEXT:
            raise RowError("too_long", f"{name} has {len(text)} characters, at most {MAX_TEXT} are possible.")
    start, answer, end = row["start_ms"], row["answer_ms"], row["end_ms"]
    if not (0 <= start < MAX_TIME_MS and 0 <= end < MAX_TIME_MS):
        raise RowError("bad_time", "The time lies outside the years 1970 to 2099; it must be in milliseconds.")
    check_order(start, answer, end)
    return CallRecord(
        row["call_id"], row["leg_id"] or row["call_id"], start, answer, end,
        row["caller"], row["callee"], row["trunk"],
        presentation_of(row["caller"]) if row["presentation"] is None else _member(row, "presentation"),
        _member(row, "attestation"), _member(row, "roaming"),
        row["diversion"], row["device"], row["cell"], _member(row, "cause"), line, True,
    )  # fmt: skip


def _member(row: dict[str, Any], name: str) -> Any:
    found = MEMBERS[name].get(row[name] or 0)
    if found is None:
        raise RowError("bad_value", f"{name}: {row[name]} is none of 0 to {len(MEMBERS[name]) - 1}.")
    return found
