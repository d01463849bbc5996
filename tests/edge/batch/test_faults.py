"""kill -9 after the n-th write, fsync or rename, for each n: --resume gives the identical verdict log."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.fault

# Runs the command in a process that kills itself after the n-th durable step of one kind. Production code knows
# nothing of it: the steps are replaced from outside.
WRAPPER = """
import os, signal, sys
from haodun.edge.batch import durable, reading, screening, joining
from haodun.edge.batch.settings import Limits

kind, after, *arguments = sys.argv[1:]
small = Limits(records_per_spill=7, events_per_part=13)
for module in (reading, screening, joining):
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


def run(kind: str, after: int, *arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {"HAODUN_HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    command = [sys.executable, "-c", WRAPPER, kind, str(after), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


def log_of(folder: Path) -> tuple[object, object]:
    table = pq.read_table(folder / "verdicts.parquet")
    return table.to_pydict(), table.schema.metadata


def steps_to_try(total: int) -> list[int]:
    """Every step of a short run; of a long one the first, the last and an even choice between."""
    if total <= 12:
        return list(range(1, total + 1))
    return sorted({1, 2, 3, total - 2, total - 1, total, *range(4, total, max(total // 7, 1))})


@pytest.mark.parametrize("kind", ["write", "fsync", "rename"])
def test_a_killed_run_resumes_to_the_identical_log(kind: str, records: Callable[..., bytes], tmp_path: Path) -> None:
    calls = tmp_path / "Master.csv"
    calls.write_bytes(records(16) + b'"a","bad","line"\n')
    home = tmp_path / "home"
    whole = run(kind, 0, "screen", str(calls), "--out", str(tmp_path / "whole"), home=home)
    assert whole.returncode == 0, whole.stderr
    expected = log_of(tmp_path / "whole")
    total = int(whole.stderr.split()[-1])
    assert total > 5
    for after in steps_to_try(total):
        out = tmp_path / f"{kind}-{after}"
        killed = run(kind, after, "screen", str(calls), "--out", str(out), home=home)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        if (out / "verdicts.parquet").exists():
            assert log_of(out) == expected, "what is visible under its final name is whole"
        resumed = run(kind, 0, "screen", str(calls), "--out", str(out), "--resume", home=home)
        assert resumed.returncode == 0, resumed.stderr
        assert log_of(out) == expected
        assert not [path.name for path in out.rglob("*.part")]
        assert sorted(path.name for path in out.iterdir()) == sorted(
            path.name for path in (tmp_path / "whole").iterdir()
        )
