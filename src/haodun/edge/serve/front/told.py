"""What was told to whom: answered calls for as long as they may be sent again, and the trunks of source addresses.

Both are tables of fixed size. A call is found by its To tag, which is a keyed hash of Call-ID, From tag and CSeq; its
numbers must be the same as well, or whoever chooses a Call-ID could have one number judged and another let through.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing
from haodun.edge.serve.front.limits import SOURCES, TOLD
from haodun.edge.serve.limits import ANSWERS_MS
from haodun.edge.sip.fast import TOKEN_BYTES
from haodun.edge.sip.fast.octets import whole

Integers = npt.NDArray[np.int64]
TAG, CALLER, CALLEE, SEEN, FORM = range(5)
"""Columns of `Told.calls`: To tag, both keys, when it was answered (ms), and how."""
WIDTH: Final = 5
SLOW: Final = -1
"""FORM of a call that the slow path answered, or is about to."""
STRANGER, UNKNOWN = -1, -2
"""What a source is that has no trunk, and one that was not looked up."""
_WAYS = 2
_SPREAD = 0x9E3779B97F4A7C15


class Told(NamedTuple):
    """Answered calls."""

    calls: Integers
    tokens: npt.NDArray[np.uint8]
    """The redress token that each got, where its form has one."""


class Sources(NamedTuple):
    """Trunks by address: keys as `source_key` (0: free), and their trunks."""

    keys: Integers
    trunks: Integers
    used: Integers
    """How many keys there are."""


def make_told() -> Told:
    """None."""
    return Told(np.zeros((TOLD, WIDTH), np.int64), np.zeros((TOLD, TOKEN_BYTES), np.uint8))


def make_sources() -> Sources:
    """None."""
    return Sources(np.zeros(SOURCES, np.int64), np.zeros(SOURCES, np.int64), np.zeros(1, np.int64))


@borrowing
def find_call(told: Told, tag: Any, now_ms: int) -> int:
    """Where the call of this tag is that was answered in the last ANSWERS_MS; -1 where none is."""
    word = whole(tag)
    first = word & (TOLD - _WAYS)
    for place in range(first, first + _WAYS):
        call = told.calls[place]
        if call[TAG] == word and call[SEEN] + ANSWERS_MS >= now_ms and call[SEEN] > 0:
            return int(place)
    return -1


@borrowing
def note_call(told: Told, tag: Any, caller: int, callee: int, form: int, now_ms: int) -> int:
    """Remember how a call was answered; where. It takes the place of the same call, or of the older of two."""
    word = whole(tag)
    first = word & (TOLD - _WAYS)
    place = first
    for other in range(first, first + _WAYS):
        if told.calls[other, TAG] == word:
            place = other
            break
        if told.calls[other, SEEN] < told.calls[place, SEEN]:
            place = other
    call = told.calls[place]
    call[TAG], call[CALLER], call[CALLEE], call[SEEN], call[FORM] = word, caller, callee, now_ms, form
    return int(place)


@borrowing
def source_key(names: npt.NDArray[np.uint8], start: int) -> int:
    """A `sockaddr_in` as an integer above 0: address and port."""
    key = 1
    for byte in range(2, 8):
        key = key << 8 | whole(names[start + byte])
    return key


@borrowing
def _first_place(key: int) -> Any:
    return whole((np.uint64(key) * np.uint64(_SPREAD)) >> np.uint64(40)) & (SOURCES - 1)


@borrowing
def trunk_of(sources: Sources, key: int) -> int:
    """The trunk of a source, STRANGER, or UNKNOWN."""
    place = _first_place(key)
    while sources.keys[place] != 0:
        if sources.keys[place] == key:
            return int(sources.trunks[place])
        place = (place + 1) & (SOURCES - 1)
    return UNKNOWN


@borrowing
def learn_source(sources: Sources, key: int, trunk: int) -> None:
    """Remember the trunk of a source; where the table is half full, all others are forgotten first."""
    if sources.used[0] >= SOURCES // 2:
        sources.keys[:] = 0
        sources.used[0] = 0
    place = _first_place(key)
    while sources.keys[place] != 0 and sources.keys[place] != key:
        place = (place + 1) & (SOURCES - 1)
    if sources.keys[place] == 0:
        sources.used[0] += 1
    sources.keys[place], sources.trunks[place] = key, trunk
