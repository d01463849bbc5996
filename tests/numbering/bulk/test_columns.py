"""What a column may look like: sliced, with nulls, as offsets and bytes, very long, not even UTF-8."""

from __future__ import annotations

import doctest
import importlib
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.numbering.bulk.agreement import differences, reader, scalar

from haodun.numbering import Form, IngressClass, Kind, NumberingError, Refusal
from haodun.numbering.bulk import NumberColumns, Reader

HOSTILE = [
    *("", "+", "++", "+-1", "-", "\x00", "\x00" * 70, "1\x00", "110\x00", "+8613912345678\x00"),
    *("9" * 100_000, "+" + "8" * 100_000, "x" * 100_000, "號" * 33_334, " " * 100_000, "1" * 257, "1" * 256),
    *("1" * count for count in range(60, 70)),
    *("+" + "1" * count for count in range(60, 70)),
    *("號" * count for count in (84, 85, 86, 255, 256, 257, 341, 342)),
    *("1-1-1-1-1-1-1-1-1", "1-1-1-1-1-1-1-1-1-1", "1 " * 31 + "1", "1........1", "1.........1", "+1--------1"),
    *("008670012345678901234"[:count] for count in range(14, 22)),
    *("00" * count for count in range(1, 20)),
    *("9223372036854775807", "9223372036854775808", "18446744073709551616", "+18446744073709551617"),
]


@pytest.mark.parametrize("home", ["CN", "AU", "ZZ"])
def test_hostile_texts_are_read_as_the_parser_reads_them(home: str) -> None:
    for ingress in IngressClass:
        assert differences(HOSTILE, [ingress] * len(HOSTILE), home) == []


def row(columns: NumberColumns, place: int) -> tuple[int, ...]:
    return tuple(int(column[place]) for column in columns)


TEXTS = ["+8613912345678", None, "110", "", "057188881234", "tel:+8613912345678", "１３９", "+442079460123", "0086110"]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
@pytest.mark.parametrize(("first", "count"), [(0, 9), (1, 8), (3, 4), (8, 1), (9, 0), (4, 0)])
def test_a_slice_reads_as_its_texts_and_a_null_as_nothing(kind: pa.DataType, first: int, count: int) -> None:
    whole: Any = pa.array(TEXTS, kind)
    columns = reader("CN").read(whole.slice(first, count), IngressClass.INTER_NETWORK)
    assert [row(columns, place) for place in range(count)] == [
        scalar(text or "", IngressClass.INTER_NETWORK, "CN") for text in TEXTS[first : first + count]
    ]


def test_a_column_of_nulls_only_is_read() -> None:
    columns = reader("CN").read(pa.array([None, None], pa.string()), 0)
    assert columns.refusal.tolist() == [Refusal.EMPTY, Refusal.EMPTY]
    assert columns.kind.tolist() == [Kind.UNKNOWN, Kind.UNKNOWN]


def test_offsets_and_bytes_read_as_the_same_texts() -> None:
    data = np.frombuffer(b"xx+8613912345678110tel:110yy", np.uint8)
    columns = reader("CN").read((np.array([2, 16, 16, 19, 26], np.int32), data), 2)
    assert columns.key.tolist() == [8613912345678, 0, 86110, 86110]


@pytest.mark.parametrize("offsets", [[3, 2], [0, 9], [-1, 2], [0, 5, 3, 5]])
def test_offsets_that_lead_astray_are_refused(offsets: list[int]) -> None:
    with pytest.raises(ValueError, match="offsets"):
        reader("CN").read((np.array(offsets, np.int64), np.zeros(5, np.uint8)), 0)


def test_no_offset_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        reader("CN").read((np.zeros(0, np.int64), np.zeros(5, np.uint8)), 0)


def test_classes_that_are_not_as_many_as_the_texts_are_refused() -> None:
    with pytest.raises(ValueError, match="3 texts"):
        reader("CN").read(pa.array(["1", "2", "3"]), np.zeros(2, np.uint8))


def test_an_array_of_something_else_is_refused() -> None:
    integers: Any = pa.array([1, 2])
    with pytest.raises(ValueError, match="strings"):
        reader("CN").read(integers, 0)


def test_bytes_that_are_no_utf_8_are_not_ascii() -> None:
    data = np.array([0xFF, 0x31, 0xC3, 0x31], np.uint8)
    columns = reader("CN").read((np.array([0, 2, 4]), data), 0)
    assert columns.refusal.tolist() == [Refusal.NOT_ASCII, Refusal.NOT_ASCII]


def test_columns_have_the_types_that_the_events_have() -> None:
    columns = reader("CN").read(pa.array(["+8613912345678", "110"]), 2)
    assert [str(column.dtype) for column in columns] == ["int64", "uint8", "int16", *["uint8"] * 7]
    assert columns.form.tolist() == [Form.PLUS, Form.SHORT]
    assert (columns.home.tolist(), columns.emergency.tolist()) == ([1, 1], [0, 1])


def test_one_class_for_all_is_the_same_as_that_class_for_each() -> None:
    texts = pa.array(["442079460123", "8613912345678", "8102012345678", "110"])
    for ingress in IngressClass:
        each = reader("CN").read(texts, np.full(4, ingress, np.uint8))
        assert [column.tolist() for column in reader("CN").read(texts, ingress)] == [one.tolist() for one in each]


def test_an_unknown_home_is_refused() -> None:
    with pytest.raises(NumberingError, match="XQ"):
        Reader("XQ")


@pytest.mark.parametrize("name", ["reader"])
def test_the_example_of_the_reader_is_true(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"haodun.numbering.bulk.{name}"))
    assert (found.failed, found.attempted > 0) == (0, True)
