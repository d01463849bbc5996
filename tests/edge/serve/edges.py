"""A live edge for tests: requests as a trunk sends them, a desk without sockets, an edge with real ones."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

from haodun.edge.serve import Edge, Settings, start
from haodun.edge.serve.desk import Desk, Done, Packet
from haodun.edge.serve.journal import Journal
from haodun.edge.serve.metrics import Tally
from haodun.screening.verdicts import Mode

NOW_MS = 1_795_478_400_000
SBC = ("192.0.2.1", 5060)
"""A source of the trunk `igw`."""
TRUNKS = """
trunks:
  igw: {class: international, sources: [192.0.2.1], trust_identity: true}
  shut: {class: international, sources: [192.0.2.2], fail: closed, go_on: 404}
  next: {class: international, sources: [192.0.2.3], go_on: "sip:{user}@next.example:5062", profile: "608"}
  ask: {class: international, sources: [192.0.2.4], challenge: "sip:prove@ivr.example"}
  here: {class: international, sources: [127.0.0.2], trust_identity: true}
"""
FORGED, ALLOWED, TIPPED = "+86110", "+8657188881234", "+8613912345678"
"""Callers on an international trunk: blocked; (own fixed number: blocked too); a mobile that may be roaming."""
_counter = itertools.count(1)


def request(
    caller: str = FORGED,
    callee: str = "+8613900001234",
    *,
    method: str = "INVITE",
    call_id: str = "",
    tag: str = "a1",
    cseq: int = 1,
    branch: str = "",
    uri: str = "",
    headers: str = "",
    forwards: int = 70,
    to_tag: str = "",
    via: str = "192.0.2.1:5060",
) -> bytes:
    """One request in canonical form."""
    call_id = call_id or f"call{next(_counter)}@192.0.2.1"
    lines = [
        f"{method} {uri or f'sip:{callee}@192.0.2.99;user=phone'} SIP/2.0",
        f"Via: SIP/2.0/UDP {via};branch={branch or 'z9hG4bK' + call_id.replace('@', '.') + str(cseq)};rport",
        f"Max-Forwards: {forwards}",
        f"From: <sip:{caller}@192.0.2.1;user=phone>;tag={tag}",
        f"To: <sip:{callee}@192.0.2.99>" + (f";tag={to_tag}" if to_tag else ""),
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
        *(headers.strip().split("\n") if headers else ()),
        "Content-Length: 0",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


def status(answer: bytes) -> int:
    """The status of an answer; fails where it is none."""
    assert answer[:8] == b"SIP/2.0 ", answer[:80]
    return int(answer[8:11])


def header(answer: bytes, name: str) -> str:
    """One header of an answer, '' where absent."""
    for line in answer.decode("utf-8").split("\r\n")[1:]:
        if line.lower().startswith(f"{name.lower()}: "):
            return line.partition(": ")[2]
    return ""


class TestDesk:
    """A desk whose clock the test moves, and what came of the last batch."""

    __test__ = False

    def __init__(self, settings: Settings) -> None:
        self.tally = Tally()
        self.now_ms = NOW_MS
        self.steady_s = 0.0
        prepared = start(settings, now_ms=NOW_MS)
        self.engine = prepared.engine
        self.writer = prepared.writer
        self.journal = Journal(prepared.writer, tally=self.tally, steady_s=lambda: self.steady_s)
        self.desk = Desk(
            engine=prepared.engine,
            journal=self.journal,
            tally=self.tally,
            tag_secret=prepared.tag_secret,
            observe=settings.mode is Mode.OBSERVE,
        )
        self.done: list[Done] = []

    def ask(self, *messages: bytes, source: tuple[str, int] = SBC, stale: bool = False, busy: str = "") -> list[bytes]:
        """The answers to one batch."""
        packets = [Packet(message, source, stale) for message in messages]
        answers, self.done = self.desk.serve(packets, now_ms=self.now_ms, busy=busy)
        return [answer for answer, _ in answers]

    def one(self, message: bytes, **named: Any) -> bytes:
        """The only answer."""
        (answer,) = self.ask(message, **named)
        return answer

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()


SO_RCVBUFFORCE = 33
"""As in asm-generic/socket.h; the socket module does not name it."""


class Trunk:
    """A peer with a real socket."""

    def __init__(self, port: int, host: str = "127.0.0.2") -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        with contextlib.suppress(PermissionError):  # room for the answers of several batches that come at once
            self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4_194_304)
        self.socket.settimeout(30)
        self.socket.connect(("127.0.0.1", port))

    def send(self, message: bytes) -> None:
        self.socket.send(message)

    def receive(self) -> bytes:
        return self.socket.recv(65_536)

    def ask(self, message: bytes) -> bytes:
        self.send(message)
        return self.receive()


@contextlib.contextmanager
def running(settings: Settings) -> Iterator[Edge]:
    """An edge that serves in a thread until the block is left."""
    edge = Edge(start(settings, now_ms=time.time_ns() // 1_000_000))
    thread = threading.Thread(target=edge.run)
    thread.start()
    try:
        yield edge
    finally:
        edge.stop()
        thread.join(timeout=10)
        assert not thread.is_alive()


@contextlib.contextmanager
def trunk_of(edge: Edge, host: str = "127.0.0.2") -> Iterator[Trunk]:
    """A peer of an edge."""
    trunk = Trunk(edge.wire.port, host)
    with trunk.socket:
        yield trunk
