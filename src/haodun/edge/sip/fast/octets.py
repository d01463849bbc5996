"""Bytes for compiled code: classes of characters, search, comparison and copy.

`memchr` and `memcpy` are those of the C library, found by name when the code is linked; a checked build uses plain
loops instead, so that every byte that is touched is checked.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from haodun.compiled import CHECKED, borrowing, types

Octets: TypeAlias = npt.NDArray[np.uint8]
Row: TypeAlias = npt.NDArray[np.int32]

_ALNUM = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SETS = {
    1: _ALNUM + b".!%*_+`'~-",
    2: b"0123456789",
    4: _ALNUM + b".!%*_+`'~()<>:\\\"/[]?{}-",
    8: _ALNUM + b".-",
    16: _ALNUM + b"_.!~*'()/:&+$-",
    32: _ALNUM + b".!%*_+`'~[]:-",
    64: bytes(range(32, 127)).replace(b'"', b"").replace(b"\\", b"") + bytes(range(128, 256)),
    128: _ALNUM + b".!%*_+`'~ -" + bytes(range(128, 256)),
}
TOKEN, DIGIT, WORD, HOST, PARAMETER, VALUE, QUOTED, DISPLAY = _SETS
"""Classes: RFC 3261's token, a digit, the word of a Call-ID, a host name, a URI parameter (neither % nor brackets), a
header parameter's value, plain text between quotes, a display name without quotes. No tab in any of them."""


def octets(text: bytes) -> Octets:
    """The bytes as an array that a compiled function takes as constant."""
    return np.frombuffer(text, np.uint8).copy()


def _classes() -> Octets:
    found = np.zeros(256, np.uint8)
    for mark, members in _SETS.items():
        for member in members:
            found[member] |= mark
    return found


CLASS = _classes()
COLON, SEMICOLON, EQUALS, COMMA, AT, QUOTE, BACKSLASH, SPACE = 58, 59, 61, 44, 64, 34, 92, 32
LESS, MORE, PLUS, DOT, CR, LF = 60, 62, 43, 46, 13, 10


def library(name: str, *, gives: Any, takes: tuple[Any, ...]) -> Any:
    """A function of the C library, by its name, for compiled code: found when that is linked, also from the cache."""
    return types.ExternalFunction(name, gives(*takes))


_memchr = library("memchr", gives=types.uintp, takes=(types.uintp, types.int32, types.uintp))
_memcpy = library("memcpy", gives=types.uintp, takes=(types.uintp, types.uintp, types.uintp))


@borrowing
def whole(value: Any) -> Any:
    """An integer of any width as int64; of 64 bits without sign, the same bits."""
    return np.int64(value)


@borrowing
def place(row: Row, field: int) -> Any:
    """A field of a row as int64."""
    return np.int64(row[field])


@borrowing
def run_of(data: Octets, start: int, end: int, mark: int) -> int:
    """Where the bytes of a class end that begin at `start`, `end` at most."""
    # Places without sign: compiled code need not ask whether they count from the end.
    for at in range(np.uint64(start), np.uint64(end)):
        if (CLASS[data[at]] & mark) == 0:
            return whole(at)  # type: ignore[no-any-return]
    return end


@borrowing
def same(data: Octets, start: int, literal: Octets) -> bool:
    """Whether a literal stands at `start`; the buffer must reach so far."""
    first = np.uint64(start)
    for step in range(np.uint64(len(literal))):  # noqa: SIM110
        if data[first + step] != literal[step]:
            return False
    return True


@borrowing
def same_folded(data: Octets, start: int, literal: Octets) -> bool:
    """The same, whatever the case of letters; `literal` has only letters in lower case, digits, dots and hyphens."""
    first = np.uint64(start)
    for step in range(np.uint64(len(literal))):  # noqa: SIM110
        if (data[first + step] | 32) != literal[step]:
            return False
    return True


@borrowing
def same_spans(data: Octets, start: int, other: int, length: int) -> bool:
    """Whether two stretches of tokens are the same, whatever the case of letters."""
    for place in range(length):
        left, right = np.int64(data[start + place]), np.int64(data[other + place])
        if left != right and ((left | 32) != (right | 32) or not 97 <= (left | 32) <= 122):
            return False
    return True


if CHECKED:

    @borrowing
    def find(data: Octets, start: int, end: int, octet: int) -> int:
        """Where a byte stands first, -1 where it does not."""
        for at in range(start, end):
            if data[at] == octet:
                return at
        return -1

    @borrowing
    def copy(target: Octets, at: int, data: Octets, start: int, end: int) -> int:
        """Copy a stretch into another buffer; where it ends there."""
        for place in range(end - start):
            target[at + place] = data[start + place]
        return at + end - start

else:

    @borrowing
    def find(data: Octets, start: int, end: int, octet: int) -> int:
        """Where a byte stands first, -1 where it does not."""
        address = data.ctypes.data
        found = _memchr(np.uint64(address + start), np.int32(octet), np.uint64(end - start))
        return -1 if found == 0 else int(np.int64(found) - np.int64(address))

    @borrowing
    def copy(target: Octets, at: int, data: Octets, start: int, end: int) -> int:
        """Copy a stretch into another buffer; where it ends there."""
        _memcpy(np.uint64(target.ctypes.data + at), np.uint64(data.ctypes.data + start), np.uint64(end - start))
        return at + end - start
