"""What other pages show of appeals: the head of a tab, one by its reference, those about a number or an order."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from haodun.casework.appeals import queries, shown
from haodun.casework.appeals.models import Appeal
from haodun.casework.appeals.references import grouped, read_reference
from haodun.casework.appeals.states import TABLE
from haodun.offices.transitions.services import StepRecord

MAX_APPEALS = 50
"""Appeals about one number or one order, the newest."""


@dataclass(frozen=True, slots=True)
class AppealStep:
    """One step of one appeal about the number, in the page's language."""

    at: datetime
    title: str
    reference: str
    tone: str
    icon: str
    reason: str
    """What the appellant was told."""
    address: str


def waiting(user: Any, *, tab: str, limit: int) -> tuple[list[dict[str, Any]], int]:
    """The first appeals of a tab as rows of the queue part, and how many there are (at most paging.COUNT_TO)."""
    found = queries.page(user, tab=tab, size=limit)
    return shown.rows(found.rows), found.total


def open_and_late(user: Any) -> tuple[int, int]:
    """How many appeals wait and how many of them are overdue; each at most paging.COUNT_TO."""
    return queries.count(user, "todo"), queries.count(user, "late")


def by_reference(user: Any, text: str) -> list[tuple[str, str, str]]:
    """The appeal of a reference, however it is typed: reference, state, address; [] for any other text."""
    known = read_reference(text)
    if known is None:
        return []
    found = Appeal.objects.scoped_to(user).filter(reference=known).first()
    return [] if found is None else [(grouped(found.reference), shown.state_of(found), _address(found.id))]


def about_order(order: uuid.UUID, user: Any) -> list[dict[str, Any]]:
    """The appeals about an order that this person may read, newest first."""
    found = Appeal.objects.scoped_to(user).filter(order=order).order_by("-created_at", "-id")[:MAX_APPEALS]
    return [shown.row_in_short(one) for one in found]


def steps_on(number: int, user: Any) -> list[AppealStep]:
    """The steps of the appeals about a number (E.164 key) that this person may read; oldest step first."""
    rows = Appeal.objects.scoped_to(user).filter(number=number).order_by("-created_at")[:MAX_APPEALS]
    named = {one.id: one for one in rows}
    taken = StepRecord.objects.filter(object_type=TABLE.name, object_id__in=named).order_by("id")
    return [
        _step(record, named[record.object_id]) for record in taken if record.action != "acknowledge"
    ]  # it is acknowledged by the system in the moment it is filed


def _step(record: StepRecord, appeal: Appeal) -> AppealStep:
    tone, icon = shown.TONES[record.to_state]
    return AppealStep(
        at=record.at,
        title=shown.told(record.action),
        reference=grouped(appeal.reference),
        tone=tone,
        icon=icon,
        reason=record.reason,
        address=_address(appeal.id),
    )


def _address(appeal: uuid.UUID) -> str:
    return reverse("appeals:appeal", args=[appeal])
