"""Deadlines on dated cases of the State Council's holiday notices of 2025 and 2026."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haodun.offices.transitions.calendars import BEIJING, day_of, days_between, due, measured
from haodun.offices.transitions.clock_spec import Unit

WD = Unit.WORKING_DAYS


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        # National Day 2025: 1–8 October free, 28 September (Sunday) and 11 October (Saturday) worked.
        ("2025-09-26 16:00", 1, WD, "2025-09-29 00:00"),
        ("2025-09-30 10:00", 1, WD, "2025-10-10 00:00"),
        ("2025-09-30 10:00", 3, WD, "2025-10-12 00:00"),
        # Spring Festival 2026: 15–23 February free, 14 and 28 February (Saturdays) worked.
        ("2026-02-13 09:00", 1, WD, "2026-02-15 00:00"),
        ("2026-02-14 09:00", 1, WD, "2026-02-25 00:00"),
        ("2026-02-24 09:00", 5, WD, "2026-03-03 00:00"),
        # National Day 2026: 1–7 October free, 20 September (Sunday) and 10 October (Saturday) worked.
        ("2026-09-18 23:59", 1, WD, "2026-09-21 00:00"),
        ("2026-09-30 00:00", 5, WD, "2026-10-14 00:00"),
        # Days: the first does not count, a free last day moves to the next working day (民法典 arts. 201, 203).
        ("2026-09-21 08:00", 15, Unit.DAYS, "2026-10-09 00:00"),
        ("2026-09-14 08:00", 15, Unit.DAYS, "2026-09-30 00:00"),
        ("2026-01-31 08:00", 15, Unit.DAYS, "2026-02-25 00:00"),
        ("2026-02-13 08:00", 15, Unit.DAYS, "2026-03-01 00:00"),  # 28 February 2026 is a Saturday of work
        # Hours and minutes run through everything.
        ("2026-02-14 22:00", 24, Unit.HOURS, "2026-02-15 22:00"),
        ("2026-02-14 23:30", 45, Unit.MINUTES, "2026-02-15 00:15"),
    ],
)
def test_a_deadline_ends_where_the_calendar_says(start: str, amount: int, unit: Unit, end: str) -> None:
    found = due(at(start), amount, unit)
    assert (found.at, found.assumed) == (at(end), False)


def test_the_day_is_that_of_beijing_wherever_the_moment_was_written() -> None:
    late = datetime.fromisoformat("2026-09-29T16:30:00+00:00")  # 30 September, 00:30 in Beijing
    assert due(late, 1, WD).at == at("2026-10-09 00:00")


def test_beyond_the_published_years_only_weekends_are_free_and_it_says_so() -> None:
    assert day_of(date(2026, 12, 31)).assumed is False
    far = due(at("2090-09-29 10:00"), 3, WD)  # a Friday; 1–7 October 2090 are not yet known
    assert (far.at, far.assumed) == (at("2090-10-05 00:00"), True)
    across = due(at("2026-12-30 10:00"), 400, Unit.DAYS)
    assert across.assumed


def test_hours_assume_nothing() -> None:
    assert due(at("2090-09-29 10:00"), 72, Unit.HOURS).assumed is False


@pytest.mark.parametrize(("start", "amount"), [(datetime(2026, 1, 1), 1), (at("2026-01-01 00:00"), 3_661)])  # noqa: DTZ001
def test_a_start_without_zone_or_an_endless_deadline_is_refused(start: datetime, amount: int) -> None:
    with pytest.raises(ValueError, match=r"time zone|longer than"):
        due(start, amount, WD)


def test_only_working_time_counts_for_working_days() -> None:
    # 30 September 2026 from noon, the seven free days, 8 October until noon.
    assert measured(at("2026-09-30 12:00"), at("2026-10-08 12:00"), WD) == timedelta(hours=24)
    assert measured(at("2026-09-30 12:00"), at("2026-10-08 12:00"), Unit.HOURS) == timedelta(days=8)
    assert measured(at("2026-10-08 12:00"), at("2026-09-30 12:00"), WD) == timedelta(0)


MOMENTS = st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2026, 11, 30)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=BEIJING)
)


@given(MOMENTS, st.integers(1, 20))
def test_a_deadline_in_working_days_counts_exactly_that_many(start: datetime, amount: int) -> None:
    end = due(start, amount, WD).at
    assert days_between(start, end - timedelta(seconds=1), WD) == amount
    assert day_of((end - timedelta(seconds=1)).date()).working


@given(MOMENTS, st.integers(1, 40))
def test_a_longer_deadline_never_ends_sooner(start: datetime, amount: int) -> None:
    for unit in (Unit.DAYS, WD):
        assert due(start, amount, unit).at <= due(start, amount + 1, unit).at
        assert due(start, amount, unit).at >= start + timedelta(days=amount) - timedelta(days=1)


@given(MOMENTS, MOMENTS, MOMENTS)
def test_working_time_adds_up(one: datetime, two: datetime, three: datetime) -> None:
    first, middle, last = sorted((one, two, three))
    assert measured(first, middle, WD) + measured(middle, last, WD) == measured(first, last, WD)
