"""kill -9 after the n-th write, fsync or rename: --resume gives the identical verdict log.

`HAODUN_FAULT_ALL=1` (make faults) tries each n; otherwise a dozen of each kind, the first and last among them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.faults.killing import ALL, DURABLE, HAODUN, KERNEL, Ended, durable, run, some

from haodun.edge.batch import Kernel, Limits, Settings, run_screen

pytestmark = pytest.mark.fault

SMALL: dict[str, Any] = {"records_per_spill": 5, "events_per_part": 14, "events_per_fast_part": 14}
"""Limits under which a small run has many parts."""
SETUP = """
from haodun.edge.batch import fast_judging, spill, judging, joining
from haodun.edge.batch.settings import Limits
for module in (spill, judging, fast_judging, joining):
    module.LIMITS = Limits(**{limits})
"""
MUCH = 10**9
CASES = [
    ("write", Kernel.FAST, 0),
    ("fsync", Kernel.ORACLE, 0),
    ("rename", Kernel.FAST, 0),
    ("write", Kernel.FAST, MUCH),
    ("rename", Kernel.FAST, MUCH),
]
"""Kind of step, kernel, bytes of records that may stay in memory."""
if ALL:
    CASES = [(kind, Kernel(KERNEL), held) for kind in DURABLE for held in (0, MUCH)]


def screened(kind: str, after: int, calls: Path, out: Path, kernel: Kernel, *, held: int) -> Ended:
    """Screen in a process that dies after the n-th durable step of one kind; `held`: bytes of records in memory."""
    environment = {name: os.environ[name] for name in ("PYTHONPATH", "XDG_CACHE_HOME") if name in os.environ}
    environment |= {"HAODUN_HOME": str(calls.parent / "home"), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    arguments = ("screen", str(calls), "--out", str(out), "--kernel", kernel.value)
    setup = SETUP.format(limits=SMALL | {"held_bytes": held})
    return run(HAODUN, *arguments, at=durable(kind, after), setup=setup, environment=environment)


def log_of(folder: Path) -> tuple[object, object]:
    table = pq.read_table(folder / "verdicts.parquet")
    return table.to_pydict(), table.schema.metadata


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def chosen(total: int) -> list[int]:
    """Which steps to die after."""
    return sorted({*some(total, 8), *({2, total - 1} if total > 2 else ())})


def make_small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, held: int) -> None:
    """The limits of the wrapper, and its site key, for the resuming side."""
    monkeypatch.setenv("HAODUN_HOME", str(tmp_path / "home"))
    small = Limits(**SMALL, held_bytes=held)
    for module in ("spill", "judging", "fast_judging", "joining"):
        monkeypatch.setattr(f"haodun.edge.batch.{module}.LIMITS", small)


@pytest.mark.parametrize(("kind", "kernel", "held"), CASES)
def test_a_run_killed_resumes_to_the_identical_log(
    kind: str,
    kernel: Kernel,
    held: int,
    records: Callable[..., bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_small(monkeypatch, tmp_path, held)
    calls = tmp_path / "Master.csv"
    calls.write_bytes(records(9) + b'"a","bad","line"\n')
    whole = screened(kind, 0, calls, tmp_path / "whole", kernel, held=held)
    assert whole.code == 0, whole.err
    expected = log_of(tmp_path / "whole")
    total = whole.steps
    assert total > 12
    folders = {after: tmp_path / f"{kind}-{after}" for after in chosen(total)}
    with ThreadPoolExecutor(2) as pool:
        killed = list(pool.map(lambda after: screened(kind, after, calls, folders[after], kernel, held=held), folders))
    assert all(process.killed for process in killed)
    for after, out in folders.items():
        if list((out / "verdicts").glob("*.arrow")) or (out / "verdicts.parquet").exists():
            assert (out / "input.parquet").exists(), "nothing made from the input log is there before it"
        if (out / "verdicts.parquet").exists():
            assert log_of(out) == expected, "what is visible under its final name is whole"
        run_screen(Settings(calls=[str(calls)], out=out, resume=True, kernel=kernel))
        assert log_of(out) == expected, f"after {kind} {after}"
        assert names(out) == names(tmp_path / "whole")
