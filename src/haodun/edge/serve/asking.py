"""What a front and the process that decides say to each other, as bytes.

A question is about calls as rows (the desk's) or as columns (the compiled front's), and so is its answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from haodun.edge.serve.metrics import Count
from haodun.screening.events import Action, Event
from haodun.screening.events.packed import JUDGED, Judged
from haodun.screening.verdicts.token import TOKEN_LENGTH
from haodun.store.frames import HEAD, Batch, Columns, FrameError, decode_frame, decode_payload, encode_frame

_CALLS, _COUNTS, _COLUMNS = 0, 1, 2
AGAIN_UNJUDGED = -1
"""`repeat_of` of a call that repeats one which was answered without evaluation."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


class AskedError(ValueError):
    """Bytes that no process of this edge says."""


class Asked(NamedTuple):
    """Calls that a front wants decided; their events have neither number nor time yet."""

    id: int
    """By which the front knows the answer."""
    since_ns: int
    """When the oldest of them was received, by the clock that only counts and all processes share."""
    events: list[Event]
    whys: list[str]
    """Why each is not to be judged, '' where it is."""
    emergencies: list[bool]
    """Which must pass."""


class AskedColumns(NamedTuple):
    """The same as columns; none of them is an emergency."""

    id: int
    since_ns: int
    columns: Columns
    """Of the events; their `judged` says nothing yet."""
    why: str
    """Why none is to be judged, '' where they are."""
    late: npt.NDArray[np.bool_] | None
    """Which waited longer than the deadline before their front took them; None where none did."""


class Ruling(NamedTuple):
    """What became of one call."""

    action: Action | None
    """None where it was not decided."""
    token: str
    why: str
    """Why it was not decided."""
    again: bool
    """It repeats an earlier attempt and gets what that got."""


class Ruled(NamedTuple):
    """The answer to one question."""

    id: int
    snapshot: int
    """Version in force where it was decided."""
    bypass: bool
    rulings: list[Ruling]
    lease: int = 0
    """Of who decided."""


class RuledColumns(NamedTuple):
    """The answer to a question in columns."""

    id: int
    snapshot: int
    bypass: bool
    why: str
    """Why those without a verdict have none; those that repeat an unjudged call have none for that."""
    judged: Judged
    """A record a call; where `repeat_of` is not 0 it repeats an earlier attempt and gets what that got."""
    tokens: npt.NDArray[np.uint8]
    """The redress token of each call whose `row` is not below 0, in their order: 26 letters each."""
    lease: int


def asked_bytes(asked: Asked) -> bytes:
    """A question; ValueError where it is longer than a frame may be."""
    frame = encode_frame(Batch(0, "", False, [(event, None) for event in asked.events]))
    return _encode((_CALLS, asked.id, asked.since_ns, frame, asked.whys, asked.emergencies))


def asked_columns_bytes(number: int, since_ns: int, frame: bytes, why: str, late: bytes) -> bytes:
    """A question in columns: the frame of its events, and a byte an event, 1 where late; b'' where none is."""
    return _encode((_COLUMNS, number, since_ns, frame, why, late))


def counts_bytes(counts: Sequence[tuple[Count, str, int]]) -> bytes:
    """What a front has counted since the last time."""
    return _encode((_COUNTS, [(count.name, label, amount) for count, label, amount in counts]))


def read_asked(message: bytes) -> Asked | AskedColumns | list[tuple[Count, str, int]]:
    """What a front says: a question, or what it has counted. AskedError."""
    try:
        kind, *said = _decode(message)
        if kind == _COUNTS:
            return [(Count[name], label, amount) for name, label, amount in said[0]]
        return _asked_columns(*said) if kind == _COLUMNS else _asked(*said)
    except (msgspec.DecodeError, FrameError, ValueError, TypeError, LookupError) as error:
        raise AskedError(f"no question: {error}") from error


def _asked(number: int, since_ns: int, frame: bytes, whys: list[str], emergencies: list[bool]) -> Asked:
    events = [event for event, _ in decode_frame(frame[: HEAD.size], frame[HEAD.size :]).pairs]
    if not len(events) == len(whys) == len(emergencies):
        raise AskedError("a question with parts of different lengths")
    return Asked(number, since_ns, events, whys, emergencies)


def _asked_columns(number: int, since_ns: int, frame: bytes, why: str, late: bytes) -> AskedColumns:
    columns = decode_payload(frame[HEAD.size :])  # the ring has its own checksum
    if not isinstance(columns, Columns):
        raise AskedError("a question in columns without columns")
    marks = np.frombuffer(late, np.uint8) != 0 if late else None
    places = columns.texts.trunk
    if (marks is not None and len(marks) != len(places)) or int(places.max(initial=0)) >= len(
        columns.texts.trunks.offsets
    ) - 1:
        raise AskedError("a question with parts of different lengths")
    return AskedColumns(int(number), int(since_ns), columns, str(why), marks)


def ruled_bytes(ruled: Ruled) -> bytes:
    """An answer."""
    rulings = [(-1 if one.action is None else int(one.action), *one[1:]) for one in ruled.rulings]
    return _encode((ruled.id, ruled.snapshot, ruled.bypass, ruled.lease, rulings))


def ruled_columns_bytes(ruled: RuledColumns) -> bytes:
    """An answer in columns."""
    judged, tokens = ruled.judged.tobytes(), ruled.tokens.tobytes()
    return _encode((ruled.id, ruled.snapshot, ruled.bypass, ruled.lease, ruled.why, judged, tokens))


def read_ruled(message: bytes) -> Ruled | RuledColumns:
    """An answer; AskedError."""
    try:
        number, snapshot, bypass, lease, *said = _decode(message)
        if len(said) == 1:
            return Ruled(number, snapshot, bypass, [_ruling(row) for row in said[0]], int(lease))
        why, judged, tokens = said
        records, letters = np.frombuffer(judged, JUDGED), np.frombuffer(tokens, np.uint8).reshape(-1, TOKEN_LENGTH)
        if np.count_nonzero(records["row"] >= 0) != len(letters):
            raise AskedError("an answer with parts of different lengths")
        return RuledColumns(number, snapshot, bypass, why, records, letters, int(lease))
    except (msgspec.DecodeError, ValueError, TypeError) as error:
        raise AskedError(f"no answer: {error}") from error


def _ruling(row: Sequence[Any]) -> Ruling:
    action, token, why, again = row
    return Ruling(None if action < 0 else Action(action), token, why, again)
