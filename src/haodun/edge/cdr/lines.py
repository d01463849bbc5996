"""Bytes to CSV records: lines joined where a quoted field holds a line break, in bounded memory.

Theory of operation. Bytes are cut at LF. A line with an even number of quotes is a record. A line with an odd number
opens a quoted field that goes on: the next line with an odd number closes it, and the joined record counts only if the
codec finds it plausible. Where it is not, or where no line closes it within MAX_RECORD_BYTES and MAX_RECORD_LINES, only
the opening line is set aside and reading goes on at the next one: a stray quote costs one line, never the file. What is
decided depends on lines alone, never on how the bytes arrived. LF, comma and quote are never part of a multi-byte
character in UTF-8 nor in GB18030, so the cut is safe before decoding.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from haodun.edge.cdr.record import MAX_RECORD_BYTES

MAX_RECORD_LINES = 64
"""Lines that one quoted field may span; bounds what is read again after a stray quote."""

_BOM = b"\xef\xbb\xbf"


class RawRecord(NamedTuple):
    """One record as bytes, without its line end."""

    line: int
    """Line where it starts, from 1."""
    data: bytes
    problem: str
    """'' or a reason word: too_long, unbalanced_quote."""
    unterminated: bool
    """The last line of the file, without a line end."""


class LineSplitter:
    """Feed bytes, take records; see the module's theory of operation. Blank lines are skipped but counted."""

    def __init__(self, plausible: Callable[[bytes], bool]) -> None:
        self._plausible = plausible
        self._rest = bytearray()
        self._lines: deque[bytes] = deque()
        self._line = 1
        self._skipping = False

    @property
    def line(self) -> int:
        """The number of the line that comes next."""
        return self._line

    @property
    def idle(self) -> bool:
        """Whether nothing waits for more: what comes next begins a line, and a record."""
        return not self._rest and not self._lines and not self._skipping

    def pass_over(self, lines: int) -> None:
        """Count lines that somebody else has read."""
        self._line += lines

    def feed(self, data: bytes) -> Iterator[RawRecord]:
        """The records completed by `data`."""
        self._rest += data
        if b"\n" in data:
            *lines, rest = bytes(self._rest).split(b"\n")
            self._rest = bytearray(rest)
            if self._skipping:
                # The start of this line was reported when it grew too long.
                del lines[0]
                self._skipping = False
                self._line += 1
            self._lines.extend(lines)
        yield from self._take(final=False)
        if self._skipping:
            self._rest.clear()
        elif len(self._rest) > MAX_RECORD_BYTES:
            yield from self._take(final=True)
            yield RawRecord(self._line, bytes(self._rest[:MAX_RECORD_BYTES]), "too_long", False)
            self._rest.clear()
            self._skipping = True

    def close(self) -> Iterator[RawRecord]:
        """The last line, if it has no line end, and what waited for a closing quote."""
        if self._rest and not self._skipping:
            self._lines.append(bytes(self._rest))
            self._rest.clear()
            yield from self._take(final=True, unterminated=True)
        else:
            yield from self._take(final=True)

    def _take(self, *, final: bool, unterminated: bool = False) -> Iterator[RawRecord]:
        lines = self._lines
        while lines:
            first = lines[0]
            if self._line > 1 and first and len(first) <= MAX_RECORD_BYTES and not first.count(b'"') & 1:
                # The common case, for speed; what follows gives the same.
                del lines[0]
                line = self._line
                self._line += 1
                data = first[:-1] if first.endswith(b"\r") else first
                if data:
                    yield RawRecord(line, data, "", unterminated and not lines)
                continue
            count = 1
            problem = ""
            if len(first) > MAX_RECORD_BYTES:
                problem = "too_long"
            elif first.count(b'"') & 1:
                count = self._span(final=final)
                if count == 0:
                    return
                problem = "unbalanced_quote" if count == 1 else ""
            data = first if count == 1 else b"\n".join(lines[i] for i in range(count))
            for _ in range(count):
                lines.popleft()
            line = self._line
            self._line += count
            if line == 1 and data.startswith(_BOM):
                data = data[3:]
            if data.endswith(b"\r"):
                data = data[:-1]
            if data:
                yield RawRecord(line, data[:MAX_RECORD_BYTES], problem, unterminated and not lines)

    def _span(self, *, final: bool) -> int:
        """How many lines make the record that the first line opens: 0 not known yet, 1 a stray quote."""
        size = len(self._lines[0])
        for index in range(1, min(len(self._lines), MAX_RECORD_LINES)):
            line = self._lines[index]
            size += len(line) + 1
            if size > MAX_RECORD_BYTES:
                return 1
            if line.count(b'"') & 1:
                joined = b"\n".join(self._lines[i] for i in range(index + 1))
                return index + 1 if self._plausible(joined) else 1
        return 1 if final or len(self._lines) >= MAX_RECORD_LINES else 0
