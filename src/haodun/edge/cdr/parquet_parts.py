"""Haodun's own Parquet call table by columns: plain rows never become Python objects, the others are read one by one.

Theory of operation. A mask over the columns says which rows are plain: every needed value there, texts that are UTF-8
of no more than `MAX_TEXT` bytes without NUL, times in order, members that exist. A plain row is good, and its columns
are taken as they are. Every other row goes the way of `read_parquet`, which finds it good or says what is wrong; so
both give the same records and the same words. Where a column cannot be taken whole (bytes that are no UTF-8, integers
past 64 bit), the whole batch goes that way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from haodun.edge.cdr.error import CdrError
from haodun.edge.cdr.parquet import MEMBERS, NEEDED, TEXTS, checked_columns, first_line, rows_of
from haodun.edge.cdr.parts import RECORD_SCHEMA, Part, SetAside, record_batch
from haodun.edge.cdr.record import CALLS_SCHEMA, MAX_TEXT, BadRecord, CallRecord
from haodun.edge.cdr.times import MAX_TIME_MS
from haodun.edge.cdr.words import presentations_of

BATCH_ROWS = 65_536

_Mask = npt.NDArray[np.bool_]
_Columns = dict[str, Any]
"""Name to Arrow array, or None where the file has no such column."""


def read_parquet_parts(source: pa.NativeFile | IO[bytes] | bytes) -> Iterator[Part]:
    """The rows of `read_parquet` as columns, in parts of at most BATCH_ROWS rows. CdrError as there."""
    try:
        file = pq.ParquetFile(pa.BufferReader(source) if isinstance(source, bytes) else source)
        present = checked_columns(file.schema_arrow)
        row = 0
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=present, use_threads=False):
            yield _part(batch, row)
            row += batch.num_rows
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise CdrError(f"The file cannot be read as Parquet ({first_line(error)}); is it whole?") from error


def _part(batch: pa.RecordBatch, before: int) -> Part:
    columns = _taken(batch)
    if columns is None:
        return _one_by_one(batch, np.arange(before + 1, before + 1 + batch.num_rows), None)
    plain = _plain(columns, batch.num_rows)
    records = _records(columns, before, batch.num_rows)
    if plain.all():
        return Part(records, [])
    odd = np.flatnonzero(~plain)
    return _one_by_one(batch.take(odd), odd + before + 1, (records.filter(pa.array(plain)), before))


def _one_by_one(batch: pa.RecordBatch, lines: npt.NDArray[np.int64], plain: tuple[pa.RecordBatch, int] | None) -> Part:
    """Rows by the exact reader, joined to those that were plain (and the rows before their part)."""
    good: list[CallRecord] = []
    aside: list[SetAside] = []
    before = int(lines[0]) - 1 if plain is None else plain[1]
    for record in rows_of(batch, lines.tolist()):
        if isinstance(record, BadRecord):
            aside.append(SetAside(record.line - before - 1 - len(aside), record))
        else:
            good.append(record)
    if plain is None:
        return Part(record_batch(good), aside)
    if not good:
        return Part(plain[0], aside)
    table = pa.Table.from_batches([plain[0], record_batch(good)]).combine_chunks()
    return Part(table.to_batches()[0], aside)


def _taken(batch: pa.RecordBatch) -> _Columns | None:
    """The columns in the types of the schema; None where one cannot be taken whole."""
    columns: _Columns = dict.fromkeys(CALLS_SCHEMA.names)
    try:
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            kind = pa.string() if name in TEXTS else pa.int64()
            columns[name] = column if column.type == kind else pc.cast(column, kind)
            if name in TEXTS:
                columns[name].validate(full=True)
    except pa.ArrowInvalid:
        return None
    return columns


def _plain(columns: _Columns, rows: int) -> _Mask:
    """Which rows are good as they stand."""
    plain = np.ones(rows, bool)
    for name in NEEDED:
        if columns[name].null_count:
            plain &= _numpy(columns[name].is_valid())
    for name in TEXTS:
        if columns[name] is not None:
            _check_text(columns[name], plain)
    for name, members in MEMBERS.items():
        if columns[name] is not None:
            values = _integers(columns[name], 0)
            plain &= (values >= 0) & (values < len(members))
    start, end = _integers(columns["start_ms"], -1), _integers(columns["end_ms"], -1)
    plain &= (start >= 0) & (end >= start) & (end < MAX_TIME_MS)
    if columns["answer_ms"] is not None:
        answer = columns["answer_ms"]
        times = _integers(answer, 0)
        plain &= ~_numpy(answer.is_valid()) | ((times >= start) & (times <= end))
    return plain


def _check_text(column: Any, plain: _Mask) -> None:
    """Rule out rows whose text may be too long, or holds a NUL."""
    longest = pc.max(pc.binary_length(column)).as_py()
    if longest is not None and longest > MAX_TEXT:
        plain &= _numpy(pc.fill_null(pc.less_equal(pc.binary_length(column), pa.scalar(MAX_TEXT, pa.int32())), True))
    data = column.buffers()[2]
    if data is not None and b"\0" in data.to_pybytes():
        plain &= ~_numpy(pc.fill_null(pc.match_substring(column, "\0"), False))


def _records(columns: _Columns, before: int, rows: int) -> pa.RecordBatch:
    """The columns by RECORD_SCHEMA; of rows that are not plain whatever comes."""
    texts = {name: _text(columns[name], rows) for name in TEXTS}
    texts["leg_id"] = _where_empty(texts["leg_id"], texts["call_id"])
    numbers = {name: _member(columns[name], rows) for name in MEMBERS}
    if columns["presentation"] is None or columns["presentation"].null_count:
        numbers["presentation"] = _presentation(columns["presentation"], texts["caller"])
    arrays = {
        **texts,
        **numbers,
        "start_ms": pc.fill_null(columns["start_ms"], 0),
        "answer_ms": pa.nulls(rows, pa.int64()) if columns["answer_ms"] is None else columns["answer_ms"],
        "end_ms": pc.fill_null(columns["end_ms"], 0),
        "line": pa.array(np.arange(before + 1, before + 1 + rows)),
        "zoned": pa.array(np.ones(rows, bool)),
    }
    return pa.RecordBatch.from_arrays([arrays[name] for name in RECORD_SCHEMA.names], schema=RECORD_SCHEMA)


def _text(column: Any, rows: int) -> Any:
    if column is None or column.null_count == rows:
        return empty_texts(rows)
    return pc.fill_null(column, "") if column.null_count else column


def empty_texts(rows: int) -> pa.StringArray:
    """So many empty texts."""
    return pa.StringArray.from_buffers(rows, pa.py_buffer(bytes(4 * (rows + 1))), pa.py_buffer(b""))


def _where_empty(column: Any, other: Any) -> Any:
    empty = pc.equal(pc.binary_length(column), pa.scalar(0, pa.int32()))
    if not empty.true_count:
        return column
    return other if empty.true_count == len(column) else pc.if_else(empty, other, column)


def _member(column: Any, rows: int) -> Any:
    values = np.zeros(rows, np.int8) if column is None else _integers(column, 0).astype(np.int8)
    return pa.array(values)


def _presentation(column: Any, callers: Any) -> Any:
    said = presentations_of(callers)
    if column is not None:
        given = _numpy(column.is_valid())
        said = np.where(given, _integers(column, 0).astype(np.int8), said)
    return pa.array(said)


def _numpy(mask: Any) -> _Mask:
    found: _Mask = mask.to_numpy(zero_copy_only=False)
    return found


def _integers(column: Any, null: int) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = (pc.fill_null(column, null) if column.null_count else column).to_numpy()
    return found
