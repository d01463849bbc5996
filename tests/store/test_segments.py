"""The live log: what was appended is read back, a torn tail is cut, damage is said, numbers go on."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haodun.screening.events import Action
from haodun.store.errors import StoreError
from haodun.store.frames import HEAD, Batch, FrameError, decode_frame, encode_frame
from haodun.store.segment_files import MAGIC, START
from haodun.store.segments import SegmentWriter, begin_run, read_batches, read_segments

Make = Callable[..., Batch]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("seg-*.log"))


def numbers(folder: Path, after: int = 0) -> list[int]:
    return [event.number for event, _ in read_segments(folder, after=after)]


def write(folder: Path, *batches: Batch, segment_bytes: int = 1 << 20) -> None:
    writer = SegmentWriter(folder, segment_bytes=segment_bytes)
    for one in batches:
        writer.append(one)
    writer.close()


def test_what_was_appended_is_read_back_to_the_last_field(batch: Make, tmp_path: Path) -> None:
    first, second = batch(10), batch(7, 11)._replace(snapshot=8, bypass=True)
    write(tmp_path, first, second)
    assert list(read_batches(tmp_path)) == [first._replace(lease=1), second._replace(lease=1)]
    verdicts = [verdict for _, verdict in first.pairs if verdict is not None]
    assert {verdict.action for verdict in verdicts} >= {Action.ALLOW, Action.BLOCK}
    found = [verdict for _, verdict in read_segments(tmp_path) if verdict is not None]
    assert [type(verdict.action) for verdict in found] == [Action] * len(found)
    assert [type(field) for field in found[0]] == [type(field) for field in verdicts[0]]


def test_each_batch_is_readable_before_sync_and_before_close(batch: Make, tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path)
    writer.append(batch(3))
    assert numbers(tmp_path) == [1, 2, 3]
    writer.append(batch(2, 4))
    assert numbers(tmp_path, after=3) == [4, 5]
    writer.close()


@pytest.mark.parametrize("after", range(0, 26, 5))
def test_reading_begins_after_the_number_asked_for(after: int, batch: Make, tmp_path: Path) -> None:
    write(tmp_path, *(batch(4, 1 + 4 * n) for n in range(6)), segment_bytes=1500)
    assert len(names(tmp_path)) > 2
    assert numbers(tmp_path, after=after) == list(range(after + 1, 25))


def test_a_segment_that_is_not_needed_is_not_opened(batch: Make, tmp_path: Path) -> None:
    write(tmp_path, *(batch(4, 1 + 4 * n) for n in range(6)), segment_bytes=1500)
    (tmp_path / names(tmp_path)[0]).write_bytes(b"gone bad")
    assert numbers(tmp_path, after=20) == [21, 22, 23, 24]
    with pytest.raises(StoreError, match="does not begin as a live log"):
        numbers(tmp_path)


def test_a_segment_ends_by_age_too(batch: Make, tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, segment_ms=10)
    for first in (1, 5, 20, 21):
        writer.append(batch(1, first))
    writer.close()
    assert names(tmp_path) == ["seg-000000000000001-000000001.log", "seg-000000000000020-000000001.log"]


def test_numbers_go_on_after_a_restart_and_never_fall(batch: Make, tmp_path: Path) -> None:
    write(tmp_path, batch(5))
    writer = SegmentWriter(tmp_path)
    assert writer.last_number == 5
    with pytest.raises(ValueError, match="numbers must rise"):
        writer.append(batch(1, 5))
    writer.append(batch(1, 9))
    assert writer.last_number == 9
    writer.close()
    assert numbers(tmp_path) == [1, 2, 3, 4, 5, 9]


def test_wherever_the_last_segment_is_torn_whole_frames_stay_and_writing_goes_on(batch: Make, tmp_path: Path) -> None:
    one, two = batch(3), batch(2, 4)
    write(tmp_path / "whole", one, two)
    data = (tmp_path / "whole" / names(tmp_path / "whole")[0]).read_bytes()
    ends = [len(MAGIC), START, START + len(encode_frame(one)), len(data)]
    for length in [*range(0, len(data), 61), *ends, *(end - 1 for end in ends), *(end + 1 for end in ends[:-1])]:
        folder = tmp_path / f"cut-{length}"
        folder.mkdir()
        (folder / "seg-000000000000001-000000001.log").write_bytes(data[:length])
        kept = [] if length < ends[2] else [1, 2, 3] if length < ends[3] else [1, 2, 3, 4, 5]
        assert numbers(folder) == kept
        writer = SegmentWriter(folder)
        assert writer.last_number == (kept[-1] if kept else 0)
        writer.append(batch(2, 6))
        writer.close()
        assert numbers(folder) == [*kept, 6, 7]


def test_a_flipped_bit_is_never_read_as_an_event(batch: Make, tmp_path: Path) -> None:
    one, two = batch(3), batch(2, 4)
    write(tmp_path, one, two)
    path = tmp_path / names(tmp_path)[0]
    data = path.read_bytes()
    second = START + len(encode_frame(one))
    for place in range(second, len(data), 17):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert numbers(tmp_path) == [1, 2, 3]


def test_damage_in_an_earlier_segment_is_said_with_its_place(batch: Make, tmp_path: Path) -> None:
    write(tmp_path, batch(4), batch(4, 5), segment_bytes=100)
    path = tmp_path / names(tmp_path)[0]
    data = bytearray(path.read_bytes())
    data[START + HEAD.size + 3] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(StoreError, match=rf"{path.name} is damaged at byte {START}; restore"):
        numbers(tmp_path)


def test_a_second_writer_is_refused_until_the_first_lets_go(batch: Make, tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path)
    with pytest.raises(StoreError, match="another edge writes in"):
        SegmentWriter(tmp_path)
    writer.close()
    SegmentWriter(tmp_path).close()


def test_a_full_disk_leaves_the_log_as_it_was_and_writing_goes_on(
    batch: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = SegmentWriter(tmp_path)
    writer.append(batch(3))
    real = os.write

    written = [40]

    def once(descriptor: int, data: memoryview) -> int:
        if written:
            return real(descriptor, data[: written.pop()])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", once)
    with pytest.raises(OSError, match="No space"):
        writer.append(batch(2, 4))
    monkeypatch.setattr(os, "write", real)
    assert numbers(tmp_path) == [1, 2, 3]
    assert writer.last_number == 3
    writer.append(batch(2, 6))
    writer.close()
    assert numbers(tmp_path) == [1, 2, 3, 6, 7]


def test_old_segments_are_pruned_and_the_newest_never(batch: Make, tmp_path: Path) -> None:
    writer = SegmentWriter(tmp_path, segment_bytes=100)
    for first in (1, 5, 9):
        writer.append(batch(4, first))
    kept = names(tmp_path)
    assert len(kept) == 3
    os.utime(tmp_path / kept[0], ns=(0, 0))
    assert writer.prune(1000) == 1
    assert names(tmp_path) == kept[1:]
    assert writer.prune(2**62) == 1
    assert numbers(tmp_path) == [9, 10, 11, 12]
    writer.close()


def test_run_json_is_made_once_and_another_kind_of_folder_is_refused(tmp_path: Path) -> None:
    made = begin_run(tmp_path, {"kind": "live", "run": "abc"})
    assert begin_run(tmp_path, {"kind": "live", "run": "other"}) == made == {"kind": "live", "run": "abc"}
    (tmp_path / "run.json").write_text('{"run": "abc", "format": 1}')
    with pytest.raises(StoreError, match="another kind of run"):
        begin_run(tmp_path, {})
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(StoreError, match="cannot be read"):
        begin_run(tmp_path, {})


@pytest.mark.fuzz
@settings(max_examples=300)
@given(data=st.binary(max_size=200), cut=st.integers(0, 400), place=st.integers(0, 400))
def test_a_frame_is_read_whole_or_refused(data: bytes, cut: int, place: int, batch: Make) -> None:
    frame = encode_frame(batch(1))
    spoilt = frame[:place] + data + frame[place + cut :]
    head, payload = spoilt[: HEAD.size].ljust(HEAD.size, b"\0"), spoilt[HEAD.size :]
    try:
        found = decode_frame(head, payload)
    except FrameError:
        return
    assert spoilt == frame and found == batch(1)
