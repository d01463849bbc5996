"""What a live edge needs to know of a trunk: its sources, whom it believes, and how it wants its answers."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_SOURCES = 1_000
"""Sources of one trunk."""
URI = re.compile(r"sips?:[!#-;=?-~]{1,200}")
"""A SIP URI as it may stand in a Contact: no space, quote, angle bracket or line end."""
PROFILES = ("cn", "us", "608", "607", "403")
GO_ON = re.compile(rf"redirect|404|480|503|{URI.pattern}")
"""How ALLOW is answered: 302 with the request's own URI, a status at which the front goes on, or a URI to go to."""
_SOURCE = re.compile(
    r"\[([0-9A-Fa-f:.]{2,45})\](?::([0-9]{1,5}))?|([0-9.]{7,15})(?::([0-9]{1,5}))?|([0-9A-Fa-f:./]{2,49})"
)


class LiveEntry(BaseModel):
    """The keys of a trunk that only a live edge uses, as written in the file."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    sources: list[str] = Field(
        default=[], max_length=MAX_SOURCES, description="Addresses its requests come from: IP, IP:port or CIDR."
    )
    trust_identity: Literal["true", "false"] = Field(
        default="false", description="Whether its P-Asserted-Identity is believed (RFC 3325)."
    )
    go_on: Annotated[str, Field(pattern=f"^(?:{GO_ON.pattern})$")] = Field(
        default="redirect", description="How a call that may go on is answered: redirect, 404, 480, 503 or a SIP URI."
    )
    challenge: str = Field(
        default="", pattern=f"^(?:{URI.pattern})?$", description="Where a call goes whose caller has to prove himself."
    )
    fail: Literal["", "open", "closed"] = Field(
        default="", description="What a call gets that cannot be judged in time; the edge's own --fail where not given."
    )
    unpermitted: Literal["refuse", "replace"] = Field(
        default="refuse",
        description="What a call gets that shows a number not permitted on this line: refused, or the default shown.",
    )
    profile: Literal["", "cn", "us", "608", "607", "403"] = Field(
        default="", description="How refusals are worded; the edge's --profile where not given."
    )


@dataclass(frozen=True, slots=True)
class Source:
    """One source address of a trunk."""

    network: Network
    port: int
    """0: any."""


@dataclass(frozen=True, slots=True)
class LiveTrunk:
    """How a trunk is served live."""

    sources: tuple[Source, ...] = ()
    trust_identity: bool = False
    go_on: str = "redirect"
    challenge: str = ""
    fail: str = ""
    profile: str = ""
    unpermitted: str = "refuse"
    """`replace`: a call that shows another number than the line's goes on with the line's default number."""


def live_trunk(entry: LiveEntry) -> LiveTrunk:
    """The checked value of an entry; SourceError names the place of a source that is none."""
    sources = tuple(_source(text, place) for place, text in enumerate(entry.sources))
    trusted = entry.trust_identity == "true"
    return LiveTrunk(sources, trusted, entry.go_on, entry.challenge, entry.fail, entry.profile, entry.unpermitted)


class SourceError(ValueError):
    """A source that is no address, or belongs to another trunk; `place` is its position in the list."""

    def __init__(self, message: str, place: int) -> None:
        super().__init__(message)
        self.place = place


def _source(text: str, place: int) -> Source:
    found = _SOURCE.fullmatch(text)
    if found is None:
        raise SourceError(f"{text[:60]!r} is no source; write 192.0.2.1, 192.0.2.1:5060, [2001:db8::1] or CIDR", place)
    host, port = found[1] or found[3] or found[5], found[2] or found[4] or "0"
    try:
        network = ipaddress.ip_network(host, strict=True)
    except ValueError as error:
        raise SourceError(f"{text!r} is no address or network ({error}); correct it", place) from error
    if int(port) > 65_535:
        raise SourceError(f"{text!r} has a port above 65535; correct it", place)
    return Source(network, int(port))


class Sources:
    """Which trunk a packet comes from: an address with its port before the address, the narrowest network first."""

    def __init__(self, trunks: Mapping[str, LiveTrunk]) -> None:
        self._by_network: dict[Source, str] = {}
        for trunk, live in trunks.items():
            for place, source in enumerate(live.sources):
                owner = self._by_network.setdefault(source, trunk)
                if owner != trunk:
                    raise SourceError(f"trunk {trunk}: source {source.network} belongs to trunk {owner}", place)
        self._lengths = sorted({source.network.prefixlen for source in self._by_network}, reverse=True)

    def __len__(self) -> int:
        return len(self._by_network)

    def trunk(self, host: str, port: int) -> str | None:
        """The trunk of a source, None if none has it. `host` is an IP address without zone."""
        address = ipaddress.ip_address(host)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        for length in self._lengths:
            if length > address.max_prefixlen:
                continue
            network = ipaddress.ip_network(f"{address}/{length}", strict=False)
            for exact in (port, 0):
                found = self._by_network.get(Source(network, exact))
                if found is not None:
                    return found
        return None
