"""What a front and the process that decides say to each other, as bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from haodun.edge.serve.metrics import Count
from haodun.screening.events import Action, Event
from haodun.store.frames import HEAD, Batch, FrameError, decode_frame, encode_frame

_CALLS, _COUNTS = 0, 1
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


def asked_bytes(asked: Asked) -> bytes:
    """A question; ValueError where it is longer than a frame may be."""
    frame = encode_frame(Batch(0, "", False, [(event, None) for event in asked.events]))
    return _encode((_CALLS, asked.id, asked.since_ns, frame, asked.whys, asked.emergencies))


def counts_bytes(counts: Sequence[tuple[Count, str, int]]) -> bytes:
    """What a front has counted since the last time."""
    return _encode((_COUNTS, [(count.name, label, amount) for count, label, amount in counts]))


def read_asked(message: bytes) -> Asked | list[tuple[Count, str, int]]:
    """What a front says: a question, or what it has counted. AskedError."""
    try:
        kind, *said = _decode(message)
        if kind == _COUNTS:
            return [(Count[name], label, amount) for name, label, amount in said[0]]
        number, since_ns, frame, whys, emergencies = said
        events = [event for event, _ in decode_frame(frame[: HEAD.size], frame[HEAD.size :]).pairs]
        if not len(events) == len(whys) == len(emergencies):
            raise AskedError("a question with parts of different lengths")
        return Asked(number, since_ns, events, whys, emergencies)
    except (msgspec.DecodeError, FrameError, ValueError, TypeError, LookupError) as error:
        raise AskedError(f"no question: {error}") from error


def ruled_bytes(ruled: Ruled) -> bytes:
    """An answer."""
    rulings = [(-1 if one.action is None else int(one.action), *one[1:]) for one in ruled.rulings]
    return _encode((ruled.id, ruled.snapshot, ruled.bypass, rulings))


def read_ruled(message: bytes) -> Ruled:
    """An answer; AskedError."""
    try:
        number, snapshot, bypass, rows = _decode(message)
        return Ruled(number, snapshot, bypass, [_ruling(row) for row in rows])
    except (msgspec.DecodeError, ValueError, TypeError) as error:
        raise AskedError(f"no answer: {error}") from error


def _ruling(row: Sequence[Any]) -> Ruling:
    action, token, why, again = row
    return Ruling(None if action < 0 else Action(action), token, why, again)
