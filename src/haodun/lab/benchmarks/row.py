"""A measured figure with its clock, repeats and spread, its target, and the list of suites."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

SUITES: tuple[str, ...] = (
    "numbers",
    "kernel",
    "flood",
    "policy",
    "lists",
    "cdr",
    "lab",
    "screen",
    "edge",
    "log",
    "control",
    "sizing",
)
"""Names as given to `haodun bench`; each is a module of this package."""


CPU, WALL = "CPU", "wall"


class Figure(float):
    """The median of some measurements, which says by which clock they were made and how far they lay apart."""

    clock: str
    repeats: int
    low: float
    high: float

    @classmethod
    def of(cls, measured: Sequence[float], *, clock: str) -> Figure:
        """The median of at least one measurement."""
        figure = cls(median(measured))
        figure.clock, figure.repeats = clock, len(measured)
        figure.low, figure.high = min(measured), max(measured)
        return figure


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `target` is None where DESIGN.md §7 sets none; `ok` is None with it."""

    suite: str
    name: str
    value: float
    """A `Figure` where it was measured more than once."""
    unit: str
    target: float | None = None
    at_most: bool = False
    """The target is a ceiling; else it is a floor."""

    @property
    def ok(self) -> bool | None:
        """Whether the figure reaches its target."""
        if self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target

    def to_dict(self) -> dict[str, object]:
        """The fixed shape of `haodun bench --json`, and how it was measured where that is known."""
        said: dict[str, object] = {
            "suite": self.suite,
            "name": self.name,
            "value": round(float(self.value), 3),
            "unit": self.unit,
            "target": self.target,
            "ok": self.ok,
        }
        if isinstance(self.value, Figure):
            low, high = round(self.value.low, 3), round(self.value.high, 3)
            said |= {"clock": self.value.clock, "repeats": self.value.repeats, "spread": [low, high]}
        return said


def rate(work: Callable[[], int], *, repeats: int = 3) -> Figure:
    """Units of work per second of this process's CPU time: the median of `repeats` runs.

    CPU time, since the machines are shared; `work` returns how many units it did.
    """
    return Figure.of([_once(work) for _ in range(repeats)], clock=CPU)


def ratio(ours: Callable[[], int], theirs: Callable[[], int], *, repeats: int = 3) -> Figure:
    """Our rate over theirs by CPU time, taken in turns in each round, since the machines drift: the median round."""
    return Figure.of([_once(ours) / _once(theirs) for _ in range(repeats)], clock=CPU)


def _once(work: Callable[[], int]) -> float:
    started = time.process_time()
    done = work()
    return done / max(time.process_time() - started, 1e-9)


def run_suites(names: Iterable[str]) -> list[Row]:
    """Run the suites in the given order."""
    rows: list[Row] = []
    for name in names:
        rows.extend(importlib.import_module(f"haodun.lab.benchmarks.{name}").run())
    return rows
