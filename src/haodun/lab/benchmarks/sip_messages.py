"""The calls that the edge's benchmark makes: INVITE and ACK as texts, and as templates whose digits are filled in."""

from __future__ import annotations

import re
from typing import NamedTuple

CALLERS = 10_000
BLOCKED = 1_000
"""The first of them are on the black list."""
FIRST_CALLER = 1_000_000
PREFIX = "+861380"
CALLEES = 100_000_000
CALLS = 100_000_000
"""Calls of one run: their numbers have eight digits, so all messages of a kind are equally long."""
CALL, CALLER, CALLEE = range(3)
"""What stands in a hole."""
DIGITS = (8, 7, 8)
"""Of each."""

_SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 10000 RTP/AVP 8 0 101\r\n"
    "a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n"
)
_SAMPLE = 98_765_432


class Template(NamedTuple):
    """A message, and where digits of its call stand."""

    text: bytes
    holes: tuple[tuple[int, int], ...]
    """Place and kind of each."""


def caller_of(call: int) -> str:
    """The caller of a call; every tenth is on the list."""
    return f"{PREFIX}{FIRST_CALLER + call * 7919 % CALLERS}"


def callee_of(call: int) -> str:
    """The called number of a call: another one each."""
    return f"+86139{call * 31 % CALLEES:08d}"


def is_blocked(call: int) -> bool:
    """Whether that caller is on the list."""
    return call * 7919 % CALLERS < BLOCKED


def request(method: str, call: int, *, port: int, own: int, run: str) -> bytes:
    """One INVITE (some 750 bytes) or its ACK, of a call below CALLS."""
    caller, callee = caller_of(call), callee_of(call)
    body = _SDP if method == "INVITE" else ""
    return (
        f"{method} sip:{callee}@127.0.0.1:{port};user=phone SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK{run}{call:08d};rport\r\nMax-Forwards: 70\r\n"
        f"From: <sip:{caller}@127.0.0.1:{own};user=phone>;tag={run}{call:08d}\r\n"
        f"To: <sip:{callee}@127.0.0.1:{port}>\r\n"
        f"Call-ID: {call:08d}-{run}@127.0.0.1\r\nCSeq: 1 {method}\r\nContact: <sip:{caller}@127.0.0.1:{own}>\r\n"
        f"P-Asserted-Identity: <sip:{caller}@127.0.0.1;user=phone>\r\nUser-Agent: haodun bench\r\n"
        f"Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, PRACK\r\nSupported: timer, 100rel\r\n"
        + ("Content-Type: application/sdp\r\n" if body else "")
        + f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode("ascii")


def template(method: str, *, port: int, own: int, run: str) -> Template:
    """The same as a template; `run` is no part of a sample's digits."""
    text = request(method, _SAMPLE, port=port, own=own, run=run)
    samples = (f"{_SAMPLE:08d}", caller_of(_SAMPLE)[len(PREFIX) :], callee_of(_SAMPLE)[len("+86139") :])
    holes = [
        (found.start(), kind) for kind, sample in enumerate(samples) for found in re.finditer(sample.encode(), text)
    ]
    return Template(text, tuple(sorted(holes)))
