"""Notices reach the operator's outbox when they are due, each exactly once, whatever is killed in between."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from tests.faults.killing import Point, run
from tests.registry.conftest import NOW, Land, found_land, holding
from tests.registry.restrictions.test_placing import FIRST, lift, place

from haodun.audit.models import Entry
from haodun.console.database import Urls
from haodun.console.setup import prepare_keys
from haodun.offices.jobs.services import drain
from haodun.offices.organisations.services import system
from haodun.registry.outgoing.file import NAME, append_once
from haodun.registry.restrictions import services
from haodun.registry.restrictions.handing_over import LATEST, hand_over
from haodun.registry.restrictions.models import Notice
from haodun.registry.subscribers import services as subscribers


@pytest.fixture(autouse=True)
def outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    prepare_keys(tmp_path)  # a restriction asks for a publication, too
    yield tmp_path / NAME


def told(outbox: Path) -> list[dict[str, str]]:
    if not outbox.exists():
        return []
    return [json.loads(line) for line in outbox.read_text(encoding="utf-8").splitlines()]


def test_a_notice_waits_until_its_restriction_is_in_effect_and_goes_once(land: Land, outbox: Path) -> None:
    subscribers.open_interval(holding(land, FIRST, contact="ming@example.cn"))
    placed = place(land, FIRST)[0]
    assert hand_over(NOW) == 0 and told(outbox) == []
    services.in_effect(placed.change)
    drain()
    assert hand_over(NOW) == 0
    (line,) = told(outbox)
    assert line["to"] == "ming@example.cn" and placed.appeal in line["text"]
    assert outbox.stat().st_mode & 0o777 == 0o600
    assert Entry.objects.filter(kind="notice:handed_over").count() == 1
    with system():
        assert line["id"] == str(Notice.objects.get(handed_over_at__isnull=False).pk)


def test_a_holder_is_told_within_the_hour_whatever_the_edges_say(land: Land, outbox: Path) -> None:
    subscribers.open_interval(holding(land, FIRST, contact=""))
    place(land, FIRST)
    assert hand_over(NOW + LATEST - timedelta(seconds=1)) == 0
    assert hand_over(NOW + LATEST) == 1
    assert [line["to"] for line in told(outbox)] == [f"+{FIRST}"]


def test_a_notice_is_withdrawn_when_its_restriction_was_lifted_first(land: Land, outbox: Path) -> None:
    subscribers.open_interval(holding(land, FIRST))
    placed = place(land, FIRST)[0]
    lift(land, placed, at=NOW)
    assert hand_over(NOW + LATEST) == 1
    assert hand_over(NOW + LATEST) == 0 and told(outbox) == []


def test_a_file_put_aside_by_the_operator_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "out" / "box.jsonl"
    known = append_once(path, {"a": {"id": "a"}}, known=0)
    path.rename(path.with_suffix(".1"))
    append_once(path, {"b": {"id": "b"}}, known=known)
    assert [line["id"] for line in told(path)] == ["b"]


@pytest.mark.parametrize("torn", [b'{"id": "b"', b'{"id": "c", "text": "' + b"x" * 70_000, b"\xff"])
def test_a_torn_last_line_is_cut_and_what_stands_is_not_written_again(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "box.jsonl"
    lines = {name: {"id": name, "text": name * 3} for name in "ab"}
    append_once(path, {"a": lines["a"]}, known=0)
    with path.open("ab") as file:
        file.write(b"no json\n[1]\n" + torn)
    length = append_once(path, lines, known=0)
    whole = path.read_bytes().splitlines()
    assert length == path.stat().st_size
    assert whole[1:3] == [b"no json", b"[1]"]
    assert [json.loads(line)["id"] for line in (whole[0], *whole[3:])] == ["a", "b"]


SETUP = "from haodun.console.setup import configure; configure()"
HAND_OVER = """
from haodun.registry.restrictions import handing_over
handing_over.hand_over()
"""
HANDING_OVER = "haodun.registry.restrictions.handing_over"
DURABLE = "haodun.store.durable"


@pytest.mark.fault
@pytest.mark.parametrize(
    "at",
    [
        pytest.param(Point(DURABLE, "write", "half", 1), id="in the first write"),
        pytest.param(Point(DURABLE, "write", "half", 3), id="in the third write"),
        pytest.param(Point(DURABLE, "fsync"), id="fsync"),
        pytest.param(Point("haodun.registry.restrictions.models", "HandOver.save"), id="mark"),
        pytest.param(Point(HANDING_OVER, "_record"), id="commit"),
        pytest.param(Point(HANDING_OVER, "hand_over", "after"), id="after"),
    ],
)
def test_kill_minus_nine_loses_no_notice_and_doubles_none(committed_db: Urls, outbox: Path, at: Point) -> None:
    land = found_land()
    numbers = [FIRST + n for n in range(3)]
    for number in numbers:
        subscribers.open_interval(holding(land, number))
    now = timezone.now()
    placed = place(land, *numbers, at=now, until=now + timedelta(days=1))
    services.in_effect(placed[0].change)
    environment = {**os.environ, "HAODUN_DATA": str(settings.HAODUN_DATA), "DATABASE_URL": committed_db.app}
    assert run(HAND_OVER, at=at, setup=SETUP, environment=environment, timeout=60).killed
    before = told(outbox) if at.when != "half" else []
    hand_over()
    assert hand_over() == 0
    lines = told(outbox)
    assert len({line["id"] for line in lines}) == len(lines) == 3
    assert lines[: len(before)] == before
    with system():
        assert Notice.objects.exclude(handed_over_at=None).count() == 3
