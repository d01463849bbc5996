"""From a datagram to a Request, or to an error that knows its answer, in time linear in its length.

Theory of operation. The head ends at the first empty line. Folding is undone, lines are sorted by header name, and then
start line, Via, From, To, Call-ID, CSeq, Max-Forwards and Content-Length are matched whole against grammar whose
quantifiers never step back. The first fault ends the reading; what an answer copies is then gathered from what there
is, with less asked of it: a From or To that cannot be read is copied as it stands.

Line ends are CRLF (RFC 3261 §7). A CR or LF alone is refused: where two programs split lines differently, one of them
sees a header that the other does not.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from haodun.edge.sip.address import Address
from haodun.edge.sip.error import SipError
from haodun.edge.sip.grammar import TOKEN, WS, is_token, split_values
from haodun.edge.sip.limits import MAX_CALL_ID, MAX_HEADER, MAX_HEADERS, MAX_MESSAGE, MAX_METHOD, MAX_VIAS
from haodun.edge.sip.names import KNOWN, ONCE, full_name
from haodun.edge.sip.request import Envelope, Request
from haodun.edge.sip.uri import Uri, is_plain_sip
from haodun.edge.sip.via import Via

KNOWN_METHODS = frozenset(
    (
        *("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "INFO", "PRACK", "UPDATE", "SUBSCRIBE", "NOTIFY"),
        *("REFER", "MESSAGE", "PUBLISH"),
    )
)
SERVED_SCHEMES = frozenset(("sip", "sips", "tel", "urn"))

STUN_COOKIE = b"\x21\x12\xa4\x42"
_CONTROLS = bytes(byte for byte in range(32) if byte != 9) + b"\x7f"
"""Every control character but the tab; CR and LF are counted apart."""

_LOOSE_CONTROL = re.compile(rb"(?<!\\)[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_FOLD = re.compile(r"\r\n[ \t]++")
_VERSION = re.compile(r"[Ss][Ii][Pp]/[0-9]++\.[0-9]++")
_CSEQ = re.compile(rf"([0-9]++)[ \t]++({TOKEN})")
_CALL_ID = re.compile(r"[A-Za-z0-9.!%*_+`'~()<>:\\\"/\[\]?{}-]++(?:@[A-Za-z0-9.!%*_+`'~()<>:\\\"/\[\]?{}-]++)?+")
_NUMBER = re.compile(r"[0-9]{1,10}+")
_TIMESTAMP = re.compile(r"[0-9]++(?:\.[0-9]*+)?+(?:[ \t]++[0-9]*+(?:\.[0-9]*+)?+)?+")

KEPT = 1_024
"""Texts of CSeq, Max-Forwards and Content-Length whose reading is kept: nearly all requests have the same few."""

Headers = dict[str, list[str]]


class Datagram(IntEnum):
    """What kind of thing came in."""

    REQUEST = 0
    RESPONSE = 1
    KEEPALIVE = 2
    """Empty, or line ends only (RFC 5626 §3.5.1)."""
    STUN = 3
    """RFC 5389 §6, as RFC 5626 §3.5.2 has it on the SIP port."""


def classify(data: bytes) -> Datagram:
    """What kind of thing a datagram is, by its first bytes; what is nothing known counts as a request."""
    first = data[:1]
    if b"A" <= first <= b"Z" and data[:4].upper() != b"SIP/":
        return Datagram.REQUEST
    if first < b"\x04" and first and data[4:8] == STUN_COOKIE:
        return Datagram.STUN
    plain = data.lstrip(b"\r\n")
    if not plain or plain == b"\0":
        return Datagram.KEEPALIVE
    return Datagram.RESPONSE if plain[:4].upper() == b"SIP/" else Datagram.REQUEST


def parse_request(data: bytes) -> Request:
    """Read one datagram as a request; SipError, with the answer to send, where it is none."""
    start, headers, body = _split(data)
    try:
        return _read(start, headers, body)
    except SipError as error:
        raise SipError(error.status, error.detail, where=error.where, envelope=_salvage(start, headers)) from error


def _split(data: bytes) -> tuple[str, list[str], bytes]:
    """Start line, unfolded header lines, body; SipError, never answerable, where the head cannot be told."""
    if len(data) > MAX_MESSAGE:
        raise SipError(513, f"{len(data)} bytes, more than {MAX_MESSAGE}", where="message")
    if data[:1] in b"\r\n":
        data = data.lstrip(b"\r\n")  # RFC 3261 §7.5
    end = data.find(b"\r\n\r\n")
    if end < 0:
        raise SipError(400, "no empty line ends the headers: the datagram is cut off, or no SIP", where="message")
    head = data[:end]
    text = head.decode("latin-1")
    lines = text.split("\r\n")
    ends = len(lines) - 1
    controls = end - len(head.translate(None, _CONTROLS))
    # RFC 4475 §3.1.1.2: a quoted pair may hold a control character, but neither CR nor LF.
    if controls != 2 * ends and (head.count(b"\r") != ends or head.count(b"\n") != ends or _LOOSE_CONTROL.search(head)):
        raise SipError(400, "a control character, or a CR or LF that is no line end", where="message")
    if min(lines) < "!":  # one begins with a blank
        lines = _FOLD.sub(" ", text).split("\r\n")
    if len(lines) > MAX_HEADERS:
        raise SipError(400, f"{len(lines)} header lines, more than {MAX_HEADERS}", where="message")
    if end > MAX_HEADER and max(map(len, lines)) > MAX_HEADER:
        raise SipError(400, f"a header line has more than {MAX_HEADER} characters", where="message")
    return lines[0], lines[1:], data[end + 4 :]


def _read(start: str, lines: list[str], body: bytes) -> Request:
    method, uri_text = _start_line(start)
    headers = _sort(lines)
    for name in ("via", "from", "to", "call-id", "cseq"):
        if name not in headers:
            raise SipError(400, "the header is missing (RFC 3261 §8.1.1)", where=name)
    via, others = _vias(headers["via"])
    from_ = Address.parse(headers["from"][0], "From")
    to = Address.parse(headers["to"][0], "To")
    call_id = headers["call-id"][0]
    if len(call_id) > MAX_CALL_ID or _CALL_ID.fullmatch(call_id) is None:
        raise SipError(400, "Call-ID is not word@word (RFC 3261 §25.1)", where="Call-ID")
    cseq_text = headers["cseq"][0]
    cseq = _cseq(cseq_text, method)
    forwards = _bounded(headers["max-forwards"][0], "max-forwards", 255) if "max-forwards" in headers else None
    if "content-length" in headers:
        body = _body(headers, body)
    timestamp = _timestamp(headers) if "timestamp" in headers else ""
    envelope = Envelope(method, via, others, from_.text, to.text, to.tag, call_id, cseq_text, timestamp)
    return Request(method, uri_text, envelope, from_, to, cseq, forwards, headers, body)


def _start_line(line: str) -> tuple[str, str]:
    """RFC 3261 §7.1: method, one space, Request-URI, one space, version, and nothing else."""
    parts = line.split(" ")
    if len(parts) != 3:
        raise SipError(400, f"{line[:80]!r} is not: method, space, URI, space, SIP/2.0", where="start line")
    method, uri_text, version = parts
    if version != "SIP/2.0" and version.upper() != "SIP/2.0":
        if _VERSION.fullmatch(version):
            raise SipError(505, f"{version[:20]!r} is not SIP/2.0", where="start line")
        raise SipError(400, f"{version[:20]!r} is no version", where="start line")
    if method not in KNOWN_METHODS and (len(method) > MAX_METHOD or not is_token(method)):
        raise SipError(400, f"{method[:80]!r} is no method", where="start line")
    if not is_plain_sip(uri_text):
        uri = Uri.parse(uri_text, "Request-URI")
        if uri.scheme not in SERVED_SCHEMES:
            raise SipError(416, f"nothing is served under {uri.scheme!r}", where="Request-URI")
        if uri.header_text:
            raise SipError(400, "header fields in a Request-URI (RFC 3261 §19.1.1)", where="Request-URI")
    return method, uri_text


def _sort(lines: list[str]) -> Headers:
    """Header lines by full name in lower case."""
    headers: Headers = {}
    known = KNOWN.get
    for line in lines:
        written, colon, value = line.partition(":")
        name = known(written) or full_name(written)
        if not colon or name is None:
            raise SipError(400, f"{line[:80]!r} is no header", where="message")
        if name in headers:
            if name in ONCE:
                raise SipError(400, "the header stands more than once", where=name)
            headers[name].append(value.strip(WS))
        else:
            headers[name] = [value.strip(WS)]
    return headers


def _vias(lines: list[str]) -> tuple[Via, tuple[str, ...]]:
    """The topmost value, and the others as text: first what follows it in its line, then line by line."""
    if len(lines) == 1 and "," not in lines[0]:
        return Via.parse(lines[0]), ("",)
    values = [split_values(line) for line in lines]
    if sum(len(split) if split else 1 for split in values) > MAX_VIAS:
        raise SipError(400, f"more than {MAX_VIAS} values", where="Via")
    parsed: list[Via] = []
    texts: list[str] = []
    for split in values:
        if split is None:
            raise SipError(400, "the values cannot be told apart", where="Via")
        parsed.extend(map(Via.parse, split))
        texts.append(", ".join(split if texts else split[1:]))
    return parsed[0], tuple(texts)


@lru_cache(maxsize=KEPT)
def _cseq(text: str, method: str) -> int:
    match = _CSEQ.fullmatch(text)
    if match is None:
        raise SipError(400, "not a number and a method", where="CSeq")
    digits = match[1].lstrip("0")
    if len(digits) > 10 or int(digits or "0") >= 1 << 31:
        raise SipError(400, "the number is not less than 2^31 (RFC 3261 §8.1.1.5)", where="CSeq")
    if match[2] != method:
        raise SipError(400, "the method is not that of the start line", where="CSeq")
    return int(digits or "0")


@lru_cache(maxsize=KEPT)
def _bounded(text: str, name: str, most: int) -> int:
    if _NUMBER.fullmatch(text) is None or int(text) > most:
        raise SipError(400, f"{text[:20]!r} is no number up to {most}", where=name)
    return int(text)


def _body(headers: Headers, rest: bytes) -> bytes:
    """RFC 3261 §18.3: bytes beyond Content-Length are ignored in a datagram; fewer are an error."""
    length = _bounded(headers["content-length"][0], "content-length", 2**32 - 1)
    if length > len(rest):
        raise SipError(400, f"{length} bytes are announced and {len(rest)} came", where="Content-Length")
    return rest[:length]


def _timestamp(headers: Headers) -> str:
    text = headers["timestamp"][0]
    return text if _TIMESTAMP.fullmatch(text) else ""


def _salvage(start: str, lines: list[str]) -> Envelope | None:
    """What an answer to a bad request copies; None where that cannot be told.

    None for a response, since two servers answering each other would never end, and for an ACK, which has no answer.
    """
    if start[:4].upper() == "SIP/":
        return None
    headers: Headers = {}
    for line in lines:
        written, colon, value = line.partition(":")
        name = full_name(written)
        if colon and name is not None:
            headers.setdefault(name, []).append(value.strip(WS))
    if not all(headers.get(name) for name in ("via", "from", "to", "call-id", "cseq")):
        return None
    call_id, cseq_text, to_text = headers["call-id"][0], headers["cseq"][0], headers["to"][0]
    cseq = _CSEQ.fullmatch(cseq_text)
    if cseq is None or len(call_id) > MAX_CALL_ID or _CALL_ID.fullmatch(call_id) is None:
        return None
    if cseq[2] == "ACK" or start[:4] == "ACK ":
        return None
    try:
        via, others = _vias(headers["via"])
    except SipError:
        return None
    try:
        to_tag: str | None = Address.parse(to_text, "To").tag
    except SipError:
        to_tag = None
    timestamp = _timestamp(headers) if "timestamp" in headers else ""
    return Envelope(cseq[2], via, others, headers["from"][0], to_text, to_tag, call_id, cseq_text, timestamp)
