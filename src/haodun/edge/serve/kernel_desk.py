"""The process that decides for several fronts: an edge whose datagrams are questions and whose answers are rulings.

Theory of operation. It is an edge in all but the socket: it holds the lease, numbers the events, judges them, writes
the log, follows the console, keeps states, shows pages. A turn takes what waits in the rings, a question of each front
in turn, so that none starves the others; what became too old on the way is logged as not judged, since its front has
answered already. One append, then the rulings go back.
"""

from __future__ import annotations

import select
import time
from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from haodun.edge.serve.asking import (
    Asked,
    AskedColumns,
    AskedError,
    Ruled,
    RuledColumns,
    Ruling,
    read_asked,
    ruled_bytes,
    ruled_columns_bytes,
)
from haodun.edge.serve.column_desk import ColumnDesk, lease_of
from haodun.edge.serve.desk import Address, Desk, Done, Packet, key_of
from haodun.edge.serve.engine import ENGINE_FAULTS
from haodun.edge.serve.front import CallBatch
from haodun.edge.serve.front.call_lines import LineTexts
from haodun.edge.serve.front.judging import unjudged
from haodun.edge.serve.limits import BATCH, MICRO_BATCH
from haodun.edge.serve.metrics import Gauge
from haodun.edge.serve.rings import Ring, RingFiles
from haodun.edge.serve.server import Edge
from haodun.edge.serve.starting import Prepared
from haodun.edge.serve.wire import Wire
from haodun.screening.events import Action, Event
from haodun.screening.verdicts import Mode, Verdict
from haodun.screening.verdicts.fast import FastScreener
from haodun.screening.verdicts.token import TOKEN_LENGTH
from haodun.store.frames import Batch

NS_A_MS = 1_000_000


class FrontRings(NamedTuple):
    """The two rings of one front."""

    asks: RingFiles
    answers: RingFiles


class RuledCall(NamedTuple):
    """A call decided here, for its line in the log."""

    event: Event
    verdict: Verdict | None
    trunk: str
    emergency: bool
    why: str


class RingWire(Wire):
    """The rings of all fronts, seen as one socket: a question is a datagram, its address is the front's place."""

    def __init__(self, fronts: list[FrontRings], *, lease: int = 0) -> None:
        """`lease`: number of that under which is decided; fronts are told."""
        self._make_waking()
        self._asks = [Ring(rings.asks) for rings in fronts]
        self._answers = [Ring(rings.answers) for rings in fronts]
        self._first = 0
        for ring in self._asks:
            ring.drop()
            self._poll.register(ring.event, select.POLLIN)
        for ring in self._answers:  # fronts that gave up on one before this ask again
            ring.put(ruled_bytes(Ruled(0, 0, False, [], lease)))
        self.port = 0

    def wait(self, milliseconds: int) -> bool:
        """See `Wire`."""
        ready = super().wait(milliseconds)
        for ring in self._asks:
            ring.settle()
        return ready

    def drain(self, *, deadline_ms: int, wall_ns: int) -> tuple[list[Packet], int]:
        """At most BATCH questions or MICRO_BATCH bytes of them, those of each front in turn; their age is in them."""
        packets: list[Packet] = []
        left, count = MICRO_BATCH, len(self._asks)
        waiting = [(self._first + turn) % count for turn in range(count)]
        self._first = (self._first + 1) % count
        while waiting and len(packets) < BATCH and left > 0:
            for place in tuple(waiting):
                message = self._asks[place].get()
                if message is None:
                    waiting.remove(place)
                else:
                    packets.append(Packet(message, (place,), False))
                    left -= len(message)
        return packets, 0

    def fullness(self) -> int:
        """Thousandths of the fullest ring."""
        return max(ring.filled() for ring in self._asks)

    def send(self, answers: Iterable[tuple[bytes, Address]]) -> int:
        """Give the rulings back; how many did not fit."""
        return sum(not self._answers[address[0]].put(data) for data, address in answers)

    def close(self) -> None:
        """Let go of the rings."""
        for ring in (*self._asks, *self._answers):
            ring.close()
        self._close_waking()


class KernelDesk(Desk):
    """Decides what fronts ask."""

    deadline_ns = 0
    """A question older than this was answered by its front."""
    ruled: Sequence[tuple[RuledCall, str]] = ()
    """The calls of the last batch with the word for what their fronts answer, for their lines."""
    lined: Sequence[CallBatch] = ()
    """Those of questions in columns."""

    columns: ColumnDesk
    """Decides questions in columns."""

    def decide_columns(self) -> None:
        """Be ready for questions in columns; the kernel is the compiled one."""
        self.columns = ColumnDesk(
            engine=self.engine, journal=self._journal, observe=self._observe, unjudged_calls=self._unjudged
        )

    def serve(
        self, packets: Iterable[Packet], *, now_ms: int, busy: str = ""
    ) -> tuple[list[tuple[bytes, Address]], list[Done]]:
        """The rulings with the place of the front that asked; those in columns are decided before the others."""
        self._now_ms, self._busy, self.ruled, self.lined = now_ms, busy, (), ()
        self._unjudged.forget_old(now_ms)
        rows: list[tuple[Asked, Address]] = []
        columns: list[tuple[AskedColumns, Address]] = []
        for packet in packets:
            try:
                said = read_asked(packet.data)
            except AskedError as error:
                self._fault(error)
                continue
            if isinstance(said, AskedColumns):
                columns.append((said, packet.address))
            elif isinstance(said, Asked):
                rows.append((said, packet.address))
            else:
                for count, label, amount in said:
                    self._tally.add(count, label, amount)
        answers = self._decide_columns(columns) if columns else []
        answers += self._decide_rows(rows) if rows else []
        return ([], []) if self._journal.lost else (answers, [])

    def _decide_columns(self, asked: list[tuple[AskedColumns, Address]]) -> list[tuple[bytes, Address]]:
        questions, bypass = [one for one, _ in asked], self.bypass
        try:
            ruled = self.columns.serve(questions, now_ms=self._now_ms, bypass=bypass, why=self._why_none)
            self.lined = self.columns.lined
        except ENGINE_FAULTS as error:
            self._fault(error)
            none = np.zeros((0, TOKEN_LENGTH), np.uint8)
            version, lease = self.engine.deciding.version, lease_of(self._journal)
            ruled = [
                RuledColumns(one.id, version, bypass, "engine", unjudged(len(one.columns.events)).judged, none, lease)
                for one in questions
            ]
        if self.columns.fault:
            self.fault, self.columns.fault = self.columns.fault, ""
        return [(ruled_columns_bytes(one), address) for one, (_, address) in zip(ruled, asked, strict=True)]

    def _decide_rows(self, asked: list[tuple[Asked, Address]]) -> list[tuple[bytes, Address]]:
        calls: list[RuledCall] = []
        rulings = [[self._rule(one, place, calls) for place in range(len(one.events))] for one, _ in asked]
        if calls and not self._write(calls):
            for call in calls:
                self._unjudged.put(self._key(call.event), True, self._now_ms)
            rulings = [
                [ruling if ruling.again else Ruling(None, "", "log", False) for ruling in some] for some in rulings
            ]
        self.ruled = [(call, self._word(call)) for call in calls]
        version, lease = self.engine.deciding.version, lease_of(self._journal)
        return [
            (ruled_bytes(Ruled(one.id, version, self.bypass, some, lease)), address)
            for (one, address), some in zip(asked, rulings, strict=True)
        ]

    def _key(self, event: Event) -> Hashable:
        """What tells a repeat, under either kernel."""
        screener = self.engine.deciding.screener
        return screener.attempt_key(key_of(event)) if isinstance(screener, FastScreener) else key_of(event)

    def _rule(self, asked: Asked, place: int, calls: list[RuledCall]) -> Ruling:
        """Decide one call, or find what it got before."""
        journal = self._journal
        event = asked.events[place]._replace(number=journal.next_number, time_ms=self._now_ms)
        earlier = self.engine.repeated(key_of(event), self._now_ms)
        if self._unjudged.get(self._key(event), self._now_ms) or (earlier is not None and earlier.decision is None):
            return Ruling(None, "", "again", True)
        if earlier is not None and earlier.decision is not None:
            action = earlier.decision.action
            return Ruling(action, "" if action is Action.ALLOW else self.engine.token(earlier), "", True)
        emergency = asked.emergencies[place]
        why, verdict = self._why(asked, place), None
        if not why or (emergency and why != "log"):
            verdict = self._judge(event, emergency=emergency)
            why = "" if verdict is not None else "engine"
        if verdict is None:
            self._unjudged.put(self._key(event), True, self._now_ms)
        journal.next_number += 1
        calls.append(RuledCall(event, verdict, event.trunk, emergency, why))
        return Ruling(None if verdict is None else verdict.action, "" if verdict is None else verdict.token, why, False)

    def _why(self, asked: Asked, place: int) -> str:
        return self._hindrance(asked.whys[place], asked.since_ns)

    def _why_none(self, asked: AskedColumns) -> str:
        return self._hindrance(asked.why, asked.since_ns)

    def _hindrance(self, said: str, since_ns: int) -> str:
        """Why nothing is judged of a question, ''; `said`: what its front says."""
        if self._journal.paused:
            return "log"
        late = time.monotonic_ns() - since_ns > self.deadline_ns
        return said or ("late" if late else self._busy)

    def _write(self, calls: list[RuledCall]) -> bool:
        deciding = self.engine.deciding
        pairs = [(call.event, call.verdict) for call in calls]
        batch = Batch(deciding.version, deciding.policy.digest, self.bypass, pairs)
        return not self._journal.paused and self._journal.append(batch)

    def _word(self, call: RuledCall) -> str:
        """The word for what its front answers."""
        if call.emergency or self._observe or self.bypass:
            return Action.ALLOW.name
        if call.verdict is not None:
            return call.verdict.action.name
        live = self.engine.deciding.reader.live(call.trunk)
        return "FAIL_OPEN" if self.engine.deciding.wording.opens(live) else "FAIL_CLOSED"


class KernelEdge(Edge):
    """The edge that decides for others."""

    def __init__(self, prepared: Prepared, fronts: list[FrontRings]) -> None:
        """EdgeError where the address of the pages is taken."""
        self._fronts = fronts
        super().__init__(prepared)

    def _make_desk(self) -> KernelDesk:
        """See `Edge`."""
        self._kernel_desk = KernelDesk(
            engine=self._prepared.engine,
            journal=self.journal,
            tally=self.tally,
            tag_secret=self._prepared.tag_secret,
            observe=self.settings.mode is Mode.OBSERVE,
        )
        self._kernel_desk.deadline_ns = self.settings.deadline_ms * NS_A_MS
        self._texts = LineTexts(self._prepared.run_id)
        self._decides_columns = isinstance(self._prepared.engine.deciding.screener, FastScreener)
        if self._decides_columns:
            self._kernel_desk.decide_columns()
            self._kernel_desk.columns.warm()
            self._texts.warm()
        return self._kernel_desk

    def _make_wire(self, *, contested: bool) -> RingWire:
        """See `Edge`."""
        return RingWire(self._fronts, lease=lease_of(self.journal))

    def _turn(self) -> None:
        began_ns = time.monotonic_ns()
        super()._turn()
        desk = self._kernel_desk
        ruled, lined, desk.ruled, desk.lined = desk.ruled, desk.lined, (), ()
        if not ruled and not lined:
            return
        took_us = (time.monotonic_ns() - began_ns) // 1000
        self.tally.answered(len(ruled) + sum(calls.size for calls in lined), took_us)
        if self._lines is not None:
            version, bypass, texts = desk.engine.deciding.version, desk.bypass, self._texts
            made = [bytes(texts.lines(calls, microseconds=took_us, snapshot=version, bypass=bypass)) for calls in lined]
            if made:
                self._lines.append(b"".join(made))
            if ruled:
                self._lines.write(ruled, microseconds=took_us, snapshot=version, bypass=bypass)

    def _each_second(self) -> None:
        super()._each_second()
        self.tally.gauges[Gauge.RING] = self.wire.fullness()
