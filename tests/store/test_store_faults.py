"""kill -9 of whoever fills, compacts or expires the store: going over it again gives the same rows, each once."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.faults.killing import DURABLE, Ended, durable, run, some

from haodun.store.frames import Batch
from haodun.store.services import Store, StoredVerdict

pytestmark = pytest.mark.fault

FILLER = """
import pickle, sys
from pathlib import Path
from haodun.store.services import Store

with Store(Path(sys.argv[1])).writer() as writer:
    for batch in pickle.loads(Path(sys.argv[2]).read_bytes()):
        writer.add("live", [batch])
        writer.compact(now_ms=0, fewest=3)
    writer.expire(now_ms=0)
"""


def fill(root: Path, batches: Path, kind: str, after: int) -> Ended:
    """Fill a store in a process that dies after the n-th durable step of one kind."""
    return run(FILLER, str(root), str(batches), at=durable(kind, after), timeout=120)


def rows(root: Path, callers: set[int]) -> list[StoredVerdict]:
    return [stored for caller in sorted(callers) for stored in Store(root).verdicts_of(caller)]


@pytest.mark.parametrize("kind", DURABLE)
def test_filling_again_after_a_kill_gives_each_row_once(kind: str, batch: Callable[..., Batch], tmp_path: Path) -> None:
    batches = [batch(8, first) for first in range(1, 40, 8)]
    callers = {verdict.caller for one in batches for _, verdict in one.pairs if verdict is not None}
    written = tmp_path / "batches"
    written.write_bytes(pickle.dumps(batches))
    whole = fill(tmp_path / "whole", written, kind, 0)
    assert whole.code == 0, whole.err
    expected = rows(tmp_path / "whole", callers)
    for after in some(whole.steps, 4):
        root = tmp_path / f"{kind}-{after}"
        assert fill(root, written, kind, after).killed
        half = rows(root, callers)
        assert len({stored.id for stored in half}) == len(half), "nothing doubled for a reader meanwhile"
        assert fill(root, written, kind, 0).code == 0
        assert rows(root, callers) == expected, f"after {kind} {after}"
