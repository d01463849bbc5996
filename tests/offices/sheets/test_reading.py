"""Tables from outside: three kinds, two encodings, titles in two languages, bad rows back with their reasons."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import IO

import pytest
from openpyxl import Workbook

from haodun.offices.sheets import xlsx_files
from haodun.offices.sheets.services import CellError, Column, Kind, Reason, SheetError, file_of, kind_of, read

KINDS = list(Kind)


def _age(text: str) -> int:
    if not text.isascii() or len(text) > 3:
        raise CellError("应为 1–3 位数字", "must be 1 to 3 digits")
    return int(text)


COLUMNS = (
    Column("name", "姓名", "Name"),
    Column("age", "年龄", "Age", parse=_age),
    Column("note", "备注", "Note", required=False),
)
TITLES = ["姓名", "年龄", "备注"]


def _csv(text: str, encoding: str = "utf-8") -> IO[bytes]:
    return io.BytesIO(text.encode(encoding))


def _values(file: IO[bytes]) -> list[dict[str, object]]:
    return [row.values for row in read(file, columns=COLUMNS).rows]


def _file(kind: Kind, lines: Sequence[Sequence[object]], titles: Sequence[str] = TITLES) -> IO[bytes]:
    return file_of(kind, titles, lines)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_gives_the_same_rows(kind: Kind) -> None:
    file = _file(kind, [["张三", "30", None], ["李四", "41", "备注，有逗号\n和换行"]])
    assert kind_of(file) is kind
    assert _values(file) == [
        {"name": "张三", "age": 30, "note": None},
        {"name": "李四", "age": 41, "note": "备注，有逗号\n和换行"},
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_chinese_csv_is_read_in_each_encoding(encoding: str) -> None:
    assert _values(_csv("姓名,年龄\n𠮷野,7\n", encoding)) == [{"name": "𠮷野", "age": 7, "note": None}]


@pytest.mark.parametrize("titles", ["name,age", "姓名,年龄", "Name,Age", " NAME ,ａｇｅ"])
def test_titles_are_known_in_both_languages_and_by_name(titles: str) -> None:
    assert _values(_csv(f"{titles}\na,1\n"))[0]["age"] == 1


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_other_delimiters_are_seen_by_the_titles(delimiter: str) -> None:
    assert _values(_csv(f"name{delimiter}age\na{delimiter}1\n"))[0]["age"] == 1


def test_columns_nobody_asked_for_are_named() -> None:
    assert read(_csv("name,age,星座\na,1,b\n"), columns=COLUMNS).ignored == ("星座",)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\xff\xfen\x00", "UTF-16"),
        (b"name,age\n\x81\n", "GB 18030"),
        (b"\xd0\xcf\x11\xe0rest", "Excel 97"),
        (b"name\na\n", "lacks the columns age"),
        (b"name,age,name\n", "stands twice"),
        (b"PAR1nothing", "Parquet"),
        (b"PK\x03\x04nothing", "workbook"),
        (b'name,age\na,"1\n' + b"x" * 200_000, "line 2"),
        (b"," * 200 + b"\n", "columns"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(data: bytes, says: str) -> None:
    with pytest.raises(SheetError, match=says) as refused:
        _values(io.BytesIO(data))
    assert refused.value.zh


@pytest.mark.parametrize("kind", KINDS)
def test_bad_rows_come_back_as_a_file_of_the_same_kind_with_every_reason(kind: Kind) -> None:
    sheet = read(_file(kind, [["张三", "30", ""], ["", "十五", "x"], ["王五", "１２", "y"]]), columns=COLUMNS)
    good = list(sheet.rows)
    sheet.set_aside(good[0], Reason("已登记", "registered already"))
    back = sheet.bad_rows(language="en")
    assert (kind_of(back), sheet.bad, sheet.share()) == (kind, 3, 1.0)
    text = (
        Column("line", "行号", "line"),
        Column("reason", "原因", "reason"),
        Column("note", "备注", "", required=False),
    )
    found = [row.values for row in read(back, columns=text).rows]
    assert [one["line"] for one in found] == ["2", "3", "1"]
    assert found[0]["reason"] == "Name: is missing; Age: must be 1 to 3 digits"
    assert found[2]["reason"] == "registered already"


def test_a_corrected_file_of_bad_rows_can_be_brought_again() -> None:
    sheet = read(_csv("name,age,note\n=cmd,x,+86\n"), columns=COLUMNS)
    assert list(sheet.rows) == []
    corrected = sheet.bad_rows(language="zh-hans").read().replace(b",x,", b",9,")
    assert b"'=cmd" in corrected
    assert _values(io.BytesIO(corrected)) == [{"name": "=cmd", "age": 9, "note": "+86"}]


@pytest.mark.parametrize(
    ("line", "says"),
    [("a,1,b,c", "4 cells"), ("a\x00,1,b", "control"), (f"{'a' * 5000},1,b", "4096")],
)
def test_a_misshapen_row_is_set_aside(line: str, says: str) -> None:
    sheet = read(_csv(f"name,age,note\n{line}\nz,2,\n"), columns=COLUMNS)
    assert [row.values["name"] for row in sheet.rows] == ["z"]
    assert [says in one.reasons[0].en for one in sheet.faults()] == [True]


def test_reading_stops_past_the_limits() -> None:
    many = "name,age\n" + "a,x\n" * 12
    with pytest.raises(SheetError, match="10 rows are bad by row 11"):
        list(read(_csv(many), columns=COLUMNS, max_bad=10).rows)
    with pytest.raises(SheetError, match="more than 5 rows"):
        list(read(_csv("name,age\n" + "a,1\n" * 6), columns=COLUMNS, limit=5).rows)


def test_a_parse_that_raises_a_plain_value_error_sets_the_row_aside() -> None:
    sheet = read(_csv("n\nx\n"), columns=(Column("n", "数", "Number", parse=int),))
    assert (list(sheet.rows), sheet.bad) == ([], 1)


def test_typed_cells_of_excel_are_read_as_they_are_seen() -> None:
    book = Workbook()
    book.active.append(["name", "age"])
    book.active.append([13800138000, 7.0])
    file = io.BytesIO()
    book.save(file)
    assert _values(file) == [{"name": "13800138000", "age": 7, "note": None}]


def test_a_sheet_that_claims_its_last_cell_takes_no_memory() -> None:
    """A kilobyte that would be 400 GB to a reader which lays the sheet out."""
    book = Workbook()
    book.active.append(["name", "age"])
    book.active.append(["a", 1])
    book.active["XFD1048576"] = 1
    file = io.BytesIO()
    book.save(file)
    assert [one["name"] for one in _values(file)] == ["a"]


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b" " * 100_000)
    monkeypatch.setattr(xlsx_files, "MAX_SHARED", 50_000)
    with pytest.raises(SheetError, match="unpacks to"):
        _values(file)


def test_rows_are_read_one_after_another() -> None:
    sheet = read(_csv("name,age\n" + "a,1\n" * 300_000), columns=COLUMNS)
    next(sheet.rows)
    assert sheet.taken == 1
    assert 0 < sheet.share() < 1
    assert sum(1 for _ in sheet.rows) == 299_999
