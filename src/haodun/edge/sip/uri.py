"""Where a call goes or comes from: sip:, sips:, tel: and urn: URIs, and the number that one names."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from haodun.edge.sip.error import SipError
from haodun.edge.sip.grammar import HOST, PORT
from haodun.edge.sip.limits import MAX_NUMBER_TEXT, MAX_PARAMETERS, MAX_URI

_HEX = "%[0-9A-Fa-f]{2}"
_USER = rf"(?:[A-Za-z0-9_.!~*'()&=+$,;?/-]++|{_HEX})++"
_PASSWORD = rf"(?:[A-Za-z0-9_.!~*'()&=+$,-]++|{_HEX})*+"
_PARAMETER = rf"(?:[A-Za-z0-9_.!~*'()\[\]/:&+$-]++|{_HEX})++"
_HEADER = rf"(?:[A-Za-z0-9_.!~*'()\[\]/?:+$-]++|{_HEX})"

# RFC 3261 §25.1 SIP-URI: user, password, host, port, parameters, headers.
SIP = re.compile(
    rf"[Ss][Ii][Pp][Ss]?+:(?:({_USER})(?::({_PASSWORD}))?+@)?+({HOST})(?::({PORT}))?+"
    rf"((?:;{_PARAMETER}(?:={_PARAMETER})?+)*+)((?:\?{_HEADER}++={_HEADER}*+(?:&{_HEADER}++={_HEADER}*+)*+)?+)"
)
# RFC 3966 §3: a global number, or a local one, whose digits may be hexadecimal, * and #.
TEL = re.compile(rf"[Tt][Ee][Ll]:(\+[0-9.()-]++|[0-9A-Fa-f*#.()-]++)((?:;[A-Za-z0-9-]++(?:={_PARAMETER})?+)*+)")
URN = re.compile(rf"[Uu][Rr][Nn]:[A-Za-z0-9][A-Za-z0-9-]{{0,31}}+:(?:[A-Za-z0-9_.!~*'();/?:@&=+$,-]++|{_HEX})++")
OTHER = re.compile(rf"([A-Za-z][A-Za-z0-9+.-]*+):(?:[A-Za-z0-9_.!~*'();/?:@&=+$,\[\]-]++|{_HEX})++")

_SOS = re.compile(r"urn:service:sos(?:\.[a-z0-9-]++)*+")
_DIGIT = re.compile(r"[0-9A-Fa-f*#]")
_SUBSCRIBER = re.compile(r"[A-Za-z0-9+*#.() _-]++")
_DOMAIN_CONTEXT = re.compile(r"[Pp][Hh][Oo][Nn][Ee]-[Cc][Oo][Nn][Tt][Ee][Xx][Tt]=[A-Za-z0-9][A-Za-z0-9.-]*+")
_PLAIN_USER = re.compile(r"\+?[0-9]{1,63}+")
PLAIN_SIP = re.compile(r"[Ss][Ii][Pp][Ss]?+:(\+?+[0-9]{1,63}+)@")
"""The start of a well-formed sip: URI whose user part is digits and nothing else; most are so."""

_PLAINEST = re.compile(
    r"[Ss][Ii][Pp][Ss]?+:\+?+[0-9]{1,63}+@[A-Za-z0-9][A-Za-z0-9.-]*+(?::[1-5]?+[0-9]{1,4}+)?+(?:;user=phone)?+"
)
"""A part of what SIP matches, told sooner."""


class Uri(NamedTuple):
    """A URI that is well formed (RFC 3261 §19.1, RFC 3966, RFC 8141); `str()` gives it as it was written."""

    text: str
    scheme: str
    """In lower case."""
    user: str = ""
    """As written, %-escapes and telephone parameters included; of a tel: URI the number with its separators."""
    password: str = ""
    host: str = ""
    """As written; an IPv6 address keeps its brackets."""
    port: int | None = None
    parameter_text: str = ""
    """`;a=b;c` as written."""
    header_text: str = ""
    """`?a=b` as written."""

    @classmethod
    def parse(cls, text: str, where: str = "URI") -> Uri:
        """Read one URI; SipError 400 where it is malformed, 414 where it is longer than MAX_URI."""
        if len(text) > MAX_URI:
            raise SipError(414, f"the URI has {len(text)} characters, more than {MAX_URI}", where=where)
        scheme = text.partition(":")[0].lower()
        if scheme in ("sip", "sips"):
            match = SIP.fullmatch(text)
            if match is not None:
                user, password, host, port_text, rest, headers = match.groups()
                port = int(port_text) if port_text else None
                if (port is None or port < 65_536) and (host[0] != "[" or _is_ipv6(host[1:-1])):
                    return cls(text, scheme, user or "", password or "", host, port, rest, headers)
        elif scheme == "tel":
            match = TEL.fullmatch(text)
            if match is not None and _DIGIT.search(match[1]):
                return cls(text, scheme, match[1], parameter_text=match[2])
        elif (URN if scheme == "urn" else OTHER).fullmatch(text):
            return cls(text, scheme)
        raise SipError(400, f"{text[:80]!r} is no well-formed URI", where=where)

    def __str__(self) -> str:
        return self.text

    def parameters(self) -> dict[str, str]:
        """Parameters by name in lower case, values unescaped; of a doubled one the first."""
        found: dict[str, str] = {}
        for part in self.parameter_text.split(";", MAX_PARAMETERS + 1)[1 : MAX_PARAMETERS + 1]:
            name, _, value = part.partition("=")
            found.setdefault(_decode(name).lower(), _decode(value))
        return found

    @property
    def is_emergency_service(self) -> bool:
        """Whether this is `urn:service:sos` or a service below it (RFC 5031 §4.2)."""
        return self.scheme == "urn" and _SOS.fullmatch(self.text.lower()) is not None

    def number_text(self) -> str:
        """What numbering is to read: the telephone-subscriber of the URI, %-escapes decoded once; '' where none stands.

        Parameters that can change which number it is (phone-context) stay, after `tel:`. A user part that decodes to
        anything beyond a number or a word is handed over undecoded, so that no URI hides inside a user part; another
        scheme is handed over whole. Both are refused by numbering.
        """
        if self.scheme == "tel":
            return (self.text if self.parameter_text else self.user)[:MAX_NUMBER_TEXT]
        if self.scheme not in ("sip", "sips"):
            return (self.text.lower() if self.is_emergency_service else self.text)[:MAX_NUMBER_TEXT]
        if _PLAIN_USER.fullmatch(self.user):
            return self.user
        if self.host.lower() == "anonymous.invalid":
            return "anonymous"  # RFC 3323 §4.1.1.3
        number, semicolon, rest = self.user.partition(";")
        decoded = _decode(number)
        if _SUBSCRIBER.fullmatch(decoded) is None:
            return self.user[:MAX_NUMBER_TEXT]
        return (f"tel:{decoded};{rest}" if semicolon else decoded)[:MAX_NUMBER_TEXT]

    def dialled_text(self) -> str:
        """As `number_text`, of a called number: a phone-context that is a domain is left out.

        Telephones of an IMS network dial `tel:110;phone-context=ims.mnc000.mcc460.3gppnetwork.org` (TS 24.229
        §5.1.2A.1.5). Its digits are read as others that came bare, lest an emergency call be no number at all.
        """
        text = self.number_text()
        if "phone-context" not in text.lower() or self.scheme == "urn":
            return text
        number, *parameters = text.split(";")
        kept = [given for given in parameters if not _DOMAIN_CONTEXT.fullmatch(given)]
        if len(kept) == len(parameters):
            return text
        return ";".join((number, *kept)) if kept else number.partition(":")[2]


def is_plain_sip(text: str) -> bool:
    """Whether `text` is a well-formed sip: or sips: URI that needs no second look: no IPv6 address, port or header.

    Where it is not, `Uri.parse` tells; this only spares taking apart what nobody may ask for.
    """
    if len(text) > MAX_URI or "[" in text:
        return False
    if _PLAINEST.fullmatch(text) is not None:
        return True
    match = SIP.fullmatch(text)
    return match is not None and not match[6] and (match[4] is None or len(match[4]) < 5 or int(match[4]) < 65_536)


def _decode(text: str) -> str:
    """%-escapes resolved once."""
    return unquote_to_bytes(text.encode("latin-1")).decode("utf-8", "backslashreplace") if "%" in text else text


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True
