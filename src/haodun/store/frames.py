"""One frame of a live log: a batch of events and verdicts as checked bytes, and back; the payload here is MessagePack.

`[snapshot, policy digest, bypass, rows, lease]`, a row an event's fields in order with each number as five integers,
then what only the verdict says, or nil. Logs older than leases have no fifth part. The other kind of payload is
`columns.py`'s; a reader gets the same `Batch` from both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from haodun.numbering import IngressClass
from haodun.screening.events import (
    Action,
    Attestation,
    Cause,
    Event,
    EventKind,
    Flag,
    Layer,
    Presentation,
    Roaming,
    actor_key,
)
from haodun.screening.verdicts import Verdict
from haodun.store.columns import COLUMNS, Columns, batch_of, decode_columns
from haodun.store.framing import HEAD, MAX_FRAME, Batch, FrameError, Pair, number_of, sealed, sound

__all__ = [
    "HEAD",
    "MAX_FRAME",
    "Batch",
    "Columns",
    "FrameError",
    "Pair",
    "decode_either",
    "decode_frame",
    "decode_payload",
    "encode_frame",
    "sound",
]

_CALLER, _CALLEE, _OWN = 7, 9, 11
"""Positions of the two numbers in an event; where the fields begin that only a verdict has."""
_KINDS, _INGRESS, _PRESENTATIONS = tuple(EventKind), tuple(IngressClass), tuple(Presentation)
_ATTESTATIONS, _ROAMING, _CAUSES = tuple(Attestation), tuple(Roaming), tuple(Cause)
_ACTIONS, _LAYERS = tuple(Action), tuple(Layer)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def encode_frame(batch: Batch) -> bytes:
    """The frame of a batch of at least one pair; ValueError where it is longer than MAX_FRAME."""
    rows = []
    for event, verdict in batch.pairs:
        caller, callee = event.caller, event.callee
        rows.append(
            (
                event[:_CALLER],
                (caller.key, caller.kind, caller.country, caller.form, caller.refusal),
                event.callee_text,
                (callee.key, callee.kind, callee.country, callee.form, callee.refusal),
                event[_CALLEE + 1 :],
                None if verdict is None else verdict[_OWN:],
            )
        )
    payload = _encode((batch.snapshot, batch.policy, batch.bypass, rows, batch.lease))
    return sealed(batch.last, payload, events=len(rows))


def decode_frame(head: bytes, payload: bytes) -> Batch:
    """The batch of a frame of either kind; FrameError where it is none."""
    found = decode_either(head, payload)
    return batch_of(found) if isinstance(found, Columns) else found


def decode_either(head: bytes, payload: bytes) -> Batch | Columns:
    """What a frame holds, columns as they are; FrameError where it is none."""
    if not sound(head, payload):
        raise FrameError("the checksum does not fit")
    return decode_payload(payload)


def decode_payload(payload: bytes) -> Batch | Columns:
    """The same of a payload that is known to be sound."""
    if payload[:1] == bytes([COLUMNS]):
        return decode_columns(payload)
    try:
        snapshot, policy, bypass, rows, *lease = _decode(payload)
        return Batch(snapshot, policy, bypass, [_pair(row) for row in rows], *lease)
    except (msgspec.DecodeError, ValueError, TypeError, IndexError) as error:
        raise FrameError(f"it was written by another version ({error})") from error


def _pair(row: Sequence[Any]) -> Pair:
    head, caller, callee_text, callee, tail, own = row
    fields: tuple[Any, ...] = (
        head[0],
        head[1],
        _KINDS[head[2]],
        *head[3:],
        number_of(*caller),
        callee_text,
        number_of(*callee),
        tail[0],
        _INGRESS[tail[1]],
        _PRESENTATIONS[tail[2]],
        _ATTESTATIONS[tail[3]],
        _ROAMING[tail[4]],
        *tail[5:11],
        _CAUSES[tail[11]],
        tail[12],
    )
    event = Event._make(fields)
    return event, None if own is None else _verdict(event, own)


def _verdict(event: Event, own: Sequence[Any]) -> Verdict:
    """A verdict from its event and what only it says."""
    fields: tuple[Any, ...] = (
        event.number,
        event.time_ms,
        event.call_id,
        event.source,
        event.caller_text,
        actor_key(event.caller, event.trunk),
        event.caller.kind,
        event.callee.key,
        event.callee.kind,
        event.trunk,
        event.ingress,
        _ACTIONS[own[0]],
        own[1],
        _LAYERS[own[2]],
        Flag(own[3]),
        tuple(own[4]),
        tuple(own[5]),
        *own[6:11],
        None if own[11] is None else tuple(own[11]),
        own[12],
    )
    return Verdict._make(fields)
