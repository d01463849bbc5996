"""Header names: full names in lower case, compact forms, and the spellings that need no second look."""

from __future__ import annotations

from haodun.edge.sip.grammar import WS, is_token

COMPACT = {
    "a": "accept-contact",  # RFC 3841
    "b": "referred-by",  # RFC 3892
    "c": "content-type",
    "d": "request-disposition",  # RFC 3841
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",  # RFC 3841
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "n": "identity-info",  # RFC 4474, obsolete
    "o": "event",  # RFC 6665
    "r": "refer-to",  # RFC 3515
    "s": "subject",
    "t": "to",
    "u": "allow-events",  # RFC 6665
    "v": "via",
    "x": "session-expires",  # RFC 4028
    "y": "identity",  # RFC 8224 §4
}
"""RFC 3261 §7.3.3 and the IANA registry."""

_SPELLINGS = (
    *("Accept", "Alert-Info", "Allow", "Call-ID", "Call-Info", "Contact", "Content-Length", "Content-Type", "CSeq"),
    *("Date", "Diversion", "Expires", "From", "History-Info", "Identity", "Max-Forwards", "Min-SE", "MIME-Version"),
    *("P-Asserted-Identity", "P-Preferred-Identity", "P-Charging-Vector", "Priority", "Privacy", "Proxy-Require"),
    *("Record-Route", "Remote-Party-ID", "Require", "Resource-Priority", "Route", "Session-Expires", "Subject"),
    *("Supported", "Timestamp", "To", "User-Agent", "Via", "P-Access-Network-Info", "P-Early-Media", "Organization"),
)

KNOWN = {spelling: spelling.lower() for spelling in _SPELLINGS}
KNOWN |= {spelling.lower(): spelling.lower() for spelling in _SPELLINGS}
KNOWN |= {letter: name for compact, name in COMPACT.items() for letter in (compact, compact.upper())}

ONCE = frozenset(
    ("call-id", "content-length", "content-type", "cseq", "date", "from", "max-forwards", "priority", "to", "timestamp")
)
"""RFC 3261 §7.3.1: headers that are no list stand once; a second one is an attack or a fault (RFC 4475 §3.3.8)."""


def full_name(written: str) -> str | None:
    """The full name in lower case of a header name as written, None where it is no token."""
    name = written.rstrip(WS)
    if not is_token(name):
        return None
    lowered = name.lower()
    return COMPACT.get(lowered, lowered)
