"""Lines of the first sheet of an Excel workbook (ISO/IEC 29500), one after another, in bounded memory.

openpyxl in its reading mode, and not calamine (thirty times as fast): calamine lays out a whole sheet at once, so that
a file of a kilobyte with a cell in its last row and column takes all memory there is; this reads row after row.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import IO, Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from haodun.offices.sheets.values import MAX_COLUMNS, SheetError

MAX_UNPACKED = 3 * 2**30
"""Bytes of all parts of a workbook."""
MAX_SHARED = 512 * 2**20
"""Bytes of its table of shared strings, which is held in memory."""
MAX_EMPTY = 1_000
"""Empty lines in a row, after which nothing more is expected."""
SHEET_ROWS = 1_048_576
"""Lines of a sheet in Excel."""


def lines_of(file: IO[bytes]) -> tuple[Iterator[list[str]], int | None]:
    """Each line, the titles first; and how many lines the sheet says it has. SheetError on what is no workbook."""
    _weigh(file)
    file.seek(0)
    try:
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        total = sheet.max_row if sheet.max_row and sheet.max_row <= SHEET_ROWS else None
    except (InvalidFileException, KeyError, IndexError, ValueError, TypeError, ParseError, zipfile.BadZipFile) as error:
        raise unreadable(error) from error
    return _lines(sheet), total


def unreadable(error: object) -> SheetError:
    """A workbook that cannot be read."""
    return SheetError(
        "读不通这个 Excel 文件：请用 Excel 重新另存为 .xlsx 再上传。",
        f"the workbook cannot be read ({error}): save it again as .xlsx and upload it",
    )


def _weigh(file: IO[bytes]) -> None:
    file.seek(0)
    try:
        parts = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise unreadable(error) from error
    whole = sum(part.file_size for part in parts)
    shared = sum(part.file_size for part in parts if part.filename.endswith("sharedStrings.xml"))
    if whole > MAX_UNPACKED or shared > MAX_SHARED:
        raise SheetError(
            "Excel 文件解压后过大：请分成几个文件，或改用 CSV、Parquet。",
            f"the workbook unpacks to {whole} bytes, more than may be read: divide it, or use CSV or Parquet",
        )


def _lines(sheet: Any) -> Iterator[list[str]]:
    empty = 0
    try:
        for cells in sheet.iter_rows(max_col=MAX_COLUMNS + 1, values_only=True):
            line = [text_of(cell) for cell in cells]
            while line and not line[-1]:
                line.pop()
            if line:
                empty = 0
                yield line
                continue
            empty += 1
            if empty > MAX_EMPTY:
                return
    except (ValueError, KeyError, IndexError, TypeError, ParseError, zipfile.BadZipFile, EOFError) as error:
        raise unreadable(error) from error


def text_of(cell: object) -> str:
    """A typed cell as the text it would be in CSV.

    >>> text_of(13800138000.0), text_of(datetime(2016, 10, 1)), text_of(None), text_of(True)
    ('13800138000', '2016-10-01', '', '1')
    """
    match cell:
        case None:
            return ""
        case str():
            return cell
        case bool():
            return "1" if cell else "0"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime():
            return cell.date().isoformat() if cell.time() == time.min and not cell.tzinfo else cell.isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)
