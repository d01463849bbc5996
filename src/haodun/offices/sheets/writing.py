"""Writing a table as CSV, Excel or Parquet, row by row, so that no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook

from haodun.offices.sheets.temporary import Temporary
from haodun.offices.sheets.values import Kind

QUOTED = frozenset("=+-@\t\r＝＋－＠")
"""A cell that begins with one of these is a formula to a spreadsheet (full-width ones too: Excel folds them)."""
REASON = (("行号", "不能导入的原因"), ("line", "reason"))
"""Titles of the two columns before those of bad rows, in Chinese and English."""
IN_MEMORY = 8 << 20
BATCH = 20_000
MEDIA = {
    Kind.CSV: "text/csv; charset=utf-8",
    Kind.PARQUET: "application/vnd.apache.parquet",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def safe(cell: object) -> object:
    """A text that begins like a formula with a quote before it; anything else as it is. `read` takes the quote away.

    >>> safe("=1+1"), safe("+8613800138000"), safe(-5), safe("a=b")
    ("'=1+1", "'+8613800138000", -5, 'a=b')
    """
    if isinstance(cell, str) and cell[:1] in QUOTED and cell:
        return f"'{cell}"
    return cell


def file_of(kind: Kind, titles: Sequence[str], lines: Iterable[Sequence[object]]) -> IO[bytes]:
    """A temporary file with these titles and lines, at its beginning; closing it deletes it."""
    made: IO[bytes] = Temporary(max_size=IN_MEMORY)
    {Kind.CSV: _csv, Kind.XLSX: _xlsx, Kind.PARQUET: _parquet}[kind](made, titles, lines)
    made.seek(0)
    return made


def _csv(made: IO[bytes], titles: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    made.write(b"\xef\xbb\xbf")  # without it Excel takes UTF-8 for the code page of the country
    text = io.TextIOWrapper(made, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([safe(title) for title in titles])
    writer.writerows([safe(_plain(cell)) for cell in line] for line in lines)
    text.detach()


def _xlsx(made: IO[bytes], titles: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("1")
    sheet.append([safe(title) for title in titles])
    for line in lines:
        sheet.append([safe(_for_excel(cell)) for cell in line])
    book.save(made)
    book.close()


def _parquet(made: IO[bytes], titles: Sequence[str], lines: Iterable[Sequence[object]]) -> None:
    """All columns are text, since nothing is asked about their types; no cell of Parquet is ever a formula."""
    schema = pa.schema([pa.field(title, pa.string()) for title in titles])
    with pq.ParquetWriter(made, schema, compression="zstd") as writer:
        chunk: list[Sequence[object]] = []
        for line in lines:
            chunk.append(line)
            if len(chunk) == BATCH:
                writer.write_table(_table(chunk, schema))
                chunk = []
        writer.write_table(_table(chunk, schema))


def _table(chunk: list[Sequence[object]], schema: Any) -> Any:
    columns = list(zip(*chunk, strict=True)) or [() for _ in schema]
    texts = [[None if cell is None else str(_plain(cell)) for cell in column] for column in columns]
    return pa.Table.from_arrays([pa.array(column, pa.string()) for column in texts], schema=schema)


def _plain(cell: object) -> object:
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    return "" if cell is None else cell.isoformat() if isinstance(cell, date) else cell


def _for_excel(cell: object) -> object:
    """Long integers as text: Excel keeps fifteen digits of a number, and E.164 has as many."""
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) >= 10**11:
        return str(cell)
    return cell if cell is None or isinstance(cell, int | float | bool) else _plain(cell)
