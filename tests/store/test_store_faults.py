"""kill -9 of whoever fills, compacts or expires the store: going over it again gives the same rows, each once."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from haodun.store.frames import Batch
from haodun.store.services import Store, StoredVerdict

pytestmark = pytest.mark.fault

# Fills a store in a process that kills itself after the n-th durable step of one kind.
FILLER = """
import os, pickle, signal, sys
from pathlib import Path
from haodun.store import durable
from haodun.store.services import Store

root, batches, kind, after = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
real, done = getattr(durable, kind), 0

def step(*values):
    global done
    result = real(*values)
    done += 1
    if done == after:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(durable, kind, step)
with Store(root).writer() as writer:
    for batch in pickle.loads(Path(batches).read_bytes()):
        writer.add("live", [batch])
        writer.compact(now_ms=0, fewest=3)
    writer.expire(now_ms=0)
print(done)
"""


def fill(root: Path, batches: Path, kind: str, after: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", FILLER, str(root), str(batches), kind, str(after)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def rows(root: Path, callers: set[int]) -> list[StoredVerdict]:
    return [stored for caller in sorted(callers) for stored in Store(root).verdicts_of(caller)]


@pytest.mark.parametrize("kind", ["write", "fsync", "rename"])
def test_filling_again_after_a_kill_gives_each_row_once(kind: str, batch: Callable[..., Batch], tmp_path: Path) -> None:
    batches = [batch(8, first) for first in range(1, 40, 8)]
    callers = {verdict.caller for one in batches for _, verdict in one.pairs if verdict is not None}
    written = tmp_path / "batches"
    written.write_bytes(pickle.dumps(batches))
    whole = fill(tmp_path / "whole", written, kind, 0)
    assert whole.returncode == 0, whole.stderr
    expected, total = rows(tmp_path / "whole", callers), int(whole.stdout)
    every = os.environ.get("HAODUN_FAULT_ALL") == "1"
    for after in range(1, total + 1, 1 if every else max(total // 4, 1)):
        root = tmp_path / f"{kind}-{after}"
        assert fill(root, written, kind, after).returncode == -signal.SIGKILL
        half = rows(root, callers)
        assert len({stored.id for stored in half}) == len(half), "nothing doubled for a reader meanwhile"
        assert fill(root, written, kind, 0).returncode == 0
        assert rows(root, callers) == expected, f"after {kind} {after}"
