"""A frame of columns written by compiled code: the very bytes of `encode_columns`, without Python a call or a column.

Theory of operation. The fast front has everything that a frame holds in arrays of its own; here they are copied one
behind the other into room for one frame. What a frame's decisions mean is packed by Python, once for each set of them;
the checksum is made by Python as well, over the whole.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing, copy_bytes
from haodun.screening.events.packed import EVENT, JUDGED, Events, Judged
from haodun.store.columns import COLUMNS, VERSION
from haodun.store.framing import HEAD

Octets = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Ends = npt.NDArray[np.uint32]

_PAYLOAD: Final = HEAD.size
_COUNTS: Final = (_PAYLOAD + 4) // 4
"""Among words: events, rows, integers a row, distinct decisions, names of trunks."""
_SNAPSHOT: Final = (_PAYLOAD + 24) // 8
"""Among longs; behind it the lease."""
_LENGTHS: Final = (_PAYLOAD + 40) // 4
_ARRAYS: Final = _PAYLOAD + 80
_EVENT_BYTES, _JUDGED_BYTES = EVENT.itemsize, JUDGED.itemsize
CALL_BYTES: Final = _EVENT_BYTES + _JUDGED_BYTES + 5 * 4 + 2 + 4
"""Of an event without its texts, row and token, an offset of a token included."""
HEAD_BYTES: Final = _ARRAYS + 7 * 4 + 8


class Frame(NamedTuple):
    """Room for one frame, as integers of four widths."""

    octets: Octets
    halves: npt.NDArray[np.uint16]
    words: Ends
    longs: Integers


def make_frame(size: int) -> Frame:
    """Room for so many bytes at least."""
    longs = np.zeros(size // 8 + 1, np.int64)
    return Frame(longs.view(np.uint8), longs.view(np.uint16), longs.view(np.uint32), longs)


class CallTexts(NamedTuple):
    """Five columns of texts, one behind the other each."""

    call_ids: Octets
    transactions: Octets
    callers: Octets
    callees: Octets
    sources: Octets
    ends: npt.NDArray[np.uint32]
    """By column: where each text ends, behind a 0."""


class Rest(NamedTuple):
    """What a frame says besides its events."""

    header: Integers
    """Version of the snapshot, whether everything was let through, number of the lease."""
    policy: Octets
    """Digest of the policy."""
    trunk_ends: Ends
    """Where the name of each trunk ends, behind a 0."""
    trunk_names: Octets
    token_bytes: Integers
    """One integer: of a token."""


@borrowing
def _whole(value: Any) -> Any:
    """An integer of any width as int64."""
    return np.int64(value)


@borrowing
def distinct_decisions(judged: Judged, count: int, found: Integers) -> int:
    """Put the numbers of the decisions of the first judged events into `found`, rising, each once; how many.

    `found` has room for as many as there are events.
    """
    used = 0
    for at in range(count):
        number = _whole(judged[at].decision)
        place = used
        while place > 0 and found[place - 1] > number:
            place -= 1
        if number < 0 or (place > 0 and found[place - 1] == number):
            continue
        for moved in range(used, place, -1):
            found[moved] = found[moved - 1]
        found[place] = number
        used += 1
    return used


@borrowing
def write_columns(
    frame: Frame,
    rest: Rest,
    events: Events,
    judged: Judged,
    rows: Integers,
    used: Integers,
    used_count: int,
    decisions: Octets,
    texts: CallTexts,
    tokens: Octets,
    trunks: Integers,
) -> int:
    """Write the payload for the events that `judged` is of, behind room for the frame's head; where it ends.

    `tokens` has a token for each of `rows`; `used` the numbers of the decisions, rising, `decisions` what they mean,
    packed (`packed_decisions`).
    """
    octets, count, row_count, names = frame.octets, len(judged), len(rows), len(rest.trunk_ends) - 1
    _write_head(frame, rest, (count, row_count, rows.shape[1], used_count, names))
    at = copy_bytes(octets, _ARRAYS, events.ctypes.data, count * _EVENT_BYTES)
    at = copy_bytes(octets, at, judged.ctypes.data, count * _JUDGED_BYTES)
    at = copy_bytes(octets, at, rows.ctypes.data, rows.size * 8)
    word = at // 4
    for place in range(used_count):
        frame.words[word + place] = np.uint32(used[place])
    half = 2 * _write_offsets(frame, rest, texts, word + used_count, count, row_count)
    for place in range(count):
        frame.halves[half + place] = np.uint16(trunks[place])
    return _write_texts(frame, rest, decisions, texts, tokens, row_count, count, 2 * (half + count))


@borrowing
def _write_offsets(frame: Frame, rest: Rest, texts: CallTexts, word: int, count: int, row_count: int) -> int:
    """Where each text ends, from a word on; the word behind them."""
    for column in range(5):
        for place in range(count + 1):
            frame.words[word + place] = texts.ends[column, place]
        word += count + 1
    for place in range(row_count + 1):
        frame.words[word + place] = np.uint32(place * rest.token_bytes[0])
    word += row_count + 1
    names = len(rest.trunk_ends)
    for place in range(names):
        frame.words[word + place] = rest.trunk_ends[place]
    return word + names


@borrowing
def _write_head(frame: Frame, rest: Rest, counts: tuple[int, int, int, int, int]) -> None:
    """Kind, version and counts; the lengths of texts are written with them."""
    octets = frame.octets
    octets[_PAYLOAD], octets[_PAYLOAD + 1], octets[_PAYLOAD + 2], octets[_PAYLOAD + 3] = COLUMNS, VERSION, 0, 0
    octets[_PAYLOAD + 2] = np.uint8(rest.header[1])
    for place in range(5):
        frame.words[_COUNTS + place] = np.uint32(counts[place])
    frame.longs[_SNAPSHOT], frame.longs[_SNAPSHOT + 1] = rest.header[0], rest.header[2]
    frame.words[_ARRAYS // 4 - 1] = 0


@borrowing
def _write_texts(
    frame: Frame,
    rest: Rest,
    decisions: Octets,
    texts: CallTexts,
    tokens: Octets,
    row_count: int,
    count: int,
    start: int,
) -> int:
    """Policy, decisions and texts from `start` on, and their lengths in the head; where they end."""
    octets, lengths, ends = frame.octets, frame.words[_LENGTHS : _LENGTHS + 9], texts.ends
    lengths[0], lengths[1] = len(rest.policy), len(decisions)
    for column in range(5):
        lengths[2 + column] = ends[column, count]
    lengths[7] = row_count * rest.token_bytes[0]
    lengths[8] = rest.trunk_ends[len(rest.trunk_ends) - 1]
    at = copy_bytes(octets, start, rest.policy.ctypes.data, len(rest.policy))
    at = copy_bytes(octets, at, decisions.ctypes.data, len(decisions))
    at = copy_bytes(octets, at, texts.call_ids.ctypes.data, _whole(lengths[2]))
    at = copy_bytes(octets, at, texts.transactions.ctypes.data, _whole(lengths[3]))
    at = copy_bytes(octets, at, texts.callers.ctypes.data, _whole(lengths[4]))
    at = copy_bytes(octets, at, texts.callees.ctypes.data, _whole(lengths[5]))
    at = copy_bytes(octets, at, texts.sources.ctypes.data, _whole(lengths[6]))
    at = copy_bytes(octets, at, tokens.ctypes.data, _whole(lengths[7]))
    return copy_bytes(octets, at, rest.trunk_names.ctypes.data, _whole(lengths[8]))
