"""Writing: whenever it stops, there is a whole snapshot under its final name, or none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.screening.snapshot.conftest import DAY, NOW, NUMBER, Desk

from haodun.screening.snapshot import Accepted, Code, Holder, SnapshotRefused
from haodun.screening.snapshot import folder as folders

LISTS = {"black": [(NUMBER, NOW + DAY)], "grey": [(NUMBER, NOW + DAY)]}


class Stopped(BaseException):
    """The process was killed."""


class StopsAt:
    """Lets durable steps pass, then kills the process before the n-th."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
        self.left = step
        for name in ("fsync", "rename"):
            real = getattr(folders, name)
            monkeypatch.setattr(folders, name, lambda *given, _real=real: self._step(_real, *given))

    def _step(self, real: object, *given: object) -> None:
        if self.left == 0:
            raise Stopped
        self.left -= 1
        assert callable(real)
        real(*given)


@pytest.mark.fault
def test_a_kill_at_any_step_leaves_a_whole_snapshot_or_none(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = 0
    for step in range(100):
        place = desk.folder(f"at-{step}")
        with monkeypatch.context() as patch:
            StopsAt(patch, step)
            try:
                desk.full(1, LISTS, place=place)
            except Stopped:
                stopped += 1
                if not place.exists():
                    continue
        assert desk.open(f"at-{step}").policy.lists["black"].holds(NUMBER, NOW)
        if stopped <= step:
            break
    assert stopped >= len(LISTS) + 5, "every file, every folder and the rename were a step"
    assert not list(desk.place.glob("*.part"))


@pytest.mark.fault
def test_the_draft_of_a_killed_process_is_no_hindrance(desk: Desk) -> None:
    left = desk.folder("1.part") / "lists"
    left.mkdir(parents=True)
    (left / "black.hdl").write_bytes(b"half")
    desk.full(1, LISTS)
    assert desk.open(1).version == 1 and not desk.folder("1.part").exists()


def test_two_writers_of_one_name_do_not_mix(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    real = folders.rename

    def late(old: Path, new: Path) -> None:
        new.mkdir()
        (new / "manifest.json").write_text("the other one")
        real(old, new)

    monkeypatch.setattr(folders, "rename", late)
    with pytest.raises((OSError, SnapshotRefused)):
        desk.full(1, LISTS)
    assert (desk.folder(1) / "manifest.json").read_text() == "the other one"


@pytest.mark.fault
def test_what_is_in_force_was_remembered_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.full(1, LISTS)
    holder = Holder(desk.trust, state=desk.folder("state"))
    with monkeypatch.context() as patch:
        StopsAt(patch, 0)
        with pytest.raises(Stopped):
            holder.offer(desk.folder(1), NOW)
    assert holder.current is None and holder.memory.version == 0
    assert isinstance(holder.offer(desk.folder(1), NOW), Accepted)
    assert Holder(desk.trust, state=desk.folder("state")).memory.spent(NOW) == 1


def test_a_full_disk_is_a_sentence(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    holder = Holder(desk.trust, state=desk.folder("state"))
    desk.full(1, LISTS)
    monkeypatch.setattr(folders, "fsync", full)
    answer = holder.offer(desk.folder(1), NOW)
    assert getattr(answer, "code", None) is Code.STATE and holder.current is None
    with pytest.raises(OSError, match="space"):
        desk.full(2, LISTS)
    assert not desk.folder(2).exists() and not desk.folder("2.part").exists()
