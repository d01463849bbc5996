"""The keeper brings each event of each live log into the store once, whatever is lost or damaged meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from haodun.store.errors import StoreError
from haodun.store.frames import Batch
from haodun.store.keeper import BATCHES_A_STEP, COMPACT_EVERY_MS, MARKS, Keeper, run_of
from haodun.store.segments import SegmentWriter, begin_run
from haodun.store.services import Store

Batches = Callable[..., Batch]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    folder = tmp_path / "edge1"
    begin_run(folder, {"kind": "live", "run": "edge1run"})
    return folder


def stored_ids(store: Store, batches: list[Batch]) -> list[str]:
    callers = {verdict.caller for batch in batches for _, verdict in batch.pairs if verdict is not None}
    return sorted(stored.id for caller in callers for stored in store.verdicts_of(caller))


def ids(batches: list[Batch]) -> list[str]:
    return sorted(f"edge1run-{verdict.event}" for batch in batches for _, verdict in batch.pairs if verdict is not None)


def test_what_an_edge_appends_is_taken_in_step_by_step(log: Path, batch: Batches, tmp_path: Path) -> None:
    store, writer = Store(tmp_path / "store"), SegmentWriter(log)
    batches = [batch(5, first) for first in (1, 6, 11)]
    with store.writer() as to_store:
        keeper = Keeper(store, to_store)
        assert keeper.step([log], now_ms=0) == 0
        for count, one in enumerate(batches, 1):
            writer.append(one)
            assert keeper.step([log], now_ms=0) == 5
            assert keeper.step([log], now_ms=0) == 0
            assert stored_ids(store, batches) == ids(batches[:count])
    writer.close()


def test_a_keeper_that_forgot_everything_adds_nothing_twice(log: Path, batch: Batches, tmp_path: Path) -> None:
    store, writer = Store(tmp_path / "store"), SegmentWriter(log)
    batches = [batch(5, first) for first in (1, 6, 11)]
    for one in batches:
        writer.append(one)
    handed: list[int] = []

    def hand(_run: str, some: Sequence[Batch]) -> None:
        handed.extend(one.pairs[0][0].number for one in some)

    for damage in (b"", b"{", None, b"[1]"):
        with store.writer() as to_store:
            keeper = Keeper(store, to_store, takers=[hand])
            keeper.step([log], now_ms=0)
        assert stored_ids(store, batches) == ids(batches)
        if damage is None:
            (store.root / MARKS).unlink()
        else:
            (store.root / MARKS).write_bytes(damage)
    assert handed == [1, 6, 11] * 4, "takers are given it again, and are told so in their contract"
    writer.close()


def test_a_taker_that_fails_is_given_the_batch_again(log: Path, batch: Batches, tmp_path: Path) -> None:
    store, writer = Store(tmp_path / "store"), SegmentWriter(log)
    writer.append(batch(5))
    seen: list[int] = []

    def failing_once(_run: str, some: Sequence[Batch]) -> None:
        seen.append(some[0].pairs[0][0].number)
        if len(seen) == 1:
            raise StoreError("the counts cannot be written now")

    with store.writer() as to_store:
        keeper = Keeper(store, to_store, takers=[failing_once])
        with pytest.raises(StoreError):
            keeper.step([log], now_ms=0)
        assert keeper.step([log], now_ms=0) == 5
    assert seen == [1, 1]
    writer.close()


def test_a_long_log_does_not_starve_the_others(log: Path, batch: Batches, tmp_path: Path) -> None:
    store, writer = Store(tmp_path / "store"), SegmentWriter(log)
    for first in range(1, BATCHES_A_STEP + 11):
        writer.append(batch(1, first))
    with store.writer() as to_store:
        keeper = Keeper(store, to_store)
        assert keeper.step([log], now_ms=0) == BATCHES_A_STEP
        assert keeper.step([log], now_ms=0) == 10
        keeper.step([log], now_ms=COMPACT_EVERY_MS)
    assert all(len(bucket.manifest().files) <= 2 for day in store.days() for bucket in store.verdicts.buckets(day))
    writer.close()


def test_a_folder_without_a_run_is_passed_over_and_a_damaged_one_named(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.json").write_text("{}")
    with store.writer() as to_store:
        keeper = Keeper(store, to_store)
        assert keeper.step([tmp_path / "empty", tmp_path / "absent"], now_ms=0) == 0
        with pytest.raises(StoreError, match=r"run\.json cannot be read"):
            keeper.step([tmp_path / "bad"], now_ms=0)
    with pytest.raises(StoreError):
        run_of(tmp_path / "empty")
