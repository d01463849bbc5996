"""Deadlines in Beijing time: minutes and hours, days, and working days of the dated holiday calendar.

The calendar is the State Council's yearly notice (国务院办公厅关于部分节假日安排的通知) with its make-up days, as
the package `chinesecalendar` carries it. Beyond its last year only weekends are free, and whatever was computed from
such a day is flagged `assumed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

from haodun.offices.transitions.clock_spec import Unit

BEIJING = ZoneInfo("Asia/Shanghai")
NAME = "cn"
"""Name of the calendar as clocks store it."""
MAX_DAYS = 3_660
"""No deadline looks further ahead than ten years of days."""
SATURDAY = 5
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """Whether people work on a date, and whether that is known or assumed."""

    working: bool
    assumed: bool
    """The calendar does not reach this year yet: weekends are free, holidays unknown."""


@dataclass(frozen=True, slots=True)
class Due:
    """The moment at which a deadline ends."""

    at: datetime
    assumed: bool
    """A day of a year without a published calendar was counted."""


def day_of(on: date) -> Day:
    """Whether this date is a working day (a Saturday of make-up work is one, a Monday of a holiday is none)."""
    try:
        return Day(working=chinese_calendar.is_workday(on), assumed=False)
    except NotImplementedError:  # the package's word for a year whose notice it does not carry
        return Day(working=on.weekday() < SATURDAY, assumed=True)


def due(start: datetime, amount: int, unit: Unit) -> Due:
    """When a deadline of `amount` units from `start` ends; ValueError without a time zone or beyond ten years.

    Days: the day of the start does not count, the last day ends at 24:00, and a last day that is free moves to the next
    working day (民法典 arts. 201, 203). Working days: the day of the start does not count either.
    """
    if start.tzinfo is None:
        raise ValueError("a clock starts at a moment with a time zone")
    if unit is Unit.MINUTES:
        return Due(start + timedelta(minutes=amount), assumed=False)
    if unit is Unit.HOURS:
        return Due(start + timedelta(hours=amount), assumed=False)
    if amount > MAX_DAYS:
        raise ValueError(f"a deadline of {amount} days is longer than {MAX_DAYS} days")
    today = start.astimezone(BEIJING).date()
    last, assumed = _working_days_on(today, amount) if unit is Unit.WORKING_DAYS else _days_on(today, amount)
    return Due(datetime.combine(last + ONE_DAY, time(), BEIJING), assumed=assumed)


def _working_days_on(today: date, amount: int) -> tuple[date, bool]:
    assumed = False
    while amount > 0:
        today += ONE_DAY
        day = day_of(today)
        assumed |= day.assumed
        amount -= day.working
    return today, assumed


def _days_on(today: date, amount: int) -> tuple[date, bool]:
    last = today + timedelta(days=amount)
    day = day_of(last)
    assumed = day.assumed
    while not day.working:
        last += ONE_DAY
        day = day_of(last)
        assumed |= day.assumed
    return last, assumed


def measured(start: datetime, end: datetime, unit: Unit) -> timedelta:
    """How much time of a clock in this unit lies between two moments: all of it, or that of working days only."""
    if end <= start:
        return timedelta(0)
    if unit is not Unit.WORKING_DAYS:
        return end - start
    total = timedelta(0)
    at, stop = start.astimezone(BEIJING), end.astimezone(BEIJING)
    while at < stop:
        midnight = datetime.combine(at.date() + ONE_DAY, time(), BEIJING)
        until = min(midnight, stop)
        if day_of(at.date()).working:
            total += until - at
        at = until
    return total


def days_between(start: datetime, end: datetime, unit: Unit) -> int:
    """How many days of this unit begin after `start` and not after `end`: by these a pause moves a deadline."""
    first, last = start.astimezone(BEIJING).date(), end.astimezone(BEIJING).date()
    if unit is not Unit.WORKING_DAYS:
        return max(0, (last - first).days)
    return sum(day_of(first + timedelta(days=n)).working for n in range(1, (last - first).days + 1))
