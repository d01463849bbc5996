"""One frame of a live log: a batch of events and verdicts as checked bytes, and back.

Layout: length of the payload (u32), CRC-32 over the number and the payload (u32), number of the batch's last event
(u64), payload; little endian. The payload is MessagePack: `[snapshot, policy digest, bypass, rows]`, a row an event's
fields in order with each number as five integers, then what only the verdict says, or nil.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from haodun.numbering import Form, IngressClass, Kind, Number, Refusal
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

HEAD = struct.Struct("<IIQ")
MAX_FRAME = 16_777_216
"""Bytes of one payload; a longer one is damage."""

Pair = tuple[Event, Verdict | None]
"""An event with its verdict; None for an answer or end, and for an attempt that was answered without evaluation."""

_CALLER, _CALLEE, _OWN = 7, 9, 11
"""Positions of the two numbers in an event; where the fields begin that only a verdict has."""
_NUMBER = struct.Struct("<Q")
_KINDS, _INGRESS, _PRESENTATIONS = tuple(EventKind), tuple(IngressClass), tuple(Presentation)
_ATTESTATIONS, _ROAMING, _CAUSES = tuple(Attestation), tuple(Roaming), tuple(Cause)
_ACTIONS, _LAYERS = tuple(Action), tuple(Layer)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


class Batch(NamedTuple):
    """What one append wrote: some events decided under the same snapshot."""

    snapshot: int
    """Version of the snapshot that decided, 0 where a policy file did."""
    policy: str
    """Digest of the policy that decided."""
    bypass: bool
    """Everything was let through by order of the operator; the verdicts say what would have been."""
    pairs: list[Pair]


class FrameError(ValueError):
    """Bytes that are no frame."""


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
    payload = _encode((batch.snapshot, batch.policy, batch.bypass, rows))
    if len(payload) > MAX_FRAME:
        raise ValueError(f"a batch of {len(rows)} events takes {len(payload)} bytes; write smaller batches")
    last = batch.pairs[-1][0].number
    return HEAD.pack(len(payload), _checksum(last, payload), last) + payload


def decode_frame(head: bytes, payload: bytes) -> Batch:
    """The batch of a frame; FrameError where it is none."""
    length, checksum, last = HEAD.unpack(head)
    if length != len(payload) or checksum != _checksum(last, payload):
        raise FrameError("the checksum does not fit")
    try:
        snapshot, policy, bypass, rows = _decode(payload)
        return Batch(snapshot, policy, bypass, [_pair(row) for row in rows])
    except (msgspec.DecodeError, ValueError, TypeError, IndexError) as error:
        raise FrameError(f"it was written by another version ({error})") from error


def sound(head: bytes, payload: bytes) -> bool:
    """Whether the payload is what the frame's head says."""
    length, checksum, last = HEAD.unpack(head)
    return bool(length == len(payload) and checksum == _checksum(last, payload))


def _checksum(last: int, payload: bytes) -> int:
    return zlib.crc32(payload, zlib.crc32(_NUMBER.pack(last)))


@lru_cache(maxsize=65_536)
def _number(key: int, kind: int, country: int, form: int, refusal: int) -> Number:
    return Number(key, Kind(kind), country, Form(form), Refusal(refusal))


def _pair(row: Sequence[Any]) -> Pair:
    head, caller, callee_text, callee, tail, own = row
    fields: tuple[Any, ...] = (
        head[0],
        head[1],
        _KINDS[head[2]],
        *head[3:],
        _number(*caller),
        callee_text,
        _number(*callee),
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
