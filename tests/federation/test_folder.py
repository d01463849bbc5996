"""The folder of files: whole or not there, foreign things set aside unread, everything bounded."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.db import transaction
from tests.federation.nodes import CARRIER, KIND, MINISTRY, Two

from haodun.federation import limits, quarantine, transports
from haodun.federation.models import Peer, Quarantine
from haodun.federation.services import answers, recall, send


@pytest.fixture
def files(two: Two, tmp_path: Path) -> Path:
    """The same pair over two folders; `up` from the carrier, `down` to it."""
    for name in ("up", "down"):
        (tmp_path / name).mkdir()
    down, up = str(tmp_path / "down"), str(tmp_path / "up")
    Peer.objects.filter(own=MINISTRY).update(transport={"kind": "folder", "outgoing": down, "incoming": up})
    Peer.objects.filter(own=CARRIER).update(transport={"kind": "folder", "outgoing": up, "incoming": down})
    return tmp_path


def test_files_are_taken_moved_to_done_and_receipts_come_back(two: Two, files: Path) -> None:
    message = two.send(2)
    two.round(MINISTRY)
    assert sorted(path.name for path in (files / "down").iterdir()) == [
        "ministry-0000000000000000.json",
        "ministry-0000000000000001.json",
    ]
    two.rounds()
    assert two.effects == [2] and answers(message)[0].executed_at is not None
    assert (files / "down/done/ministry-0000000000000001.json").is_file()
    assert not list((files / "down").glob("*.part")) and not (files / "down/aside").exists()


def test_what_is_no_envelope_is_set_aside_and_the_rest_goes_on(two: Two, files: Path) -> None:
    down = files / "down"
    two.send(2)
    two.round(MINISTRY)
    whole = (down / "ministry-0000000000000001.json").read_bytes()
    (down / "half.json").write_bytes(whole[: len(whole) // 2])
    (down / "empty.json").write_bytes(b"")
    (down / "readme.txt").write_text("hello")
    (down / "号码.json").write_text("{}")
    (down / "folder.json").mkdir()
    (down / "link.json").symlink_to("/etc/passwd")
    os.mkfifo(down / "pipe.json")
    (down / ".on-its-way.json.part").write_bytes(whole)
    (down / "huge.json").write_bytes(b"x" * (limits.MAX_ENVELOPE + 10))
    two.rounds()
    assert two.effects == [2]
    assert [path.name for path in down.iterdir() if path.is_file()] == [".on-its-way.json.part"]
    aside = {path.name for path in (down / "aside").iterdir()}
    assert aside == {
        "half.json", "empty.json", "readme.txt", "号码.json", "folder.json", "link.json", "pipe.json", "huge.json",
    }  # fmt: skip
    kept = {row.reason: row for row in Quarantine.objects.all()}
    assert set(kept) == {"unreadable", "too_large"} and Quarantine.objects.count() == 3
    assert kept["too_large"].size == limits.MAX_ENVELOPE + 10 and kept["too_large"].kept_bytes == 4096


def test_a_blocked_way_is_said_and_nothing_is_lost(two: Two, files: Path) -> None:
    message = two.send(2)
    (files / "down").rename(files / "away")
    assert "No such file" in two.round(MINISTRY).trouble
    assert Peer.objects.get(own=MINISTRY).trouble
    (files / "away").rename(files / "down")
    two.rounds()
    assert two.effects == [2] and answers(message)[0].answer == "accepted"
    assert Peer.objects.get(own=MINISTRY).trouble == ""


def test_done_and_aside_stay_bounded(two: Two, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "MAX_DONE", 3)
    for number in range(8):
        (files / "down" / f"foreign-{number}.txt").write_text("x")
        two.send(number)
    two.rounds()
    assert two.effects == list(range(8))
    assert len(list((files / "down/done").iterdir())) == 3
    assert len(list((files / "down/aside").iterdir())) == 3
    assert not list((files / "down").glob("foreign-*"))


def test_quarantine_stays_bounded_and_the_same_bytes_count_once(
    two: Two, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MAX_QUARANTINED", 2)
    for round_ in range(2):
        for number in range(5):
            (files / "down" / f"junk-{round_}-{number}.json").write_text(f"junk {number}")
        two.round(CARRIER)
    assert sorted(Quarantine.objects.values_list("times", flat=True)) == [2, 2]
    assert Peer.objects.get(own=CARRIER).dropped == 6


def test_a_flood_waits_in_the_outbox_beyond_the_window(two: Two, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haodun.federation.exchanging.WINDOW", 5)
    with transaction.atomic():
        sent = [send(KIND, [CARRIER], {"n": number}, own=MINISTRY, at=two.now) for number in range(12)]
    for _ in range(3):
        two.round(MINISTRY)
    assert len(list((files / "down").glob("ministry-*[1-9].json"))) == 5, "the peer has said nothing yet"
    with transaction.atomic():
        assert recall(sent[11], "not sent yet", own=MINISTRY) == ()
    two.rounds(5)
    assert two.effects == list(range(11))
