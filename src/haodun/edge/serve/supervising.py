"""Several fronts and the process that decides, kept running: whichever dies is started again, the others go on.

Theory of operation. The rings are made here and live as long as this process, so nobody loses more than what he had in
hand. While the deciding process is away, fronts answer by the fail mode; while a front is away, the system gives its
part to the others. Where another edge has taken the lease, all of them stop. A process of its own is a new program, not
a copy of this one: it inherits the rings and nothing else.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from haodun.edge.serve.front.shared_told import make_memory
from haodun.edge.serve.kernel_desk import FrontRings
from haodun.edge.serve.limits import AGAIN_S, RING_BYTES
from haodun.edge.serve.rings import make_ring
from haodun.edge.serve.roles import READY, REPLACED, Handed, Role, answer, decide
from haodun.edge.serve.settings import EdgeError, Place, Settings
from haodun.edge.serve.wire import see_it_free
from haodun.store.lease import LeaseLostError

KERNEL = -1
"""Place of the process that decides; those of the fronts are from 0."""
END_S = 10
_spawn = multiprocessing.get_context("spawn")


@dataclass
class _Child:
    process: SpawnProcess
    told: Connection
    ready: bool = False


class Supervisor:
    """The processes of one edge. `run` returns when it was told to stop."""

    def __init__(self, settings: Settings, *, say: Callable[[str], None]) -> None:
        """EdgeError where the address is taken; OSError. `say` is told what an operator should know."""
        try:
            port = settings.listen.port if settings.standby else see_it_free(settings.listen)
        except OSError as error:
            sentence = f"--listen udp:{settings.listen}: {error.strerror}; choose another address or port"
            raise EdgeError(sentence) from error
        self.settings = replace(settings, listen=Place(settings.listen.host, port))
        self._say = say
        self._rings = [FrontRings(make_ring(RING_BYTES), make_ring(RING_BYTES)) for _ in range(settings.fronts)]
        self._told = [make_memory() for _ in range(settings.fronts)] if settings.compiled_front else []
        self._stopping = threading.Event()
        self._woken, self._waking = _spawn.Pipe(duplex=False)
        self._children: dict[int, _Child] = {}
        self._started: dict[int, int] = {}
        self._serves = False
        """Whether all of them served at least once."""

    def stop(self) -> None:
        """End `run` soon. May be called from a signal handler or another thread."""
        self._stopping.set()
        self._waking.send_bytes(b"!")

    def run(self) -> None:
        """Keep the processes running.

        LeaseLostError where another edge has taken over; EdgeError where one cannot start as it was asked to.
        """
        try:
            self._start(KERNEL)
            while not self._stopping.is_set():
                children = self._children.values()
                wait([self._woken, *(one.process.sentinel for one in children), *(one.told for one in children)])
                for place in list(self._children):
                    self._look_at(place)
        finally:
            self._end()

    def _look_at(self, place: int) -> None:
        child = self._children[place]
        self._hear(place, child)
        if child.process.is_alive():
            return
        code, name = child.process.exitcode, child.process.name
        if code == REPLACED:
            raise LeaseLostError("another edge has the log; this one stops")
        if not self._serves and code:
            raise EdgeError(f"the {name} could not start; what it said stands above")
        if self._stopping.is_set():
            return
        self._say(f"the {name} ended ({code}); it is started again")
        time.sleep(AGAIN_S)
        child.told.close()
        self._start(place)

    def _hear(self, place: int, child: _Child) -> None:
        """What a process says; with the first that decides the first front begins, and with that one the others."""
        try:
            while child.told.poll():
                sentence = child.told.recv()
                if sentence != READY:
                    self._say(str(sentence))
                    continue
                child.ready = True
                if place == KERNEL and len(self._children) == 1:
                    self._start(0)
                elif place == 0 and len(self._children) == 2:  # what it compiled the others load
                    for front in range(1, self.settings.fronts):
                        self._start(front)
        except (EOFError, OSError):
            child.process.join(timeout=END_S)  # it is ending
        ready = len(self._children) > self.settings.fronts and all(one.ready for one in self._children.values())
        if ready and not self._serves:
            self._serves = True
            self._say(f"listening on udp {self.settings.listen.port} with {self.settings.fronts} fronts")

    def _start(self, place: int) -> None:
        hears, says = _spawn.Pipe(duplex=False)
        role: Role = decide if place == KERNEL else answer
        fronts = [Handed(rings, front) for front, rings in enumerate(self._rings)]
        handed = fronts if place == KERNEL else Handed(self._rings[place], place, self._told)
        name = "deciding process" if place == KERNEL else f"front {place}"
        again = self._started.get(place, 0)
        process = _spawn.Process(target=role, args=(self.settings, handed, says, again), name=name)
        process.start()
        says.close()
        self._started[place] = again + 1
        self._children[place] = _Child(process, hears)

    def _end(self) -> None:
        """Fronts first, so that nobody asks one who is gone."""
        ordered = [child.process for _, child in sorted(self._children.items(), reverse=True)]
        for process in ordered:
            process.terminate()
            process.join(timeout=END_S)
            if process.is_alive():
                process.kill()
                process.join()
