"""kill -9 after the n-th write, fsync or rename: --resume gives the identical verdict log.

`HAODUN_FAULT_ALL=1` (make faults) tries each n; otherwise a dozen of each kind, the first and last among them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from haodun.edge.batch import Kernel, Limits, Settings, run_screen

pytestmark = pytest.mark.fault

# Runs the command in a process that kills itself after the n-th durable step of one kind. Production code knows
# nothing of it: the steps are replaced from outside.
WRAPPER = """
import os, signal, sys
from haodun.edge.batch import fast_judging, spill, judging, joining
from haodun.store import durable
from haodun.edge.batch.settings import Limits

kind, after, *arguments = sys.argv[1:]
held = int(os.environ["HAODUN_TEST_HELD"])
small = Limits(held_bytes=held, records_per_spill=5, events_per_part=14, events_per_fast_part=14)
for module in (spill, judging, fast_judging, joining):
    module.LIMITS = small
real, done = getattr(durable, kind), 0

def step(*values):
    global done
    result = real(*values)
    done += 1
    if done == int(after):
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(durable, kind, step)
sys.argv = ["haodun", *arguments]
from haodun.cli.main import main
try:
    main()
finally:
    print(done, file=sys.stderr)
"""


def run(kind: str, after: int, calls: Path, out: Path, kernel: Kernel, *, held: int) -> Any:
    """`held` is how many bytes of records may stay in memory."""
    environment = {"HAODUN_HOME": str(calls.parent / "home"), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    environment |= {name: os.environ[name] for name in ("PYTHONPATH", "XDG_CACHE_HOME") if name in os.environ}
    environment["HAODUN_TEST_HELD"] = str(held)
    arguments = ["screen", str(calls), "--out", str(out), "--kernel", kernel.value]
    command = [sys.executable, "-c", WRAPPER, kind, str(after), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=400, check=False)


def log_of(folder: Path) -> tuple[object, object]:
    table = pq.read_table(folder / "verdicts.parquet")
    return table.to_pydict(), table.schema.metadata


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def chosen(total: int) -> list[int]:
    """Which steps to die after."""
    if os.environ.get("HAODUN_FAULT_ALL") == "1":
        return list(range(1, total + 1))
    return sorted({1, 2, total - 1, total, *range(3, total, max(total // 8, 1))})


def make_small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, held: int) -> None:
    """The limits of the wrapper, and its site key, for the resuming side."""
    monkeypatch.setenv("HAODUN_HOME", str(tmp_path / "home"))
    small = Limits(held_bytes=held, records_per_spill=5, events_per_part=14, events_per_fast_part=14)
    for module in ("spill", "judging", "fast_judging", "joining"):
        monkeypatch.setattr(f"haodun.edge.batch.{module}.LIMITS", small)


@pytest.mark.parametrize(
    ("kind", "kernel", "held"),
    [
        ("write", Kernel.FAST, 0),
        ("fsync", Kernel.ORACLE, 0),
        ("rename", Kernel.FAST, 0),
        ("write", Kernel.FAST, 10**9),
        ("rename", Kernel.FAST, 10**9),
    ],
)
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
    whole = run(kind, 0, calls, tmp_path / "whole", kernel, held=held)
    assert whole.returncode == 0, whole.stderr
    expected = log_of(tmp_path / "whole")
    total = int(whole.stderr.split()[-1])
    assert total > 12
    folders = {after: tmp_path / f"{kind}-{after}" for after in chosen(total)}
    with ThreadPoolExecutor(2) as pool:
        killed = list(pool.map(lambda after: run(kind, after, calls, folders[after], kernel, held=held), folders))
    assert {process.returncode for process in killed} == {-signal.SIGKILL}
    for after, out in folders.items():
        if list((out / "verdicts").glob("*.arrow")) or (out / "verdicts.parquet").exists():
            assert (out / "input.parquet").exists(), "nothing made from the input log is there before it"
        if (out / "verdicts.parquet").exists():
            assert log_of(out) == expected, "what is visible under its final name is whole"
        run_screen(Settings(calls=[str(calls)], out=out, resume=True, kernel=kernel))
        assert log_of(out) == expected, f"after {kind} {after}"
        assert names(out) == names(tmp_path / "whole")
