"""How a front comes to the snapshot by which its calls are decided already: read beside the calls, taken between two.

Each answer of the deciding process names the version that decided. Where that is not the front's, a thread reads what
that process keeps on the disk; the front goes on with the trunks and words it has until the new ones are ready.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from haodun.edge.serve.engine import Deciding, Engine
from haodun.edge.serve.limits import RENEW_S
from haodun.edge.serve.settings import EdgeError, Settings
from haodun.edge.serve.starting import read_again
from haodun.screening.events import TrunksError
from haodun.screening.policy import PolicyError
from haodun.screening.snapshot import SnapshotRefused
from haodun.store.errors import StoreError

_REFUSALS = (EdgeError, OSError, PolicyError, SnapshotRefused, StoreError, TrunksError)


class Renewal:
    """One front's. `prepare` makes ready what else a swap needs, in the thread."""

    def __init__(self, settings: Settings, engine: Engine, *, prepare: Callable[[Deciding], None]) -> None:
        self.fault = ""
        """Why a snapshot could not be read."""
        self._settings, self._engine, self._prepare = settings, engine, prepare
        self._thread: threading.Thread | None = None
        self._found: Deciding | None = None
        self._again_s = 0.0

    def look(self, version: int) -> Deciding | None:
        """What to read and word by from now on, once; None where there is nothing new. `version`: who decides has it.

        A version that differs begins the reading, at most one at a time.
        """
        found = self._found
        if found is not None:
            self._found = None
            return found
        reading = self._thread is not None and self._thread.is_alive()
        if version == self._engine.deciding.version or reading or time.monotonic() < self._again_s:
            return None
        self._again_s = time.monotonic() + RENEW_S
        self._thread = threading.Thread(target=self._read, name="renewal", daemon=True)
        self._thread.start()
        return None

    def _read(self) -> None:
        try:
            deciding = read_again(self._settings, self._engine, now_ms=time.time_ns() // 1_000_000)
            self._prepare(deciding)
        except _REFUSALS as error:
            self.fault = str(error)
            return
        if deciding.version != self._engine.deciding.version:
            self._found = deciding
