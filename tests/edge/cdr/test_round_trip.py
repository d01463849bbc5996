"""What an encoder writes, its codec reads back: whole, byte by byte and in any pieces."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haodun.edge.cdr import (
    CALLS_SCHEMA,
    MAP_YAML,
    BadRecord,
    CallRecord,
    CdrError,
    Codec,
    ColumnMap,
    detect,
    encode,
    make_codec,
    read_parquet,
)

TEXT_FORMATS = ("asterisk", "freeswitch-csv", "freeswitch-json", "map")


class Calls(Protocol):
    @property
    def records(self) -> list[CallRecord]: ...
    @property
    def table(self) -> pa.Table: ...


def codec(form: str) -> Codec:
    return make_codec(form, column_map=ColumnMap.parse(MAP_YAML, "map.yaml") if form == "map" else None)


def read(form: str, data: bytes, size: int = 0) -> list[CallRecord | BadRecord]:
    reader = codec(form)
    found: list[CallRecord | BadRecord] = []
    for start in range(0, len(data), size or max(len(data), 1)):
        found += reader.feed(data[start : start + (size or len(data))])
    return found + list(reader.close())


def plain(record: CallRecord | BadRecord) -> CallRecord:
    assert isinstance(record, CallRecord), record
    return replace(record, line=0, zoned=True)


@pytest.mark.parametrize("form", TEXT_FORMATS)
def test_what_is_written_is_read_back_exactly(calls: Calls, form: str) -> None:
    data = b"".join(encode(calls.table, form))
    assert [plain(record) for record in read(form, data)] == calls.records


@pytest.mark.parametrize("form", TEXT_FORMATS)
def test_byte_by_byte_gives_the_same_as_whole(calls: Calls, form: str) -> None:
    data = b"".join(encode(calls.table, form))
    assert read(form, data, 1) == read(form, data)


@pytest.mark.parametrize("form", TEXT_FORMATS)
def test_windows_line_ends_and_a_byte_order_mark_change_nothing(calls: Calls, form: str) -> None:
    table = calls.table.slice(0, 10)
    data = b"".join(encode(table, form))
    marked = b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")
    assert [plain(record) for record in read(form, marked)] == calls.records[:10]
    assert read(form, marked, 1) == read(form, marked)


@pytest.mark.parametrize("form", TEXT_FORMATS)
def test_trailing_junk_costs_one_record_and_no_good_one(calls: Calls, form: str) -> None:
    data = b"".join(encode(calls.table, form)) + b"\x01 what is this\n"
    *good, bad = read(form, data)
    assert [plain(record) for record in good] == calls.records
    assert isinstance(bad, BadRecord)
    assert bad.reason in ("wrong_column_count", "junk")


def test_parquet_is_read_back_exactly(calls: Calls) -> None:
    data = b"".join(encode(calls.table, "parquet"))
    assert [plain(record) for record in read_parquet(data)] == calls.records


def test_the_example_template_keeps_what_it_has_columns_for(calls: Calls) -> None:
    data = b"".join(encode(calls.table, "freeswitch-csv-example"))
    for found, written in zip(read("freeswitch-csv", data), calls.records, strict=True):
        kept = plain(found)
        assert (kept.call_id, kept.start_ms, kept.answer_ms, kept.end_ms) == (
            written.call_id, written.start_ms, written.answer_ms, written.end_ms,
        )  # fmt: skip
        assert (kept.caller, kept.callee, kept.trunk, kept.cause) == (
            written.caller, written.callee, written.trunk, written.cause,
        )  # fmt: skip


@pytest.mark.parametrize("form", ("asterisk", "freeswitch-csv", "freeswitch-json", "parquet"))
def test_what_is_written_is_detected(calls: Calls, form: str) -> None:
    data = b"".join(encode(calls.table, form))
    assert detect(data, "calls").format == form


def test_columns_that_may_be_absent_are_filled(calls: Calls) -> None:
    names = [field.name for field in CALLS_SCHEMA if not field.nullable]
    data = b"".join(encode(calls.table.select(names), "asterisk"))
    assert len([plain(record) for record in read("asterisk", data)]) == len(calls.records)


def test_an_unknown_format_is_refused_with_those_that_exist(calls: Calls) -> None:
    with pytest.raises(CdrError, match="freeswitch-json"):
        encode(calls.table, "xml")
    with pytest.raises(CdrError, match="asterisk"):
        make_codec("xml")


@pytest.mark.parametrize("form", TEXT_FORMATS)
@settings(max_examples=15)
@given(cuts=st.lists(st.integers(1, 400), min_size=1, max_size=60))
def test_pieces_of_any_size_give_the_same_as_whole(calls: Calls, form: str, cuts: list[int]) -> None:
    data = b"".join(encode(calls.table.slice(30), form))
    reader, found, start = codec(form), list[CallRecord | BadRecord](), 0
    for cut in cuts:
        found += reader.feed(data[start : start + cut])
        start += cut
    found += reader.feed(data[start:])
    assert found + list(reader.close()) == read(form, data)
