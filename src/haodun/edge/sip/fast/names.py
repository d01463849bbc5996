"""Header names in compiled code: which of those that matter stands before a colon."""

from __future__ import annotations

from haodun.compiled import borrowing
from haodun.edge.sip.fast.layout import CALL_ID, CSEQ, DIVERSION, FROM, HOPS, IDENTITY, LENGTH, TO, WAY
from haodun.edge.sip.fast.octets import Octets, octets, same_folded

OTHER = -1
"""A header that says nothing about the call."""
CONTENT_TYPE, DATE, TIMESTAMP = 64, 65, 66
"""Headers that are not read but stand once."""
PRIVACY, HISTORY, UNUSUAL, REMOTE_PARTY = 67, 68, 69, 70
"""Require and Priority are UNUSUAL."""
MARKED = 41
"""Less this, such a mark is a bit in SEEN, above those of the places in the row."""

_TO, _VIA, _FROM, _CSEQ, _DATE = (octets(name) for name in (b"to", b"via", b"from", b"cseq", b"date"))
_CALL_ID, _PRIVACY, _REQUIRE, _PRIORITY = (octets(name) for name in (b"call-id", b"privacy", b"require", b"priority"))
_DIVERSION, _TIMESTAMP, _CONTENT_TYPE = (octets(name) for name in (b"diversion", b"timestamp", b"content-type"))
_HISTORY, _HOPS, _LENGTH = (octets(name) for name in (b"history-info", b"max-forwards", b"content-length"))
_REMOTE_PARTY, _IDENTITY = octets(b"remote-party-id"), octets(b"p-asserted-identity")


@borrowing
def header_of(data: Octets, start: int, end: int) -> int:
    """What the header is whose name stands there: a place in the row, one of the marks above, or OTHER."""
    length, first = end - start, data[start] | 32
    if length == 1:
        return _compact(first)
    if length <= 4:
        return _short(data, start, length)
    if length <= 9:
        return _middle(data, start, length, first)
    return _long(data, start, length, first)


@borrowing
def _compact(first: int) -> int:
    """RFC 3261 §7.3.3; the compact forms that are not here name headers that are not read."""
    if first == 118:
        return WAY
    if first == 102:
        return FROM
    if first == 116:
        return TO
    if first == 105:
        return CALL_ID
    if first == 108:
        return LENGTH
    return CONTENT_TYPE if first == 99 else OTHER


@borrowing
def _short(data: Octets, start: int, length: int) -> int:
    if length == 3:
        return WAY if same_folded(data, start, _VIA) else OTHER
    if length == 2:
        return TO if same_folded(data, start, _TO) else OTHER
    if same_folded(data, start, _FROM):
        return FROM
    if same_folded(data, start, _CSEQ):
        return CSEQ
    return DATE if same_folded(data, start, _DATE) else OTHER


@borrowing
def _middle(data: Octets, start: int, length: int, first: int) -> int:
    if length == 7:
        if first == 99:
            return CALL_ID if same_folded(data, start, _CALL_ID) else OTHER
        if first == 112:
            return PRIVACY if same_folded(data, start, _PRIVACY) else OTHER
        return UNUSUAL if same_folded(data, start, _REQUIRE) else OTHER
    if length == 8:
        return UNUSUAL if same_folded(data, start, _PRIORITY) else OTHER
    if length == 9:
        if first == 100:
            return DIVERSION if same_folded(data, start, _DIVERSION) else OTHER
        return TIMESTAMP if same_folded(data, start, _TIMESTAMP) else OTHER
    return OTHER


@borrowing
def _long(data: Octets, start: int, length: int, first: int) -> int:
    if length == 12:
        if first == 109:
            return HOPS if same_folded(data, start, _HOPS) else OTHER
        if first == 104:
            return HISTORY if same_folded(data, start, _HISTORY) else OTHER
        return CONTENT_TYPE if same_folded(data, start, _CONTENT_TYPE) else OTHER
    if length == 14:
        return LENGTH if same_folded(data, start, _LENGTH) else OTHER
    if length == 15:
        return REMOTE_PARTY if same_folded(data, start, _REMOTE_PARTY) else OTHER
    if length == 19:
        return IDENTITY if same_folded(data, start, _IDENTITY) else OTHER
    return OTHER
