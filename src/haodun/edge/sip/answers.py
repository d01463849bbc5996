"""From a verdict to the answer on the wire, by the profile of the jurisdiction (DESIGN.md §3 *Verdict*)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from haodun.edge.sip.grammar import quote
from haodun.edge.sip.request import Envelope, Request
from haodun.edge.sip.response import build_response
from haodun.screening.events import Action

_E164 = re.compile(r"\+[1-9][0-9]{1,14}+")
_ADDRESS = re.compile(r"[A-Za-z0-9._~:/?#@!$&'()*+,=%-]++")


class Profile(StrEnum):
    """How a block is said. A site chooses one for each trunk."""

    CN = "cn"
    """603 Decline with Reason SIP and Q.850 (RFC 3326)."""
    US = "us"
    """603 Network Blocked, ATIS-1000099 ("603+"), 47 CFR 64.1200(k); for analytics, not for do-not-originate."""
    R608 = "608"
    """608 Rejected, RFC 8688, with a signed jCard where there is one."""
    R607 = "607"
    """607 Unwanted, RFC 8197: the called party's own wish."""
    R403 = "403"
    """403 Forbidden."""


class Verstat(StrEnum):
    """3GPP TS 24.229 §7.2A.20: what became of verifying the caller's number."""

    PASSED = "TN-Validation-Passed"
    FAILED = "TN-Validation-Failed"
    NONE = "No-TN-Validation"


@dataclass(frozen=True, slots=True)
class Redress:
    """Where a refused caller can ask why and appeal. At least one of url, tel, email for the `us` profile."""

    token: str
    url: str = ""
    """http or https; `{token}` in it is replaced by the token."""
    tel: str = ""
    email: str = ""
    text: str = ""
    """A sentence for people, before the token; any script."""
    jwscard_url: str = ""
    """Where the signed jCard of RFC 8688 §3.2 is fetched; '' where the site has no signing key: nothing is sent."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a TIP shows the called party."""

    label: str = ""
    """For the display, such as 疑似诈骗; any script."""
    number: str = ""
    """The caller as +E.164; '' where there is none, and no P-Asserted-Identity is given."""
    verstat: Verstat = Verstat.NONE
    url: str = ""
    """A page for Call-Info (RFC 3261 §20.9, purpose=info); '' for none."""


class Answer(NamedTuple):
    """Status line and headers of ours."""

    status: int
    reason: str
    contact: str = ""
    headers: tuple[tuple[str, str], ...] = ()


def answer(
    action: Action,
    request: Request,
    *,
    profile: Profile = Profile.CN,
    redress: Redress = Redress(""),
    card: Card = Card(),
    challenge_uri: str = "",
    can_withhold: bool = True,
) -> Answer:
    """The answer to an initial INVITE; ValueError where the site's own texts cannot stand in a header.

    WITHHOLD_CLI needs a sip: Request-URI and a trunk that heeds header fields in a Contact; CHALLENGE needs the
    trunk's `challenge_uri`. Without, both are a TIP.
    """
    if action == Action.BLOCK:
        return _BLOCKS[profile](redress)
    allowed = Answer(302, "Moved Temporarily", f"<{request.uri_text}>")
    if action == Action.ALLOW:
        return allowed
    if action == Action.CHALLENGE and challenge_uri:
        return allowed._replace(contact=f"<{_clean(challenge_uri)}>")
    if action == Action.WITHHOLD_CLI and can_withhold and request.uri.scheme in ("sip", "sips"):
        return allowed._replace(contact=f"<{request.uri_text}?Privacy=id>")
    return allowed._replace(headers=_tip(card))


def respond(
    request: Request | Envelope, said: Answer, *, to_tag: str, via_received: str = "", via_rport: int | None = None
) -> bytes:
    """The answer in bytes; see `build_response`."""
    return build_response(
        request,
        said.status,
        said.reason,
        to_tag=to_tag,
        headers=said.headers,
        contact=said.contact,
        via_received=via_received,
        via_rport=via_rport,
    )


def _tip(card: Card) -> tuple[tuple[str, str], ...]:
    """Call-Info for the telephone, P-Asserted-Identity with verstat for the front to copy into the call."""
    headers: list[tuple[str, str]] = []
    if card.url:
        headers.append(("Call-Info", f"<{_clean(card.url)}>;purpose=info"))
    if card.number:
        if _E164.fullmatch(card.number) is None:
            raise ValueError(f"{card.number!r} is not +E.164; give the caller's number so, or none")
        label = quote(card.label) + " " if card.label else ""
        headers.append(("P-Asserted-Identity", f"{label}<tel:{card.number};verstat={card.verstat}>"))
    return tuple(headers)


def _sip_reason(status: int, redress: Redress) -> tuple[str, str]:
    """RFC 3326, with the redress token in the text."""
    said = " ".join(part for part in (redress.text, redress.token, _url(redress)) if part)
    return ("Reason", f"SIP;cause={status}" + (f";text={quote(said)}" if said else ""))


def _cn(redress: Redress) -> Answer:
    # Two header lines rather than one list: gateways that map to ISUP read only the first value of a line.
    return Answer(603, "Decline", headers=(_sip_reason(603, redress), ("Reason", "Q.850;cause=21")))


def _us(redress: Redress) -> Answer:
    """ATIS-1000099: reason phrase, and one Reason of Q.850 with location, version and where to ask."""
    contacts = (("url", _url(redress)), ("tel", redress.tel), ("email", redress.email))
    given = [f"{name}={_plain(value)}" for name, value in contacts if value]
    if not given:
        raise ValueError("603+ needs where to ask (ATIS-1000099): set the url, tel or email of redress")
    text = ";".join(("v=analytics1", *given))
    return Answer(603, "Network Blocked", headers=(("Reason", f"Q.850;cause=21;location=LN;text={quote(text)}"),))


def _608(redress: Redress) -> Answer:
    card = (("Call-Info", f"<{_clean(redress.jwscard_url)}>;purpose=jwscard"),) if redress.jwscard_url else ()
    return Answer(608, "Rejected", headers=(*card, _sip_reason(608, redress)))


def _607(redress: Redress) -> Answer:
    return Answer(607, "Unwanted", headers=(_sip_reason(607, redress),))


def _403(redress: Redress) -> Answer:
    return Answer(403, "Forbidden", headers=(_sip_reason(403, redress),))


_BLOCKS = {Profile.CN: _cn, Profile.US: _us, Profile.R608: _608, Profile.R607: _607, Profile.R403: _403}


def _url(redress: Redress) -> str:
    return _clean(redress.url.replace("{token}", redress.token)) if redress.url else ""


def _clean(uri: str) -> str:
    """A URI of ours that can stand in angle brackets."""
    if any(character <= " " or character in '<>"\x7f' for character in uri) or not uri.isascii():
        raise ValueError(f"{uri!r} cannot stand in angle brackets; give an ASCII URI without spaces")
    return uri


def _plain(value: str) -> str:
    """A value inside the semicolon-separated text of 603+."""
    if _ADDRESS.fullmatch(value) is None:
        raise ValueError(f"{value!r} cannot stand in the text of 603+; give an ASCII URL, number or address without ;")
    return value
