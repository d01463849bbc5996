"""Notices and reminders: once each, with dates and ways out, before any stop; what failed is told and tried again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from tests.registry.conftest import found_land
from tests.registry.key_services.conftest import Cast, cast_of
from tests.registry.reregistration.test_campaign import DAY, FIRST, cards, running
from tests.registry.reregistration.test_recording import came, shop

from haodun.audit.models import Entry
from haodun.console.setup import prepare_keys
from haodun.offices.organisations.services import system
from haodun.registry.outgoing.services import NAME
from haodun.registry.reregistration import handing_over
from haodun.registry.reregistration.models import Card, HolderNotice
from haodun.registry.reregistration.services import advance, counts_of, hand_over, told_of
from haodun.registry.restrictions.models import Notice as StopNotice


@pytest.fixture
def outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    prepare_keys(tmp_path)
    return tmp_path / NAME


@pytest.fixture
def cast(db: None, outbox: Path) -> Iterator[Cast]:
    with system():
        yield cast_of(found_land())


def lines(outbox: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in outbox.read_text(encoding="utf-8").splitlines()] if outbox.exists() else []


def day(at: datetime) -> str:
    return f"{timezone.localdate(at):%Y-%m-%d}"


def test_each_holder_is_told_once_a_step_with_the_next_dates_and_the_ways_out(cast: Cast, outbox: Path) -> None:
    cards(cast.land, 2)
    running(cast)
    at = timezone.now()
    for _ in range(3):
        advance(at)
    assert [(line["kind"], line["to"]) for line in lines(outbox)] == [("reregistration:notice", "+8613900000000")] * 2
    text = lines(outbox)[0]["text"]
    for word in (day(at + 5 * DAY), day(at + 15 * DAY), "江苏移动", "Mobile Jiangsu", "110、119、120、122", "/appeal/"):
        assert word in text, word
    assert "can always be called" in text and str(FIRST) not in text
    advance(at + 5 * DAY)
    advance(at + 5 * DAY)
    assert [line["kind"] for line in lines(outbox)[2:]] == ["reregistration:reminder"] * 2
    for word in (day(at + 15 * DAY), day(at + 35 * DAY)):
        assert word in lines(outbox)[2]["text"], word
    entries = Entry.objects.filter(kind="notice:handed_over", object_type="reregistration_notice")
    assert entries.count() == 2 and str(FIRST) not in str([entry.body for entry in entries])


def test_the_notice_of_a_stop_says_how_to_register_and_when_the_number_goes(cast: Cast) -> None:
    cards(cast.land, 1)
    running(cast)
    at = timezone.now()
    for days in (0, 5, 15, 35):
        advance(at + days * DAY)
    one_way, two_way = StopNotice.objects.order_by("created_at")
    assert day(at + 35 * DAY) in one_way.text_zh and "江苏移动自有营业厅" in one_way.text_zh
    assert day(at + 65 * DAY) in two_way.text_en and "taken back" in two_way.text_en


def test_where_the_outbox_cannot_be_written_nobody_is_stopped_and_it_is_told_and_tried_again(
    cast: Cast, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards(cast.land, 2)
    campaign = running(cast)
    at = timezone.now()

    def full(*args: object, **more: object) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(handing_over, "append_once", full)
    advance(at)
    advance(at + 6 * DAY)
    assert counts_of(campaign) == {"NOTIFIED": 2} and lines(outbox) == []
    (told,) = told_of(campaign)
    assert (told.handed_over, told.waiting, told.failed, told.failed_at) == (0, 2, 2, at + 6 * DAY)
    monkeypatch.undo()
    monkeypatch.setattr(settings, "HAODUN_DATA", outbox.parent.parent)
    late = at + 7 * DAY
    advance(late)
    assert len(lines(outbox)) == 2 and day(late + 5 * DAY) in lines(outbox)[0]["text"]
    assert set(Card.objects.values_list("due_at", flat=True)) == {late + 5 * DAY}, "waiting begins when told"
    (told,) = told_of(campaign)
    assert (told.handed_over, told.waiting, told.failed, told.failed_at) == (2, 0, 0, None)


def test_what_was_written_by_a_run_that_did_not_commit_is_not_written_again(
    cast: Cast, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards(cast.land, 2)
    running(cast)

    def killed(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(handing_over, "record", lambda *args, **more: killed())
        with pytest.raises(KeyboardInterrupt):
            advance()
    assert len(lines(outbox)) == 2 and HolderNotice.objects.filter(handed_over_at=None).count() == 2
    assert hand_over() == 2
    assert len(lines(outbox)) == 2 and hand_over() == 0


def test_whoever_came_before_the_notice_went_out_is_not_told(
    cast: Cast, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards(cast.land, 2)
    campaign = running(cast)
    with monkeypatch.context() as patched:
        patched.setattr(handing_over, "BATCH", 0)
        advance()
    came(cast, shop())
    assert hand_over() == 2
    assert len(lines(outbox)) == 1 and HolderNotice.objects.exclude(withdrawn_at=None).count() == 1
    (told,) = told_of(campaign)
    assert (told.handed_over, told.waiting) == (1, 0)
    due = Card.objects.get(state="NOTIFIED").due_at
    assert due is not None and timedelta(0) < due - timezone.now() < 6 * DAY
