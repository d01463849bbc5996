"""What every CSV codec shares: bytes to rows of text, bad rows set aside with their reason."""

from __future__ import annotations

import csv
from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import UTC, tzinfo

from haodun.edge.cdr.error import CdrError, RowError
from haodun.edge.cdr.lines import LineSplitter, RawRecord
from haodun.edge.cdr.record import MAX_RECORD_BYTES, BadRecord, CallRecord
from haodun.edge.cdr.times import Clock

MAX_SHOWN = 200
"""Characters of a bad record kept for the quarantine file."""

ENCODINGS = ("auto", "utf-8", "gb18030")

_PROBLEMS = {
    "too_long": f"The line has no end within {MAX_RECORD_BYTES} bytes; is this a CSV file of call records?",
    "unbalanced_quote": "A quote is opened and never closed; reading goes on at the next line.",
}


class Decoder:
    """Bytes of one record to text: UTF-8, and where that fails GB18030, unless one is prescribed."""

    def __init__(self, encoding: str) -> None:
        if encoding not in ENCODINGS:
            raise CdrError(f"Encoding {encoding!r} is not known; give one of {', '.join(ENCODINGS)}.")
        self.setting = encoding
        self.used = "gb18030" if encoding == "gb18030" else "utf-8"
        """What was needed so far; 'gb18030' once one record was no UTF-8."""

    def decode(self, data: bytes) -> str:
        """RowError bad_encoding, nul_byte."""
        if b"\0" in data:
            raise RowError("nul_byte", "The record holds a NUL byte; the file is damaged or not text (UTF-16?).")
        if self.setting != "gb18030":
            try:
                return data.decode("utf-8")
            except UnicodeDecodeError as error:
                if self.setting == "utf-8":
                    raise RowError("bad_encoding", f"Byte {error.start + 1} of the record is no UTF-8.") from error
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError as error:
            raise RowError(
                "bad_encoding", f"Byte {error.start + 1} of the record is neither UTF-8 nor GB18030."
            ) from error
        self.used = "gb18030"
        return text


class CsvCodec(ABC):
    """Bytes in, call records out, whatever the columns mean; formats say that in `_record`."""

    _counts: frozenset[int]
    """The column counts that the format knows."""
    _delimiter = ","
    _skip_space = False

    def __init__(self, *, tz: tzinfo = UTC, encoding: str = "auto") -> None:
        self._clock = Clock(tz)
        self._decoder = Decoder(encoding)
        self._splitter = LineSplitter(self._plausible)
        self._width = 0
        """Columns of the last good record."""

    @property
    def encoding(self) -> str:
        """The encoding that the stream needed so far: 'utf-8' or 'gb18030'."""
        return self._decoder.used

    def feed(self, data: bytes) -> Iterator[CallRecord | BadRecord]:
        """Take the next bytes; yield what is complete."""
        for raw in self._splitter.feed(data):
            record = self._read(raw)
            if record is not None:
                yield record

    def close(self) -> Iterator[CallRecord | BadRecord]:
        """No more bytes: yield the rest, a truncated last record as BadRecord."""
        for raw in self._splitter.close():
            record = self._read(raw)
            if record is not None:
                yield record

    @property
    def splitter(self) -> LineSplitter:
        """Where the stream is."""
        return self._splitter

    @property
    def clock(self) -> Clock:
        """What reads times without a zone."""
        return self._clock

    @property
    def is_utf8(self) -> bool:
        """Whether what is UTF-8 is read as such."""
        return self._decoder.setting != "gb18030"

    @property
    def width(self) -> int:
        """Columns of the last good record, 0 before there is one."""
        return self._width

    @width.setter
    def width(self, columns: int) -> None:
        self._width = columns

    def read_line(self, data: bytes, line: int) -> CallRecord | BadRecord | None:
        """One line that is a record by itself, without its line end."""
        return self._read(RawRecord(line, data, "", False))

    @abstractmethod
    def _record(self, fields: list[str], line: int) -> CallRecord | None:
        """One row of a known column count; None for a row that is no record by design. Raises RowError."""

    def _unwrapped(self, text: str) -> str:
        return text

    def _fields(self, data: bytes) -> list[str]:
        text = self._unwrapped(self._decoder.decode(data))
        if '"' not in text:
            if "\r" in text:
                raise RowError("bad_quoting", "A carriage return stands inside a field that is not quoted.")
            return text.split(self._delimiter)
        reader = csv.reader((text,), delimiter=self._delimiter, strict=True, skipinitialspace=self._skip_space)
        try:
            return next(reader)
        except csv.Error as error:
            raise RowError("bad_quoting", f"The quotes of the record do not fit together ({error}).") from error

    def _plausible(self, data: bytes) -> bool:
        try:
            return len(self._fields(data[:-1] if data.endswith(b"\r") else data)) in self._counts
        except RowError:
            return False

    def _check_count(self, fields: list[str]) -> None:
        if len(fields) not in self._counts:
            known = ", ".join(str(count) for count in sorted(self._counts))
            raise RowError("wrong_column_count", f"The record has {len(fields)} columns, expected {known}.")

    def _read(self, raw: RawRecord) -> CallRecord | BadRecord | None:
        reason, detail = raw.problem, _PROBLEMS.get(raw.problem, "")
        if not reason:
            try:
                fields = self._fields(raw.data)
                if raw.unterminated and len(fields) < self._width:
                    # A shorter width may be a known one too: without its line end it is a record that was cut off.
                    raise RowError("wrong_column_count", f"It has {len(fields)} columns, those before {self._width}.")
                self._check_count(fields)
                record = self._record(fields, raw.line)
                self._width = len(fields)
                return record
            except RowError as error:
                reason, detail = error.reason, error.detail
        if raw.unterminated and reason in ("wrong_column_count", "bad_quoting", "unbalanced_quote"):
            reason, detail = "truncated", f"The last line has no line end and is not whole. {detail}"
        return bad_record(raw.data, line=raw.line, reason=reason, detail=detail)


def bad_record(data: bytes, *, line: int, reason: str, detail: str) -> BadRecord:
    """Set aside with what can be shown of its bytes."""
    return BadRecord(line, reason, detail, data[: MAX_SHOWN * 4].decode("utf-8", "backslashreplace")[:MAX_SHOWN])
