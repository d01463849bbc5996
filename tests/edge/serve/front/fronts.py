"""A compiled front without a socket, asked as the desk of the edge's tests is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.edge.serve.edges import NOW_MS, SBC, TestDesk

from haodun.edge.serve import Settings, start
from haodun.edge.serve.desk import Desk
from haodun.edge.serve.front import CallBatch, Front
from haodun.edge.serve.front.system import Mail, put_datagram, taken_answers
from haodun.edge.serve.front.told import STRANGER, learn_source, source_key
from haodun.edge.serve.journal import Journal
from haodun.edge.serve.metrics import Tally
from haodun.screening.verdicts import Mode


class TestFront(TestDesk):
    """A front and its desk, whose clock the test moves."""

    __test__ = False

    def __init__(self, settings: Settings) -> None:
        self.tally = Tally()
        self.now_ms = NOW_MS
        self.steady_s = 0.0
        prepared = start(replace(settings, kernel="fast"), now_ms=NOW_MS)
        self.engine = prepared.engine
        self.writer = prepared.writer
        self.journal = Journal(prepared.writer, tally=self.tally, steady_s=lambda: self.steady_s)
        observe = settings.mode is Mode.OBSERVE
        named: dict[str, Any] = {"journal": self.journal, "tally": self.tally, "tag_secret": prepared.tag_secret}
        self.desk = Desk(engine=self.engine, observe=observe, **named)
        self.front = Front(desk=self.desk, observe=observe, deadline_ms=settings.deadline_ms, **named)
        self.front.warm()
        self.front.send = self._keep
        self.done = []
        self.calls: CallBatch | None = None
        self._sent: list[bytes] = []

    def ask(self, *messages: bytes, source: tuple[str, int] = SBC, stale: bool = False, busy: str = "") -> list[bytes]:
        """The answers to one batch: those of compiled code, then the desk's. The source is no news to the front."""
        self.know(source)
        for slot, message in enumerate(messages):
            put_datagram(self.front.mail, slot, message, source)
        if stale:
            make_stale(self.front.mail, len(messages))
        self._sent = []
        turned = self.front.serve(len(messages), descriptor=-1, now_ms=self.now_ms, wall_ns=10**18, busy=busy)
        self.done, self.calls = turned.done, turned.calls
        return [*self._sent, *(answer for answer, _ in turned.answers)]

    def know(self, source: tuple[str, int]) -> None:
        """Have the front learn a source's trunk, as it does at the first datagram."""
        name = self.desk.trunk_of(source)
        put_datagram(self.front.mail, 0, b"", source)
        trunk = STRANGER if name is None else self.front._basis.numbers[name]
        learn_source(self.front._sources, source_key(self.front.mail.names, 0), trunk)

    def _keep(self, _hall: int, _descriptor: int, count: int) -> int:
        self._sent = [answer for answer, _ in taken_answers(self.front._answers, count)]
        return 0


def make_stale(mail: Mail, count: int) -> None:
    """Say that so many datagrams were received long ago."""
    for slot in range(count):
        mail.headers[slot * 8 + 5] = 32
        mail.control[slot * 8 + 1] = 1 | 35 << 32
        mail.control[slot * 8 + 2] = mail.control[slot * 8 + 3] = 0
