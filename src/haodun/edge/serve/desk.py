"""From a batch of datagrams to their answers: the whole behaviour of the edge, without a socket or a clock.

Theory of operation. Datagrams are taken in order. A source that no trunk claims is dropped; an ACK is absorbed; a
datagram seen before gets the same bytes. Each initial INVITE is first looked at for an emergency, then judged (or not,
where it is late or the edge is too busy), and its event joins the batch. The batch is written to the live log by one
append, and only then are answers made, so no answer leaves for a call that is not in the log. Where the log cannot be
written, or our own code is wrong, calls are answered by the fail mode of their trunk; emergencies always pass.

A repeat is an INVITE with the Call-ID, From tag, CSeq, caller and called number of an earlier one: whoever may choose
a Call-ID must not have one number judged and another let through.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from haodun.edge.serve.answered import Remembered
from haodun.edge.serve.calls import LOOPBACK
from haodun.edge.serve.engine import ENGINE_FAULTS, Deciding, Engine
from haodun.edge.serve.journal import Journal
from haodun.edge.serve.limits import SOURCES
from haodun.edge.serve.metrics import Count, Tally
from haodun.edge.serve.protocol import farewell
from haodun.edge.serve.wording import FAREWELLS, OK, to_tag
from haodun.edge.sip import Answer, Datagram, Envelope, Request, SipError, classify, parse_request, respond
from haodun.numbering import IngressClass
from haodun.screening.events import Action, Decision, Event, Flag, Layer
from haodun.screening.kernel.calls import Attempted
from haodun.screening.verdicts import Verdict
from haodun.store.frames import Batch

Address = tuple[Any, ...]
"""As the socket has it: host, port, and for IPv6 flow and scope."""
COUNTED = frozenset(("INVITE", "OPTIONS", "CANCEL", "ACK"))
PASSED = Decision(Action.ALLOW, Layer.EMERGENCY, Flag.NONE, (), (), 0)
"""The decision on a call that is an emergency by what its request says, whoever calls whomever."""


class Packet(NamedTuple):
    """One datagram."""

    data: bytes
    address: Address
    stale: bool
    """It waited longer than the deadline before it left the queue."""


class Call(NamedTuple):
    """One initial INVITE on its way to its answer."""

    request: Request
    packet: Packet
    trunk: str
    event: Event
    verdict: Verdict | None
    emergency: bool
    why: str
    """Why it was not judged, '' where it was."""


class Done(NamedTuple):
    """One call answered, for its line in the log."""

    call: Call
    answered: str


class Desk:
    """The state of one edge between batches."""

    def __init__(self, *, engine: Engine, journal: Journal, tally: Tally, tag_secret: bytes, observe: bool) -> None:
        self.engine = engine
        self.bypass = False
        self.since_ns = 0
        """When the oldest datagram of the batch was received, by the clock that only counts."""
        self.fault = ""
        """What our own code raised last, for the log."""
        self._journal = journal
        self._tally = tally
        self._secret = tag_secret
        self._observe = observe
        self._answers: Remembered[tuple[bytes, Address]] = Remembered()
        self._unjudged: Remembered[bool] = Remembered()
        """Calls, as the kernel tells repeats, that were answered without evaluation; a repeat is not judged either."""
        self._seen: Remembered[bool] = Remembered()
        """By Call-ID, From tag, CSeq: the transactions that a CANCEL may mean."""
        self.seen_elsewhere: Callable[[str, str], bool] = lambda call_id, transaction: False
        """Whether a front beside this desk answered a transaction a moment ago."""
        self._trunks: dict[Address, str | None] = {}
        self._now_ms = 0
        self._out: list[tuple[bytes, Address]] = []
        self._calls: list[Call] = []
        self._busy = ""

    def swap(self, deciding: Deciding) -> None:
        """Decide by something else from the next batch on; EdgeError where it does not fit."""
        self.engine.swap(deciding)
        self._trunks.clear()

    def serve(
        self, packets: Iterable[Packet], *, now_ms: int, busy: str = ""
    ) -> tuple[list[tuple[bytes, Address]], list[Done]]:
        """Answers with where to send them, and the calls among them. `busy`: why nothing is to be judged, or ''."""
        self._now_ms, self._busy = now_ms, busy
        self._out, self._calls = [], []
        self._answers.forget_old(now_ms)
        self._unjudged.forget_old(now_ms)
        self._seen.forget_old(now_ms)
        for packet in packets:
            try:
                self._take(packet)
            except ENGINE_FAULTS as error:
                self._fault(error)
        done = self._finish() if self._calls else []
        if self._journal.lost:
            return [], []  # another edge answers now; whoever asked asks again
        return self._out, done

    def word(self, packet: Packet, *, trunk: str, action: Action, token: str, why: str) -> tuple[bytes, Address, str]:
        """The answer to an INVITE that a front beside this desk judged and logged, where to send it, and its word."""
        request = parse_request(packet.data)
        event = self.engine.deciding.reader.event(request, number=0, time_ms=self._now_ms, trunk=trunk, source="")
        call = Call(request, packet, trunk, event, None, False, why)
        data, word = self._answer(call, action=action, token=token)
        return data, self._back(request, packet), word

    def _take(self, packet: Packet) -> None:
        data, address, _ = packet
        trunk = self.trunk_of(address)
        if trunk is None:
            self._drop("source")
        elif data[:4] == b"ACK ":
            self._tally.add(Count.REQUESTS, "ACK")
        elif (again := self._answers.get((hash(data), address), self._now_ms)) is not None:
            self._tally.add(Count.RETRANSMISSIONS)
            self._out.append(again)
        elif data[:7] != b"INVITE " and (kind := classify(data)) is not Datagram.REQUEST:
            self._drop(kind.name.lower())
        else:
            self._read(packet, trunk)

    def _read(self, packet: Packet, trunk: str) -> None:
        try:
            request = parse_request(packet.data)
        except SipError as error:
            self._malformed(error, packet)
            return
        method = request.method
        self._tally.add(Count.REQUESTS, method if method in COUNTED else "other")
        if method == "INVITE" and not request.envelope.to_tag:
            self._invite(request, packet, trunk)
        elif method == "CANCEL":
            key = (request.call_id, request.transaction)
            known = self._seen.get(key, self._now_ms) or self.seen_elsewhere(*key)
            self._say(request, OK if known else FAREWELLS[481], packet)
        elif method != "ACK":
            self._say(request, farewell(request) or FAREWELLS[405], packet)

    def _invite(self, request: Request, packet: Packet, trunk: str) -> None:
        reader = self.engine.deciding.reader
        source = f"udp:{packet.address[0]}:{packet.address[1]}"
        number = self._journal.next_number
        event = reader.event(request, number=number, time_ms=self._now_ms, trunk=trunk, source=source)
        emergency = reader.emergency(request, event)
        parting = None if emergency else farewell(request)
        if parting is not None:
            self._say(request, parting, packet)
            return
        key = (event.call_id, event.transaction)
        earlier = self.engine.repeated(key, self._now_ms)
        if earlier is not None or self._unjudged.get(key, self._now_ms):
            self._repeat(Call(request, packet, trunk, event, None, emergency, ""), earlier)
            return
        why = "log" if self._journal.paused else "late" if packet.stale else self._busy
        verdict = None
        if not why or (emergency and why != "log"):
            verdict = self._judge(event, emergency=emergency)
            why = "" if verdict is not None else "engine"
        self._journal.next_number += 1
        self._calls.append(Call(request, packet, trunk, event, verdict, emergency, why))

    def _repeat(self, call: Call, earlier: Attempted | None) -> None:
        """The same answer as before, made again: the one kept was not of these very bytes, or was forgotten."""
        self._tally.add(Count.RETRANSMISSIONS)
        if earlier is None or earlier.decision is None or self._unjudged.get(key_of(call.event), self._now_ms):
            call = call._replace(why="again")
            action, token = Action.ALLOW, ""
        else:
            action = earlier.decision.action
            token = "" if action is Action.ALLOW else self.engine.token(earlier)
        self._out.append((self._answer(call, action=action, token=token)[0], self._back(call.request, call.packet)))

    def _judge(self, event: Event, *, emergency: bool) -> Verdict | None:
        """The verdict; None where our own code was wrong, which costs the verdict and not the call."""
        # Of an emergency number the policy knows, and keeps its reasons; of the request's words only we do.
        given = PASSED if emergency and not self.engine.deciding.reader.is_emergency_number(event.callee) else None
        try:
            return self.engine.judge(event, enforce=not (self._observe or self.bypass), given=given)
        except ENGINE_FAULTS as error:
            self.fault = f"{type(error).__name__}: {error}"
            return None

    def _finish(self) -> list[Done]:
        """Write the batch, then answer it."""
        calls, deciding = self._calls, self.engine.deciding
        pairs = [(call.event, call.verdict) for call in calls]
        batch = Batch(deciding.version, deciding.policy.digest, self.bypass, pairs)
        written = not self._journal.paused and self._journal.append(batch)
        done = []
        for call in calls:
            if not written and not call.emergency:
                call = call._replace(verdict=None, why="log")
            try:
                done.append(self._answer_call(call))
            except ENGINE_FAULTS as error:
                self._fault(error)
        return done

    def _answer_call(self, call: Call) -> Done:
        verdict = call.verdict
        return self._tell(call, None) if verdict is None else self._tell(call, verdict.action, verdict.token)

    def _tell(self, call: Call, decided: Action | None, token: str = "") -> Done:
        """Answer a call by what was decided, None where nothing was."""
        tally, action = self._tally, decided or Action.ALLOW
        if decided is not None:
            tally.add(Count.VERDICTS, decided.name)
        else:
            tally.add(Count.UNJUDGED, call.why)
            self._unjudged.put(key_of(call.event), True, self._now_ms)
        if call.event.ingress is IngressClass.UNKNOWN:
            tally.add(Count.UNSCREENED_ORIGIN)
        data, answered = self._answer(call, action=action, token=token)
        tally.add(Count.ANSWERS, answered)
        if call.emergency:
            tally.add(Count.EMERGENCY)
        if self.bypass:
            tally.add(Count.BYPASSED)
        sent = (data, self._back(call.request, call.packet))
        self._out.append(sent)
        self._answers.put((hash(call.packet.data), call.packet.address), sent, self._now_ms)
        self._seen.put((call.request.call_id, call.request.transaction), True, self._now_ms)
        return Done(call, answered)

    def _answer(self, call: Call, *, action: Action, token: str) -> tuple[bytes, str]:
        """The bytes, and the word for what was answered; a text of ours that cannot be sent costs the verdict."""
        wording, live = self.engine.deciding.wording, self.engine.deciding.reader.live(call.trunk)
        if call.emergency or self._observe or self.bypass:
            return self._bytes(call.request, wording.go_on(call.request, live), call.packet), Action.ALLOW.name
        if not call.why:
            try:
                said = wording.said(action, call.request, live=live, event=call.event, token=token)
                word = wording.word(action, live=live, event=call.event)
                return self._bytes(call.request, said, call.packet), word
            except ValueError:
                self._tally.add(Count.UNJUDGED, "wording")
        said = wording.fail(call.request, live)
        return self._bytes(call.request, said, call.packet), "FAIL_OPEN" if wording.opens(live) else "FAIL_CLOSED"

    def _malformed(self, error: SipError, packet: Packet) -> None:
        if error.envelope is None:
            self._drop("malformed")
            return
        self._tally.add(Count.REFUSED, str(error.status))
        host, port = _plain(packet.address), packet.address[1]
        tag = to_tag(self._secret, error.envelope.call_id, error.envelope.from_text)
        said = Answer(error.status, error.reason)
        data = respond(error.envelope, said, to_tag=tag, via_received=host, via_rport=port)
        self._out.append((data, self._back(error.envelope, packet)))

    def _say(self, request: Request, said: Answer, packet: Packet) -> None:
        if said.status >= 300:
            self._tally.add(Count.REFUSED, str(said.status))
        self._out.append((self._bytes(request, said, packet), self._back(request, packet)))

    def _bytes(self, request: Request, said: Answer, packet: Packet) -> bytes:
        tag = to_tag(self._secret, request.call_id, request.transaction)
        return respond(request, said, to_tag=tag, via_received=_plain(packet.address), via_rport=packet.address[1])

    def _back(self, request: Request | Envelope, packet: Packet) -> Address:
        """RFC 3261 §18.2.2, RFC 3581 §4: to where it came from; without rport, to the port of the Via."""
        via = request.via
        if via.rport is not None:
            return packet.address
        return (packet.address[0], via.port or 5060, *packet.address[2:])

    def trunk_of(self, address: Address) -> str | None:
        """The trunk of a source; LOOPBACK for this machine where no trunk claims it; None for strangers."""
        try:
            return self._trunks[address]
        except KeyError:
            host = ipaddress.ip_address(_plain(address))
            trunk = self.engine.deciding.trunks.sources.trunk(str(host), address[1])
            if trunk is None and host.is_loopback:
                trunk = LOOPBACK
            if len(self._trunks) >= SOURCES:
                self._trunks.clear()
            self._trunks[address] = trunk
            return trunk

    def _fault(self, error: BaseException) -> None:
        """Our own code was wrong at one datagram: it costs that answer, and never the edge."""
        self.fault = f"{type(error).__name__}: {error}"
        self._drop("fault")

    def _drop(self, why: str) -> None:
        self._tally.add(Count.DROPPED, why)


def key_of(event: Event) -> tuple[str, str]:
    """What tells a repeat."""
    return (event.call_id, event.transaction)


def _plain(address: Address) -> str:
    """The host of a socket address, without the zone of a link-local one."""
    return str(address[0]).partition("%")[0]
