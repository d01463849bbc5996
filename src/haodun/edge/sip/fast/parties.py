"""URIs, parties and parameters in compiled code: the plain forms only, read exactly as `Uri` and `Address` do."""

from __future__ import annotations

from haodun.compiled import borrowing
from haodun.edge.sip.fast.layout import MAX_NAMED
from haodun.edge.sip.fast.octets import (
    AT,
    BACKSLASH,
    CLASS,
    COLON,
    DIGIT,
    DISPLAY,
    DOT,
    EQUALS,
    HOST,
    LESS,
    MORE,
    PARAMETER,
    PLUS,
    QUOTE,
    QUOTED,
    SEMICOLON,
    SPACE,
    TOKEN,
    VALUE,
    Octets,
    find,
    octets,
    run_of,
    same,
    same_folded,
    same_spans,
)
from haodun.edge.sip.limits import MAX_NUMBER_TEXT, MAX_TAG, MAX_URI

MAX_USER = 63
"""Digits of a plain user part."""
_SIP, _TEL, _ANONYMOUS, _INVALID = octets(b"sip"), octets(b"tel"), octets(b"anonymous"), octets(b"invalid")
_TAG = octets(b"tag")
ABSENT, MALFORMED = 0, -1


@borrowing
def user_of(data: Octets, start: int, end: int) -> int:
    """Where the plain user part of a URI begins: behind `sip:`, `sips:` or `tel:`; -1 for any other scheme."""
    if end - start < 6 or end - start > MAX_URI:
        return -1
    if same_folded(data, start, _SIP):
        at = start + 3
        if (data[at] | 32) == 115:
            at += 1
        return at + 1 if data[at] == COLON else -1
    if same_folded(data, start, _TEL) and data[start + 3] == COLON:
        return start + 4
    return -1


@borrowing
def number_end(data: Octets, start: int, end: int) -> int:
    """Where a number `+?[0-9]{1,63}` ends that begins at `start`; -1 where none does."""
    first = start + 1 if start < end and data[start] == PLUS else start
    at = run_of(data, first, end, DIGIT)
    return at if 0 < at - first <= MAX_USER else -1


@borrowing
def host_end(data: Octets, start: int, end: int) -> int:
    """Where `host` or `host:port` ends that begins at `start`; -1 for an IPv6 address, no host, or a port too large."""
    if start >= end or data[start] == DOT or data[start] == 45:
        return -1
    at = run_of(data, start, end, HOST)
    if at == start:
        return -1
    if at == end or data[at] != COLON:
        return at
    return port_end(data, at + 1, end)


@borrowing
def port_end(data: Octets, start: int, end: int) -> int:
    """Where a port of one to five digits ends; -1 where it is none or above 65535."""
    at = run_of(data, start, end, DIGIT)
    if not 0 < at - start <= 5 or decimal(data, start, at) > 65_535:
        return -1
    return at


@borrowing
def decimal(data: Octets, start: int, end: int) -> int:
    """The value of at most 18 digits."""
    value = 0
    for at in range(start, end):
        value = value * 10 + int(data[at]) - 48
    return value


@borrowing
def read_uri(data: Octets, start: int, end: int) -> int:
    """Where the number or the word `anonymous` ends that is the user part of a plain URI; -1 for any other URI.

    Plain: `sip:` or `sips:` with host, port and parameters in unescaped characters, or `tel:` with digits alone.
    """
    user = user_of(data, start, end)
    if user < 0:
        return -1
    if (data[start] | 32) == 116:
        stop = number_end(data, user, end)
        return stop if stop == end else -1
    stop = number_end(data, user, end)
    if stop < 0 and end - user > 9 and same(data, user, _ANONYMOUS):
        stop = user + 9
    if stop < 0 or stop == end or data[stop] != AT:
        return -1
    at = host_end(data, stop + 1, end)
    if at < 0 or not _are_uri_parameters(data, at, end):
        return -1
    return stop


@borrowing
def _are_uri_parameters(data: Octets, start: int, end: int) -> bool:
    """Whether `;name=value;name` fill the rest of a URI."""
    at = start
    while at < end:
        if data[at] != SEMICOLON:
            return False
        name = at + 1
        at = run_of(data, name, end, PARAMETER)
        if at == name:
            return False
        if at < end and data[at] == EQUALS:
            value = at + 1
            at = run_of(data, value, end, PARAMETER)
            if at == value:
                return False
    return True


@borrowing
def is_invalid(data: Octets, start: int, end: int) -> bool:
    """Whether `.invalid` stands anywhere in a URI, in any case."""
    at = find(data, start, end, DOT)
    while at >= 0 and end - at > len(_INVALID):
        if same_folded(data, at + 1, _INVALID):
            return True
        at = find(data, at + 1, end, DOT)
    return False


@borrowing
def party_uri(data: Octets, start: int, end: int) -> tuple[int, int, int]:
    """URI of a party (start, end) and where its parameters begin; -1 where it is not plain.

    `"Name" <URI>`, `Name <URI>`, `<URI>` or a bare URI. A number in a display name is none: quotes are stepped over.
    """
    at = start
    if data[at] == QUOTE:
        at = _behind_quotes(data, at + 1, end)
        while at >= 0 and at < end and data[at] == SPACE:
            at += 1
        if at < 0 or at == end or data[at] != LESS:
            return -1, -1, -1
    else:
        at = run_of(data, start, end, DISPLAY)
        if at == end or data[at] != LESS:
            at = _bare_end(data, start, end)
            return start, at, at
    # What stands between the brackets is looked at by who reads the URI: neither quotes nor blanks are plain there.
    stop = find(data, at + 1, end, MORE)
    if stop < 0:
        return -1, -1, -1
    return at + 1, stop, stop + 1


@borrowing
def _bare_end(data: Octets, start: int, end: int) -> int:
    """Where a URI without brackets ends: at its first semicolon, which begins the header's own parameters."""
    at = find(data, start, end, SEMICOLON)
    return at if at >= 0 else end


@borrowing
def _behind_quotes(data: Octets, start: int, end: int) -> int:
    """Behind the closing quote of a text that begins at `start`; -1 where none closes it or a pair is unusual."""
    at = start
    while at < end and data[at] != QUOTE:
        if data[at] == BACKSLASH:
            at += 1
            if at == end or not 32 <= data[at] < 127:
                return -1
        elif (CLASS[data[at]] & QUOTED) == 0:
            return -1
        at += 1
    return at + 1 if at < end else -1


@borrowing
def read_tag(data: Octets, start: int, end: int) -> tuple[int, int]:
    """The tag among a header's parameters (start, end); (0, 0) where none, (-1, -1) where the parameters are not plain.

    Plain: no blanks, no quotes, at most MAX_NAMED, each name once (RFC 3261 §7.3.1), the tag a token.
    """
    if start == end:
        return 0, 0
    tag, tag_end = 0, 0
    count = 0
    at = start
    while at < end:
        name = at + 1
        stop = run_of(data, name, end, TOKEN)
        if data[at] != SEMICOLON or stop == name or count == MAX_NAMED or _stood_before(data, start, name, stop):
            return -1, -1
        count += 1
        at = value_end(data, stop, end)
        if at < 0:
            return -1, -1
        if stop - name == 3 and same_folded(data, name, _TAG):
            tag, tag_end = stop + 1, at
            if at == stop or at - tag > MAX_TAG or run_of(data, tag, at, TOKEN) != at:
                return -1, -1
    return tag, tag_end


@borrowing
def value_end(data: Octets, start: int, end: int) -> int:
    """Where the value of a parameter ends whose name ends at `start`; `start` where it has none, -1 where not plain."""
    if start == end or data[start] != EQUALS:
        return start
    at = run_of(data, start + 1, end, VALUE)
    return at if at > start + 1 else -1


@borrowing
def _stood_before(data: Octets, start: int, name: int, stop: int) -> bool:
    """Whether a parameter's name stands among those between `start` and it, all of them read before."""
    at = start
    while at + 1 < name:
        end = run_of(data, at + 1, name, TOKEN)
        if end - at - 1 == stop - name and same_spans(data, at + 1, name, stop - name):
            return True
        at = value_end(data, end, name - 1)
    return False


@borrowing
def read_party(data: Octets, start: int, end: int) -> tuple[int, int, int, int, int, int]:
    """URI (start, end), its user part (start, end) and the tag (start, end; 0 where none); -1 first where not plain."""
    uri, uri_end, rest = party_uri(data, start, end)
    if uri < 0:
        return -1, -1, -1, -1, -1, -1
    user_end = read_uri(data, uri, uri_end)
    tag, tag_end = read_tag(data, rest, end)
    if user_end < 0 or tag < 0:
        return -1, -1, -1, -1, -1, -1
    return uri, uri_end, user_of(data, uri, uri_end), user_end, tag, tag_end


@borrowing
def number_of(data: Octets, start: int, end: int) -> tuple[int, int]:
    """What numbering is to read of an asserted or diverting party (start, end); -1 where it is not plain."""
    if end - start > MAX_NUMBER_TEXT:
        return -1, -1
    uri, _, user, user_end, _, _ = read_party(data, start, end)
    return (user, user_end) if uri >= 0 else (-1, -1)
