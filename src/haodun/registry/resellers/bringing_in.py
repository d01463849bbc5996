"""Bring in inspections of the past with what followed, on the days on which it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import SYSTEM, act
from haodun.registry.resellers.inspecting import record_inspection
from haodun.registry.resellers.models import ResellerCase
from haodun.registry.resellers.states import TABLE
from haodun.registry.resellers.values import Inspection

FOLLOWED = ("notify", "stop_supply", "confirm", "stop_users")
"""Steps that can have followed, in this order; a case without any that met its target is `clear`ed."""


@dataclass(frozen=True, slots=True)
class PastCase:
    """An inspection that is over, and what followed: action of FOLLOWED or `clear` → when."""

    inspector: UUID
    seen: Inspection
    recorded_at: datetime
    followed: tuple[tuple[str, datetime], ...] = ()


def bring_in(past: Sequence[PastCase], *, note: str) -> None:
    """Record these inspections and take their steps; all or none. Raises Refused. `note` is the steps' reason."""
    with system(), transaction.atomic():
        for one in past:
            actor = replace(SYSTEM, organisation_id=one.inspector)
            made = record_inspection(actor, one.seen, key=uuid4().hex, at=one.recorded_at)
            for action, at in one.followed:
                act(SYSTEM, TABLE, [made], action, key=uuid4().hex, reason=note, at=at)


def on_record() -> int:
    """How many cases there are, whoever may read them."""
    with system():
        return ResellerCase.objects.count()
