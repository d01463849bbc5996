"""Parquet: the call schema, its optional columns, and what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from haodun.edge.cdr import CALLS_SCHEMA, BadRecord, CallRecord, CdrError, read_parquet
from haodun.screening.events import Presentation


class Calls(Protocol):
    @property
    def records(self) -> list[CallRecord]: ...
    @property
    def table(self) -> pa.Table: ...


def written(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def test_columns_that_may_be_absent_may_be_absent(calls: Calls) -> None:
    needed = [field.name for field in CALLS_SCHEMA if not field.nullable]
    records = list(read_parquet(io.BytesIO(written(calls.table.select(needed)))))
    assert len(records) == len(calls.records)
    withheld = next(record for record in records if isinstance(record, CallRecord) and record.caller == "anonymous")
    assert (withheld.presentation, withheld.leg_id, withheld.answer_ms) == (
        Presentation.RESTRICTED, withheld.call_id, None,
    )  # fmt: skip


def test_columns_beyond_the_schema_are_passed_over(calls: Calls) -> None:
    table = calls.table.append_column("more", pa.array([[1]] * calls.table.num_rows))
    assert len(list(read_parquet(written(table)))) == len(calls.records)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda table: table.drop_columns(["caller"]), "caller"),
        (lambda table: table.set_column(2, "start_ms", pc.cast(table["start_ms"], pa.string())), "start_ms"),
        (lambda table: table.set_column(5, "caller", table["start_ms"]), "caller"),
    ],
)
def test_a_column_missing_or_of_another_type_is_one_clear_error(
    calls: Calls, change: Callable[[pa.Table], pa.Table], what: str
) -> None:
    with pytest.raises(CdrError, match=what):
        list(read_parquet(written(change(calls.table))))


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1xxxxPAR1", b"no parquet at all"])
def test_what_is_no_parquet_is_refused(data: bytes) -> None:
    with pytest.raises(CdrError, match="Parquet"):
        list(read_parquet(data))


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("end_ms", 0, "end_before_start"),
        ("answer_ms", 1, "answer_outside"),
        ("start_ms", -1, "bad_time"),
        ("start_ms", 1_795_168_800_000_000, "bad_time"),
        ("caller", None, "missing_field"),
        ("caller", "1" * 257, "too_long"),
        ("cause", 99, "bad_value"),
    ],
)
def test_a_bad_row_is_set_aside_and_its_neighbours_are_read(
    calls: Calls, column: str, value: object, reason: str
) -> None:
    rows = calls.table.slice(0, 3).to_pylist()
    rows[1][column] = value
    loose = pa.schema([pa.field(field.name, field.type) for field in CALLS_SCHEMA])
    first, bad, last = read_parquet(written(pa.Table.from_pylist(rows, schema=loose)))
    assert isinstance(first, CallRecord) and isinstance(bad, BadRecord) and isinstance(last, CallRecord)
    assert (bad.reason, bad.line) == (reason, 2)
