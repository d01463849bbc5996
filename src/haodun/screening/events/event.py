"""An event of the input log: one attempt, answer or end of one call, as the deciding code sees it."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from haodun.numbering import IngressClass, Number


class EventKind(IntEnum):
    """Stored in logs and used as the last sort key: append, never renumber."""

    ATTEMPT = 0
    ANSWER = 1
    END = 2


class Presentation(IntEnum):
    """ITU-T Q.763 §3.10 address presentation restricted indicator."""

    ALLOWED = 0
    RESTRICTED = 1
    UNAVAILABLE = 2


class Attestation(IntEnum):
    """RFC 8588 `attest`, or what became of its verification."""

    NONE = 0
    A = 1
    B = 2
    C = 3
    FAILED = 4


class Roaming(IntEnum):
    """Whether the home network confirmed that this mobile subscriber is abroad; supplied by the site."""

    UNKNOWN = 0
    NO = 1
    VERIFIED = 2


class Cause(IntEnum):
    """Why the call ended, folded from ITU-T Q.850 causes and the words of the switches."""

    UNKNOWN = 0
    NORMAL = 1  # 16, ANSWERED, NORMAL_CLEARING
    BUSY = 2  # 17
    NO_ANSWER = 3  # 18, 19
    CANCELLED = 4  # the caller gave up while it rang; ORIGINATOR_CANCEL
    REJECTED = 5  # 21
    UNALLOCATED = 6  # 1
    CONGESTION = 7  # 34, 38, 41, 42
    FAILED = 8  # anything else


class Event(NamedTuple):
    """One line of the input log. A NamedTuple, since a country makes billions of them."""

    number: int
    """Position in the input log, from 1."""
    time_ms: int
    """Milliseconds since the Unix epoch, UTC."""
    kind: EventKind
    call_id: str
    transaction: str
    """From tag, CSeq and both numbers of a live attempt; '' in call records. (call_id, transaction) tells a repeat."""
    live: bool
    """True where the attempt was decided live; False for what a call record tells afterwards."""
    caller_text: str
    """As received, at most 256 characters."""
    caller: Number
    callee_text: str
    callee: Number
    trunk: str
    ingress: IngressClass
    presentation: Presentation
    attestation: Attestation
    roaming: Roaming
    diversion: int
    """E.164 key of the number that diverted the call here, 0 if none."""
    device: int
    """Hash of IMEI or user agent, 0 if not known."""
    cell: int
    """Cell identity, 0 if not known."""
    answered: bool
    """END only: the call was answered."""
    seconds: int
    """END only: talk time in whole seconds, 0 if unanswered."""
    ring_ms: int
    """END only: start to answer, or to the end if unanswered."""
    cause: Cause
    """END only."""
    source: str
    """Where the line came from, `file:line`; never part of a decision."""


def order(event: Event) -> tuple[int, str, int]:
    """The sort key of a batch run: time, call id, kind (DESIGN.md §3 *Event and order*)."""
    return (event.time_ms, event.call_id, int(event.kind))


def actor_key(number: Number, trunk: str) -> int:
    """The key of a number's state: its E.164 key, or for a caller that is no number a negative id of its trunk.

    >>> from haodun.numbering import Form, Kind, Refusal
    >>> actor_key(Number(0, Kind.UNKNOWN, 0, Form.NONE, Refusal.ANONYMOUS), "gw-7") < 0
    True
    """
    return number.key if number.key > 0 else trunk_id(trunk)


def trunk_id(trunk: str) -> int:
    """A negative 63-bit id of a trunk's name (FNV-1a, so that it is the same on every machine)."""
    value = 0xCBF29CE484222325
    for byte in trunk.encode("utf-8"):
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return -((value >> 2) + 1)
