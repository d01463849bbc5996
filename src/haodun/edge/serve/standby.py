"""The standby: holds the same state as the edge that serves, by the same log, and takes its place.

Theory of operation. It counts each event as soon as it is in the log, with the decision that stands there, so its state
is that of the serving edge bit for bit. It keeps states at intervals, since nobody waits for it. When the holder of the
lease is gone, or has stood still for `lease_s`, it takes the lease, counts what is left, and becomes an edge. What an
edge loads and compiles at its first call was loaded before, by an edge that keeps nothing and answers one call of ours.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from haodun.edge.serve.desk import Packet
from haodun.edge.serve.following import Followed
from haodun.edge.serve.limits import FOLLOW_MS, STATE_EVENTS
from haodun.edge.serve.server import Edge
from haodun.edge.serve.settings import EdgeError, Place, Settings
from haodun.edge.serve.starting import Prepared, follow, start, take_over
from haodun.store.lease import Watch

_CALL = (
    b"INVITE sip:+8613900000000@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKrehearsal;rport\r\n"
    b"Max-Forwards: 70\r\nFrom: <sip:+8613800000000@127.0.0.1>;tag=r\r\nTo: <sip:+8613900000000@127.0.0.1>\r\n"
    b"Call-ID: rehearsal@127.0.0.1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
)


class Standby:
    """Follows a log until it has the lease, or is told to stop. EdgeError, PolicyError, StoreError, OSError."""

    def __init__(self, settings: Settings, *, say: Callable[[str], None] = lambda sentence: None) -> None:
        """`say` is told what an operator should know."""
        if settings.log is None:
            raise EdgeError("a standby follows a log: give --log")
        self._settings = settings
        self._say = say
        self._stopping = threading.Event()
        _rehearse(settings)
        self._watch = Watch(settings.log, steady_s=time.monotonic, lease_s=settings.lease_s)
        self.followed: Followed = follow(settings)
        self._kept = self.followed.number
        for note in self.followed.notes:
            say(note)
        self.followed.notes.clear()

    def stop(self) -> None:
        """End `run` soon. May be called from a signal handler or another thread."""
        self._stopping.set()

    def run(self) -> Prepared | None:
        """What an edge needs to serve in place of the one before, None where it was told to stop."""
        while not self._stopping.is_set():
            behind = self._step()
            lease = self._watch.take()
            if lease is not None:
                self._say(f"took over with lease {lease.number} after event {self.followed.number}")
                return take_over(self._settings, self.followed, lease, now_ms=_now_ms())
            if not behind:
                self._stopping.wait(FOLLOW_MS / 1000)
        return None

    def _step(self) -> int:
        """Count some more, and keep a state where it is time; how many events."""
        followed = self.followed
        done = followed.step(_now_ms())
        if followed.number - self._kept >= STATE_EVENTS[followed.kernel.name]:
            self._kept = followed.number
            followed.keep()
        return done


def _rehearse(settings: Settings) -> None:
    """Load all that an edge with these options needs for a call."""
    alone = replace(
        settings, log=None, http=None, control="", standby=False, fronts=1, listen=Place(settings.listen.host, 0)
    )
    edge = Edge(start(alone, now_ms=_now_ms()))
    edge.desk.serve([Packet(_CALL, ("127.0.0.1", 5060), False)], now_ms=_now_ms())
    edge.wire.close()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
