"""Random bytes and damaged good files: parsed, or set aside, nothing else; and the same in any pieces."""

from __future__ import annotations

from dataclasses import fields
from typing import Protocol

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haodun.edge.cdr import (
    MAP_YAML,
    MAX_TEXT,
    BadRecord,
    CallRecord,
    CdrError,
    ColumnMap,
    encode,
    make_codec,
    read_parquet,
)

FORMATS = ("asterisk", "freeswitch-csv", "freeswitch-json", "map")


class Calls(Protocol):
    @property
    def table(self) -> pa.Table: ...


def read(form: str, data: bytes, size: int) -> list[CallRecord | BadRecord]:
    codec = make_codec(form, column_map=ColumnMap.parse(MAP_YAML, "m") if form == "map" else None)
    found = [record for start in range(0, len(data), size) for record in codec.feed(data[start : start + size])]
    return found + list(codec.close())


def check(record: CallRecord | BadRecord) -> None:
    if isinstance(record, BadRecord):
        assert record.reason and record.detail and len(record.text) <= 200 and record.line >= 1
        return
    assert record.start_ms <= (record.answer_ms or record.start_ms) <= record.end_ms
    texts = [getattr(record, field.name) for field in fields(record)]
    assert all(len(text) <= MAX_TEXT and "\0" not in text for text in texts if isinstance(text, str))


@pytest.mark.fuzz
@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=60)
@given(
    data=st.one_of(st.binary(max_size=400), st.text(alphabet='",\n\r{}[]\\:a1é号', max_size=300)),
    size=st.integers(1, 9),
)
def test_random_bytes_are_parsed_or_set_aside(form: str, data: bytes | str, size: int) -> None:
    sample = data.encode() if isinstance(data, str) else data
    whole = read(form, sample, max(len(sample), 1))
    for record in whole:
        check(record)
    assert read(form, sample, size) == whole


@pytest.mark.fuzz
@pytest.mark.parametrize("form", FORMATS)
@settings(max_examples=60)
@given(
    edits=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 6), st.binary(max_size=6)), min_size=1, max_size=6),
    size=st.integers(1, 500),
)
def test_a_damaged_file_is_parsed_or_set_aside(
    calls: Calls, form: str, edits: list[tuple[int, int, bytes]], size: int
) -> None:
    data = b"".join(encode(calls.table.slice(0, 12), form))
    for place, length, new in edits:
        data = data[: place % len(data)] + new + data[place % len(data) + length :]
    whole = read(form, data, len(data) or 1)
    for record in whole:
        check(record)
    assert read(form, data, size) == whole


@pytest.mark.fuzz
@settings(max_examples=60)
@given(edits=st.lists(st.tuples(st.integers(0, 20_000), st.binary(min_size=1, max_size=6)), max_size=4))
def test_a_damaged_parquet_file_is_parsed_or_refused(calls: Calls, edits: list[tuple[int, bytes]]) -> None:
    data = b"".join(encode(calls.table.slice(0, 12), "parquet"))
    for place, new in edits:
        place %= len(data)
        data = data[:place] + new + data[place + len(new) :]
    try:
        for record in read_parquet(data):
            check(record)
    except CdrError as error:
        assert "Parquet" in str(error)
