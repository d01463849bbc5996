"""A CSV in parts by columns: its plain lines by compiled code, all others by their codec; together what the codec says.

Theory of operation. The codec reads the first line, and any chunk in which a line needs its neighbours; it keeps the
count of lines. Of every other chunk the plain lines become columns; a line that is odd in its form or in what it says
is read by the codec alone, which finds it good or says what is wrong with it. Chunks are cut and read ahead, by
threads where the caller has some, supposing that each begins at the line where the ones before it should end and has
as many fields as the last record; where that turns out wrong, a chunk is read again, in its turn.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from haodun.edge.cdr.parts import Part, SetAside, parts_of, record_batch
from haodun.edge.cdr.plain_lines import BLANK, PLAIN, Lines, cut
from haodun.edge.cdr.record import MAX_RECORD_BYTES, BadRecord, CallRecord
from haodun.edge.cdr.rows import CsvCodec

AHEAD = 3
"""Chunks begun before they are asked for."""

_Mask = npt.NDArray[np.bool_]


class PlainReader(Protocol):
    """What the plain lines of one format say."""

    delimiter: str

    def fields(self) -> int:
        """How many fields a plain line has, 0 while that is not known or where lines are never plain."""

    def records(self, lines: Lines, numbers: npt.NDArray[np.int64], good: _Mask) -> pa.RecordBatch:
        """Plain lines as records, a row each; not `good` where the codec must be asked."""


class Read(NamedTuple):
    """What the plain lines of a chunk say, if it begins after line `before` and its lines have `fields` fields."""

    fields: int
    before: int
    lines: Lines | None
    """None where a line needs its neighbours; then there is nothing more."""
    places: npt.NDArray[np.int64]
    """Of the plain lines."""
    records: pa.RecordBatch | None
    good: _Mask


Begin = Callable[[Callable[[], Read]], Callable[[], Read]]
"""Begins some work, in a thread perhaps; what it gives back waits for what comes of it."""


class _Waiting(NamedTuple):
    data: bytes
    whole: bool
    """It is whole lines."""
    lines: int
    begun: Callable[[], Read] | None


def in_turn(work: Callable[[], Read]) -> Callable[[], Read]:
    """Begins nothing: the work is done when it is asked for."""
    return work


def plain_parts(
    chunks: Iterable[bytes], codec: CsvCodec, reader: PlainReader, begin: Begin = in_turn
) -> Iterator[Part]:
    """All records of a file."""
    pieces = _pieces(chunks)
    waiting: deque[_Waiting] = deque()
    ended = False
    while waiting or not ended:
        while not ended and len(waiting) <= (AHEAD if codec.splitter.line > 1 and reader.fields() else 0):
            data, whole = next(pieces, (b"", False))
            ended = not data
            if data:
                line = codec.splitter.line + sum(piece.lines for piece in waiting)
                fields = reader.fields() if whole and line > 1 else 0
                begun = begin(partial(_read, data, fields, line, reader)) if fields else None
                waiting.append(_Waiting(data, whole, data.count(b"\n"), begun))
        if waiting:
            piece = waiting.popleft()
            yield from _whole_lines(piece, codec, reader) if piece.whole else parts_of(codec.feed(piece.data))
    yield from parts_of(codec.close())


def _pieces(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Bytes that end with a line, and at the end of the file, or of a line that is too long, those that do not."""
    rest = b""
    for chunk in chunks:
        whole, line_end, tail = (rest + chunk).rpartition(b"\n")
        rest = tail
        if line_end:
            yield whole + line_end, True
        if len(rest) > MAX_RECORD_BYTES:
            yield rest, False
            rest = b""
    if rest:
        yield rest, False


def _read(data: bytes, fields: int, before: int, reader: PlainReader) -> Read:
    lines = cut(data, fields=fields, delimiter=reader.delimiter)
    if lines is None:
        return Read(fields, before, None, np.zeros(0, np.int64), None, np.zeros(0, bool))
    places = np.flatnonzero(lines.status == PLAIN)
    good = np.ones(len(places), bool)
    plain = lines if len(places) == len(lines.status) else lines.only(places)
    return Read(fields, before, lines, places, reader.records(plain, places + before, good), good)


def _whole_lines(piece: _Waiting, codec: CsvCodec, reader: PlainReader) -> Iterator[Part]:
    data = piece.data
    if codec.splitter.line == 1:
        head, line_end, data = data.partition(b"\n")
        yield from parts_of(codec.feed(head + line_end))
    read = piece.begun() if piece.begun is not None else None
    fields, before = reader.fields() if codec.splitter.idle else 0, codec.splitter.line
    if read is None or (read.fields, read.before) != (fields, before):
        read = _read(data, fields, before, reader) if fields else None
    if read is None or read.lines is None or read.records is None:
        yield from parts_of(codec.feed(data))
    else:
        yield _part(read, read.lines, read.records, codec)


def _part(read: Read, lines: Lines, records: pa.RecordBatch, codec: CsvCodec) -> Part:
    places, good, rows = read.places, read.good, len(lines.status)
    if len(places) == rows and good.all():
        codec.splitter.pass_over(rows)
        codec.width = read.fields
        return Part(records, [])
    found = lines.status == BLANK  # of no more interest
    found[places[good]] = True
    odd = np.flatnonzero(~found)
    return _mixed(records.filter(pa.array(good)), places[good], odd, lines, codec)


def _mixed(
    records: pa.RecordBatch, plain: npt.NDArray[np.int64], odd: npt.NDArray[np.int64], lines: Lines, codec: CsvCodec
) -> Part:
    """The good plain lines, joined to what the codec makes of the odd ones."""
    read: list[CallRecord] = []
    aside: list[SetAside] = []
    fields, before, last_good = lines.begin.shape[1], codec.splitter.line, -1
    plain_before = np.searchsorted(plain, odd)
    for row, count in zip(odd.tolist(), plain_before.tolist(), strict=True):
        line = lines.data[lines.first[row] : lines.last[row]].tobytes()
        record = codec.read_line(line, before + row)
        if isinstance(record, BadRecord):
            aside.append(SetAside(count + len(read), record))
        elif record is not None:
            read.append(record)
            last_good = row
    if len(plain) and plain[-1] > last_good:
        codec.width = fields
    codec.splitter.pass_over(len(lines.status))
    if read:
        table = pa.Table.from_batches([records, record_batch(read)]).combine_chunks()
        records = table.to_batches()[0]
    return Part(records, aside)
