"""A SIP request as the deciding side sees it: who calls whom, what an answer must copy, and the rest on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from haodun.edge.sip.address import Address
from haodun.edge.sip.dates import seconds_of
from haodun.edge.sip.error import SipError
from haodun.edge.sip.grammar import WS, split_values
from haodun.edge.sip.limits import MAX_NUMBER_TEXT
from haodun.edge.sip.uri import PLAIN_SIP, Uri
from haodun.edge.sip.via import Via
from haodun.screening.events import Presentation

_HIDDEN = frozenset(("id", "user"))
_NOBODY = frozenset(("unavailable", "unknown", "unavailable.invalid", "unknown.invalid"))

KEPT = 65_536
"""Asserted identities whose number is kept at hand, each at most MAX_NUMBER_TEXT characters: callers call again."""


class Envelope(NamedTuple):
    """What an answer copies from its request (RFC 3261 §8.2.6.2), texts as received but unfolded."""

    method: str
    via: Via
    """The topmost value."""
    vias: tuple[str, ...]
    """All values but the topmost, one text per header line; the first may be '' where the topmost stood alone."""
    from_text: str
    to_text: str
    to_tag: str | None
    """'' where To has no tag; None where To could not be read, so that none may be added."""
    call_id: str
    cseq_text: str
    timestamp: str
    """'' where there is none."""


class Request(NamedTuple):
    """A request that RFC 3261 calls well formed in every part that is used here. A NamedTuple: one is made a call.

    Start line, Via, From, To, Call-ID, CSeq, Max-Forwards and Content-Length were checked by `parse_request`. Other
    headers are read when asked for; unless said otherwise their accessors never raise and give nothing, or the raw
    text, for what is malformed.
    """

    method: str
    """As written: methods are case-sensitive (RFC 3261 §7.1)."""
    uri_text: str
    """The Request-URI as written."""
    envelope: Envelope
    from_: Address
    to: Address
    cseq: int
    max_forwards: int | None
    """0 to 255, None where absent (RFC 2543)."""
    headers: Mapping[str, Sequence[str]]
    """Header lines by full name in lower case, in order, unfolded; unknown ones too."""
    body: bytes

    @property
    def uri(self) -> Uri:
        """The Request-URI taken apart."""
        return Uri.parse(self.uri_text)

    @property
    def via(self) -> Via:
        """The topmost Via."""
        return self.envelope.via

    @property
    def call_id(self) -> str:
        """Call-ID as written: it is case-sensitive."""
        return self.envelope.call_id

    def header(self, name: str) -> str:
        """The first line of a header by full name in lower case (`priority`, `user-agent`), '' where absent."""
        lines = self.headers.get(name)
        return lines[0] if lines else ""

    def values(self, name: str) -> tuple[str, ...]:
        """All values of a header that is a list: `identity`, `require`, `call-info`, `resource-priority`, `contact`.

        A line that cannot be split is one value as it stands.
        """
        found: list[str] = []
        for line in self.headers.get(name, ()):
            parts = split_values(line)
            found.extend((line,) if parts is None else parts)
        return tuple(found)

    def contacts(self) -> tuple[Address, ...]:
        """The Contact values (RFC 3261 §20.10); SipError 400, answerable, where one is malformed."""
        try:
            return tuple(Address.parse(value, "Contact") for value in self.values("contact") if value != "*")
        except SipError as error:
            raise SipError(error.status, error.detail, where=error.where, envelope=self.envelope) from error

    def addresses(self, name: str) -> tuple[Address, ...] | None:
        """A header that is a list of parties, () where absent; None where any of it is malformed."""
        found: list[Address] = []
        for line in self.headers.get(name, ()):
            values = split_values(line)
            if values is None:
                return None
            try:
                found.extend(Address.parse(value, name) for value in values)
            except SipError:
                return None
        return tuple(found)

    def caller_text(self, *, trusted: bool) -> str:
        """The text in which numbering finds the caller; never from a display name.

        On a trunk that is trusted (RFC 3325 §5): P-Asserted-Identity, its tel: URI before its sip: one; else
        Remote-Party-ID with party=calling, as switches before RFC 3325 send it; else From. An asserted identity that
        is malformed, or names two numbers by one scheme (RFC 3325 §9.1), is handed over as it stands: numbering
        refuses it, so that a broken header neither hides a caller nor falls back to another.
        """
        if trusted:
            if "p-asserted-identity" in self.headers:
                return self._asserted_text()
            if "remote-party-id" in self.headers:
                text = self._remote_party_text()
                if text is not None:
                    return text
        return self.from_.number_text()

    def _asserted_text(self) -> str:
        lines = self.headers["p-asserted-identity"]
        if len(lines) == 1 and "," not in lines[0] and len(lines[0]) <= MAX_NUMBER_TEXT:
            return _only_asserted_text(lines[0])
        found = self.addresses("p-asserted-identity")
        if found is not None and len(found) == 1:
            return found[0].number_text()
        if found is not None and len(found) == 2:
            tel = [address for address in found if address.uri.scheme == "tel"]
            if len(tel) == 1:
                return tel[0].number_text()
        return ("<" + ", ".join(lines))[:MAX_NUMBER_TEXT]

    def _remote_party_text(self) -> str | None:
        found = self.addresses("remote-party-id")
        if found is None:
            return ("<" + ", ".join(self.headers["remote-party-id"]))[:MAX_NUMBER_TEXT]
        for address in found:
            if address.parameters().get("party", "calling").lower() == "calling":
                return address.number_text()
        return None

    def called_text(self) -> str:
        """The text in which numbering finds the called number: that of the Request-URI, which routes; not To."""
        plain = PLAIN_SIP.match(self.uri_text)
        return plain[1] if plain is not None else self.uri.dialled_text()

    def presentation(self, *, trusted: bool) -> Presentation:
        """Whether the caller asked not to be shown (RFC 3323 §4.2, RFC 3325 §7) or no number came."""
        for line in self.headers.get("privacy", ()):
            if not _HIDDEN.isdisjoint(word.strip(WS) for word in line.lower().split(";")):
                return Presentation.RESTRICTED
        if trusted and "remote-party-id" in self.headers:
            for address in self.addresses("remote-party-id") or ():
                if address.parameters().get("privacy", "off").lower() != "off":
                    return Presentation.RESTRICTED
        uri_text = self.from_.uri_text
        if PLAIN_SIP.match(uri_text) and ".invalid" not in uri_text.lower():
            return Presentation.ALLOWED
        uri = self.from_.uri
        user, host = uri.user.lower(), uri.host.lower()
        if host == "anonymous.invalid" or user == "anonymous" or user == "restricted":
            return Presentation.RESTRICTED
        nobody = not user or user in _NOBODY or host in _NOBODY
        return Presentation.UNAVAILABLE if nobody and not (trusted and self._asserted) else Presentation.ALLOWED

    @property
    def _asserted(self) -> bool:
        return "p-asserted-identity" in self.headers or "remote-party-id" in self.headers

    def diversion_text(self) -> str:
        """The number that sent the call on last, for numbering; '' where none did or the header is malformed.

        RFC 5806 §4.1: the topmost Diversion. Else RFC 7044: the entry of History-Info before the last, the last one
        being the present target.
        """
        headers = self.headers
        if "diversion" not in headers and "history-info" not in headers:
            return ""
        diverted = self.addresses("diversion")
        if diverted:
            return diverted[0].number_text()
        history = self.addresses("history-info")
        return history[-2].number_text() if history and len(history) > 1 else ""

    def is_emergency(self, *, psap_callback: bool = True) -> bool:
        """Whether the call is to `urn:service:sos` (RFC 5031), or from an emergency centre back to a caller.

        `Priority: psap-callback` (RFC 7090 §7) may be honoured only from who is trusted, since anyone can write it:
        `psap_callback=False` where the trunk is not. Emergency *numbers* are for numbering to tell.
        """
        if self.uri_text[:4].lower() == "urn:" and self.uri.is_emergency_service:
            return True
        return psap_callback and self.header("priority").lower() == "psap-callback"

    @property
    def transaction(self) -> str:
        """From tag and CSeq: with Call-ID what tells a repeat (DESIGN.md §3 *Event and order*)."""
        return f"{self.from_.tag} {self.cseq}"

    @property
    def transaction_key(self) -> tuple[str, str, int]:
        """Call-ID, From tag, CSeq number."""
        return (self.envelope.call_id, self.from_.tag, self.cseq)

    @property
    def branch_key(self) -> tuple[str, ...]:
        """What makes a retransmission, an ACK to a refusal, or a CANCEL belong to its INVITE (RFC 3261 §17.2.3).

        Branch and sent-by; without a unique branch, as RFC 2543 has it, Call-ID, From tag, CSeq number, Request-URI
        and the topmost Via.
        """
        via = self.envelope.via
        if via.branch_is_unique:
            return (via.branch, via.host.lower(), str(via.port or ""))
        return (self.envelope.call_id, self.from_.tag, str(self.cseq), self.uri_text, via.text)

    def date_seconds(self) -> int | None:
        """The Date header in seconds since the Unix epoch; None where absent or not in RFC 3261 §20.17's form.

        `header("date")` tells the two apart.
        """
        return seconds_of(self.header("date"))


@lru_cache(maxsize=KEPT)
def _only_asserted_text(line: str) -> str:
    """What numbering reads of a P-Asserted-Identity that stands alone, without a comma."""
    try:
        return Address.parse(line).number_text()
    except SipError:
        return ("<" + line)[:MAX_NUMBER_TEXT]
