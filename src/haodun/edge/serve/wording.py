"""From a decision to the answer of one trunk: its profile, its way to go on, its fail mode."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from haodun.edge.serve.calls import shown
from haodun.edge.serve.naming import Naming
from haodun.edge.serve.replacing import Replacing
from haodun.edge.serve.settings import PROFILE_OF_POLICY, Settings
from haodun.edge.sip import Answer, Card, Profile, Redress, Request, Verstat, answer
from haodun.screening.events import Action, Attestation, Event, LiveTrunk
from haodun.screening.events.fingerprint import Key, derived_key, fingerprint, key_words
from haodun.screening.snapshot import Named

ALLOWED_METHODS = "INVITE, ACK, CANCEL, OPTIONS"
REPLACED = "REPLACED"
"""Logged where the line's default number is shown in the place of one that is not its own."""
_PHRASES = {"404": "Not Found", "480": "Temporarily Unavailable", "503": "Service Unavailable"}
_CLOSED = Answer(
    603,
    "Decline",
    headers=(("Retry-After", "5"), ("Reason", 'SIP;cause=603;text="could not be judged in time; call again"')),
)
"""603, since an upstream takes its next route at 5xx: fail closed means that the call does not complete unjudged."""

FAREWELLS = {
    405: Answer(405, "Method Not Allowed", headers=(("Allow", ALLOWED_METHODS),)),
    481: Answer(481, "Call/Transaction Does Not Exist"),
    483: Answer(483, "Too Many Hops"),
}
OPTIONS_OK = Answer(
    200,
    "OK",
    headers=(("Allow", ALLOWED_METHODS), ("Accept", "application/sdp"), ("Accept-Encoding", ""), ("Supported", "")),
)
OK = Answer(200, "OK")


@dataclass(frozen=True, slots=True)
class Wording:
    """How decisions are said under one policy and one set of options."""

    settings: Settings
    policy_profile: str
    naming: Naming = field(default_factory=Naming)
    """Whose name a call may show."""
    replacing: Replacing = field(default_factory=Replacing)
    """Which number a line shows in the place of one that is not its own."""

    def profile(self, live: LiveTrunk) -> Profile:
        """How a block is said on a trunk: its own way, else the edge's, else the policy's."""
        if live.profile:
            return Profile(live.profile)
        return self.settings.profile or PROFILE_OF_POLICY[self.policy_profile]

    def said(self, action: Action, request: Request, *, live: LiveTrunk, event: Event, token: str) -> Answer:
        """The answer to a call that was judged, and is to be treated so."""
        if action == Action.BLOCK:
            instead = self.replacing.number(event, live)
            if instead:
                return self._on_way(answer(Action.TIP, request, card=Card(number=f"+{instead}")), request, live)
        entry = self.naming.entry(event)
        if action == Action.ALLOW:
            return self._allowed(request, live, event, entry)
        settings, label = self.settings, self.settings.tip_label
        if entry is not None and not self.naming.proven(event):
            label = settings.unverified_label
        found = answer(
            action,
            request,
            profile=self.profile(live),
            redress=Redress(token, url=settings.redress_url),
            card=Card(label=label, number=shown(event)),
            challenge_uri=live.challenge,
            can_withhold=live.go_on not in _PHRASES and "?" not in live.go_on,
        )
        if action == Action.BLOCK or (action == Action.CHALLENGE and live.challenge):
            return found
        return self._on_way(found, request, live)

    def _allowed(self, request: Request, live: LiveTrunk, event: Event, entry: Named | None) -> Answer:
        """ALLOW; a trusted number whose origin is proven shows its name (DESIGN.md §3)."""
        number = shown(event)
        if entry is None or not number or not self.naming.proven(event):
            return self.go_on(request, live)
        verstat = Verstat.PASSED if event.attestation is Attestation.A else Verstat.NONE
        card = Card(label=self.naming.said(entry), number=number, verstat=verstat)
        return self._on_way(answer(Action.TIP, request, card=card), request, live)

    def word(self, action: Action, *, live: LiveTrunk, event: Event) -> str:
        """What the log says was answered."""
        return REPLACED if action == Action.BLOCK and self.replacing.number(event, live) else action.name

    def go_on(self, request: Request, live: LiveTrunk) -> Answer:
        """ALLOW, as the trunk wants it."""
        return self._on_way(answer(Action.ALLOW, request), request, live)

    def fail(self, request: Request, live: LiveTrunk) -> Answer:
        """What a call gets that is not judged."""
        return self.go_on(request, live) if self.opens(live) else _CLOSED

    def opens(self, live: LiveTrunk) -> bool:
        """Whether a call that is not judged goes on, on this trunk."""
        return live.fail == "open" if live.fail else self.settings.fail_open

    def _on_way(self, found: Answer, request: Request, live: LiveTrunk) -> Answer:
        way = live.go_on
        if way == "redirect":
            return found
        if way in _PHRASES:
            return found._replace(status=int(way), reason=_PHRASES[way], contact="")
        uri = way.replace("{user}", request.uri.user)
        tail = found.contact[len(request.uri.text) + 1 :]  # `>`, or `?Privacy=id>`
        return found._replace(contact=f"<{uri}{tail}")


def unsupported(tags: list[str]) -> Answer:
    """RFC 3261 §8.2.2.3."""
    return Answer(420, "Bad Extension", headers=(("Unsupported", ", ".join(tags)),))


def to_tag(secret: bytes, call_id: str, transaction: str) -> str:
    """The To tag of our answers to one transaction: 64 bits under a secret of the edge, so nobody can foretell it.

    The same for an INVITE and its CANCEL (RFC 3261 §9.2), and after a restart. SipHash, since compiled code makes most.
    """
    high, _ = fingerprint(tag_key(secret), f"{call_id}\0{transaction}".encode())
    return f"{high:016x}"


@lru_cache(maxsize=1)
def tag_key(secret: bytes) -> Key:
    """The key of To tags from the edge's secret."""
    return key_words(derived_key(secret, b"To tags"))
