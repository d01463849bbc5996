"""Bring in lines of the past with their tests and closures, on the days on which they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import SYSTEM, act
from haodun.registry.voice_lines.models import VoiceLine
from haodun.registry.voice_lines.registering import plan_test, register_line, report_test
from haodun.registry.voice_lines.states import TABLE
from haodun.registry.voice_lines.values import Method, NewLine

AFTER = timedelta(hours=1)
"""What a test leads to is recorded so long after it."""


@dataclass(frozen=True, slots=True)
class PastTest:
    """A test that is over."""

    method: Method
    at: datetime
    passed: bool


@dataclass(frozen=True, slots=True)
class PastLine:
    """A line of the existing base, its tests in order of time."""

    carrier: UUID
    line: NewLine
    """With `existing_since`, when it is taken as registered."""
    tests: tuple[PastTest, ...] = ()
    enforced: bool = False
    """Authentication of its callers was put in force after the last test, which was passed."""
    closed_at: datetime | None = None


def bring_in(past: Sequence[PastLine], *, note: str) -> None:
    """Register these lines, report their tests, enforce and close; all or none. Raises Refused.

    `note` says where the records come from: it is the reason of the steps and the evidence of the tests.
    """
    with system(), transaction.atomic():
        for one in past:
            actor = replace(SYSTEM, organisation_id=one.carrier)
            made = register_line(actor, one.line, key=uuid4().hex, at=one.line.existing_since)
            row = VoiceLine.objects.get(id=made)
            for test in one.tests:
                plan = plan_test(SYSTEM, row, method=test.method, planned_for=test.at.date())
                report_test(SYSTEM, plan, passed=test.passed, evidence=note, at=test.at)
            if one.enforced:
                passed = one.tests[-1].at + AFTER
                _step(made, "pass_test", passed, note)
                _step(made, "enforce", passed + AFTER, note)
            if one.closed_at is not None:
                _step(made, "close", one.closed_at, note)


def on_record() -> int:
    """How many lines this register has, whoever may read them."""
    with system():
        return VoiceLine.objects.count()


def _step(line: UUID, action: str, at: datetime, note: str) -> None:
    act(SYSTEM, TABLE, [line], action, key=uuid4().hex, reason=note, at=at)
