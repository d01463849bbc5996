"""The edge as a process: one loop over one socket, and three threads beside it that never touch a call."""

from __future__ import annotations

import gc
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from haodun.edge.serve.aging import StateMaker
from haodun.edge.serve.bypass import bypass_is_on
from haodun.edge.serve.clock import EventClock
from haodun.edge.serve.control import Link
from haodun.edge.serve.desk import Desk
from haodun.edge.serve.engine import Deciding
from haodun.edge.serve.following import keep_state
from haodun.edge.serve.front import Front, Moment, Turner, is_here
from haodun.edge.serve.journal import Journal
from haodun.edge.serve.limits import IDLE_MS
from haodun.edge.serve.lines import CallLines, operations_log
from haodun.edge.serve.metrics import Count, Gauge, Tally
from haodun.edge.serve.pages import Pages
from haodun.edge.serve.receipts import Receipts
from haodun.edge.serve.settings import EdgeError
from haodun.edge.serve.starting import Prepared
from haodun.edge.serve.wire import Wire
from haodun.screening.snapshot import Snapshot
from haodun.screening.verdicts import Mode
from haodun.store.lease import LeaseLostError
from haodun.store.segments import SegmentWriter

SECOND_NS = 1_000_000_000
MINUTE_S = 60
HOUR_S = 3_600
DAY_MS = 86_400_000


class Edge:
    """One running edge. `run` returns when it was told to stop."""

    def __init__(self, prepared: Prepared) -> None:
        """Open the sockets. EdgeError where an address is taken."""
        self._prepared = prepared
        self.settings = settings = prepared.settings
        self.tally = Tally()
        self._log = operations_log()
        wall_ms = time.time_ns() // 1_000_000
        self._clock = EventClock(wall_ms=wall_ms, steady_ms=time.monotonic_ns() // 1_000_000)
        self.journal = Journal(prepared.writer, tally=self.tally, steady_s=time.monotonic)
        self.desk = self._make_desk()
        self._lines = None if settings.log is None else CallLines(settings.log, run_id=prepared.run_id)
        self._states = None if settings.log is None else StateMaker(settings, steady_s=time.monotonic)
        self._turned = True
        """Whether the loop came round since the lease was renewed: one that hangs must lose it."""
        self._stopping = threading.Event()
        self._seconds = 0
        self._answered_before = 0
        self._next_ns = 0
        contested = prepared.writer is not None and prepared.writer.lease.contested
        self.wire = self._make_wire(contested=contested)
        self._turner = self._make_turner()
        # Only now, since what is compiled is there: whoever asks a page finds an edge that answers calls at once.
        self.pages = self._make_pages(contested=contested)
        self._link = self._make_link()
        self._show_deciding()
        gc.collect()
        gc.freeze()

    def stop(self) -> None:
        """End the loop soon. May be called from a signal handler or another thread."""
        self._stopping.set()
        self.wire.wake()

    def run(self) -> None:
        """Serve until told to stop; what was answered is on the disk when this returns.

        LeaseLostError where another edge has taken over: that one answers now.
        """
        syncing = threading.Thread(target=self._sync_each_second, name="sync", daemon=True)
        syncing.start()
        if self._link is not None:
            self._link.start()
        gc.disable()
        try:
            while not (self._stopping.is_set() or self.journal.lost):
                self._turn()
                self._turned = True
        finally:
            gc.enable()
            gc.unfreeze()
            self._close(syncing)
        if self.journal.lost:
            raise LeaseLostError(self.journal.lost)

    def readiness(self) -> tuple[bool, dict[str, object]]:
        """Whether calls may be sent here, with the reasons why not, and what is in force."""
        deciding, settings = self.desk.engine.deciding, self.settings
        snapshot = deciding.snapshot
        faults = []
        if snapshot is None and (settings.control or settings.snapshot is not None):
            faults.append("no snapshot was taken yet; the policy of --policy decides")
        if snapshot is not None and snapshot.manifest.expires_ms <= time.time_ns() // 1_000_000:
            faults.append("the snapshot in force has expired")
        if self.journal.fault:
            faults.append(f"the live log cannot be written: {self.journal.fault}")
        said: dict[str, object] = {
            "ready": not faults,
            "faults": faults,
            "mode": settings.mode.value,
            "bypass": self.desk.bypass,
            "policy": f"{deciding.policy.id} {deciding.policy.version}",
            "snapshot": deciding.version,
            "run": self._prepared.run_id,
        }
        return not faults, said

    def _turn(self) -> None:
        """One batch: drain, decide, log, answer; or a short sleep."""
        link = self._link
        if link is not None and link.ready is not None:
            self._swap(link)
        wall_ns = time.time_ns()
        steady_ns = time.monotonic_ns()
        if steady_ns >= self._next_ns:
            self._next_ns = steady_ns + SECOND_NS
            self._each_second()
        now_ms = self._clock.now_ms(wall_ns // 1_000_000, steady_ns // 1_000_000)
        if not self._turner.turn(Moment(now_ms, wall_ns, steady_ns)):
            self.wire.wait(IDLE_MS)

    def _swap(self, link: Link) -> None:
        deciding = link.ready
        if deciding is None:
            return
        self.desk.swap(deciding)
        self._turner.swap(deciding)
        link.taken()
        self._show_deciding()
        self._log.info("snapshot_executed", version=deciding.version)

    def _each_second(self) -> None:
        """What the loop looks after besides calls.

        Garbage: the call path makes none that only the collector finds (a test holds it), and a collection in the
        middle of calls would stop them for longer than the deadline. So it runs in quiet seconds only, and never looks
        again at what survived a second, whether that is ten numbers or a million.
        """
        self._seconds += 1
        answered = self.tally.total(Count.ANSWERS)
        if answered == self._answered_before:
            gc.collect()
        self._answered_before = answered
        gc.freeze()
        gauges = self.tally.gauges
        gauges[Gauge.NUMBERS] = self.desk.engine.kernel.numbers
        gauges[Gauge.CLOCK_OFF] = self._clock.off_ms / 1000
        try:
            self._look_at_folder()
        except OSError as error:
            self.tally.add(Count.LOG_FAILED)
            self._log.error("folder_failed", why=error.strerror)
        if self.desk.fault:
            self._log.error("our_fault", why=self.desk.fault, what="please report it")
            self.desk.fault = ""
        if self._seconds % MINUTE_S == 1:
            if self.desk.bypass:
                self._log.warning("bypass_is_on", what="every call is let through; end it with haodun edge bypass off")
            if self.journal.fault:
                self._log.error("log_broken", why=self.journal.fault, what="calls are answered by the fail mode")

    def _look_at_folder(self) -> None:
        """Follow the bypass, and let go of what is older than it is kept."""
        folder, writer = self.settings.log, self._prepared.writer
        if folder is None or writer is None:
            return
        if self._states is not None:
            self._states.look(writer.last_number)
            self.tally.gauges[Gauge.STATE_BEHIND] = self._states.behind
            if self._states.fault:
                self._log.error("state_not_kept", why=self._states.fault, what="a restart counts more of the log")
                self._states.fault = ""
        if self._seconds % HOUR_S == 1:
            writer.prune(time.time_ns() // 1_000_000 - self.settings.keep_days * DAY_MS)
        on = bypass_is_on(folder)
        if on != self.desk.bypass:
            self.desk.bypass = on
            self.tally.gauges[Gauge.BYPASS] = on
            self._log.warning("bypass_on" if on else "bypass_off")

    def _show_deciding(self) -> None:
        deciding = self.desk.engine.deciding
        expires = 0 if deciding.snapshot is None else deciding.snapshot.manifest.expires_ms / 1000
        self.tally.gauges[Gauge.SNAPSHOT] = deciding.version
        self.tally.gauges[Gauge.SNAPSHOT_EXPIRES] = expires

    def _sync_each_second(self) -> None:
        while not self._stopping.wait(1.0):
            if self._turned:
                self._turned = False
                self.journal.renew()
                if self.journal.lost:
                    self.wire.wake()
            self.journal.sync()

    def _make_desk(self) -> Desk:
        """Who decides batches."""
        return Desk(
            engine=self._prepared.engine,
            journal=self.journal,
            tally=self.tally,
            tag_secret=self._prepared.tag_secret,
            observe=self.settings.mode is Mode.OBSERVE,
        )

    def _make_wire(self, *, contested: bool) -> Wire:
        """Where batches come from; EdgeError where the address is taken."""
        return Wire(self.settings.listen, contested=contested)

    def _make_turner(self) -> Turner:
        """Who serves the socket: the compiled front where it was asked for and can, else the plain way."""
        settings, front = self.settings, None
        if settings.compiled_front and is_here() and type(self.wire) is Wire:
            front = Front(
                desk=self.desk,
                journal=self.journal,
                tally=self.tally,
                tag_secret=self._prepared.tag_secret,
                observe=settings.mode is Mode.OBSERVE,
                deadline_ms=settings.deadline_ms,
                joined=settings.udp_segment,
            )
            front.warm()
        return Turner(
            wire=self.wire,
            desk=self.desk,
            front=front,
            tally=self.tally,
            lines=self._lines,
            deadline_ms=settings.deadline_ms,
        )

    def _make_pages(self, *, contested: bool) -> Pages | None:
        """The pages; an edge that took over from one that stands still serves without where that has their address."""
        if self.settings.http is None:
            return None
        try:
            return Pages(self.settings.http, tally=self.tally, readiness=self.readiness)
        except EdgeError as error:
            if not contested:
                self.wire.close()
                raise
            self._log.error("no_pages", why=str(error), what="the process before holds the address; end it")
            return None

    def _ready(self, snapshot: Snapshot) -> Deciding:
        """Make a snapshot ready to decide, and to be said; in the thread of the link."""
        deciding = self._prepared.ready(snapshot)
        self._turner.prepare(deciding)
        return deciding

    def _make_link(self) -> Link | None:
        settings, prepared = self.settings, self._prepared
        if not settings.control or prepared.shelf is None or settings.log is None or settings.control_token is None:
            return None
        try:
            token = settings.control_token.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise EdgeError(
                f"--control-token {settings.control_token} cannot be read; check path and rights"
            ) from error
        return Link(
            settings.control,
            token=token,
            shelf=prepared.shelf,
            receipts=Receipts(settings.log / "receipts.json"),
            prepare=self._ready,
            run_id=prepared.run_id,
            tally=self.tally,
            log=self._log.warning,
            now_ms=lambda: time.time_ns() // 1_000_000,
            wake=self.wire.wake,
        )

    def _close(self, syncing: threading.Thread) -> None:
        """Let go of everything, the log last."""
        self._stopping.set()
        if self._link is not None:
            self._link.stop()
        self.wire.close()
        if self.pages is not None:
            self.pages.close()
        syncing.join()
        if self._lines is not None:
            self._lines.close()
        if self._states is not None:
            self._states.stop()
        if self._prepared.writer is not None and self.settings.log is not None:
            self._close_log(self.settings.log, self._prepared.writer)
        self._log.info("stopped", answered=self.tally.total(Count.ANSWERS))

    def _close_log(self, folder: Path, writer: SegmentWriter) -> None:
        """Keep the state of the last event, and let go of the log; one that was taken over from leaves both alone."""
        try:
            if not self.journal.lost:
                keep_state(folder, self.desk.engine.kernel, writer.last_number, run=self._prepared.run_id)
            writer.close()
        except OSError as error:
            self._log.error("state_not_kept", why=error.strerror, what="the next start counts more of the log")


class Stoppable(Protocol):
    """An edge or its standby."""

    def stop(self) -> None:
        """End `run` soon."""


def stop_on_signals(edge: Stoppable) -> None:
    """SIGTERM and SIGINT end the edge in good order."""
    handler: Callable[[int, object], None] = lambda number, frame: edge.stop()  # noqa: E731
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)
