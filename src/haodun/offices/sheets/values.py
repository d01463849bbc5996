"""What a table from outside is made of: columns, rows, reasons, and the refusals of a whole file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAX_BYTES = 4 * 2**30
"""Of an uploaded file."""
MAX_COLUMNS = 120
MAX_CELL = 4_096
"""Characters of one cell."""
MAX_ROWS = 20_000_000
"""Rows read where the caller names no lower limit."""
MAX_BAD = 200_000
"""Bad rows that are set aside before reading stops: then the file is of another kind, and not full of mistakes."""


class Kind(StrEnum):
    """A kind of file; the value is its suffix."""

    CSV = "csv"
    PARQUET = "parquet"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row cannot be taken: one sentence in both languages."""

    zh: str
    en: str

    def said(self, language: str) -> str:
        """The sentence in a language."""
        return self.en if language == "en" else self.zh


class CellError(ValueError):
    """A `parse` refuses a cell; the row is set aside with this reason."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.reason = Reason(zh, en)


class SheetError(Exception):
    """A whole file cannot be read; the message says what, where and what to do, in both languages."""

    exit_code = 3

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


def as_text(text: str) -> str:
    """The parse of a column that takes any text."""
    return text


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table, in or out."""

    name: str
    """ASCII; the key of the value, and one of the titles that a file may use."""
    zh: str
    """Title in Chinese."""
    en: str
    """Title in English."""
    required: bool = True
    """In: the file must have the column, and each row a value. Else a missing cell is None."""
    parse: Callable[[str], Any] = as_text
    """In: from the trimmed text of a cell, never empty, to a value. CellError (or ValueError, less friendly)."""
    mask: Callable[[Any], str] | None = None
    """Out: what those see who lack `open_to`."""
    open_to: str = ""
    """Out: the permission that sees the value unmasked; '' with a mask: nobody does."""
    subject: str = ""
    """Out: the kind of ledger subject that the value is (`number`); the `exported` entry names each."""

    def title(self, language: str) -> str:
        """The title in a language."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Row:
    """One row that could be read."""

    number: int
    """Line in the file for its reader: 1 is the first under the titles."""
    text: tuple[str, ...]
    """The cells as they stood, in the order of the file."""
    values: dict[str, Any] = field(default_factory=dict)
    """Parsed values by column name."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """One row that was set aside."""

    number: int
    text: tuple[str, ...]
    reasons: tuple[Reason, ...]


def titles_of(columns: Sequence[Column], language: str) -> list[str]:
    """The titles in a language."""
    return [column.title(language) for column in columns]
