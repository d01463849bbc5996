"""Lines of a CSV file (RFC 4180) as lists of text, in UTF-8 or GB 18030, with the bytes read so far."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import IO

from haodun.offices.sheets.values import SheetError

CHUNK = 1 << 20
LONGEST_CELL = 1 << 17
"""Beyond this a quote was opened and never closed."""
DELIMITERS = ",\t;"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def lines_of(file: IO[bytes]) -> Iterator[list[str]]:
    """Each line, the titles first. SheetError on bytes in no known encoding, and on a quote that is never closed."""
    encoding = encoding_of(file)
    file.seek(0)
    text = io.TextIOWrapper(io.BufferedReader(_Kept(file), CHUNK), encoding=encoding, newline="", errors="strict")
    first = text.readline(CHUNK)
    text.seek(0)
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(text, delimiter=max(DELIMITERS, key=lambda one: (first.count(one), one == ",")), strict=False)
    while True:
        begins = reader.line_num + 1
        try:
            line = next(reader, None)
        except csv.Error as error:
            raise SheetError(
                f"第 {begins} 行读不通（多半是引号没有配对）：请改正后重新上传。",
                f"line {begins} cannot be read, most often a quote that is never closed: {error}; correct it",
            ) from error
        if line is None:
            return
        if line:
            yield line


def encoding_of(file: IO[bytes]) -> str:
    """`utf-8-sig` or `gb18030`, by reading all of it once; SheetError where it is neither, with the place."""
    file.seek(0)
    begins = file.read(4)
    if begins.startswith(_UTF16):
        raise SheetError(
            "文件是 UTF-16 编码：请另存为“CSV UTF-8”再上传。",
            "the file is in UTF-16: save it as CSV UTF-8 and upload it again",
        )
    if _place_of_error(file, "utf-8") is None:
        return "utf-8-sig"
    place = _place_of_error(file, "gb18030")
    if place is None:
        return "gb18030"
    raise SheetError(
        f"文件既不是 UTF-8 也不是 GB 18030（第 {place} 字节处）：请另存为“CSV UTF-8”再上传。",
        f"the file is neither UTF-8 nor GB 18030 (byte {place}): save it as CSV UTF-8 and upload it again",
    )


def _place_of_error(file: IO[bytes], encoding: str) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    file.seek(0)
    done = 0
    while True:
        chunk = file.read(CHUNK)
        try:
            decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            return done + error.start
        if not chunk:
            return None
        done += len(chunk)


class _Kept(io.RawIOBase):
    """The file for a text wrapper that closes what it wraps: this closes nothing."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Of the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Of the file."""
        return self._file.tell()

    def readinto(self, buffer: object) -> int:
        """Bytes of the file."""
        view = memoryview(buffer)  # type: ignore[arg-type]
        data = self._file.read(len(view))
        view[: len(data)] = data
        return len(data)
