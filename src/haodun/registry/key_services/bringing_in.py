"""Bring in services of the past with what was found and done about each, on the days on which it was.

The steps go through `act()` as all do, taken by the system; each keeps the day that the record of the past names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction

from haodun.offices.organisations.services import system
from haodun.offices.transitions.blast import cap_of
from haodun.offices.transitions.services import SYSTEM, act, emit
from haodun.registry.key_services.calling_back import call_back, read_back
from haodun.registry.key_services.facts import NumbersCleared, NumbersInvolved
from haodun.registry.key_services.limits import CAP
from haodun.registry.key_services.models import Involved, Landing, Service
from haodun.registry.key_services.states import TABLE
from haodun.registry.key_services.taking_on import register_existing
from haodun.registry.key_services.values import Application

CALLED = timedelta(hours=1)
"""A landing number was called back so long before the check was finished."""


@dataclass(frozen=True, slots=True)
class PastService:
    """A service of the existing base; a moment is None where that step was not taken."""

    carrier: UUID
    application: Application
    """With `existing_since`, when it is taken as registered."""
    checked_at: datetime | None = None
    """Checked against all of art. 7, no defect found."""
    defect: str = ""
    flagged_at: datetime | None = None
    ordered_at: datetime | None = None
    rectified_at: datetime | None = None
    accepted_at: datetime | None = None
    suspended_at: datetime | None = None
    closed_at: datetime | None = None

    def steps(self) -> Iterator[tuple[datetime, str]]:
        """What was done, and when."""
        taken = {
            "check": self.checked_at,
            "flag": self.flagged_at,
            "order_rectification": self.ordered_at,
            "rectify": self.rectified_at,
            "accept": self.accepted_at,
            "suspend": self.suspended_at,
            "close": self.closed_at,
        }
        return ((at, action) for action, at in taken.items() if at is not None)


def bring_in(past: Sequence[PastService], *, note: str) -> None:
    """Register these services and take their steps in order of time; all or none. Raises Refused.

    `note` says where the records come from: it is the reason of the steps and what shows a defect.
    """
    due: defaultdict[tuple[datetime, str, str], list[UUID]] = defaultdict(list)
    with system(), transaction.atomic():
        for one in past:
            actor = replace(SYSTEM, organisation_id=one.carrier)
            since = one.application.existing_since
            service = register_existing(actor, one.application, key=uuid4().hex, at=since)
            if one.checked_at is not None:
                _prove(service, one.checked_at - CALLED)
            for at, action in one.steps():
                due[at, action, one.defect if action == "flag" else ""].append(service)
        for at, action, defect in sorted(due):
            data = {"defect": defect, "note": note} if action == "flag" else None
            for ids in _under_cap(due[at, action, defect]):
                act(SYSTEM, TABLE, ids, action, key=uuid4().hex, reason=note, data=data, at=at)


def bring_in_involved(told: Iterable[tuple[NumbersInvolved, datetime | None]]) -> None:
    """Police notices of the past, each with when it was withdrawn; all or none."""
    with system(), transaction.atomic():
        for fact, withdrawn_at in told:
            emit(fact)
            if withdrawn_at is not None:
                emit(NumbersCleared(fact.notice, fact.numbers, withdrawn_at))


def on_record() -> int:
    """How many services and notices this register has, whoever may read them."""
    with system():
        return Service.objects.count() + Involved.objects.count()


def _prove(service: UUID, at: datetime) -> None:
    """Its landing numbers were called back, and answered."""
    for landing in Landing.objects.filter(service=service).values_list("id", flat=True):
        read_back(SYSTEM, landing, call_back(SYSTEM, landing, at=at), at=at)


def _under_cap(ids: list[UUID]) -> Iterator[list[UUID]]:
    size = cap_of(CAP)
    return (ids[at : at + size] for at in range(0, len(ids), size))
