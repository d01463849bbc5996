"""What the worker does by the clock: breaches are told, old answers forgotten."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from tests.offices.transitions.parcels import packed, person

from haodun.offices.jobs.tasks import check_clocks, forget
from haodun.offices.organisations.services import system
from haodun.offices.transitions.models import Clock, Performed
from haodun.offices.transitions.services import ClockKind, ClockSpec, On, Unit, start

SPEC = ClockSpec("c", "期限", "Limit", 5, Unit.MINUTES, "x", ClockKind.POLICY)


@pytest.mark.usefixtures("db")
def test_the_worker_tells_of_deadlines_that_passed() -> None:
    with system():
        start("thing", [On(uuid.uuid4(), [uuid.uuid4()])], SPEC, at=timezone.now() - timedelta(hours=1))
    check_clocks()
    with system():
        assert Clock.objects.get().breached_at is not None


@pytest.mark.usefixtures("db", "parcels")
def test_answers_older_than_a_month_are_forgotten_and_younger_ones_kept() -> None:
    with system():
        packed(person(), key="old")
        packed(person(), key="new")
    Performed.objects.filter(key="old").update(at=timezone.now() - timedelta(days=31))
    forget()
    assert list(Performed.objects.values_list("key", flat=True)) == ["new"]
