"""From a request to an event of the input log: whom the trunk lets us believe, and how its numbers are read."""

from __future__ import annotations

from haodun.edge.sip import Request
from haodun.numbering import IngressClass, Kind, Number, Plan, parse
from haodun.screening.events import Attestation, Cause, Event, EventKind, LiveTrunk, Presentation, Roaming, Trunks

LOOPBACK = "loopback"
"""The trunk of requests from this machine that no trunk claims; its ingress is unknown."""
_DEFAULT = LiveTrunk()


class CallReader:
    """Reads calls as one policy's home country and one trunks file see them."""

    def __init__(self, *, home: str, plan: Plan, trunks: Trunks) -> None:
        self._home = home
        self._plan = plan
        self._trunks = trunks
        self._known: dict[str, tuple[IngressClass, LiveTrunk]] = {}
        for name in trunks.names():
            line = trunks.line(name)
            if line is not None:
                self._known[name] = (line.ingress, line.live)

    def warm(self) -> None:
        """Load the number tables, which otherwise the first call would wait for."""
        for text in ("+8613800138000", "13800138000", "057188881234", "+442079460123", "110", "95588", "4001234567"):
            for ingress in IngressClass:
                self._plan.facts(parse(text, ingress, self._home))

    def live(self, trunk: str) -> LiveTrunk:
        """How a trunk is served."""
        return self._known[trunk][1] if trunk in self._known else _DEFAULT

    def emergency(self, request: Request, event: Event) -> bool:
        """Whether this call must never be hindered: to an emergency service or number, or from its centre.

        RFC 7090 §7: anyone can write `Priority: psap-callback`; it counts where the trunk's identity is trusted.
        """
        trusted = self.live(event.trunk).trust_identity
        return request.is_emergency(psap_callback=trusted) or self.is_emergency_number(event.callee)

    def is_emergency_number(self, number: Number) -> bool:
        """Whether a called number is one of its country's emergency numbers."""
        return number.kind is Kind.EMERGENCY

    def event(self, request: Request, *, number: int, time_ms: int, trunk: str, source: str) -> Event:
        """The attempt of an initial INVITE, as event `number` at `time_ms`."""
        ingress, live = self._known.get(trunk, (IngressClass.UNKNOWN, _DEFAULT))
        trusted = live.trust_identity
        home = self._home
        caller_text = request.caller_text(trusted=trusted)
        callee_text = request.called_text()
        diversion = request.diversion_text()
        caller, callee = parse(caller_text, ingress, home), parse(callee_text, ingress, home)
        # Positional, in the order of Event: this runs once a call.
        return Event(
            number,
            time_ms,
            EventKind.ATTEMPT,
            request.envelope.call_id,
            f"{request.transaction} {caller.key} {callee.key}",
            True,
            caller_text,
            caller,
            callee_text,
            callee,
            trunk,
            ingress,
            request.presentation(trusted=trusted),
            Attestation.NONE,
            Roaming.UNKNOWN,
            parse(diversion, ingress, home).key if diversion else 0,
            0,
            0,
            False,
            0,
            0,
            Cause.UNKNOWN,
            source,
        )


def shown(event: Event) -> str:
    """The caller as +E.164 for a label, '' where he is no number or asked not to be shown."""
    return f"+{event.caller.key}" if event.caller.key and event.presentation is Presentation.ALLOWED else ""
