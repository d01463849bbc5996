"""A front as a process: one socket of the shared port, read and answered; another process decides."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections import Counter

from haodun.edge.serve.asking import counts_bytes
from haodun.edge.serve.clock import EventClock
from haodun.edge.serve.front_desk import FrontDesk, Questions
from haodun.edge.serve.kernel_desk import FrontRings
from haodun.edge.serve.limits import BATCH, HIGH_WATER, IDLE_MS, RENEW_S
from haodun.edge.serve.metrics import Count, Tally
from haodun.edge.serve.rings import Ring
from haodun.edge.serve.settings import Settings
from haodun.edge.serve.starting import front
from haodun.edge.serve.wire import Wire
from haodun.screening.verdicts import Mode

SECOND_NS = 1_000_000_000


class Front:
    """One front. `run` returns when it was told to stop, its parent is gone, or it is to begin anew."""

    def __init__(self, settings: Settings, rings: FrontRings, *, place: int = 0) -> None:
        """Everything `starting.front` raises; EdgeError where the address is taken. `place`: which front, from 0."""
        self._settings = settings
        self.tally = Tally()
        self._told: Counter[tuple[Count, str]] = Counter()
        self._asks, self._answers = Ring(rings.asks), Ring(rings.answers)
        self._answers.drop()
        engine, secret = front(settings, now_ms=time.time_ns() // 1_000_000)
        self._desk = FrontDesk(
            engine=engine,
            tally=self.tally,
            tag_secret=secret,
            observe=settings.mode is Mode.OBSERVE,
            questions=Questions(
                self._asks, self._answers, patience_ms=settings.deadline_ms, steady_ns=time.monotonic_ns
            ),
        )
        self._wire = Wire(settings.listen, fronts=settings.fronts)
        self._clock = EventClock(wall_ms=time.time_ns() // 1_000_000, steady_ms=time.monotonic_ns() // 1_000_000)
        self._stopping = threading.Event()
        self._parent = os.getppid()
        self._renew_s = RENEW_S * (place + 1)
        self._differs_since_s = 0.0
        self._next_ns = 0

    def stop(self) -> None:
        """End `run` soon. May be called from a signal handler."""
        self._stopping.set()
        self._wire.wake()

    def run(self) -> None:
        """Serve until there is a reason not to."""
        gc.collect()
        gc.freeze()
        gc.disable()
        while not self._stopping.is_set() and os.getppid() == self._parent and not self._outdated():
            self._turn()
        self._tell_counts()
        self._wire.close()

    def _turn(self) -> None:
        wall_ns, steady_ns = time.time_ns(), time.monotonic_ns()
        if steady_ns >= self._next_ns:
            self._next_ns = steady_ns + SECOND_NS
            self._tell_counts()
        packets, oldest_us = self._wire.drain(deadline_ms=self._settings.deadline_ms, wall_ns=wall_ns)
        if not packets:
            self._wire.wait(IDLE_MS)
            return
        busy = "overload" if len(packets) == BATCH and self._wire.fullness() > HIGH_WATER else ""
        self._desk.since_ns = steady_ns - oldest_us * 1000
        now_ms = self._clock.now_ms(wall_ns // 1_000_000, steady_ns // 1_000_000)
        answers, _ = self._desk.serve(packets, now_ms=now_ms, busy=busy)
        failed = self._wire.send(answers)
        if failed:
            self.tally.add(Count.SEND_FAILED, amount=failed)

    def _outdated(self) -> bool:
        """Whether to begin anew: calls are decided by a snapshot whose trunks and words this front has not read yet.

        One front after the other, so that there is always one that answers.
        """
        if self._desk.snapshot == self._desk.engine.deciding.version:
            self._differs_since_s = 0.0
            return False
        self._differs_since_s = self._differs_since_s or time.monotonic()
        return time.monotonic() - self._differs_since_s >= self._renew_s

    def _tell_counts(self) -> None:
        """Give what was counted to the process that shows it; kept where the ring is full."""
        if self._desk.fault:
            self._desk.fault = ""
            self.tally.add(Count.UNJUDGED, "fault")
        counts = Counter(self.tally.counts)
        more = [(*key, amount - self._told[key]) for key, amount in counts.items() if amount != self._told[key]]
        if more and self._asks.put(counts_bytes(more)):
            self._told = counts
