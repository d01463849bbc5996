"""The compiled reading of one text: a walk over the automata of `tables`. What it does not surely know it leaves.

Read here: digits with or without + before them, and between them at most MAX_SEPARATORS of `-`, `.` and space. All else
(parentheses, tel: and sip:, words for nobody, other scripts) is left to the scalar parser, and so is every text of more
than MAX_DIGITS digits.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from haodun.compiled import inlined, jit
from haodun.numbering.bulk.labels import ASK, BARE, FOREIGN, HARD
from haodun.numbering.bulk.patterns import PLUS, SYMBOLS
from haodun.numbering.bulk.tables import MAX_DIGITS, Tables
from haodun.numbering.mobile_table import FIRST_PREFIX, PREFIXES
from haodun.numbering.number import Allocation, Form, Kind, Refusal
from haodun.numbering.written import MAX_CHARACTERS, MAX_SEPARATORS, MAX_URI_CHARACTERS

KEY, KIND, COUNTRY, FORM, REFUSAL, HOME, ALLOCATION, HOLDER, RESELLER, EMERGENCY = range(10)
"""Places of the ten values of `read_one`."""
VALUES: Final = 10

Bytes = npt.NDArray[np.uint8]
Values = npt.NDArray[np.int64]

_PLUS_SIGN, _ZERO, _SPACE, _DASH, _DOT = 43, 48, 32, 45, 46
_TOO_LONG_BYTES: Final = 4 * MAX_URI_CHARACTERS
"""A text of more bytes of UTF-8 has more than MAX_URI_CHARACTERS characters."""
_CLASSES: Final = 3
# Columns of labels.Row, which the compiled code cannot ask for by name.
_MODE, _SKIP, _DIGITS, _ADD, _KIND, _COUNTRY, _FORM, _REFUSAL, _HOME = 0, 1, 2, 3, 4, 5, 6, 7, 8
_ALLOCATION, _HOLDER, _RESELLER, _EMERGENCY, _OTHER = 9, 10, 11, 12, 13
_BARE_FORM: Final = int(Form.BARE_INTERNATIONAL)
_ALLOCATED, _NOT_KNOWN = int(Allocation.ALLOCATED), int(Allocation.UNKNOWN)
_EMPTY, _TOO_LONG, _ANYTHING, _NOTHING = (
    *(int(Refusal.EMPTY), int(Refusal.TOO_LONG)),
    *(int(Kind.INVALID), int(Kind.UNKNOWN)),
)


@jit
def read_one(tables: Tables, data: Bytes, start: int, end: int, ingress: int, out: Values) -> bool:
    """Read `data[start:end]`, UTF-8 bytes of one text, on a trunk of class `ingress` (an IngressClass, not negative).

    Writes the ten values of VALUES into `out`; False, and nothing written, where the scalar parser must be asked.
    `start` and `end` must lie within `data`.
    """
    size = end - start
    if size == 0:
        return _nothing(out, _NOTHING, _EMPTY)
    if size > _TOO_LONG_BYTES:
        return _nothing(out, _ANYTHING, _TOO_LONG)
    if size > MAX_CHARACTERS or not _digit(data[end - 1]):
        return False
    ingress = min(ingress, _CLASSES - 1)
    state = np.int64(tables.start)
    first = start
    if data[start] == _PLUS_SIGN:
        state = np.int64(tables.steps[state * SYMBOLS + PLUS])
        first += 1
    if not _digit(data[first]):
        return False
    state, value, read = _walk_home(tables, data, first, end, state)
    if read < 0:
        return False
    row = np.int64(tables.labels[state * _CLASSES + ingress])
    mode = tables.rows[row, _MODE]
    if mode == FOREIGN:
        return _foreign(tables, data, first, end, row, out)
    if mode == BARE:
        return _bare(tables, data, first, end, row, out)
    return mode != HARD and _write(tables, row, value, tables.rows[row, _FORM], out)


@inlined
def _digit(byte: int) -> bool:
    return 0 <= np.int64(byte) - _ZERO <= 9


@inlined
def _separates(byte: int) -> bool:
    return byte in (_DASH, _SPACE, _DOT)


@jit
def _walk_home(tables: Tables, data: Bytes, first: int, end: int, state: int) -> tuple[int, int, int]:
    """The state after all digits, the digits as an integer, how many; −1 of them where the text is not plain.

    Stops early where the rest is for the automaton of the world, which looks at every byte itself.
    """
    value, digits, separators = 0, 0, 0
    for place in range(first, end):
        digit = np.int64(data[place]) - _ZERO
        if 0 <= digit <= 9:
            state = np.int64(tables.steps[state * SYMBOLS + digit])
            value = value * 10 + digit
            digits += 1
            if state < tables.sinks or digits > MAX_DIGITS:
                break
        elif _separates(data[place]) and separators < MAX_SEPARATORS:
            separators += 1
        else:
            return state, value, -1
    return state, value, digits if digits <= MAX_DIGITS else -1


@jit
def _walk_world(tables: Tables, data: Bytes, first: int, end: int, skip: int) -> tuple[int, int]:
    """The row of the international number behind `skip` digits and its digits as an integer; row −1 if not plain."""
    state = np.int64(tables.world_start)
    value, digits, separators = 0, 0, 0
    for place in range(first, end):
        digit = np.int64(data[place]) - _ZERO
        if 0 <= digit <= 9:
            digits += 1
            if digits > MAX_DIGITS:
                return -1, value
            if digits > skip:
                state = np.int64(tables.world_steps[state * SYMBOLS + digit])
                value = value * 10 + digit
        elif _separates(data[place]) and separators < MAX_SEPARATORS:
            separators += 1
        else:
            return -1, value
    row = np.int64(tables.world_labels[state])
    return (-1 if tables.rows[row, _MODE] == HARD else row), value


@jit
def _foreign(tables: Tables, data: Bytes, first: int, end: int, row: int, out: Values) -> bool:
    found, value = _walk_world(tables, data, first, end, tables.rows[row, _SKIP])
    return found >= 0 and _write(tables, found, value, tables.rows[row, _FORM], out)


@jit
def _bare(tables: Tables, data: Bytes, first: int, end: int, row: int, out: Values) -> bool:
    """A foreign number without + or 00, if the world has it; else what home's plan says."""
    found, value = _walk_world(tables, data, first, end, 0)
    if found < 0:
        return False
    if tables.rows[found, _OTHER] == 1 and tables.rows[found, _COUNTRY] != tables.country:
        return _write(tables, found, value, _BARE_FORM, out)
    other = tables.rows[row, _OTHER]
    return _write(tables, other, value, tables.rows[other, _FORM], out)


@jit
def _write(tables: Tables, row: int, value: int, form: int, out: Values) -> bool:
    """The values of a row, the key from the text's digits."""
    rows = tables.rows
    key = 0
    if rows[row, _COUNTRY] > 0:
        key = _shortened(value, rows[row, _DIGITS]) + rows[row, _ADD]
    out[KEY], out[FORM] = key, form
    out[KIND], out[COUNTRY] = rows[row, _KIND], rows[row, _COUNTRY]
    out[REFUSAL], out[HOME] = rows[row, _REFUSAL], rows[row, _HOME]
    out[HOLDER], out[RESELLER] = rows[row, _HOLDER], rows[row, _RESELLER]
    out[EMERGENCY] = rows[row, _EMERGENCY]
    allocation = rows[row, _ALLOCATION]
    out[ALLOCATION] = _by_prefix(tables, key) if allocation == ASK else allocation
    return True


@inlined
def _shortened(value: int, digits: int) -> int:
    """The last `digits` digits of `value`, all where it is 0."""
    if digits == 0:
        return value
    power = 1
    for _ in range(digits):
        power *= 10
    return value % power


@inlined
def _by_prefix(tables: Tables, key: int) -> int:
    """ALLOCATED if the range table has the 7-digit prefix of this Chinese mobile, else UNKNOWN."""
    prefix = key // 10_000 % 10_000_000 - FIRST_PREFIX
    if 0 <= prefix < PREFIXES and tables.mobile[prefix >> 3] >> (prefix & 7) & 1:
        return _ALLOCATED
    return _NOT_KNOWN


@jit
def _nothing(out: Values, kind: int, refusal: int) -> bool:
    """Texts that are empty, and such as are too long whatever stands in them."""
    for place in range(VALUES):
        out[place] = 0
    out[KIND], out[REFUSAL] = kind, refusal
    return True
