"""What every frame of a live log shares: the batch it tells of, its checked head, and the error of bytes that are none.

Layout: length of the payload (u32), CRC-32 over the number and the payload (u32), number of the batch's last event
(u64), payload; little endian. The payload's first byte says its kind: MessagePack rows (`frames.py`) or columns
(`columns.py`).
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from typing import NamedTuple

from haodun.numbering import Form, Kind, Number, Refusal
from haodun.screening.events import Event
from haodun.screening.verdicts import Verdict

HEAD = struct.Struct("<IIQ")
MAX_FRAME = 16_777_216
"""Bytes of one payload; a longer one is damage."""

Pair = tuple[Event, Verdict | None]
"""An event with its verdict; None for an answer or end, and for an attempt that was answered without evaluation."""

_NUMBER = struct.Struct("<Q")


class Batch(NamedTuple):
    """What one append wrote: some events decided under the same snapshot."""

    snapshot: int
    """Version of the snapshot that decided, 0 where a policy file did."""
    policy: str
    """Digest of the policy that decided."""
    bypass: bool
    """Everything was let through by order of the operator; the verdicts say what would have been."""
    pairs: list[Pair]
    lease: int = 0
    """Number of the lease under which it was written (`lease.py`), 0 in logs older than leases."""

    @property
    def last(self) -> int:
        """Number of its last event."""
        return self.pairs[-1][0].number


class FrameError(ValueError):
    """Bytes that are no frame."""


def sealed(last: int, payload: bytes, *, events: int) -> bytes:
    """The frame of a payload whose last event is `last`; ValueError where it is longer than MAX_FRAME."""
    if len(payload) > MAX_FRAME:
        raise ValueError(f"a batch of {events} events takes {len(payload)} bytes; write smaller batches")
    return HEAD.pack(len(payload), _checksum(last, payload), last) + payload


def seal(frame: memoryview, last: int, *, events: int) -> None:
    """Write the head of a frame whose payload stands behind room for it; ValueError as in `sealed`."""
    payload = frame[HEAD.size :]
    if len(payload) > MAX_FRAME:
        raise ValueError(f"a batch of {events} events takes {len(payload)} bytes; write smaller batches")
    HEAD.pack_into(frame, 0, len(payload), _checksum(last, payload), last)


def sound(head: bytes, payload: bytes) -> bool:
    """Whether the payload is what the frame's head says."""
    length, checksum, last = HEAD.unpack(head)
    return bool(length == len(payload) and checksum == _checksum(last, payload))


@lru_cache(maxsize=65_536)
def number_of(key: int, kind: int, country: int, form: int, refusal: int) -> Number:
    """A number from its five integers; ValueError where one of them is of no enumeration."""
    return Number(key, Kind(kind), country, Form(form), Refusal(refusal))


def _checksum(last: int, payload: bytes | memoryview) -> int:
    return zlib.crc32(payload, zlib.crc32(_NUMBER.pack(last)))
