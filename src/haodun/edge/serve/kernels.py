"""The kernel of an edge, whichever it is: taken along by the log, saved, and restored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from haodun.edge.serve.limits import REPLAY_AHEAD_MS
from haodun.screening.events import Action, Decision, Event, EventKind
from haodun.screening.kernel import Oracle, Parameters
from haodun.screening.verdicts import Verdict
from haodun.store.frames import Batch, Columns
from haodun.store.reading import facts


class OracleKernel:
    """The oracle."""

    name = "oracle"

    def __init__(self, parameters: Parameters, *, folder: Path | None = None) -> None:
        """`folder`: that of the log, for what is said of damage."""
        self.oracle = Oracle(parameters)
        self._folder = folder or Path()

    @property
    def numbers(self) -> int:
        """How many numbers it holds."""
        return len(self.oracle.segments)

    def count_again(self, frame: Batch | Columns, *, after: int, now_ms: int) -> int:
        """Count a frame's events after one, with the logged decisions; how many. StoreError.

        Attempts that were answered without evaluation were not counted then and are not now. Events dated more than
        REPLAY_AHEAD_MS after `now_ms` are passed over: they would make every live call late.
        """
        done = 0
        for event, verdict in facts(frame, self._folder).pairs:
            if event.number <= after:
                continue
            done += 1
            if event.time_ms <= now_ms + REPLAY_AHEAD_MS:
                self._again(event, verdict)
        return done

    def save(self) -> Iterator[bytes]:
        """Its whole state, in parts."""
        yield self.oracle.export_state()

    def load(self, parts: Iterable[bytes]) -> None:
        """Go on from a saved state; KernelError where it does not fit, and whatever the parts raise."""
        self.oracle = Oracle.restore(self.oracle.parameters, b"".join(parts))

    def _again(self, event: Event, verdict: Verdict | None) -> None:
        if event.kind is not EventKind.ATTEMPT:
            self.oracle.outcome(event)
            return
        if verdict is None:
            return
        reading = self.oracle.attempt(event)
        if reading.decided_live or reading.repeat_of:
            return
        decision = Decision(
            verdict.action, verdict.layer, verdict.flags, verdict.reasons, verdict.shadow, verdict.score
        )
        self.oracle.settle(event, decision, blocked=verdict.enforced and verdict.action is Action.BLOCK)
