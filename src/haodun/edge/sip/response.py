"""The answer in bytes: what RFC 3261 §8.2.6 copies from the request, and headers of our own."""

from __future__ import annotations

import re
from collections.abc import Iterable

from haodun.edge.sip.grammar import is_token
from haodun.edge.sip.request import Envelope, Request

_BREAK = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def build_response(
    request: Request | Envelope,
    status: int,
    reason: str,
    *,
    to_tag: str = "",
    headers: Iterable[tuple[str, str]] = (),
    contact: str = "",
    via_received: str = "",
    via_rport: int | None = None,
    body: bytes = b"",
    content_type: str = "",
) -> bytes:
    """One response to a request, or to the envelope of a SipError.

    status 100 to 699; `to_tag` is added where To has none (never to a 100, RFC 3261 §8.2.6.2); `contact` is the value
    of Contact, brackets included; `via_received` and `via_rport` are the address and port the request came from, for
    the copied Via (RFC 3261 §18.2.1, RFC 3581 §4); `headers` are ours, sent as UTF-8. ValueError where something of
    ours has a control character, or a status or tag is none: our fault, not the peer's.
    """
    envelope = request.envelope if isinstance(request, Request) else request
    if not 100 <= status <= 699:
        raise ValueError(f"{status} is no status; give 100 to 699")
    said, ours = reason + contact, f"Contact: {contact}\r\n" if contact else ""
    for name, value in headers:
        said, ours = f"{said}{name}{value}", f"{ours}{name}: {value}\r\n"
    if body:
        said, ours = said + content_type, f"{ours}Content-Type: {content_type}\r\n"
    # What prints and is ASCII has no control character; only the rest (a tab, other scripts) is searched.
    if not (said.isascii() and said.isprintable()) and _BREAK.search(said):
        raise ValueError(f"control character in {said!r}; it would end the header")
    copied = _copied(envelope, "" if status == 100 else to_tag, via_received, via_rport)
    if status == 100 and envelope.timestamp:
        copied += "\r\nTimestamp: " + envelope.timestamp
    head, tail = f"SIP/2.0 {status} {reason}\r\n", f"\r\n{ours}Content-Length: {len(body)}\r\n\r\n"
    whole = head + copied + tail
    if whole.isascii():
        return whole.encode("ascii") + body
    return head.encode() + copied.encode("latin-1") + tail.encode() + body


def _copied(envelope: Envelope, to_tag: str, source_host: str, source_port: int | None) -> str:
    """Via, From, To, Call-ID, CSeq as RFC 3261 §8.2.6.2 asks, without the last line end."""
    via = envelope.via.answered(source_host, source_port)
    first, *others = envelope.vias
    if first:
        via = f"{via}, {first}"
    for other in others:
        via = f"{via}\r\nVia: {other}"
    to_text = envelope.to_text
    if to_tag and envelope.to_tag == "":
        if not is_token(to_tag):
            raise ValueError(f"{to_tag!r} is no token; a tag is one (RFC 3261 §25.1)")
        to_text = f"{to_text};tag={to_tag}"
    return (
        f"Via: {via}\r\nFrom: {envelope.from_text}\r\nTo: {to_text}\r\n"
        f"Call-ID: {envelope.call_id}\r\nCSeq: {envelope.cseq_text}"
    )
