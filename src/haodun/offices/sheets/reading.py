"""Reading a table: what kind of file, which columns, each row parsed or set aside with its reasons.

Theory of operation. A file becomes lines of text (`csv_files`, `xlsx_files`, `parquet_files`), one after another. The
first names the columns, by name or by title in either language, in any order; columns nobody asked for are passed over
and named in `ignored`. Each line is checked for its length and for control characters, its cells are trimmed and
parsed; a line with a fault is set aside with all its reasons, whoever uses the rows may set aside more, and
`bad_rows()` gives them back as a file of the same kind. Memory holds one batch and never the file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from haodun.offices.sheets import csv_files, parquet_files, xlsx_files
from haodun.offices.sheets.aside import Aside
from haodun.offices.sheets.values import (
    MAX_BAD,
    MAX_BYTES,
    MAX_CELL,
    MAX_COLUMNS,
    MAX_ROWS,
    BadRow,
    CellError,
    Column,
    Kind,
    Reason,
    Row,
    SheetError,
)
from haodun.offices.sheets.writing import QUOTED, REASON, file_of

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(slots=True)
class Sheet:
    """A table being read."""

    kind: Kind
    rows: Iterator[Row]
    """The good rows. Read once."""
    total: int | None
    """Rows under the titles, where the file says so (CSV does not)."""
    titles: tuple[str, ...]
    """As they stand in the file."""
    ignored: tuple[str, ...]
    """Titles that no column asked for."""
    aside: Aside
    taken: int = 0
    """Rows read so far, bad ones too."""
    done: bool = False
    """The last row was read."""
    _place: Any = field(default=None, repr=False)
    _size: int = field(default=0, repr=False)

    @property
    def bad(self) -> int:
        """Rows set aside so far."""
        return self.aside.count

    def share(self) -> float:
        """How much of the file was read, 0 to 1."""
        if self.done:
            return 1.0
        if self.total:
            return min(1.0, self.taken / self.total)
        return min(1.0, self._place() / self._size) if self._size else 1.0

    def set_aside(self, row: Row, *reasons: Reason) -> None:
        """Put a row to the bad ones that could be read but cannot be taken. SheetError past the limit."""
        self.aside.put(row.number, row.text, reasons)

    def faults(self) -> Iterator[BadRow]:
        """The rows set aside, in the order in which that happened."""
        return self.aside.rows()

    def bad_rows(self, *, language: str = "zh-hans", kind: Kind | None = None) -> IO[bytes]:
        """The rows set aside as a file of the same kind: line, reason, then the cells as they stood."""
        titles = [*REASON[language == "en"], *self.titles]
        width = len(self.titles)
        lines = (
            [str(one.number), "；".join(why.zh for why in one.reasons), *_fitted(one.text, width)]
            if language != "en"
            else [str(one.number), "; ".join(why.en for why in one.reasons), *_fitted(one.text, width)]
            for one in self.aside.rows()
        )
        return file_of(kind or self.kind, titles, lines)


def kind_of(file: IO[bytes]) -> Kind:
    """What kind a file is, by its first bytes and never by its name. SheetError on an empty one, or Excel 97."""
    file.seek(0)
    begins = file.read(8)
    file.seek(0)
    if not begins:
        raise SheetError("文件是空的：请选择有内容的文件。", "the file is empty: choose another")
    if begins.startswith(_OLD_EXCEL):
        raise SheetError(
            "这是旧版 Excel（.xls）：请另存为 .xlsx 再上传。",
            "this is Excel 97 (.xls): save it as .xlsx and upload it again",
        )
    if begins.startswith(b"PAR1"):
        return Kind.PARQUET
    return Kind.XLSX if begins.startswith(b"PK\x03\x04") else Kind.CSV


def read(file: IO[bytes], *, columns: Sequence[Column], limit: int = MAX_ROWS, max_bad: int = MAX_BAD) -> Sheet:
    """Begin to read a table of at most `limit` rows. SheetError, now or while the rows are read.

    `file` is open for reading and can seek; it stays open and is the caller's to close.
    """
    file.seek(0, 2)
    size = file.tell()
    if size > MAX_BYTES:
        raise SheetError(
            f"文件有 {size} 字节，最多 {MAX_BYTES}：请分成几个文件。",
            f"the file has {size} bytes, at most {MAX_BYTES} are read: divide it",
        )
    kind = kind_of(file)
    lines, total = _lines(file, kind)
    titles = next(lines, None)
    if titles is None:
        raise SheetError(
            "文件里没有列名：第一行应当是列名。", "the file has no titles: its first line names the columns"
        )
    if titles[0].startswith("\ufeff"):
        titles[0] = titles[0][1:]
    places, ignored = _places(titles, columns)
    sheet = Sheet(kind, iter(()), total, tuple(titles), ignored, Aside(max_bad), _place=file.tell, _size=size)
    sheet.rows = _rows(sheet, lines, [(column, places.get(column.name)) for column in columns], limit)
    return sheet


def _lines(file: IO[bytes], kind: Kind) -> tuple[Iterator[list[str]], int | None]:
    if kind is Kind.CSV:
        return csv_files.lines_of(file), None
    if kind is Kind.PARQUET:
        return parquet_files.lines_of(file)
    lines, total = xlsx_files.lines_of(file)
    return lines, None if total is None else max(0, total - 1)


def _places(titles: list[str], columns: Sequence[Column]) -> tuple[dict[str, int], tuple[str, ...]]:
    if len(titles) > MAX_COLUMNS:
        raise SheetError(
            f"文件有 {len(titles)} 列，最多 {MAX_COLUMNS} 列。",
            f"the file has {len(titles)} columns, at most {MAX_COLUMNS} are read",
        )
    known = {_plain(title): column for column in columns for title in (column.name, column.zh, column.en)}
    places: dict[str, int] = {}
    for place, title in enumerate(titles):
        column = known.get(_plain(title))
        if column is None:
            continue
        if column.name in places:
            raise SheetError(
                f"“{column.zh}”一列出现了两次：请删去一列。",
                f"the column {column.name} stands twice in the file: delete one",
            )
        places[column.name] = place
    missing = [column for column in columns if column.required and column.name not in places]
    if missing:
        raise SheetError(
            f"文件缺少这些列：{'、'.join(column.zh for column in missing)}。第一行应当是列名。",
            f"the file lacks the columns {', '.join(column.name for column in missing)}; its first line names them",
        )
    return places, tuple(title for place, title in enumerate(titles) if place not in places.values() and title)


def _plain(title: str) -> str:
    return unicodedata.normalize("NFKC", title).strip().casefold()


def _rows(
    sheet: Sheet, lines: Iterator[list[str]], wanted: Sequence[tuple[Column, int | None]], limit: int
) -> Iterator[Row]:
    width, control = len(sheet.titles), _CONTROL.search
    absent = dict.fromkeys(column.name for column, place in wanted if place is None)
    present = [(column, place) for column, place in wanted if place is not None]
    for line in lines:
        number = sheet.taken = sheet.taken + 1
        if number > limit:
            raise SheetError(
                f"文件多于 {limit} 行：请分成几个文件。", f"the file has more than {limit} rows: divide it"
            )
        reasons = _shape(line, width, control(" ".join(line)) is not None)
        values: dict[str, Any] = absent.copy()
        if not reasons:
            for column, place in present:
                cell = line[place].strip() if place < len(line) else ""
                try:
                    values[column.name] = _value(column, cell)
                except CellError as error:
                    reasons.append(_in_column(column, error.reason))
                except ValueError as error:
                    reasons.append(_in_column(column, Reason("写法不对", str(error) or "not of the right form")))
        if reasons:
            sheet.aside.put(number, line, reasons)
        else:
            yield Row(number, tuple(line), values)
    sheet.done = True


def _shape(line: list[str], width: int, control: bool) -> list[Reason]:
    if len(line) > width and any(line[width:]):
        return [Reason(f"这一行有 {len(line)} 格，列名只有 {width} 个", f"{len(line)} cells under {width} titles")]
    if control:
        return [Reason("含有控制字符", "holds a control character")]
    if any(len(cell) > MAX_CELL for cell in line):
        return [Reason(f"有一格超过 {MAX_CELL} 字", f"a cell has more than {MAX_CELL} characters")]
    return []


def _value(column: Column, cell: str) -> Any:
    if cell[:1] == "'" and cell[1:2] in QUOTED:
        cell = cell[1:].strip()
    if cell:
        return column.parse(cell)
    if column.required:
        raise CellError("没有填写", "is missing")
    return None


def _in_column(column: Column, reason: Reason) -> Reason:
    return Reason(f"{column.zh}：{reason.zh}", f"{column.en}: {reason.en}")


def _fitted(text: Sequence[str], width: int) -> list[str]:
    return [*text, *[""] * (width - len(text))]
