"""What other contexts use of sheets: read a table, give bad rows back, write one, export under right and purpose."""

from __future__ import annotations

from haodun.offices.sheets.cells import moment, one_of, yes_no
from haodun.offices.sheets.exporting import MAX_EXPORT, Exported, download, export, write
from haodun.offices.sheets.reading import Sheet, kind_of, read
from haodun.offices.sheets.temporary import Temporary
from haodun.offices.sheets.values import (
    MAX_BAD,
    MAX_ROWS,
    BadRow,
    CellError,
    Column,
    Kind,
    Reason,
    Row,
    SheetError,
    as_text,
)
from haodun.offices.sheets.writing import MEDIA, file_of, safe

__all__ = [
    "MAX_BAD",
    "MAX_EXPORT",
    "MAX_ROWS",
    "MEDIA",
    "BadRow",
    "CellError",
    "Column",
    "Exported",
    "Kind",
    "Reason",
    "Row",
    "Sheet",
    "SheetError",
    "Temporary",
    "as_text",
    "download",
    "export",
    "file_of",
    "kind_of",
    "moment",
    "one_of",
    "read",
    "safe",
    "write",
    "yes_no",
]
