"""What judges the events of an input log: the oracle, one event after another, or the compiled kernel by the block."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from haodun.edge.batch.deciding import Decider
from haodun.edge.batch.fast_judging import FastJudge
from haodun.edge.batch.ordering import Ordered
from haodun.edge.batch.settings import LIMITS, Kernel, Settings
from haodun.numbering import load_plan
from haodun.screening.events import read_events
from haodun.screening.kernel import Parameters
from haodun.screening.verdicts import Screener, Verdict, verdict_batch
from haodun.screening.verdicts.fast import FastScreener
from haodun.store.site import site_key

ROWS_AT_ONCE = 50_000
"""Verdicts of one batch of the oracle."""


class Judge(Protocol):
    """One run's deciding part, whatever its kernel. `verdicts` is asked for events in order."""

    part_events: int
    """Events between two stored states."""

    @property
    def screener(self) -> Screener | FastScreener:
        """What decides: its run id, versions, counters and state are the run's."""

    def hold(self, events: Ordered) -> bool:
        """May be told the events of the log that is being written; whether it takes them and does not read the log."""

    def verdicts(self, log: Path, first: int, last: int, metadata: dict[str, str]) -> Iterator[pa.RecordBatch]:
        """The verdicts on the events `first` to `last` of a log, the state being that after `first` - 1."""


class OracleJudge:
    """The plain kernel that defines the meaning; some thousand calls a second."""

    def __init__(self, screener: Screener) -> None:
        self.screener = screener
        self.part_events = LIMITS.events_per_part

    def hold(self, events: Ordered) -> bool:
        """The log is read all the same: what defines the meaning takes no shortcut."""
        return False

    def verdicts(self, log: Path, first: int, last: int, metadata: dict[str, str]) -> Iterator[pa.RecordBatch]:
        """The verdicts on the events `first` to `last`, one event after another."""
        found: list[Verdict] = []
        for _, event in zip(range(first, last + 1), read_events(log, start=first), strict=False):
            verdict = self.screener.take(event)
            if verdict is not None:
                found.append(verdict)
            if len(found) == ROWS_AT_ONCE:
                yield verdict_batch(found, metadata)
                found = []
        if found:
            yield verdict_batch(found, metadata)


def make_judge(settings: Settings, decides: Decider) -> Judge:
    """The judge that a run asks for; its run id comes later."""
    what: dict[str, Any] = {
        "policy": decides.policy,
        "plan": load_plan(decides.policy.home),
        "trunks": decides.trunks,
        "parameters": settings.parameters or Parameters(),
        "mode": settings.mode,
        "site_key": site_key(),
        "run_id": "",
        "snapshot": decides.snapshot_name,
    }
    if settings.kernel is Kernel.FAST:
        return FastJudge(FastScreener(**what), home=decides.policy.home)
    return OracleJudge(Screener(**what))
