"""The lease: one writer, another takes its place, and one that stood still and wakes adds nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.store.columns import column_frame

from haodun.store import lease as lease_module
from haodun.store.errors import StoreError
from haodun.store.frames import Batch
from haodun.store.lease import LeaseLostError, Watch, read, take
from haodun.store.reading import Follower
from haodun.store.segments import NUMBERS_APART, SegmentWriter, read_batches, read_segments

Make = Callable[..., Batch]


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def numbers(folder: Path) -> list[int]:
    return [event.number for event, _ in read_segments(folder)]


def taken_over(folder: Path) -> SegmentWriter:
    """A writer that takes over from one that stands still and holds its lock."""
    clock = Clock()
    watch = Watch(folder, steady_s=clock, lease_s=5)
    assert watch.take() is None
    clock.now_s += 5
    lease = watch.take()
    assert lease is not None and lease.contested
    return SegmentWriter(folder, lease=lease)


def test_the_number_rises_at_each_take_over_and_stands_in_each_record(batch: Make, tmp_path: Path) -> None:
    for expected in (1, 2, 3):
        writer = SegmentWriter(tmp_path)
        assert writer.lease.number == expected == read(tmp_path)[0]
        assert not writer.lease.contested
        writer.append(batch(2, 2 * expected))
        writer.close()
    assert [one.lease for one in read_batches(tmp_path)] == [1, 2, 3]
    (tmp_path / lease_module.NAME).unlink()
    writer = SegmentWriter(tmp_path)
    assert writer.lease.number == 4, "the log knows its newest lease"
    writer.close()


def test_a_living_holder_is_left_alone_and_a_dead_one_followed_at_once(tmp_path: Path) -> None:
    clock = Clock()
    code = "import sys, pathlib; from haodun.store.lease import take; take(pathlib.Path(sys.argv[1]))"
    with subprocess.Popen(
        [sys.executable, "-c", f"{code}; print(1, flush=True); sys.stdin.read()", str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "1\n"
        watch = Watch(tmp_path, steady_s=clock, lease_s=5)
        assert watch.take() is None
        with pytest.raises(StoreError, match="another edge writes in"):
            take(tmp_path)
        holder.kill()
        holder.wait()
        found = watch.take()
    assert found is not None and (found.number, found.contested) == (2, False)


def test_a_beat_keeps_the_lease_and_one_that_stands_still_loses_it(tmp_path: Path) -> None:
    clock, holder = Clock(), take(tmp_path)
    watch = Watch(tmp_path, steady_s=clock, lease_s=5)
    for _ in range(4):
        assert watch.take() is None
        clock.now_s += 4.9
        holder.renew()
    assert watch.take() is None
    clock.now_s += 5
    found = watch.take()
    assert found is not None and found.number == 2 and not holder.held()
    holder.renew()
    assert read(tmp_path) == (2, 0), "a fenced holder does not beat for the new one"
    with pytest.raises(LeaseLostError, match="was taken over"):
        holder.check()
    assert watch.take() is None


def test_only_one_of_two_who_wait_gets_it(tmp_path: Path) -> None:
    clock, _holder = Clock(), take(tmp_path)
    watches = [Watch(tmp_path, steady_s=clock, lease_s=5) for _ in range(2)]
    assert [watch.take() for watch in watches] == [None, None]
    clock.now_s += 5
    assert [watch.take() is not None for watch in watches] == [True, False]


def test_nobody_takes_over_where_nobody_ever_wrote(tmp_path: Path) -> None:
    assert Watch(tmp_path, steady_s=Clock()).take() is None


def test_who_wakes_after_the_take_over_cannot_append(batch: Make, tmp_path: Path) -> None:
    old = SegmentWriter(tmp_path)
    old.append(batch(3))
    new = taken_over(tmp_path)
    with pytest.raises(LeaseLostError):
        old.append(batch(2, 4))
    assert new.last_number == 3 + NUMBERS_APART
    new.append(batch(2, new.last_number + 1))
    assert numbers(tmp_path) == [1, 2, 3, NUMBERS_APART + 4, NUMBERS_APART + 5]
    new.close()


@pytest.mark.parametrize("segment_bytes", [1 << 20, 100], ids=["in its segment", "in a new segment"])
@pytest.mark.parametrize("torn", [False, True])
def test_what_it_wrote_between_its_check_and_its_answer_is_not_read(
    segment_bytes: int, torn: bool, batch: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands still after it has looked at the lease and before it writes: the worst moment."""
    old = SegmentWriter(tmp_path, segment_bytes=segment_bytes)
    old.append(batch(3))
    follower = Follower(tmp_path)
    assert [frame.last for frame in follower.step()] == [3]
    new: list[SegmentWriter] = []
    checks = [lambda: new.append(taken_over(tmp_path)), old.lease.check]
    monkeypatch.setattr(old.lease, "check", lambda: checks.pop(0)())
    with pytest.raises(LeaseLostError):
        old.append(batch(2, 4))  # written, and its answer is never given
    if torn:
        old_segment = sorted(tmp_path.glob("seg-*-000000001.log"))[-1]
        old_segment.write_bytes(old_segment.read_bytes()[:-5])
    assert numbers(tmp_path) == [1, 2, 3]
    new[0].append(batch(2, NUMBERS_APART + 4))
    assert numbers(tmp_path) == [1, 2, 3, NUMBERS_APART + 4, NUMBERS_APART + 5]
    assert [frame.last for frame in follower.step()] == [NUMBERS_APART + 5]
    new[0].close()
    again = SegmentWriter(tmp_path)
    again.append(batch(1, again.last_number + 1))
    again.close()
    assert numbers(tmp_path)[3:] == [NUMBERS_APART + 4, NUMBERS_APART + 5, NUMBERS_APART + 6]


def test_a_record_of_an_older_lease_after_a_newer_one_is_not_read(batch: Make, tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path)
    writer.append(batch(2))
    for lease, first in ((9, 3), (8, 5), (9, 7)):
        one = batch(2, first)._replace(lease=lease)
        writer.append_frame(column_frame(one), first=first, last=one.last, time_ms=one.pairs[0][0].time_ms)
    writer.close()
    assert numbers(tmp_path) == [1, 2, 3, 4, 7, 8]


def test_a_follower_reads_each_frame_once_over_segments_and_writers(batch: Make, tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    assert follower.step() == []
    seen: list[int] = []
    for process in range(3):
        writer = SegmentWriter(tmp_path, segment_bytes=2_000)
        for _ in range(7):
            writer.append(batch(3, writer.last_number + 1))
            if process != 1:
                seen += [frame.last for frame in follower.step()]
        writer.close()
    while frames := follower.step():
        seen += [frame.last for frame in frames]
    assert seen == list(range(3, 64, 3))
    assert next(frame.last for frame in Follower(tmp_path, after=40).step()) == 42
