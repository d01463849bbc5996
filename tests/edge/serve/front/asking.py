"""A deciding desk and two compiled fronts without sockets, asked as the plain ones of the edge's tests are."""

from __future__ import annotations

from typing import Any

from tests.edge.serve.edges import SBC
from tests.edge.serve.front.fronts import TestFront
from tests.edge.serve.test_fronts import Site

from haodun.edge.serve import Settings
from haodun.edge.serve.front import AskingFront
from haodun.edge.serve.front_desk import FrontDesk
from haodun.screening.verdicts.fast import fingerprint_key
from haodun.store.site import site_key


class AskingTestFront(TestFront):
    """A compiled front before the desk of a site."""

    __test__ = False

    def __init__(self, desk: FrontDesk, *, deadline_ms: int) -> None:
        self.desk = desk
        named: dict[str, Any] = {"journal": desk.journal, "tally": desk._tally, "tag_secret": desk._secret}
        self.front = self.asking = AskingFront(
            desk=desk,
            questions=desk._questions,
            key=fingerprint_key(site_key(None)),
            observe=False,
            deadline_ms=deadline_ms,
            **named,
        )
        self.front.warm()
        self.front.send = self._keep
        self.done = []
        self.calls = None
        self._sent = []


class CompiledSite(Site):
    """Its fronts are compiled, and so is the kernel."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.kernel.decide_columns()
        self.compiled = [AskingTestFront(desk, deadline_ms=settings.deadline_ms) for desk in self.fronts]

    def ask(self, place: int, *messages: bytes, stale: bool = False, source: tuple[str, int] = SBC) -> list[bytes]:
        front = self.compiled[place]
        front.now_ms = self.now_ms
        return front.ask(*messages, source=source, stale=stale)
