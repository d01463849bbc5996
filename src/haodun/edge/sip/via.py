"""The way back: one Via value, and how the answer's copy of it tells where the request came from."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address
from typing import NamedTuple

from haodun.edge.sip.error import SipError
from haodun.edge.sip.grammar import GEN_VALUE, HOST, LWS, PARAMETERS, PORT, TOKEN, parameters

MAGIC = "z9hG4bK"
"""RFC 3261 §8.1.1.7: a branch that starts so is unique; one that is nothing more is none (RFC 4475 §3.2.1)."""

_VIA = re.compile(
    rf"({TOKEN}){LWS}/{LWS}({TOKEN}){LWS}/{LWS}({TOKEN})[ \t]++({HOST})(?:{LWS}:{LWS}({PORT}))?+({PARAMETERS})"
)
_COMMON = re.compile(r"(?:;rport)?+;branch=([A-Za-z0-9.!%*_+`'~-]++)(;rport)?+")
_PLAIN = re.compile(
    r"SIP/2\.0/(UDP|TCP|TLS) ([A-Za-z0-9][A-Za-z0-9.-]*+)(?::([0-9]{1,5}+))?+"
    r"((;rport)?+;branch=([A-Za-z0-9.!%*_+`'~-]++)(;rport)?+)"
)
"""What nearly every Via looks like; what does not match is read by the whole grammar."""
_ONE = re.compile(rf"{LWS};{LWS}({TOKEN})(?:{LWS}={LWS}{GEN_VALUE})?+")


class Via(NamedTuple):
    """One Via value (RFC 3261 §20.42)."""

    text: str
    """As received, unfolded."""
    transport: str
    """In upper case."""
    host: str
    """sent-by as written; an IPv6 address keeps its brackets."""
    port: int | None
    branch: str
    """'' where there is none, as RFC 2543 has it."""
    rport: str | None
    """RFC 3581: None not asked for, '' asked for, digits filled in on the way."""
    received: str
    parameter_text: str

    @classmethod
    def parse(cls, text: str) -> Via:
        """Read one value; SipError 400 where malformed."""
        plain = _PLAIN.fullmatch(text)
        if plain is not None:
            transport, host, port_text, rest, before, branch, after = plain.groups()
            port = int(port_text) if port_text else None
            if (port is None or port < 65_536) and not (before and after):
                return cls(text, transport, host, port, branch, "" if before or after else None, "", rest)
        match = _VIA.fullmatch(text)
        if match is None or (match[5] is not None and int(match[5]) > 65_535) or not _host_holds(match[4]):
            raise SipError(400, f"{text[:80]!r} is no transport, host, port and parameters", where="Via")
        port = None if match[5] is None else int(match[5])
        rest = match[6]
        transport, host = match[3].upper(), match[4]
        found = parameters(rest)
        if found is None:
            raise SipError(400, "a parameter stands twice, or there are too many", where="Via")
        branch, received = found.get("branch", ""), found.get("received", "")
        return cls(text, transport, host, port, branch, found.get("rport"), received, rest)

    @property
    def branch_is_unique(self) -> bool:
        """Whether the branch alone tells the transaction (RFC 3261 §17.2.3)."""
        return self.branch.startswith(MAGIC) and len(self.branch) > len(MAGIC)

    def answered(self, source_host: str, source_port: int | None) -> str:
        """The value for the answer: `received` and `rport` say where the request came from.

        RFC 3261 §18.2.1: `received` where sent-by is not that very address. RFC 3581 §4: where rport is asked for,
        both are set. What the request itself claimed in them is dropped.
        """
        asked = self.rport is not None
        if not source_host:
            return self.text
        received = f";received={source_host}" if asked or not _same_host(self.host, source_host) else ""
        if not asked and not self.received:
            return self.text + received
        if not self.received and not self.rport and source_port and _COMMON.fullmatch(self.parameter_text):
            return self.text.replace(";rport", f";rport={source_port}", 1) + received
        kept = "".join(
            match[0] for match in _ONE.finditer(self.parameter_text) if match[1].lower() not in ("received", "rport")
        )
        rport = "" if not asked else ";rport" if source_port is None else f";rport={source_port}"
        return self.text[: len(self.text) - len(self.parameter_text)] + kept + received + rport


def _host_holds(host: str) -> bool:
    return host[0] != "[" or _same_host(host, host[1:-1])


def _same_host(sent_by: str, source: str) -> bool:
    """Whether two ways of writing a host are the same address; never by substring."""
    if sent_by == source:
        return True
    if sent_by[0] != "[":
        return False
    try:
        return IPv6Address(sent_by[1:-1]) == IPv6Address(source)
    except AddressValueError:
        return False
