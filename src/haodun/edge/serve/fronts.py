"""A front as a process: one socket of the shared port, read and answered; another process decides."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections import Counter
from collections.abc import Sequence

from haodun.edge.serve.asking import counts_bytes
from haodun.edge.serve.clock import EventClock
from haodun.edge.serve.front import AskingFront, Moment, Turner, is_here
from haodun.edge.serve.front.shared_told import others_told, own_told
from haodun.edge.serve.front_desk import FrontDesk, Questions
from haodun.edge.serve.kernel_desk import FrontRings
from haodun.edge.serve.limits import IDLE_MS
from haodun.edge.serve.lines import operations_log
from haodun.edge.serve.metrics import Count, Tally
from haodun.edge.serve.renewing import Renewal
from haodun.edge.serve.rings import Ring
from haodun.edge.serve.settings import Settings
from haodun.edge.serve.starting import front
from haodun.edge.serve.wire import Wire
from haodun.screening.verdicts import Mode
from haodun.screening.verdicts.fast import fingerprint_key
from haodun.store import lease
from haodun.store.site import site_key

SECOND_NS = 1_000_000_000


class Front:
    """One front. `run` returns when it was told to stop, its parent is gone, or another edge has taken over."""

    def __init__(self, settings: Settings, rings: FrontRings, *, place: int = 0, told: Sequence[int] = ()) -> None:
        """Everything `starting.front` raises; EdgeError where the address is taken.

        `place`: which front, from 0; `told`: memory for what each has told (`front/shared_told.py`).
        """
        self._settings = settings
        self.tally = Tally()
        self._told: Counter[tuple[Count, str]] = Counter()
        self._asks, self._answers = Ring(rings.asks), Ring(rings.answers)
        self._answers.drop()
        engine, secret = front(settings, now_ms=time.time_ns() // 1_000_000)
        self._questions = Questions(
            self._asks, self._answers, patience_ms=settings.deadline_ms, steady_ns=time.monotonic_ns
        )
        observe = settings.mode is Mode.OBSERVE
        self._desk = FrontDesk(
            engine=engine, tally=self.tally, tag_secret=secret, observe=observe, questions=self._questions
        )
        asking = self._make_asking(secret, place, told) if settings.compiled_front and is_here() else None
        self._wire = Wire(settings.listen, fronts=settings.fronts)
        self._turner = Turner(
            wire=self._wire,
            desk=self._desk,
            front=asking,
            tally=self.tally,
            lines=None,
            deadline_ms=settings.deadline_ms,
        )
        self._renewal = Renewal(settings, engine, prepare=self._turner.prepare)
        self._clock = EventClock(wall_ms=time.time_ns() // 1_000_000, steady_ms=time.monotonic_ns() // 1_000_000)
        self._stopping = threading.Event()
        self._parent = os.getppid()
        self._next_ns = 0
        self.replaced = False
        """Whether another edge has taken over."""

    def _make_asking(self, secret: bytes, place: int, told: Sequence[int]) -> AskingFront:
        """The compiled front before the desk, all of it compiled."""
        settings = self._settings
        made = AskingFront(
            desk=self._desk,
            questions=self._questions,
            key=fingerprint_key(site_key(settings.site_key)),
            journal=self._desk.journal,
            tally=self.tally,
            tag_secret=secret,
            observe=settings.mode is Mode.OBSERVE,
            deadline_ms=settings.deadline_ms,
            joined=settings.udp_segment,
            told=own_told(told[place]) if told else None,
            others=others_told([memory for other, memory in enumerate(told) if other != place]),
        )
        made.warm()
        return made

    def stop(self) -> None:
        """End `run` soon. May be called from a signal handler."""
        self._stopping.set()
        self._wire.wake()

    def run(self) -> None:
        """Serve until there is a reason not to."""
        gc.collect()
        gc.freeze()
        gc.disable()
        while not (self._stopping.is_set() or self.replaced) and os.getppid() == self._parent:
            self._turn()
        self._tell_counts()
        self._wire.close()

    def _turn(self) -> None:
        wall_ns, steady_ns = time.time_ns(), time.monotonic_ns()
        if steady_ns >= self._next_ns:
            self._next_ns = steady_ns + SECOND_NS
            self._tell_counts()
            self._wire.share(self._settings.fronts)
            self._look_at_lease()
        self._renew()
        now_ms = self._clock.now_ms(wall_ns // 1_000_000, steady_ns // 1_000_000)
        if not self._turner.turn(Moment(now_ms, wall_ns, steady_ns)):
            self._wire.wait(IDLE_MS)

    def _look_at_lease(self) -> None:
        """Another edge serves where one that renews the lease is not who decides here: that one says so before."""
        if self._settings.log is None or not self._questions.lease:
            return
        number, beat = lease.read(self._settings.log)
        self._questions.hear()
        self.replaced = number > self._questions.lease and beat > 0

    def _renew(self) -> None:
        """Read and word by the snapshot that decides, once it is ready here."""
        deciding = self._renewal.look(self._desk.snapshot)
        if deciding is not None:
            self._desk.swap(deciding)
            self._turner.swap(deciding)
            gc.collect()
            gc.freeze()
        if self._renewal.fault:
            operations_log().error("snapshot_not_read", why=self._renewal.fault, what="trunks and words stay as before")
            self._renewal.fault = ""

    def _tell_counts(self) -> None:
        """Give what was counted to the process that shows it; kept where the ring is full."""
        if self._desk.fault:
            self._desk.fault = ""
            self.tally.add(Count.UNJUDGED, "fault")
        counts = Counter(self.tally.counts)
        more = [(*key, amount - self._told[key]) for key, amount in counts.items() if amount != self._told[key]]
        if more and self._asks.put(counts_bytes(more)):
            self._told = counts
