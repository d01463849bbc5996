"""A bounded memory of texts that the walk does not read: what the scalar parser said of them, found by their bytes.

Sets of WAYS places in arrays; a text goes into the set its hash names and pushes out the one that came there longest
ago. A text is found only if every byte agrees, so a forged hash costs a place and changes no answer. The hash is
keyed, lest somebody fill one set on purpose.
"""

from __future__ import annotations

import os
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing, inlined
from haodun.numbering.bulk.walking import VALUES, Bytes, Values

MAX_TEXTS: Final = 131_072
"""Texts that are kept: 27 MB."""
MAX_BYTES: Final = 112
"""Bytes of a text that is kept; longer ones go to the scalar parser each time."""
WAYS: Final = 8

_WORD = 8
_STRIDE: Final = VALUES + 1


class Known(NamedTuple):
    """The arrays."""

    tags: npt.NDArray[np.int64]
    """By place: hash of the text + 1, 0 if the place is free; those of a set in one line of memory."""
    texts: npt.NDArray[np.uint8]
    """By place * MAX_BYTES."""
    values: npt.NDArray[np.int64]
    """By place * _STRIDE: the values, then bytes of the text * 4 + ingress class."""
    turn: npt.NDArray[np.uint8]
    """By set: which place is written next."""
    seed: int


def make(texts: int = MAX_TEXTS) -> Known:
    """An empty memory of `texts` texts, a power of two."""
    seed = int.from_bytes(os.urandom(8), "little") >> 2 | 1
    return Known(
        np.zeros(texts, np.int64),
        np.zeros(texts * MAX_BYTES, np.uint8),
        np.zeros(texts * _STRIDE, np.int64),
        np.zeros(texts // WAYS, np.uint8),
        seed,
    )


@inlined
def _mixed(hashed: np.uint64, word: np.uint64) -> np.uint64:
    hashed = (hashed ^ word) * np.uint64(0x9E3779B97F4A7C15)
    return hashed ^ (hashed >> np.uint64(29))


@borrowing
def _hash_of(known: Known, data: Bytes, start: int, end: int, ingress: int) -> int:
    """The hash of a text, 62 bits."""
    hashed = np.uint64(known.seed) + np.uint64((end - start) * 4 + ingress)
    word = np.uint64(0)
    for place in range(start, end):
        word = word << np.uint64(8) | np.uint64(data[place])
        if (place - start) % _WORD == _WORD - 1:
            hashed = _mixed(hashed, word)
            word = np.uint64(0)
    hashed = _mixed(_mixed(hashed, word), np.uint64(known.seed))
    return int(np.int64(hashed >> np.uint64(2)))


@borrowing
def recall(known: Known, data: Bytes, start: int, end: int, ingress: int, out: Values) -> bool:
    """Write the values of a text that is kept into `out`; False if it is not. `ingress` is 0, 1 or 2."""
    size = end - start
    if size > MAX_BYTES:
        return False
    hashed = _hash_of(known, data, start, end, ingress)
    first = _set_of(known, hashed)
    for place in range(first, first + WAYS):
        if known.tags[place] == hashed + 1 and _same(known, place, data, start, size, ingress):
            for value in range(VALUES):
                out[value] = known.values[place * _STRIDE + value]
            return True
    return False


@inlined
def _set_of(known: Known, hashed: int) -> int:
    """The first place of the set of a text."""
    return (hashed & (len(known.turn) - 1)) * WAYS


@inlined
def _same(known: Known, place: int, data: Bytes, start: int, size: int, ingress: int) -> bool:
    if known.values[place * _STRIDE + VALUES] != size * 4 + ingress:
        return False
    offset = 0
    while offset < size and known.texts[place * MAX_BYTES + offset] == data[start + offset]:
        offset += 1
    return offset == size


@borrowing
def keep(known: Known, data: Bytes, start: int, end: int, ingress: int, values: Values) -> None:
    """Keep the values of a text, if it is not too long, in the place of its set whose turn it is."""
    size = end - start
    if size > MAX_BYTES:
        return
    hashed = _hash_of(known, data, start, end, ingress)
    first = _set_of(known, hashed)
    turn = np.int64(known.turn[first // WAYS])
    known.turn[first // WAYS] = (turn + 1) % WAYS
    place = first + turn
    known.tags[place] = hashed + 1
    known.values[place * _STRIDE + VALUES] = size * 4 + ingress
    for offset in range(size):
        known.texts[place * MAX_BYTES + offset] = data[start + offset]
    for value in range(VALUES):
        known.values[place * _STRIDE + value] = values[value]
