"""States while calls run: a process of its own counts from the last one to the end of the log, and keeps the next.

Theory of operation. The log has all that makes a state, so making one needs nothing of the edge: the process starts
from the newest state, counts what the log has after it, and writes what it then has. The edge is neither copied nor
stopped, and may die meanwhile. Where a standby keeps states, there is nothing left to do here.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from haodun.edge.serve.limits import STATE_AGAIN_S, STATE_EVENTS
from haodun.edge.serve.settings import EdgeError, Settings
from haodun.edge.serve.states import numbers_of

PROGRAM = (sys.executable, "-c", "from haodun.cli.main import main; main()")


class StateMaker:
    """Has states made as the log grows. `steady_s` reads a clock that only counts, in seconds."""

    def __init__(self, settings: Settings, *, steady_s: Callable[[], float]) -> None:
        """EdgeError without a log."""
        if settings.log is None:
            raise EdgeError("a state is made of a log: give --log")
        key = () if settings.site_key is None else ("--site-key", str(settings.site_key))
        named = ("--log", str(settings.log), "--kernel", settings.kernel, "--policy", settings.policy)
        self._command = (*PROGRAM, "edge", "state", *named, *key)
        self._folder = settings.log
        self._most = STATE_EVENTS[settings.kernel]
        self._steady_s = steady_s
        self._again_at_s = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self.behind = 0
        """Events in the log after the newest kept state."""
        self.fault = ""
        """What went wrong at the last try, '' where nothing did."""

    def look(self, last_number: int) -> None:
        """Have a state made where the log has grown enough; called each second. OSError."""
        self.behind = last_number - max(numbers_of(self._folder), default=0)
        process, now_s = self._process, self._steady_s()
        if process is not None:
            code = process.poll()
            if code is None:
                return
            self._process = None
            self.fault = f"haodun edge state ended with {code}" if code else ""
        if self.behind >= self._most and now_s >= self._again_at_s:
            self._again_at_s = now_s + STATE_AGAIN_S
            self._process = subprocess.Popen(  # noqa: S603  # our own command
                self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )

    def stop(self) -> None:
        """Leave nothing running; a state half made is none."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None
