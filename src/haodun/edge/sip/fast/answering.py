"""Answers in compiled code: what RFC 3261 §8.2.6 copies from the request, between texts of ours that have holes.

Theory of operation. Everything we say on a trunk at an action is always the same but for the request's own URI or user
part, the redress token and the caller's number. Such an answer is a *form*: pieces of text, each followed by nothing or
by one of those. A form is made from the very answer that the slow path gives to a sample call, so that both agree.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing
from haodun.edge.sip.fast.events import write_decimal
from haodun.edge.sip.fast.layout import (
    CALL_ID,
    CALL_ID_END,
    CALLED,
    CALLED_END,
    CSEQ,
    CSEQ_END,
    FROM,
    FROM_END,
    HOST,
    HOST_END,
    RPORT,
    TO,
    TO_END,
    URI,
    URI_END,
    WAY,
    WAYS,
)
from haodun.edge.sip.fast.octets import Octets, Row, copy, octets, place, whole

TOKEN_BYTES = 26
"""Of a redress token."""
_VIA, _FROM, _TO, _TAG = (octets(text) for text in (b"\r\nVia: ", b"\r\nFrom: ", b"\r\nTo: ", b";tag="))
_CALL_ID, _CSEQ = octets(b"\r\nCall-ID: "), octets(b"\r\nCSeq: ")
_RPORT, _RECEIVED, _SERVER = octets(b";rport="), octets(b";received="), octets(b"Server: Haodun")
PADDING = len(_SERVER) + 2
"""Bytes that `pad` adds at least."""
_HEX = octets(b"0123456789abcdef")
_OWN = 256
"""Room for what is neither copied nor of the form: header names, port, received, tag, number, token."""
_DOT, _SPACE, _CR, _LF = 46, 32, 13, 10


class Hole(IntEnum):
    """What follows a piece of text."""

    NOTHING = 0
    COPIED = 1
    """Via, From, To, Call-ID and CSeq."""
    URI = 2
    """The Request-URI."""
    USER = 3
    TOKEN = 4
    NUMBER = 5
    """The caller's key."""


_COPIED, _URI, _USER, _TOKEN, _NUMBER = (int(hole) for hole in list(Hole)[1:])


class Forms(NamedTuple):
    """All forms, one behind the other."""

    text: Octets
    ends: npt.NDArray[np.int64]
    """Where each piece of text ends; it begins where the one before ends."""
    holes: npt.NDArray[np.int64]
    """What follows each piece."""
    first: npt.NDArray[np.int64]
    """The first piece of each form, and one more: the number of pieces."""


class Source(NamedTuple):
    """Where a request came from."""

    host: Octets
    """As text."""
    length: int
    port: int


@borrowing
def write_answer(
    data: Octets, row: Row, forms: Forms, form: int, source: Source, tag: Any, token: Octets, number: int, out: Octets
) -> int:
    """The answer to a scanned request in `out`, from its beginning; its length, or -1 where it does not fit.

    `tag` is the To tag; `token` (of TOKEN_BYTES) and `number` (the caller's key) are for holes that ask for them.
    """
    if _most(row, forms, form) > len(out):
        return -1
    at = 0
    for piece in range(forms.first[form], forms.first[form + 1]):
        begin = forms.ends[piece - 1] if piece > 0 else 0
        at = copy(out, at, forms.text, begin, forms.ends[piece])
        hole = forms.holes[piece]
        if hole == _COPIED:
            at = _write_copied(data, row, source, tag, out, at)
        elif hole == _URI:
            at = copy(out, at, data, place(row, URI), place(row, URI_END))
        elif hole == _USER:
            at = copy(out, at, data, place(row, CALLED), place(row, CALLED_END))
        elif hole == _TOKEN:
            at = copy(out, at, token, 0, TOKEN_BYTES)
        elif hole == _NUMBER:
            at = write_decimal(out, at, number)
    return at


@borrowing
def _most(row: Row, forms: Forms, form: int) -> int:
    """At least as many bytes as the answer can have."""
    first, last = forms.first[form], forms.first[form + 1]
    begin = forms.ends[first - 1] if first > 0 else 0
    own = place(row, URI_END) - place(row, URI) + _OWN
    size = _OWN + forms.ends[last - 1] - begin + (last - first) * own
    for way in range(place(row, WAYS)):
        size += 8 + place(row, WAY + 2 * way + 1) - place(row, WAY + 2 * way)
    size += place(row, FROM_END) - place(row, FROM) + place(row, TO_END) - place(row, TO)
    size += place(row, CALL_ID_END) - place(row, CALL_ID) + place(row, CSEQ_END) - place(row, CSEQ)
    return int(size)


@borrowing
def _write_copied(data: Octets, row: Row, source: Source, tag: Any, out: Octets, at: int) -> int:
    """Via to CSeq, without the first `Via: ` and the last line end: those are of the form."""
    at = _write_top(data, row, source, out, at)
    for way in range(1, place(row, WAYS)):
        at = copy(out, at, _VIA, 0, len(_VIA))
        at = copy(out, at, data, place(row, WAY + 2 * way), place(row, WAY + 2 * way + 1))
    at = copy(out, at, _FROM, 0, len(_FROM))
    at = copy(out, at, data, place(row, FROM), place(row, FROM_END))
    at = copy(out, at, _TO, 0, len(_TO))
    at = copy(out, at, data, place(row, TO), place(row, TO_END))
    at = copy(out, at, _TAG, 0, len(_TAG))
    for digit in range(16):
        out[at + digit] = _HEX[whole((tag >> np.uint64(60 - 4 * digit)) & np.uint64(15))]
    at = copy(out, at + 16, _CALL_ID, 0, len(_CALL_ID))
    at = copy(out, at, data, place(row, CALL_ID), place(row, CALL_ID_END))
    at = copy(out, at, _CSEQ, 0, len(_CSEQ))
    return copy(out, at, data, place(row, CSEQ), place(row, CSEQ_END))


@borrowing
def _write_top(data: Octets, row: Row, source: Source, out: Octets, at: int) -> int:
    """The topmost Via with `rport` and `received` as `Via.answered` sets them."""
    start, end, rport = place(row, WAY), place(row, WAY + 1), place(row, RPORT)
    if rport > 0:
        at = copy(out, at, data, start, rport)
        at = copy(out, at, _RPORT, 0, len(_RPORT))
        at = write_decimal(out, at, source.port)
        start = rport + 6
    at = copy(out, at, data, start, end)
    if rport == 0 and _is_host(data, place(row, HOST), place(row, HOST_END), source):
        return at
    at = copy(out, at, _RECEIVED, 0, len(_RECEIVED))
    return copy(out, at, source.host, 0, source.length)


@borrowing
def _is_host(data: Octets, start: int, end: int, source: Source) -> bool:
    """Whether sent-by is the very address, as written."""
    if end - start != source.length:
        return False
    for step in range(source.length):  # noqa: SIM110 - compiled
        if data[start + step] != source.host[step]:
            return False
    return True


@borrowing
def pad(out: Octets, length: int, wanted: int) -> int:
    """Make an answer `wanted` bytes long by a Server header at its end; -1 where that is too short or beyond `out`."""
    start = length - 2
    fill = wanted - length - len(_SERVER) - 2
    if fill < 0 or wanted > len(out):
        return -1
    at = copy(out, start, _SERVER, 0, len(_SERVER))
    for step in range(fill):
        out[at + step] = _DOT
    at += fill
    out[at], out[at + 1], out[at + 2], out[at + 3] = _CR, _LF, _CR, _LF
    return wanted


@borrowing
def write_host(target: Octets, address: Octets, start: int) -> int:
    """The four bytes of an IPv4 address at `start` as text; its length."""
    at = 0
    for step in range(4):
        if step > 0:
            target[at] = _DOT
            at += 1
        at = write_decimal(target, at, whole(address[start + step]))
    return at
