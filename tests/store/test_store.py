"""The store: what goes in comes out, once; small files become one; days expire; tokens and ids are found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haodun.screening.events import Action
from haodun.screening.verdicts import Verdict, parse_token
from haodun.store.dataset import BUCKETS, DAY_MS, GRACE_S, bucket_of, day_of
from haodun.store.errors import StoreError
from haodun.store.frames import Batch
from haodun.store.services import HOUR_MS, Store

Batches = Callable[..., Batch]
NUMBER = 8657188881234
"""The first caller of each batch."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def moved(batch: Batch, by_ms: int) -> Batch:
    """The same batch at another time, its tokens left as they were."""
    pairs = [
        (event._replace(time_ms=event.time_ms + by_ms), verdict and verdict._replace(time_ms=verdict.time_ms + by_ms))
        for event, verdict in batch.pairs
    ]
    return batch._replace(pairs=pairs)


def verdicts_in(batch: Batch) -> list[Verdict]:
    return [verdict for _, verdict in batch.pairs if verdict is not None]


def all_in(store: Store) -> list[Verdict]:
    callers = {key for day in store.days() for bucket in store.verdicts.buckets(day) for key in keys_in(bucket.path)}
    return sorted(stored.verdict for key in callers for stored in store.verdicts_of(key))


def files_of(store: Store) -> int:
    return len(list(store.root.rglob("*.parquet")))


def keys_in(folder: Path) -> Iterator[int]:
    for path in folder.glob("*.parquet"):
        keys: list[Any] = pq.read_table(path, columns=["caller"]).column("caller").to_pylist()
        yield from keys


def test_verdicts_come_out_as_they_went_in_with_what_decided_them(store: Store, batch: Batches) -> None:
    given_batch = batch(12)
    with store.writer() as writer:
        assert writer.add("run1", [given_batch]) == len(verdicts_in(given_batch))
    assert all_in(store) == sorted(verdicts_in(given_batch))
    newest = store.verdicts_of(NUMBER)[0]
    assert (newest.run, newest.snapshot, newest.policy, newest.bypass) == ("run1", 7, "ab" * 32, False)
    assert newest.id == f"run1-{newest.verdict.event}"


def test_a_batch_added_again_adds_nothing_and_one_cut_elsewhere_adds_only_what_is_new(
    store: Store, batch: Batches, screened: Callable[..., list[object]]
) -> None:
    first, longer = batch(10), batch(25)
    with store.writer() as writer:
        writer.add("run1", [first])
        assert writer.add("run1", [first]) == 0
        added = writer.add("run1", [longer])
    expected = {verdict.event for verdict in [*verdicts_in(first), *verdicts_in(longer)]}
    assert [verdict.event for verdict in all_in(store)] == sorted(expected)
    assert added == len(all_in(store)) - len(verdicts_in(first))


def test_two_runs_with_the_same_event_numbers_do_not_hide_each_other(store: Store, batch: Batches) -> None:
    with store.writer() as writer:
        writer.add("run1", [batch(5)])
        writer.add("run2", [batch(5)])
    assert {stored.run for stored in store.verdicts_of(NUMBER)} == {"run1", "run2"}


def test_newest_first_within_the_period_and_the_limit(store: Store, batch: Batches) -> None:
    with store.writer() as writer:
        for day in range(4):
            writer.add(f"run{day}", [moved(batch(30), day * DAY_MS)])
    times = [stored.verdict.time_ms for stored in store.verdicts_of(NUMBER)]
    assert times == sorted(times, reverse=True)
    assert len(store.days()) == 4
    middle = times[len(times) // 2]
    assert all(stored.verdict.time_ms < middle for stored in store.verdicts_of(NUMBER, until_ms=middle))
    assert all(stored.verdict.time_ms >= middle for stored in store.verdicts_of(NUMBER, since_ms=middle))
    assert len(store.verdicts_of(NUMBER, limit=3)) == 3


def test_hours_count_every_attempt_and_those_that_were_stopped(store: Store, batch: Batches) -> None:
    whole = batch(200)
    with store.writer() as writer:
        writer.add("run1", [whole])
        writer.add("run2", [moved(whole, 3 * HOUR_MS)])
    hours = store.hours_of(NUMBER, since_ms=0, until_ms=2**60)
    own = [verdict for verdict in verdicts_in(whole) if verdict.caller == NUMBER]
    assert [hour.attempts for hour in hours] == [len(own), len(own)]
    assert [hour.stopped for hour in hours] == [sum(v.action is not Action.ALLOW for v in own)] * 2
    assert hours[1].start_ms - hours[0].start_ms == 3 * HOUR_MS


def test_a_redress_token_finds_its_verdict_and_a_forged_one_finds_none(store: Store, batch: Batches) -> None:
    whole = batch(12)  # of a run called "live", under a site key of zero bytes
    with store.writer() as writer:
        writer.add("live", [whole])
        writer.add("other", [whole])
    for verdict in verdicts_in(whole):
        if verdict.token:
            found = store.by_token(parse_token(verdict.token), site_key=bytes(32))
            assert found is not None
            assert (found.run, found.verdict) == ("live", verdict)
            assert store.by_token(parse_token(verdict.token), site_key=bytes(31) + b"\1") is None


def test_an_id_finds_its_verdict_on_its_day_only(store: Store, batch: Batches) -> None:
    with store.writer() as writer:
        writer.add("live", [batch(6)])
    stored = store.verdicts_of(NUMBER)[0]
    day = day_of(stored.verdict.time_ms)
    assert store.by_id(stored.id, day=day) == stored
    assert store.by_id(stored.id, day=day + timedelta(days=1)) is None
    assert store.by_id("live-９", day=day) is None
    assert store.by_id("live-", day=day) is None


def test_compaction_leaves_one_sorted_file_a_bucket_and_the_same_rows(store: Store, batch: Batches) -> None:
    with store.writer() as writer:
        for first in range(1, 200, 20):
            writer.add("live", [batch(20, first)])
        before = all_in(store)
        assert writer.compact(now_ms=0, fewest=2) > 0
    assert all_in(store) == before
    for day in store.days():
        for bucket in store.verdicts.buckets(day):
            (name,) = bucket.manifest().files
            table = pq.read_table(bucket.path / name)
            keys = list(zip(table.column("caller").to_pylist(), table.column("time_ms").to_pylist(), strict=True))
            assert keys == sorted(keys)


def test_files_that_were_compacted_away_stay_for_readers_and_go_later(store: Store, batch: Batches) -> None:
    with store.writer() as writer:
        writer.add("live", [batch(20)])
        writer.add("live", [batch(20, 21)])
        writer.compact(now_ms=1_000_000, fewest=2)
        many = files_of(store)
        writer.compact(now_ms=1_000_000 + (GRACE_S + 1) * 1000, fewest=2)
        assert files_of(store) < many
        assert all(not bucket.manifest().retired for day in store.days() for bucket in store.verdicts.buckets(day))


def test_a_file_that_no_manifest_names_is_neither_read_nor_kept(store: Store, batch: Batches) -> None:
    with store.writer() as writer:
        writer.add("live", [batch(20)])
        before = all_in(store)
        bucket = store.verdicts.buckets(store.days()[0])[0]
        stray = bucket.path / "p999999.parquet"
        stray.write_bytes((bucket.path / bucket.manifest().files[0]).read_bytes())
        (bucket.path / "p000009.parquet.part").write_bytes(b"half")
        assert sum(1 for _ in bucket.read(columns=None, filters=None)) == len(bucket.manifest().files)
        writer.compact(now_ms=0, fewest=1)
        assert not stray.exists()
        assert not list(store.root.rglob("*.part"))
    assert all_in(store) == before


def test_old_days_expire_whole(store: Store, batch: Batches) -> None:
    whole = batch(30)
    now = whole.pairs[0][0].time_ms + 10 * DAY_MS
    with store.writer() as writer:
        writer.add("old", [whole])
        writer.add("new", [moved(whole, 9 * DAY_MS)])
        gone = writer.expire(now_ms=now, keep_days=5)
    assert gone == [day_of(whole.pairs[0][0].time_ms)]
    assert {stored.run for stored in store.verdicts_of(NUMBER)} == {"new"}
    assert not list(store.root.rglob("expired-*"))


def test_a_second_writer_is_refused(store: Store) -> None:
    with store.writer(), pytest.raises(StoreError, match="another process"), store.writer():
        pass


def test_a_damaged_manifest_is_said_and_named(store: Store, batch: Batches) -> None:
    with store.writer() as writer:
        writer.add("live", [batch(5)])
        bucket = store.verdicts.bucket(store.days()[0], bucket_of(NUMBER))
        (bucket.path / "manifest.json").write_bytes(b"{")
        with pytest.raises(StoreError, match=r"manifest\.json is damaged"):
            store.verdicts_of(NUMBER)


def test_an_empty_store_answers(store: Store) -> None:
    assert store.days() == []
    assert store.verdicts_of(NUMBER) == []
    assert store.calls_of(NUMBER, since_ms=0, until_ms=2**60).num_rows == 0


def test_every_event_is_kept_also_those_without_a_verdict(store: Store, batch: Batches) -> None:
    whole = batch(40)
    with store.writer() as writer:
        writer.add("live", [whole])
    own = [event.number for event, _ in whole.pairs if event.caller.key == NUMBER]
    table = store.calls_of(NUMBER, since_ms=0, until_ms=2**60)
    numbers: list[Any] = table.column("number").to_pylist()
    assert sorted(numbers) == own


@given(st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_every_key_has_a_bucket(number: int) -> None:
    assert 0 <= bucket_of(number) < BUCKETS


@given(st.integers(min_value=-(2**62), max_value=2**62))
def test_every_time_has_a_day(time_ms: int) -> None:
    day = day_of(time_ms)
    assert date(1970, 1, 1) <= day <= date(9999, 12, 31)
    if 0 <= time_ms < 2**47:
        assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time_ms) < datetime(
            day.year, day.month, day.day, tzinfo=UTC
        ) + timedelta(days=1)
