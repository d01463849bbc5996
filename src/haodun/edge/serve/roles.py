"""What the processes of an edge with several fronts do: one decides, the others read and answer."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from multiprocessing.reduction import DupFd
from typing import Any

from haodun.edge.serve.fronts import Front
from haodun.edge.serve.kernel_desk import FrontRings, KernelEdge
from haodun.edge.serve.metrics import Count
from haodun.edge.serve.rings import RingFiles
from haodun.edge.serve.server import Stoppable, stop_on_signals
from haodun.edge.serve.settings import EdgeError, Settings
from haodun.edge.serve.standby import Standby
from haodun.edge.serve.starting import Prepared, start
from haodun.screening.events import TrunksError
from haodun.screening.policy import PolicyError
from haodun.screening.snapshot import SnapshotRefused
from haodun.store.errors import StoreError

READY = ""
"""What a process says when it serves; everything else it says is for the operator."""
REPLACED = 3
"""Exit code of a process whose place another edge has."""
REFUSED = 2
"""Exit code of a process that cannot start as it was asked to."""
_REFUSALS = (EdgeError, OSError, PolicyError, SnapshotRefused, TrunksError)
_WATCH_S = 1.0


class Handed:
    """A front's rings on their way to a process that is being started."""

    def __init__(self, rings: FrontRings, place: int, told: Sequence[int] = ()) -> None:
        """`told`: memory for what each front has told, where fronts are handed theirs."""
        self.rings = rings
        self.place = place
        self.told = tuple(told)

    def __getstate__(self) -> list[Any]:
        """Descriptors that the system hands over at the start of the process."""
        descriptors = [*(descriptor for files in self.rings for descriptor in files), *self.told]
        return [self.place, *map(DupFd, descriptors)]

    def __setstate__(self, handed: list[Any]) -> None:
        """The same descriptors there."""
        self.place, *handed = handed
        asks_memory, asks_event, answers_memory, answers_event, *told = (one.detach() for one in handed)
        self.told = tuple(told)
        self.rings = FrontRings(RingFiles(asks_memory, asks_event), RingFiles(answers_memory, answers_event))


def decide(settings: Settings, fronts: list[Handed], says: Connection, again: int) -> None:
    """Be the process that decides; `again` is how many died before it."""
    try:
        prepared = _stand_by(settings, says) if settings.standby else start(settings, now_ms=_now_ms())
        if prepared is None:
            return
        edge = KernelEdge(prepared, [handed.rings for handed in fronts])
    except StoreError as error:
        says.send(str(error))
        sys.exit(REPLACED)
    except _REFUSALS as error:
        says.send(str(error))
        sys.exit(REFUSED)
    if again:
        edge.tally.add(Count.STARTED_AGAIN, "kernel", again)
    for note in prepared.notes:
        says.send(note)
    pages = "" if edge.pages is None else f", http {edge.pages.port}"
    says.send(f"deciding for {len(fronts)} fronts{pages}, run {prepared.run_id}, mode {settings.mode}")
    stop_on_signals(edge)
    _stop_with_parent(edge)
    says.send(READY)
    try:
        edge.run()
    except StoreError as error:
        says.send(str(error))
        sys.exit(REPLACED)


def answer(settings: Settings, handed: Handed, says: Connection, again: int) -> None:
    """Be a front; `again` is how many there were at its place before it."""
    try:
        front = Front(settings, handed.rings, place=handed.place, told=handed.told)
    except (StoreError, *_REFUSALS) as error:
        says.send(str(error))
        sys.exit(REFUSED)
    if again:
        front.tally.add(Count.STARTED_AGAIN, "front")
    stop_on_signals(front)
    says.send(READY)
    front.run()
    if front.replaced:
        sys.exit(REPLACED)


def _stand_by(settings: Settings, says: Connection) -> Prepared | None:
    standby = Standby(settings, say=says.send)
    stop_on_signals(standby)
    _stop_with_parent(standby)
    says.send(f"standing by after event {standby.followed.number}")
    return standby.run()


def _stop_with_parent(served: Stoppable) -> None:
    """End when whoever started this process is gone: nobody would start it again."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_S)
        served.stop()

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


Role = Callable[..., None]
