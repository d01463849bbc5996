"""A measured figure with its target, and the list of suites."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

SUITES: tuple[str, ...] = ("numbers", "kernel", "policy", "cdr", "lab", "screen", "edge", "control")
"""Names as given to `haodun bench`; each is a module of this package."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `target` is None where DESIGN.md §7 sets none yet; `ok` is None with it."""

    suite: str
    name: str
    value: float
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
        """The fixed shape of `haodun bench --json`."""
        return {
            "suite": self.suite,
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "target": self.target,
            "ok": self.ok,
        }


def rate(work: Callable[[], int], *, repeats: int = 3) -> float:
    """Units of work per second of this process's CPU time: the median of `repeats` runs.

    CPU time, since the machines are shared; `work` returns how many units it did.
    """
    rates = []
    for _ in range(repeats):
        started = time.process_time()
        done = work()
        rates.append(done / max(time.process_time() - started, 1e-9))
    return sorted(rates)[len(rates) // 2]


def run_suites(names: Iterable[str]) -> list[Row]:
    """Run the suites in the given order."""
    rows: list[Row] = []
    for name in names:
        rows.extend(importlib.import_module(f"haodun.lab.benchmarks.{name}").run())
    return rows
