"""The desk of one front among several: reads and answers, and has another process decide.

Theory of operation. The calls of a batch are one question to the process that decides; it answers when they are in the
log. Where it does not answer before the deadline, is away, or the ring to it is full, each call gets the fail mode of
its trunk at once: the queue never grows here. Retransmissions need no memory: whichever front they reach, the process
that decides knows the attempt.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable

from haodun.edge.serve.asking import (
    Asked,
    AskedError,
    Ruled,
    RuledColumns,
    Ruling,
    asked_bytes,
    asked_columns_bytes,
    read_ruled,
)
from haodun.edge.serve.desk import Call, Desk, Done, Packet
from haodun.edge.serve.engine import ENGINE_FAULTS, Engine
from haodun.edge.serve.journal import Journal
from haodun.edge.serve.limits import AWAY_MS
from haodun.edge.serve.metrics import Count, Tally
from haodun.edge.serve.protocol import farewell
from haodun.edge.serve.rings import Ring
from haodun.edge.sip import Request
from haodun.screening.events import Action

NS_A_MS = 1_000_000


class Questions:
    """One front's way to the process that decides. `steady_ns` reads the clock that all processes share."""

    def __init__(self, asks: Ring, answers: Ring, *, patience_ms: int, steady_ns: Callable[[], int]) -> None:
        self._asks, self._answers = asks, answers
        self._patience_ms = patience_ms
        self._steady_ns = steady_ns
        self._id = steady_ns()  # never one that a front before this used
        self._away = False
        self.lease = 0
        """Of who decides, as far as he said."""
        self._poll = select.poll()
        self._poll.register(answers.event, select.POLLIN)

    def ask(self, asked: Asked) -> Ruled | str:
        """What was decided, or why nothing was: 'full', 'away'."""

        def words(number: int, why: str) -> bytes:
            whys = [one or why for one in asked.whys]
            return asked_bytes(asked._replace(id=number, whys=whys))

        found = self._ask(words, asked.since_ns)
        return "away" if isinstance(found, RuledColumns) else found

    def ask_columns(self, frame: bytes, *, since_ns: int, why: str, late: bytes) -> RuledColumns | str:
        """The same of calls in columns (`asked_columns_bytes`)."""
        found = self._ask(
            lambda number, gone: asked_columns_bytes(number, since_ns, frame, why or gone, late), since_ns
        )
        return "away" if isinstance(found, Ruled) else found

    def hear(self) -> None:
        """Take what nobody waits for: an answer that came too late, or the word of one who is back."""
        while self._next() is not None:
            self._away = False

    def _ask(self, words: Callable[[int, str], bytes], since_ns: int) -> Ruled | RuledColumns | str:
        """`words`: the question by its number, and by why nobody is to judge it."""
        self._id += 1
        self.hear()
        try:
            # Where he is away the fail mode answers at once, so nobody may judge it later.
            if not self._asks.put(words(self._id, "away" if self._away else "")):
                return "full"
        except ValueError:
            return "full"
        asked_ns = self._steady_ns()
        while True:
            found = self._next()
            if found is not None:
                self._away = False
                if found.id == self._id:
                    return found
                continue
            patience_ms = 0 if self._away else self._patience_ms
            until_ns = max(since_ns + patience_ms * NS_A_MS, asked_ns + AWAY_MS * NS_A_MS)
            left_ns = until_ns - self._steady_ns()
            if left_ns <= 0:
                self._away = True
                return "away"
            self._poll.poll(-(-left_ns // NS_A_MS))
            self._answers.settle()

    def _next(self) -> Ruled | RuledColumns | None:
        message = self._answers.get()
        if message is None:
            return None
        try:
            found = read_ruled(message)
        except AskedError:
            return Ruled(0, 0, False, [])  # of another version: nobody waits for it
        self.lease = max(self.lease, found.lease)
        return found


class FrontDesk(Desk):
    """Answers by what another process decides."""

    def __init__(self, *, engine: Engine, tally: Tally, tag_secret: bytes, observe: bool, questions: Questions) -> None:
        """Of the engine only what words and reads is used."""
        self.journal = Journal(None, tally=tally, steady_s=time.monotonic)
        """Nothing is written here."""
        super().__init__(engine=engine, journal=self.journal, tally=tally, tag_secret=tag_secret, observe=observe)
        self.snapshot = engine.deciding.version
        """Version by which the process that decides decides."""
        self._questions = questions

    def _invite(self, request: Request, packet: Packet, trunk: str) -> None:
        reader = self.engine.deciding.reader
        source = f"udp:{packet.address[0]}:{packet.address[1]}"
        event = reader.event(request, number=0, time_ms=0, trunk=trunk, source=source)
        emergency = reader.emergency(request, event)
        parting = None if emergency else farewell(request)
        if parting is not None:
            self._say(request, parting, packet)
            return
        why = "" if emergency else "late" if packet.stale else self._busy
        self._calls.append(Call(request, packet, trunk, event, None, emergency, why))

    def _finish(self) -> list[Done]:
        calls = self._calls
        ruled = self._questions.ask(
            Asked(
                0,
                self.since_ns,
                [call.event for call in calls],
                [call.why for call in calls],
                [call.emergency for call in calls],
            )
        )
        if isinstance(ruled, str):
            rulings = [Ruling(None, "", ruled, False)] * len(calls)
        else:
            rulings, self.bypass, self.snapshot = ruled.rulings, ruled.bypass, ruled.snapshot
        done = []
        for call, ruling in zip(calls, rulings, strict=False):
            try:
                done += self._carry_out(call._replace(why=ruling.why), ruling)
            except ENGINE_FAULTS as error:
                self._fault(error)
        return done

    def _carry_out(self, call: Call, ruling: Ruling) -> list[Done]:
        if not ruling.again:
            return [self._tell(call, ruling.action, ruling.token)]
        self._tally.add(Count.RETRANSMISSIONS)
        answer = self._answer(call, action=ruling.action or Action.ALLOW, token=ruling.token)[0]
        self._out.append((answer, self._back(call.request, call.packet)))
        return []
