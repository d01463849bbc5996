"""The compiled reading of one text: a walk over the automata of `tables`. What it does not surely know it leaves.

Read here: digits with or without + before them, and between them at most MAX_SEPARATORS of `-`, `.` and space; the same
in a URI (`uris`), and words for nobody (`words`). All else (parentheses, doubtful parameters, other scripts) is left to
the scalar parser.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing, inlined
from haodun.numbering.bulk.labels import ASK, BARE, HARD, READ, Row
from haodun.numbering.bulk.patterns import PLUS
from haodun.numbering.bulk.tables import STEPS, Header, Tables
from haodun.numbering.bulk.uris import inside
from haodun.numbering.bulk.words import NO_WORD, NOBODY, meaning
from haodun.numbering.mobile_table import FIRST_PREFIX, PREFIXES
from haodun.numbering.number import Allocation, Form
from haodun.numbering.written import MAX_CHARACTERS, MAX_SEPARATORS, MAX_URI_CHARACTERS

KEY, KIND, COUNTRY, FORM, REFUSAL, HOME, ALLOCATION, HOLDER, RESELLER, EMERGENCY = range(10)
"""Places of the ten values of `read_one`."""
VALUES: Final = 10

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.int32]
Values = npt.NDArray[np.int64]

_PLUS_SIGN, _ZERO, _SPACE, _DASH, _DOT = 43, 48, 32, 45, 46
_TOO_LONG_BYTES: Final = 4 * MAX_URI_CHARACTERS
"""A text of more bytes of UTF-8 has more than MAX_URI_CHARACTERS characters."""
_CLASSES: Final = 3
_BARE_FORM: Final = int(Form.BARE_INTERNATIONAL)
_ALLOCATED, _NOT_KNOWN = int(Allocation.ALLOCATED), int(Allocation.UNKNOWN)

# Places in labels.Row and tables.Header, which the compiled code cannot ask for by name.
_MODE, _SKIP, _DIGITS, _ADD = (Row._fields.index(name) for name in ("mode", "skip", "digits", "add"))
_OTHER, ROW_FORM, ROW_COUNTRY = (Row._fields.index(name) for name in ("other", "form", "country"))
ROW_ALLOCATION = Row._fields.index("allocation")
ROW_KIND, ROW_REFUSAL, ROW_HOME = (Row._fields.index(name) for name in ("kind", "refusal", "home"))
ROW_HOLDER, ROW_RESELLER, ROW_EMERGENCY = (Row._fields.index(name) for name in ("holder", "reseller", "emergency"))
_START, _SINKS, _WORLD, _MOBILE, _COUNTRY, _EMPTY, _TOO_LONG, _ANONYMOUS = range(len(Header._fields))


@borrowing
def read_one(tables: Tables, data: Bytes, start: int, end: int, ingress: int, out: Values) -> bool:
    """Read `data[start:end]`, UTF-8 bytes of one text, on a trunk of class `ingress` (an IngressClass, not negative).

    Writes the ten values of VALUES into `out`; False, and nothing written, where the scalar parser must be asked.
    `start` and `end` must lie within `data`.
    """
    words, rows = tables.words, tables.rows
    row, key, form = find(words, rows, data, start, end, ingress)
    if row < 0:
        return False
    out[KEY], out[FORM] = key, form
    out[KIND], out[COUNTRY] = rows[row + ROW_KIND], rows[row + ROW_COUNTRY]
    out[REFUSAL], out[HOME] = rows[row + ROW_REFUSAL], rows[row + ROW_HOME]
    out[HOLDER], out[RESELLER] = rows[row + ROW_HOLDER], rows[row + ROW_RESELLER]
    out[EMERGENCY] = rows[row + ROW_EMERGENCY]
    out[ALLOCATION] = allocation_of(words, rows, row, key)
    return True


@inlined
def find(words: Words, rows: Values, data: Bytes, start: int, end: int, ingress: int) -> tuple[int, int, int]:
    """The row, the key and the form of one text; row −1 where the scalar parser must be asked."""
    size = end - start
    if size == 0:
        return rows[_EMPTY], 0, 0
    if size > _TOO_LONG_BYTES:
        return rows[_TOO_LONG], 0, 0
    begin = start
    if data[start] != _PLUS_SIGN and not _digit(data[start]):
        begin, end = inside(data, start, end)
        if end == 0:
            return _word(rows, data, start, start + size), 0, 0
    if begin >= end or end - begin > MAX_CHARACTERS:
        return -1, 0, 0
    first = begin + (data[begin] == _PLUS_SIGN)
    if first == end or not _digit(data[first]) or not _digit(data[end - 1]):
        return -1, 0, 0
    state, value = _walk_home(words, rows, data, first, end, first > begin)
    if state < 0:
        return -1, 0, 0
    row = int(np.int64(words[state + min(ingress, _CLASSES - 1)]))
    mode = rows[row]
    if mode == READ:
        return row, _key(rows, row, value), int(rows[row + ROW_FORM])
    if mode == HARD:
        return -1, 0, 0
    return _abroad(words, rows, data, first, end, row)


@inlined
def _word(rows: Values, data: Bytes, start: int, end: int) -> int:
    """The row of a word for nobody or nothing, −1 of any other text."""
    word = meaning(data, start, end)
    if word == NO_WORD:
        return -1
    return int(rows[_ANONYMOUS] if word == NOBODY else rows[_EMPTY])


@inlined
def allocation_of(words: Words, rows: Values, row: int, key: int) -> int:
    """The allocation of a row, of a Chinese mobile by the range table's 7-digit prefixes."""
    allocation = int(rows[row + ROW_ALLOCATION])
    if allocation == ASK:
        prefix = key // 10_000 % 10_000_000 - FIRST_PREFIX
        there = 0 <= prefix < PREFIXES and np.int64(words[rows[_MOBILE] + (prefix >> 5)]) >> (prefix & 31) & 1
        allocation = _ALLOCATED if there else _NOT_KNOWN
    return allocation


@inlined
def _next(words: Words, state: int, symbol: int) -> int:
    """The next state. An unsigned place spares the question whether it counts from the end."""
    return int(np.int64(words[np.uint64(state + STEPS + symbol)]))


@inlined
def _byte(data: Bytes, place: int) -> int:
    return int(np.int64(data[np.uint64(place)]))


@inlined
def _digit(byte: int) -> bool:
    return bool(0 <= np.int64(byte) - _ZERO <= 9)


@inlined
def _separates(byte: int) -> bool:
    return byte in (_DASH, _SPACE, _DOT)


@inlined
def _walk_home(words: Words, rows: Values, data: Bytes, first: int, end: int, plus: bool) -> tuple[int, int]:
    """The state after all digits and the digits as an integer; −1 where the text is not plain.

    Stops early where the rest is for the automaton of the world, which looks at every byte itself.
    """
    state, sinks = rows[_START], rows[_SINKS]
    if plus:
        state = _next(words, state, PLUS)
    value, separators = 0, 0
    for place in range(first, end):
        digit = _byte(data, place) - _ZERO
        if 0 <= digit <= 9:
            state = _next(words, state, digit)
            value = value * 10 + digit
            if state < sinks:
                break
        elif _separates(data[place]):
            separators += 1
        else:
            return -1, 0
    return (state if separators <= MAX_SEPARATORS else -1), value


@inlined
def _abroad(words: Words, rows: Values, data: Bytes, first: int, end: int, row: int) -> tuple[int, int, int]:
    """What the automaton of the world says, behind the digits that `row` skips; of a bare number only if it has it."""
    found, value = _walk_world(words, rows, data, first, end, rows[row + _SKIP])
    if found < 0 or rows[found] == HARD:
        return -1, 0, 0
    form = rows[row + ROW_FORM]
    if rows[row] == BARE:
        form = _BARE_FORM
        if rows[found + _OTHER] == 0 or rows[found + ROW_COUNTRY] == rows[_COUNTRY]:
            found = rows[row + _OTHER]
            form = rows[found + ROW_FORM]
    return found, _key(rows, found, value), form


@inlined
def _walk_world(words: Words, rows: Values, data: Bytes, first: int, end: int, skip: int) -> tuple[int, int]:
    """The row of the international number behind `skip` digits and its digits as an integer; row −1 if not plain."""
    state = rows[_WORLD]
    value, digits, separators = 0, 0, 0
    for place in range(first, end):
        digit = _byte(data, place) - _ZERO
        if 0 <= digit <= 9:
            digits += 1
            if digits > skip:
                state = _next(words, state, digit)
                value = value * 10 + digit
        elif _separates(data[place]):
            separators += 1
        else:
            return -1, 0
    return (int(np.int64(words[state])) if separators <= MAX_SEPARATORS else -1), value


@inlined
def _key(rows: Values, row: int, value: int) -> int:
    """The key from a text's digits: all of them, or the last few, and what the row adds."""
    if rows[row + ROW_REFUSAL] > 0:
        return 0
    digits = rows[row + _DIGITS]
    if digits > 0:
        power = 1
        for _ in range(digits):
            power *= 10
        value %= power
    return int(value + rows[row + _ADD])
