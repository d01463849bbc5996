"""Clocks: started once, paused, stopped in time or not; a breach is told once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from haodun.offices.organisations.services import system
from haodun.offices.transitions import calendars
from haodun.offices.transitions.facts import ClockBreached
from haodun.offices.transitions.models import Clock
from haodun.offices.transitions.services import (
    ClockKind,
    ClockSpec,
    Level,
    On,
    Unit,
    clocks_of,
    pause,
    resume,
    start,
    stop,
    subscribe,
    tell_breaches,
    unsubscribe,
)

URGENT = ClockSpec("urgent", "紧急关停", "Urgent shutdown", 2, Unit.HOURS, "RULES W4a: urgent 2 h", ClockKind.POLICY)
REPLY = ClockSpec("reply", "答复", "Reply", 5, Unit.WORKING_DAYS, "RULES §1.4: 5 working days", ClockKind.LEGAL)
HOME = uuid.uuid4()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=calendars.BEIJING)


@pytest.fixture
def told(db: None) -> Iterator[list[ClockBreached]]:
    found: list[ClockBreached] = []
    subscribe(ClockBreached, found.append)
    with system():
        yield found
    unsubscribe(ClockBreached, found.append)


@pytest.fixture
def thing(told: list[ClockBreached]) -> On:
    return On(uuid.uuid4(), [HOME])


def only(thing: On) -> Clock:
    (clock,) = clocks_of("thing", [thing.id])
    return clock


@pytest.mark.parametrize(
    ("minutes", "level", "share"),
    [
        (0, Level.NEUTRAL, 0.0),
        (59, Level.NEUTRAL, 59 / 120),
        (60, Level.CAUTION, 0.5),
        (90, Level.SERIOUS, 0.75),
        (119, Level.SERIOUS, 119 / 120),
        (120, Level.CRITICAL, 1.0),
        (240, Level.CRITICAL, 2.0),
    ],
)
def test_a_clock_grows_urgent_with_its_share(thing: On, minutes: int, level: Level, share: float) -> None:
    began = at("2026-11-24 10:00")
    start("thing", [thing], URGENT, at=began)
    reading = only(thing).reading(began + timedelta(minutes=minutes))
    assert reading.level is level
    assert reading.share == pytest.approx(share)
    assert reading.left == timedelta(minutes=120 - minutes)


def test_a_holiday_does_not_use_up_working_days(thing: On) -> None:
    start("thing", [thing], REPLY, at=at("2026-09-30 18:00"))
    clock = only(thing)
    assert clock.due_at == at("2026-10-14 00:00")
    assert clock.reading(at("2026-10-07 23:59")).share == clock.reading(at("2026-10-01 00:00")).share
    assert clock.reading(at("2026-10-14 00:00")).level is Level.CRITICAL


def test_a_deadline_that_passed_is_critical_though_the_day_after_is_free(thing: On) -> None:
    spec = ClockSpec("days", "期限", "Limit", 1, Unit.WORKING_DAYS, "x", ClockKind.POLICY)
    start("thing", [thing], spec, at=at("2026-09-29 18:00"))
    assert only(thing).reading(at("2026-10-03 12:00")).level is Level.CRITICAL


def test_starting_again_does_not_move_the_deadline(thing: On) -> None:
    start("thing", [thing], URGENT, at=at("2026-11-24 10:00"))
    start("thing", [thing], URGENT, at=at("2026-11-24 11:00"))
    assert only(thing).due_at == at("2026-11-24 12:00")


def test_a_stopped_clock_says_whether_it_was_met_and_may_be_started_anew(thing: On, told: list[ClockBreached]) -> None:
    start("thing", [thing], URGENT, at=at("2026-11-24 10:00"))
    stop("thing", [thing.id], ["urgent"], at=at("2026-11-24 11:59"))
    first = only(thing)
    assert (first.met, first.reading(at("2027-01-01 00:00")).level) == (True, Level.SERIOUS)
    start("thing", [thing], URGENT, at=at("2026-11-24 13:00"))
    assert [clock.met for clock in clocks_of("thing", [thing.id])] == [None, True]
    assert told == []


def test_a_pause_moves_the_deadline_by_its_length(thing: On) -> None:
    start("thing", [thing], URGENT, at=at("2026-11-24 10:00"))
    pause("thing", [thing.id], ["urgent"], at=at("2026-11-24 10:30"), reason="police asked to wait")
    held = only(thing).reading(at("2026-11-24 23:00"))
    assert held.paused
    assert held.share == pytest.approx(0.25)
    assert tell_breaches(at("2026-11-25 00:00")) == 0
    resume("thing", [thing.id], ["urgent"], at=at("2026-11-24 20:30"))
    clock = only(thing)
    assert (clock.due_at, clock.pause_reason) == (at("2026-11-24 22:00"), "")
    assert clock.reading(at("2026-11-24 21:00")).share == pytest.approx(0.5)


def test_a_pause_over_a_holiday_moves_working_days_by_working_days(thing: On) -> None:
    start("thing", [thing], REPLY, at=at("2026-09-29 10:00"))
    assert only(thing).due_at == at("2026-10-13 00:00")
    pause("thing", [thing.id], ["reply"], at=at("2026-09-30 10:00"), reason="waiting for papers")
    resume("thing", [thing.id], ["reply"], at=at("2026-10-09 10:00"))  # 8 and 9 October were worked
    assert only(thing).due_at == at("2026-10-15 00:00")


def test_stopping_a_paused_clock_does_not_count_the_pause(thing: On, told: list[ClockBreached]) -> None:
    start("thing", [thing], URGENT, at=at("2026-11-24 10:00"))
    pause("thing", [thing.id], ["urgent"], at=at("2026-11-24 11:00"), reason="wait")
    stop("thing", [thing.id], ["urgent"], at=at("2026-11-26 11:00"))
    assert only(thing).met is True
    assert told == []


def test_a_breach_is_told_once_with_its_clause(thing: On, told: list[ClockBreached]) -> None:
    start("thing", [thing], URGENT, at=at("2026-11-24 10:00"))
    assert tell_breaches(at("2026-11-24 12:00")) == 0
    assert tell_breaches(at("2026-11-24 12:01")) == 1
    assert tell_breaches(at("2026-11-24 12:02")) == 0
    stop("thing", [thing.id], ["urgent"], at=at("2026-11-24 13:00"))
    assert [(fact.object_id, fact.source, fact.due_at) for fact in told] == [
        (thing.id, "RULES W4a: urgent 2 h", at("2026-11-24 12:00"))
    ]
    assert only(thing).met is False


def test_a_clock_stopped_late_between_two_checks_is_told_too(thing: On, told: list[ClockBreached]) -> None:
    start("thing", [thing], URGENT, at=at("2026-11-24 10:00"))
    stop("thing", [thing.id], ["urgent"], at=at("2026-11-24 12:01"))
    assert len(told) == 1
    assert tell_breaches(at("2026-11-24 12:02")) == 0


def test_a_subscriber_that_fails_leaves_the_breach_to_be_told_again(thing: On, told: list[ClockBreached]) -> None:
    def fail(fact: ClockBreached) -> None:
        raise LookupError(fact.name)

    start("thing", [thing], URGENT, at=at("2026-11-24 10:00"))
    subscribe(ClockBreached, fail)
    with pytest.raises(LookupError):
        tell_breaches(at("2026-11-24 12:01"))
    unsubscribe(ClockBreached, fail)
    assert tell_breaches(at("2026-11-24 12:02")) == 1


def test_an_assumed_deadline_is_set_right_once_the_year_is_published(
    thing: On, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = calendars.day_of

    def before(on: date) -> calendars.Day:
        return calendars.Day(working=on.weekday() < 5, assumed=True)

    monkeypatch.setattr(calendars, "day_of", before)
    start("thing", [thing], REPLY, at=at("2026-09-30 18:00"))
    assert (only(thing).due_at, only(thing).assumed) == (at("2026-10-08 00:00"), True)
    monkeypatch.setattr(calendars, "day_of", known)
    assert tell_breaches(at("2026-10-09 00:00")) == 0
    assert (only(thing).due_at, only(thing).assumed) == (at("2026-10-14 00:00"), False)


def test_the_command_tells_of_breaches(
    thing: On, told: list[ClockBreached], capsys: pytest.CaptureFixture[str]
) -> None:
    from django.core.management import call_command

    start("thing", [thing], URGENT, at=at("2020-11-24 10:00"))
    call_command("check_clocks")
    assert "1 clock ran out" in capsys.readouterr().out
    assert len(told) == 1


def test_another_organisation_sees_no_clock(thing: On) -> None:
    from haodun.offices.organisations.scope import holding

    start("thing", [thing], URGENT, at=at("2026-11-24 10:00"))
    with holding(str(uuid.uuid4())):
        assert list(Clock.objects.all()) == []
    with holding(str(HOME)):
        assert Clock.objects.count() == 1
