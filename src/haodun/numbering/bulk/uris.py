"""Finds the number inside the everyday tel: and sip: URIs; all others are left to the scalar parser.

Read are `tel:`, and `sip:` or `sips:` with a host and perhaps a port, both with such parameters as are surely harmless:
what `written` makes of these is its reading of what stands behind the scheme.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing, inlined
from haodun.numbering.bulk.parameters import harmless
from haodun.numbering.written import MAX_URI_CHARACTERS

Bytes = npt.NDArray[np.uint8]

_COLON, _SEMICOLON, _AT, _DOT, _DASH = 58, 59, 64, 46, 45
_T, _E, _L, _S, _I, _P = 116, 101, 108, 115, 105, 112
_SMALL: Final = 32
"""Makes a letter of ASCII a small one, and no other byte a letter."""
_MAX_PORT_DIGITS: Final = 5
_ANONYMOUS_BYTES: Final = len("anonymous.invalid")


@borrowing
def inside(data: Bytes, start: int, end: int) -> tuple[int, int]:
    """First byte of the number in a URI and the byte behind its last; the latter 0 where it is another text."""
    if end - start < 5 or end - start > MAX_URI_CHARACTERS:
        return start, 0
    first, second, third = _small(data, start), _small(data, start + 1), _small(data, start + 2)
    fourth = _byte(data, start + 3)
    if first == _T and second == _E and third == _L and fourth == _COLON:
        return start + 4, _number_end(data, start + 4, end)
    if first != _S or second != _I or third != _P:
        return start, 0
    if fourth == _COLON:
        return start + 4, _before_host(data, start + 4, end)
    if fourth | _SMALL == _S and _byte(data, start + 4) == _COLON:
        return start + 5, _before_host(data, start + 5, end)
    return start, 0


@inlined
def _byte(data: Bytes, place: int) -> int:
    return int(np.int64(data[place]))


@inlined
def _small(data: Bytes, place: int) -> int:
    return int(np.int64(data[place])) | _SMALL


@borrowing
def _before_host(data: Bytes, first: int, end: int) -> int:
    """Where the number before the host ends, if there is a host and what may follow it; else 0."""
    at = first
    while at < end and data[at] != _AT:
        at += 1
    place = at + 1
    while place < end and _of_host(_byte(data, place)):
        place += 1
    size = place - at - 1
    # A host as long as anonymous.invalid may be it.
    if size < 1 or size == _ANONYMOUS_BYTES:
        return 0
    if place < end and data[place] == _COLON:
        port = place + 1
        place = port
        while place < end and 0 <= _byte(data, place) - 48 <= 9:
            place += 1
        if not 1 <= place - port <= _MAX_PORT_DIGITS:
            return 0
    return _number_end(data, first, at) if harmless(data, place, end, False) else 0


@borrowing
def _number_end(data: Bytes, first: int, end: int) -> int:
    """Where the number ends that begins at `first`, if behind it stand harmless parameters or none; else 0."""
    place = first
    while place < end and data[place] != _SEMICOLON:
        place += 1
    return place if harmless(data, place, end, True) else 0


@inlined
def _of_host(byte: int) -> bool:
    letter = 97 <= byte | _SMALL <= 122
    return letter or 48 <= byte <= 57 or byte in (_DOT, _DASH)
