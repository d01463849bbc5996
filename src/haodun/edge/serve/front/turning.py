"""One turn of an edge's loop: a batch drained, decided, logged and answered; by the compiled front or the plain way."""

from __future__ import annotations

import time
from typing import NamedTuple

from haodun.edge.serve.desk import Desk, Done
from haodun.edge.serve.engine import Deciding
from haodun.edge.serve.front.batch import CallBatch
from haodun.edge.serve.front.call_lines import LineTexts
from haodun.edge.serve.front.front import Front
from haodun.edge.serve.front.limits import SLOTS
from haodun.edge.serve.limits import BATCH, HIGH_WATER
from haodun.edge.serve.lines import CallLines
from haodun.edge.serve.metrics import Count, Gauge, Tally
from haodun.edge.serve.wire import Wire


class Moment(NamedTuple):
    """The clocks at the beginning of a turn."""

    now_ms: int
    """To stamp events with."""
    wall_ns: int
    steady_ns: int


class Turner:
    """What serves the socket of one edge. `front` is None where all goes the plain way."""

    def __init__(
        self, *, wire: Wire, desk: Desk, front: Front | None, tally: Tally, lines: CallLines | None, deadline_ms: int
    ) -> None:
        self._wire, self._desk, self._front, self._tally = wire, desk, front, tally
        self._lines, self._deadline_ms = lines, deadline_ms
        self._texts = LineTexts("" if lines is None else lines.run_id)
        if front is not None:
            self._texts.warm()

    def prepare(self, deciding: Deciding) -> None:
        """Make ready what a swap will need; in any thread."""
        if self._front is not None:
            self._front.prepare(deciding)

    def swap(self, deciding: Deciding) -> None:
        """Serve by something else from the next turn on; the desk has been told."""
        if self._front is not None:
            self._front.decide_by(deciding)

    def turn(self, moment: Moment) -> bool:
        """Serve what waits; False where nothing did."""
        return self._plain(moment) if self._front is None else self._compiled(self._front, moment)

    def _plain(self, moment: Moment) -> bool:
        packets, oldest_us = self._wire.drain(deadline_ms=self._deadline_ms, wall_ns=moment.wall_ns)
        if not packets:
            return False
        busy = self._busy() if len(packets) == BATCH else ""
        self._desk.since_ns = moment.steady_ns - oldest_us * 1000
        answers, done = self._desk.serve(packets, now_ms=moment.now_ms, busy=busy)
        self._failed(self._wire.send(answers))
        self._note(done, None, oldest_us, moment)
        return True

    def _compiled(self, front: Front, moment: Moment) -> bool:
        descriptor = self._wire.descriptor
        received = front.receive(descriptor)
        if not received:
            return False
        busy = self._busy() if received == SLOTS else ""
        now_ms, wall_ns = moment.now_ms, moment.wall_ns
        turned = front.serve(received, descriptor=descriptor, now_ms=now_ms, wall_ns=wall_ns, busy=busy)
        self._failed(turned.failed + (self._wire.send(turned.answers) if turned.answers else 0))
        self._note(turned.done, turned.calls, turned.oldest_us, moment)
        return True

    def _busy(self) -> str:
        """Why nothing is to be judged now, ''."""
        fullness = self._wire.fullness()
        self._tally.gauges[Gauge.QUEUE] = fullness
        return "overload" if fullness > HIGH_WATER else ""

    def _failed(self, failed: int) -> None:
        if failed:
            self._tally.add(Count.SEND_FAILED, amount=failed)

    def _note(self, done: list[Done], calls: CallBatch | None, oldest_us: int, moment: Moment) -> None:
        """How long it took, and a line for each call."""
        count = len(done) + (0 if calls is None else calls.size)
        if not count:
            return
        took_us = oldest_us + (time.monotonic_ns() - moment.steady_ns) // 1000
        self._tally.answered(count, took_us)
        lines, version, bypass = self._lines, self._desk.engine.deciding.version, self._desk.bypass
        if lines is None:
            return
        if calls is not None:
            lines.append(self._texts.lines(calls, microseconds=took_us, snapshot=version, bypass=bypass))
        if done:
            lines.write(done, microseconds=took_us, snapshot=version, bypass=bypass)
