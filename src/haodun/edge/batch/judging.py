"""What judges the events of an input log: the oracle, one event after another, or the compiled kernel by the block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from haodun.edge.batch.deciding import Decider
from haodun.edge.batch.fast_judging import FastJudge
from haodun.edge.batch.ordering import HeldEvents
from haodun.edge.batch.settings import LIMITS, Kernel, Settings
from haodun.numbering import load_plan
from haodun.screening.events import read_events
from haodun.screening.kernel import Parameters
from haodun.screening.verdicts import Screener, Verdict, Versions, verdict_batch
from haodun.screening.verdicts.fast import FastScreener
from haodun.store.site import site_key

ROWS_AT_ONCE = 50_000
"""Verdicts of one batch of the oracle."""


class Judge(Protocol):
    """One run's deciding part, whatever its kernel. `verdicts` is asked for events in order."""

    run_id: str

    @property
    def versions(self) -> Versions:
        """What decides, besides the input log."""

    @property
    def part_events(self) -> int:
        """Events between two stored states."""

    @property
    def counters(self) -> Mapping[str, int]:
        """What the kernel counted besides the verdicts."""

    def restore_state(self, data: bytes) -> None:
        """Go on from a stored state; KernelError where it does not fit."""

    def export_state(self) -> bytes:
        """Everything that later verdicts depend on."""

    def hold(self, events: HeldEvents) -> None:
        """May be told the events of the log that was just written, so as not to read it again."""

    def verdicts(self, log: Path, first: int, last: int, metadata: dict[str, str]) -> Iterator[pa.RecordBatch]:
        """The verdicts on the events `first` to `last` of a log, the state being that after `first` - 1."""


class OracleJudge:
    """The plain kernel that defines the meaning; some thousand calls a second."""

    def __init__(self, screener: Screener) -> None:
        self._screener = screener

    @property
    def run_id(self) -> str:
        """The run that the verdicts belong to."""
        return self._screener.run_id

    @run_id.setter
    def run_id(self, name: str) -> None:
        self._screener.run_id = name

    @property
    def versions(self) -> Versions:
        """What decides, besides the input log."""
        return self._screener.versions

    @property
    def part_events(self) -> int:
        """Events between two stored states."""
        return LIMITS.events_per_part

    @property
    def counters(self) -> Mapping[str, int]:
        """What the kernel counted besides the verdicts."""
        return self._screener.counters

    def restore_state(self, data: bytes) -> None:
        """Go on from a stored state; KernelError where it does not fit."""
        self._screener.restore_state(data)

    def export_state(self) -> bytes:
        """Everything that later verdicts depend on."""
        return self._screener.export_state()

    def hold(self, events: HeldEvents) -> None:
        """The log is read all the same: what defines the meaning takes no shortcut."""

    def verdicts(self, log: Path, first: int, last: int, metadata: dict[str, str]) -> Iterator[pa.RecordBatch]:
        """The verdicts on the events `first` to `last`, one event after another."""
        found: list[Verdict] = []
        for _, event in zip(range(first, last + 1), read_events(log, start=first), strict=False):
            verdict = self._screener.take(event)
            if verdict is not None:
                found.append(verdict)
            if len(found) == ROWS_AT_ONCE:
                yield verdict_batch(found, metadata)
                found = []
        if found:
            yield verdict_batch(found, metadata)


def make_judge(settings: Settings, decides: Decider) -> Judge:
    """The judge that a run asks for; its run id comes later."""
    key = site_key()
    what: dict[str, Any] = {
        "policy": decides.policy,
        "plan": load_plan(decides.policy.home),
        "trunks": decides.trunks,
        "parameters": settings.parameters or Parameters(),
        "mode": settings.mode,
        "site_key": key,
        "run_id": "",
        "snapshot": decides.snapshot_name,
    }
    if settings.kernel is Kernel.FAST:
        return FastJudge(FastScreener(**what), site_key=key, home=decides.policy.home)
    return OracleJudge(Screener(**what))
