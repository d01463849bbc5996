"""A CSV in parts by columns: its plain lines by compiled code, all others by their codec; together what the codec says.

Theory of operation. The codec reads the first line, and any chunk in which a line needs its neighbours; it keeps the
count of lines. Of every other chunk the plain lines become columns; a line that is odd in its form or in what it says
is read by the codec alone, which finds it good or says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from haodun.edge.cdr.parts import Part, SetAside, parts_of, record_batch
from haodun.edge.cdr.plain_lines import BLANK, PLAIN, Lines, cut
from haodun.edge.cdr.record import MAX_RECORD_BYTES, BadRecord, CallRecord
from haodun.edge.cdr.rows import CsvCodec

_Mask = npt.NDArray[np.bool_]


class PlainReader(Protocol):
    """What the plain lines of one format say."""

    delimiter: str

    def fields(self) -> int:
        """How many fields a plain line has, 0 while that is not known or where lines are never plain."""

    def records(self, lines: Lines, numbers: npt.NDArray[np.int64], good: _Mask) -> pa.RecordBatch:
        """Plain lines as records, a row each; not `good` where the codec must be asked."""


def plain_parts(chunks: Iterable[bytes], codec: CsvCodec, reader: PlainReader) -> Iterator[Part]:
    """All records of a file."""
    rest = b""
    for chunk in chunks:
        whole, line_end, tail = (rest + chunk).rpartition(b"\n")
        rest = tail
        if line_end:
            yield from _whole_lines(whole + line_end, codec, reader)
        if len(rest) > MAX_RECORD_BYTES:
            yield from parts_of(codec.feed(rest))
            rest = b""
    yield from parts_of(codec.feed(rest))
    yield from parts_of(codec.close())


def _whole_lines(data: bytes, codec: CsvCodec, reader: PlainReader) -> Iterator[Part]:
    if codec.splitter.line == 1:
        head, line_end, data = data.partition(b"\n")
        yield from parts_of(codec.feed(head + line_end))
    fields = reader.fields() if codec.splitter.idle else 0
    lines = cut(data, fields=fields, delimiter=reader.delimiter) if fields else None
    if lines is None:
        yield from parts_of(codec.feed(data))
    else:
        yield _part(lines, codec, reader)


def _part(lines: Lines, codec: CsvCodec, reader: PlainReader) -> Part:
    rows, fields, before = len(lines.status), lines.begin.shape[1], codec.splitter.line
    places = np.flatnonzero(lines.status == PLAIN)
    plain = lines if len(places) == rows else lines.only(places)
    good = np.ones(len(places), bool)
    records = reader.records(plain, places + before, good)
    if len(places) == rows and good.all():
        codec.splitter.pass_over(rows)
        codec.width = fields
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
