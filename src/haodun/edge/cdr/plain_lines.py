"""Lines of a CSV cut into fields by compiled code, where they are plain; what is odd is only pointed at.

Theory of operation. A line is plain where each of its fields is either free of quotes and carriage returns, or stands
whole between quotes (`""` for a quote inside), and where there are as many fields as expected. Of a plain line the
csv module gives the same fields. A line that is not plain but has an even number of quotes is a record by itself, and
may be read alone. A line with an odd number of quotes, or one too long, needs its neighbours: then nothing is cut.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from haodun.compiled import jit
from haodun.edge.cdr.record import MAX_RECORD_BYTES, MAX_TEXT

PLAIN, ODD, BLANK = 0, 1, 2
_QUOTE, _LF, _CR, _SPACE = 34, 10, 13, 32
_SPACES = (0xC2, 0xE1, 0xE2, 0xE3)
"""First bytes of the characters beyond ASCII that str.strip takes away (and of others)."""

_Bytes = npt.NDArray[np.uint8]
_Ints = npt.NDArray[Any]


class Lines(NamedTuple):
    """The lines of some bytes, and the fields of the plain ones."""

    data: _Bytes
    status: _Bytes
    """PLAIN, ODD or BLANK of each line."""
    first: _Ints
    last: _Ints
    """Where each line begins and ends, without its line end."""
    begin: _Ints
    """int32, line × field: where the field's content begins, quotes left out."""
    end: _Ints
    doubled: _Bytes
    """Line × field: 1 where the content holds doubled quotes."""

    def only(self, places: _Ints) -> Lines:
        """Some of the lines."""
        return Lines(
            self.data, self.status[places], self.first[places], self.last[places],
            self.begin[places], self.end[places], self.doubled[places],
        )  # fmt: skip


def cut(data: bytes, *, fields: int, delimiter: str) -> Lines | None:
    """The lines of whole lines of UTF-8; None where one needs its neighbours, or the bytes are not plain text."""
    if b"\0" in data or len(delimiter.encode()) != 1 or not _is_utf8(data):
        return None
    octets = np.frombuffer(data, np.uint8)
    rows = data.count(b"\n")
    lines = Lines(
        octets, np.empty(rows, np.uint8), np.empty(rows, np.int64), np.empty(rows, np.int64),
        np.empty((rows, fields), np.int32), np.empty((rows, fields), np.int32), np.empty((rows, fields), np.uint8),
    )  # fmt: skip
    return lines if _cut(lines, ord(delimiter)) else None


def _is_utf8(data: bytes) -> bool:
    offsets = np.array([0, len(data)], np.int32)
    try:
        pa.StringArray.from_buffers(1, pa.py_buffer(offsets.data), pa.py_buffer(data)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


@jit
def _cut(lines: Any, delimiter: int) -> bool:
    """Fill in everything; False where a line needs its neighbours."""
    start, line, data = 0, 0, lines.data
    for place in range(len(data)):
        if data[place] != _LF:
            continue
        if place - start > MAX_RECORD_BYTES:
            return False
        end = place - 1 if place > start and data[place - 1] == _CR else place
        status = BLANK if end == start else _cut_line(lines, line, start, end, delimiter)
        if status == ODD and _quotes(data, start, place) & 1:
            return False
        lines.first[line], lines.last[line], lines.status[line] = start, end, status
        start, line = place + 1, line + 1
    return True


@jit
def _quotes(data: Any, start: int, end: int) -> int:
    found = 0
    for place in range(start, end):
        found += data[place] == _QUOTE
    return found


@jit
def _cut_line(lines: Any, line: int, place: int, end: int, delimiter: int) -> int:
    """Fields of one line; ODD where it is not plain."""
    data, width = lines.data, lines.begin.shape[1]
    for field in range(width):
        quoted = place < end and data[place] == _QUOTE
        start = place + 1 if quoted else place
        lines.doubled[line, field] = 0
        place = _quoted_end(lines, line, field, start, end) if quoted else _bare_end(data, start, end, delimiter)
        if place < 0:
            return ODD
        lines.begin[line, field], lines.end[line, field] = start, place
        if quoted:
            place += 1
        if field + 1 < width:
            if place >= end or data[place] != delimiter:
                return ODD
            place += 1
    return PLAIN if place == end else ODD


@jit
def _bare_end(data: Any, place: int, end: int, delimiter: int) -> int:
    """Where a field without quotes ends; -1 where it is none."""
    while place < end and data[place] != delimiter:
        if data[place] == _QUOTE or data[place] == _CR:
            return -1
        place += 1
    return place


@jit
def _quoted_end(lines: Any, line: int, field: int, place: int, end: int) -> int:
    """Where the closing quote of a field stands; -1 where there is none."""
    data = lines.data
    while place < end:
        if data[place] == _QUOTE:
            if place + 1 >= end or data[place + 1] != _QUOTE:
                return place
            lines.doubled[line, field] = 1
            place += 1
        place += 1
    return -1


def texts(lines: Lines, field: int, good: npt.NDArray[np.bool_], *, stripped: bool = False) -> pa.StringArray:
    """One field of each line, not `good` where it may be too long; or, `stripped`, where it begins or ends in space."""
    rows = len(lines.first)
    offsets = np.zeros(rows + 1, np.int32)
    most = np.empty(int((lines.end[:, field] - lines.begin[:, field]).clip(0, MAX_TEXT).sum()), np.uint8)
    used = _copy_texts(lines, field, good, stripped, offsets, most)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets.data), pa.py_buffer(most[:used].data))


@jit
def _copy_texts(lines: Any, field: int, good: Any, stripped: bool, offsets: Any, out: Any) -> int:
    used, data = 0, lines.data
    for row in range(len(good)):
        place, end = int(lines.begin[row, field]), int(lines.end[row, field])
        if end - place > MAX_TEXT or (stripped and end > place and _spaced(data, place, end)):
            good[row] = False
            end = place
        skip = lines.doubled[row, field] == 1
        while place < end:
            out[used] = data[place]
            used += 1
            place += 2 if skip and data[place] == _QUOTE else 1
        offsets[row + 1] = used
    return used


@jit
def _spaced(data: Any, place: int, end: int) -> bool:
    """Whether a text may begin or end in white space."""
    last = end - 1
    while last > place and data[last] & 0xC0 == 0x80:
        last -= 1
    return _may_be_space(data[place]) or _may_be_space(data[last])


@jit
def _may_be_space(octet: int) -> bool:
    return octet <= _SPACE or octet in _SPACES


class Values(NamedTuple):
    """Integers of one field."""

    value: npt.NDArray[np.int64]
    given: npt.NDArray[np.bool_]
    """The field is not empty."""


def integers(lines: Lines, field: int, good: npt.NDArray[np.bool_], *, fewest: int, most: int) -> Values:
    """A field of so many digits in each line, or an empty one; not `good` where it is anything else."""
    rows = len(lines.first)
    found = Values(np.zeros(rows, np.int64), np.zeros(rows, bool))
    _read_integers(lines, field, good, fewest, most, found)
    return found


@jit
def _read_integers(lines: Any, field: int, good: Any, fewest: int, most: int, found: Any) -> None:
    for row in range(len(good)):
        place, end = int(lines.begin[row, field]), int(lines.end[row, field])
        if end == place:
            continue
        found.given[row] = True
        value = _digits(lines.data, place, end) if fewest <= end - place <= most else -1
        if value < 0:
            good[row] = False
        found.value[row] = value


@jit
def _digits(data: Any, place: int, end: int) -> int:
    """An integer of digits alone, -1 where it is none."""
    value = 0
    while place < end:
        digit = int(data[place]) - 48
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
        place += 1
    return value
