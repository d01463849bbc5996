"""One pass over a datagram: an initial INVITE in canonical form becomes a row of offsets, all else is left alone.

Theory of operation. What is claimed reads exactly as `parse_request` and the accessors of `Request` read it, with every
answer that `answers` would give; whatever is written in another way, though it may be right, is *hard* and goes to the
strict parser. Being hard is always allowed, claiming wrongly never, so each check here is a part of a grammar there.

The lines are walked once, by their line feeds; the headers that matter leave where their values stand. Then the few
values are read, each once. Nothing is searched for across values, so a number in a display name is never one.
"""

from __future__ import annotations

from haodun.compiled import borrowing
from haodun.edge.sip.fast.layout import (
    CALL_ID,
    CALL_ID_END,
    CALLED,
    CALLED_END,
    CALLER,
    CALLER_END,
    CSEQ,
    CSEQ_END,
    DIVERSION,
    DIVERSION_END,
    DIVERTER,
    DIVERTER_END,
    FROM,
    FROM_END,
    HOPS,
    HOPS_END,
    IDENTITY,
    IDENTITY_END,
    LENGTH,
    LENGTH_END,
    MAX_LENGTH,
    MAX_LINES,
    MAX_WAYS,
    PRESENTATION,
    SECOND_IDENTITY,
    SECOND_IDENTITY_END,
    SEEN,
    SEQUENCE_END,
    TAG,
    TAG_END,
    TO,
    TO_END,
    URI,
    URI_END,
    WAY,
    WAYS,
    Hard,
)
from haodun.edge.sip.fast.names import (
    HISTORY,
    MARKED,
    OTHER,
    PRIVACY,
    REMOTE_PARTY,
    UNUSUAL,
    header_of,
)
from haodun.edge.sip.fast.octets import (
    AT,
    COLON,
    CR,
    DIGIT,
    LF,
    SEMICOLON,
    SPACE,
    TOKEN,
    WORD,
    Octets,
    Row,
    find,
    octets,
    place,
    run_of,
    same,
    same_folded,
)
from haodun.edge.sip.fast.parties import decimal, is_invalid, number_of, read_party, read_uri, user_of
from haodun.edge.sip.fast.ways import read_ways
from haodun.edge.sip.limits import MAX_CALL_ID
from haodun.screening.events import Presentation

_INVITE, _VERSION, _METHOD = octets(b"INVITE "), octets(b" SIP/2.0"), octets(b"INVITE")
_ID, _USER = octets(b"id"), octets(b"user")
_NEEDED = (1 << FROM) | (1 << TO) | (1 << CALL_ID) | (1 << CSEQ)
_SHORTEST = 60
_TOO_LONG, _START, _ENDS, _NAME, _TWICE = (
    int(Hard.LENGTH),
    int(Hard.START),
    int(Hard.ENDS),
    int(Hard.NAME),
    int(Hard.TWICE),
)
_CONTROL, _MISSING, _EMPTY = int(Hard.CONTROL), int(Hard.MISSING), int(Hard.EMPTY)
_FROM, _TO, _CALL_ID, _CSEQ = int(Hard.FROM), int(Hard.TO), int(Hard.CALL_ID), int(Hard.CSEQ)
_HOPS, _BODY, _IDENTITY = int(Hard.HOPS), int(Hard.BODY), int(Hard.IDENTITY)
_DIVERSION, _EXTENSION = int(Hard.DIVERSION), int(Hard.EXTENSION)
_ALLOWED, _RESTRICTED = int(Presentation.ALLOWED), int(Presentation.RESTRICTED)


@borrowing
def scan(data: Octets, start: int, length: int, trusted: int, row: Row) -> int:
    """Read `length` bytes from `start`; 0 with the row filled, or `Hard` why not. `trusted`: its identity is believed.

    Only these bytes are looked at.
    """
    if length < _SHORTEST or length > MAX_LENGTH:
        return _TOO_LONG
    end = start + length
    line = find(data, start, end, LF)
    why = _read_start(data, start, line, row)
    if why != 0:
        return why
    body, ends = _read_lines(data, line, end, row)
    if body < 0:
        return ends
    if _controls(data, start, body) != 2 * ends:
        return _CONTROL
    why = _read_small(data, row, end - body)
    if why == 0:
        why = read_ways(data, row)
    return why if why != 0 else _read_parties(data, trusted, row)


@borrowing
def _read_start(data: Octets, start: int, line: int, row: Row) -> int:
    """RFC 3261 §7.1: `INVITE URI SIP/2.0`, the URI one whose user part is a number."""
    uri, uri_end = start + 7, line - 9
    if line < 0 or uri_end - uri < 6 or data[line - 1] != CR:
        return _START
    if not same(data, start, _INVITE) or not same(data, uri_end, _VERSION):
        return _START
    called_end = read_uri(data, uri, uri_end)
    called = user_of(data, uri, uri_end)
    if called_end < 0 or data[called] > 57:  # the word anonymous
        return _START
    row[URI], row[URI_END], row[CALLED], row[CALLED_END] = uri, uri_end, called, called_end
    return 0


@borrowing
def _read_lines(data: Octets, line: int, end: int, row: Row) -> tuple[int, int]:
    """Walk the header lines behind the line feed at `line`: where the body begins and how many lines end before it.

    (-1, why) where it is hard.
    """
    row[SEEN], row[WAYS], row[PRESENTATION] = 0, 0, _ALLOWED
    ends = 1
    while ends <= MAX_LINES:
        start = line + 1
        line = find(data, start, end, LF)
        if line <= start or data[line - 1] != CR:
            return -1, _ENDS
        ends += 1
        if line - 1 == start:
            return line + 1, ends
        why = _read_line(data, start, line - 1, row)
        if why != 0:
            return -1, why
    return -1, _TWICE


@borrowing
def _read_line(data: Octets, start: int, end: int, row: Row) -> int:
    """Note where the value of one header line stands, if it matters. 0, or why it is hard."""
    stop = run_of(data, start, end, TOKEN)
    if stop == start or stop == end or data[stop] != COLON:  # noqa: SIM109 - a tuple is no plain comparison
        return _NAME
    header = header_of(data, start, stop)
    if header == OTHER:
        return 0
    value = stop + 1
    while value < end and data[value] == SPACE:
        value += 1
    while end > value and data[end - 1] == SPACE:
        end -= 1
    if header == WAY:
        return _note_way(row, value, end)
    if header == PRIVACY:
        if _hides(data, value, end):
            row[PRESENTATION] = _RESTRICTED
        return 0
    return _note(row, header, value, end)


@borrowing
def _note_way(row: Row, start: int, end: int) -> int:
    ways = place(row, WAYS)
    if ways == MAX_WAYS:
        return _TWICE
    row[WAY + 2 * ways], row[WAY + 2 * ways + 1], row[WAYS] = start, end, ways + 1
    return 0


@borrowing
def _note(row: Row, header: int, start: int, end: int) -> int:
    """A header that stands once; P-Asserted-Identity may stand twice."""
    mark = 1 << (header if header < WAY else header - MARKED)
    again = (row[SEEN] & mark) != 0
    if again and header == IDENTITY:
        header, mark = SECOND_IDENTITY, 1 << SECOND_IDENTITY
        again = (row[SEEN] & mark) != 0
    if again:
        return _TWICE
    row[SEEN] |= mark
    if header < WAY:
        row[header], row[header + 1] = start, end
    return 0


@borrowing
def _hides(data: Octets, start: int, end: int) -> bool:
    """Whether a Privacy value has `id` or `user` among its words (RFC 3323 §4.2, RFC 3325 §9.3)."""
    at = start
    while at < end:
        word = at
        while at < end and data[at] != SEMICOLON:
            at += 1
        stop = at
        while word < stop and data[word] == SPACE:
            word += 1
        while stop > word and data[stop - 1] == SPACE:
            stop -= 1
        if (stop - word == 2 and same_folded(data, word, _ID)) or (stop - word == 4 and same_folded(data, word, _USER)):
            return True
        at += 1
    return False


@borrowing
def _controls(data: Octets, start: int, end: int) -> int:
    """Control characters, CR, LF and tab among them."""
    count = 0
    for at in range(start, end):
        count += (data[at] < 32) | (data[at] == 127)
    return count


@borrowing
def _has(row: Row, header: int) -> bool:
    return bool((row[SEEN] >> header) & 1 != 0)


@borrowing
def _read_small(data: Octets, row: Row, left: int) -> int:
    """What must be there, and the headers that are a word or a number; `left` bytes follow the head."""
    if (row[SEEN] & _NEEDED) != _NEEDED or row[WAYS] == 0:
        return _MISSING
    if _has(row, UNUSUAL - MARKED) or (_has(row, HISTORY - MARKED) and not _has(row, DIVERSION)):
        return _EXTENSION
    if not _is_call_id(data, place(row, CALL_ID), place(row, CALL_ID_END)):
        return _CALL_ID
    if _has(row, HOPS):
        hops = _bounded(data, place(row, HOPS), place(row, HOPS_END))
        if hops < 1 or hops > 255:
            return _HOPS
    if _has(row, LENGTH):
        announced = _bounded(data, place(row, LENGTH), place(row, LENGTH_END))
        if announced < 0 or announced > left:
            return _BODY
    return _read_sequence(data, row)


@borrowing
def _is_call_id(data: Octets, start: int, end: int) -> bool:
    at = run_of(data, start, end, WORD)
    if at == start or end - start > MAX_CALL_ID:
        return False
    if at == end:
        return True
    return bool(data[at] == AT and at + 1 < end and run_of(data, at + 1, end, WORD) == end)


@borrowing
def _bounded(data: Octets, start: int, end: int) -> int:
    """The value of one to ten digits, -1 where it is none."""
    if not 0 < end - start <= 10 or run_of(data, start, end, DIGIT) != end:
        return -1
    return decimal(data, start, end)


@borrowing
def _read_sequence(data: Octets, row: Row) -> int:
    """CSeq: a number below 2^31 without leading zeros, blanks, INVITE."""
    start, end = place(row, CSEQ), place(row, CSEQ_END)
    at = run_of(data, start, end, DIGIT)
    if not 0 < at - start <= 10 or (data[start] == 48 and at - start > 1) or decimal(data, start, at) >= 1 << 31:
        return _CSEQ
    row[SEQUENCE_END] = at
    word = run_of_spaces(data, at, end)
    if word == at or end - word != 6 or not same(data, word, _METHOD):
        return _CSEQ
    return 0


@borrowing
def run_of_spaces(data: Octets, start: int, end: int) -> int:
    """Where the spaces end that begin at `start`."""
    at = start
    while at < end and data[at] == SPACE:
        at += 1
    return at


@borrowing
def _read_parties(data: Octets, trusted: int, row: Row) -> int:
    """From, To, and who is asserted and who diverted, as far as they are believed."""
    start, end = place(row, FROM), place(row, FROM_END)
    uri, uri_end, user, user_end, tag, tag_end = read_party(data, start, end)
    if uri < 0 or tag == 0:
        return _FROM
    if data[user] > 57:
        row[PRESENTATION] = _RESTRICTED
    elif is_invalid(data, uri, uri_end):
        return _FROM
    row[TAG], row[TAG_END], row[CALLER], row[CALLER_END] = tag, tag_end, user, user_end
    uri, _, _, _, tag, _ = read_party(data, place(row, TO), place(row, TO_END))
    if uri < 0 or tag != 0:
        return _TO
    if trusted != 0:
        if _has(row, REMOTE_PARTY - MARKED):
            return _EXTENSION
        if _has(row, IDENTITY) and not _read_identity(data, row):
            return _IDENTITY
    row[DIVERTER], row[DIVERTER_END] = 0, 0
    if _has(row, DIVERSION):
        user, user_end = number_of(data, place(row, DIVERSION), place(row, DIVERSION_END))
        if user < 0:
            return _DIVERSION
        row[DIVERTER], row[DIVERTER_END] = user, user_end
    return 0


@borrowing
def _read_identity(data: Octets, row: Row) -> bool:
    """RFC 3325 §9.1: one asserted identity, or two of which exactly one is a tel: URI, and that one counts."""
    user, user_end = number_of(data, place(row, IDENTITY), place(row, IDENTITY_END))
    if user < 0:
        return False
    if _has(row, SECOND_IDENTITY):
        other, other_end = number_of(data, place(row, SECOND_IDENTITY), place(row, SECOND_IDENTITY_END))
        if other < 0 or is_tel(data, user) == is_tel(data, other):
            return False
        if is_tel(data, other):
            user, user_end = other, other_end
    row[CALLER], row[CALLER_END] = user, user_end
    return True


@borrowing
def is_tel(data: Octets, user: int) -> bool:
    """Whether the plain URI whose user part begins there is a tel: URI."""
    return bool((data[user - 4] | 32) == 116)
