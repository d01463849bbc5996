"""Finds the parameters of a URI that surely leave its number as it is; of all others the scalar parser decides."""

from __future__ import annotations

import string
from typing import Final

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing, inlined
from haodun.numbering.written import FLAGS, MAX_PARAMETERS, TEL_PARAMETERS

Bytes = npt.NDArray[np.uint8]

_SEMICOLON, _EQUALS = 59, 61
_MAX_NAME: Final = 60
"""A longer name is left to the scalar parser."""


def _table(letters: str) -> npt.NDArray[np.bool_]:
    found = np.zeros(256, np.bool_)
    found[list(letters.encode("ascii"))] = True
    return found


_IN_NAME: Final = _table(string.ascii_letters + string.digits + "-")
_IN_VALUE: Final = _table(string.ascii_letters + string.digits + "[]/:&+$!~*'()._-")

_NAMES = sorted(TEL_PARAMETERS)
_WIDTH: Final = max(len(name) for name in _NAMES)
_LETTERS: Final = np.array([list(name.encode("ascii").ljust(_WIDTH, b"\0")) for name in _NAMES], np.uint8)
_SIZES: Final = np.array([len(name) for name in _NAMES], np.int64)
_IS_FLAG: Final = np.array([name in FLAGS for name in _NAMES], np.bool_)


@inlined
def small(data: Bytes, place: int) -> int:
    """A byte, capitals of ASCII made small as `str.lower` makes them."""
    byte = int(np.int64(data[place]))
    return byte + 32 if 65 <= byte <= 90 else byte


@borrowing
def harmless(data: Bytes, place: int, end: int, telephone: bool) -> bool:
    """Whether `data[place:end]` is empty or `;a=b;c`, no name twice; `telephone`: behind a number, not behind a host.

    That no name stands twice is seen by no length of a name standing twice.
    """
    lengths, count = 0, 0
    while place < end and data[place] == _SEMICOLON:
        name = place + 1
        place = name
        while place < end and _IN_NAME[data[place]]:
            place += 1
        size = place - name
        value = place
        if place < end and data[place] == _EQUALS:
            value = place + 1
            place = value
            while place < end and _IN_VALUE[data[place]]:
                place += 1
        count += 1
        if not 1 <= size <= _MAX_NAME or lengths >> size & 1 or count > MAX_PARAMETERS:
            return False
        if telephone and not _of_route(data, name, size, place > value):
            return False
        lengths |= 1 << size
    return place == end


@borrowing
def _of_route(data: Bytes, name: int, size: int, valued: bool) -> bool:
    """Whether a name is of those that do not touch the number, and has a value or none as it must."""
    for known in range(len(_SIZES)):
        if _SIZES[known] == size:
            same = 0
            while same < size and small(data, name + same) == _LETTERS[known, same]:
                same += 1
            if same == size:
                return bool(valued != _IS_FLAG[known])
    return False
