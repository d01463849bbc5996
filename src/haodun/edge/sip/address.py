"""A party of a call: From, To, P-Asserted-Identity and the like, as display name, URI and parameters."""

from __future__ import annotations

import re
from typing import NamedTuple

from haodun.edge.sip.error import SipError
from haodun.edge.sip.grammar import LWS, PARAMETERS, QUOTED, parameters, unquote
from haodun.edge.sip.limits import MAX_TAG
from haodun.edge.sip.uri import PLAIN_SIP, Uri, is_plain_sip

# RFC 3261 §25.1 name-addr / addr-spec. A display name without quotes is tokens; beyond the RFC, it may hold UTF-8
# text (bytes from 0x80), since refusing the call of 张三 for want of two quotation marks would serve nobody.
_ADDRESS = re.compile(
    rf"(?:((?:{QUOTED}|[A-Za-z0-9.!%*_+`'~ \t\x80-\xff-]*+){LWS})<([^<>\" \t]++)>|([^<>\" \t,;?]++))({PARAMETERS})"
)
_TAG_ONLY = re.compile(r";tag=([A-Za-z0-9.!%*_+`'~-]++)")


class Address(NamedTuple):
    """One party. Display name and parameters are never part of the number."""

    text: str
    """As received, unfolded."""
    display_text: str
    """As received, quotation marks included."""
    uri_text: str
    parameter_text: str
    tag: str
    """'' where it has none."""

    @classmethod
    def parse(cls, text: str, where: str = "address") -> Address:
        """Read one name-addr or addr-spec with its parameters (RFC 3261 §20.10); SipError 400 where malformed."""
        match = _ADDRESS.fullmatch(text)
        if match is None:
            raise SipError(
                400, f"{text[:80]!r} is neither <URI> with a proper display name nor a bare URI", where=where
            )
        display, bracketed, bare, rest = match.groups()
        uri_text = bracketed or bare
        # The grammar is checked here; the parts of the URI are taken apart when they are asked for.
        if not is_plain_sip(uri_text):
            Uri.parse(uri_text, where)
        return cls(text, display or "", uri_text, rest, _tag(rest, where) if rest else "")

    @property
    def uri(self) -> Uri:
        """The URI taken apart."""
        return Uri.parse(self.uri_text)

    def number_text(self) -> str:
        """What numbering is to read of this party: `Uri.number_text`."""
        plain = PLAIN_SIP.match(self.uri_text)
        return plain[1] if plain is not None else self.uri.number_text()

    @property
    def display_name(self) -> str:
        """The display name for people to read, unquoted, as UTF-8 where it is that."""
        plain = unquote(self.display_text.strip(" \t"))
        return plain.encode("latin-1").decode("utf-8", "backslashreplace")

    def parameters(self) -> dict[str, str]:
        """Header parameters by name in lower case, values unquoted."""
        found = parameters(self.parameter_text) or {}
        return {name: unquote(value) for name, value in found.items()}

    def __str__(self) -> str:
        return self.text


def _tag(rest: str, where: str) -> str:
    plain = _TAG_ONLY.fullmatch(rest)
    if plain is not None:
        tag = plain[1]
    else:
        found = parameters(rest)
        if found is None:
            raise SipError(400, "a parameter stands twice, or there are too many", where=where)
        tag = found.get("tag", "")
        if "tag" in found and (not tag or tag[0] == '"' or ":" in tag or "[" in tag or "]" in tag):
            raise SipError(400, "the tag is no token (RFC 3261 §25.1)", where=where)
    if len(tag) > MAX_TAG:
        raise SipError(400, f"the tag has {len(tag)} characters, more than {MAX_TAG}", where=where)
    return tag
