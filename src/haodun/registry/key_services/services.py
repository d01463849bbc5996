"""Key services, agents and the channel blacklist: the only way in for other contexts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import Actor, Outcome, Preview, Table, act, preview
from haodun.registry.key_services import counted
from haodun.registry.key_services.agents import propose_agent, propose_listing, register_agent
from haodun.registry.key_services.blacklist import everybody, is_listed, listed_party
from haodun.registry.key_services.bringing_in import PastService, bring_in, bring_in_involved, on_record
from haodun.registry.key_services.calling_back import call_back, read_back, unanswered
from haodun.registry.key_services.campaigns import Foreseen, Progress, foresee, plan_campaign, progress
from haodun.registry.key_services.documents import canonical, cipher, mark_of, masked_name, valid_uscc
from haodun.registry.key_services.facts import NumbersCleared, NumbersInvolved
from haodun.registry.key_services.figures import Figure, FigureRefused, drop, mean_times, month_on_month, percent, share
from haodun.registry.key_services.models import Service
from haodun.registry.key_services.on_numbers import courses_on
from haodun.registry.key_services.other_states import AGENT, CAMPAIGN, LISTING
from haodun.registry.key_services.states import TABLE
from haodun.registry.key_services.taking_on import apply, correct, register_existing
from haodun.registry.key_services.values import (
    ApplicantKind,
    Application,
    Breach,
    Channel,
    Defect,
    KeyService,
    Listed,
    PartyKind,
    PersonSeen,
    ServiceKind,
)

__all__ = [
    "AGENT",
    "CAMPAIGN",
    "LISTING",
    "TABLE",
    "ApplicantKind",
    "Application",
    "Breach",
    "Channel",
    "Defect",
    "Figure",
    "FigureRefused",
    "Foreseen",
    "KeyService",
    "Listed",
    "NumbersCleared",
    "NumbersInvolved",
    "PartyKind",
    "PastService",
    "PersonSeen",
    "Progress",
    "ServiceKind",
    "apply",
    "bring_in",
    "bring_in_involved",
    "call_back",
    "canonical",
    "cipher",
    "correct",
    "counted",
    "courses_on",
    "drop",
    "everybody",
    "foresee",
    "is_listed",
    "listed_party",
    "mark_of",
    "masked_name",
    "mean_times",
    "month_on_month",
    "on_record",
    "percent",
    "plan_campaign",
    "preview_step",
    "progress",
    "propose_agent",
    "propose_listing",
    "read_back",
    "register_agent",
    "register_existing",
    "service_of",
    "share",
    "take",
    "unanswered",
    "valid_uscc",
]


def take(
    actor: Actor,
    ids: Sequence[uuid.UUID],
    action: str,
    *,
    table: Table = TABLE,
    key: str,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    seen: str | None = None,
    version: int | None = None,
    at: datetime | None = None,
) -> tuple[Outcome, ...]:
    """Take a step of a table of this context on its rows, all or none. Raises Refused."""
    return act(actor, table, ids, action, key=key, reason=reason, data=data, seen=seen, version=version, at=at)


def preview_step(actor: Actor, row: Any, action: str, *, table: Table = TABLE) -> Preview:
    """What a step would meet now."""
    return preview(actor, table, [row.id], action)


def service_of(number: int, at: datetime) -> KeyService | None:
    """The key service that a number (E.164 key) was at `at`; None where it was none."""
    with system():
        found = Service.objects.filter(number=number, created_at__lte=at).exclude(state="REFUSED")
        row = found.exclude(closed_at__lte=at).order_by("-created_at").first()
        if row is None:
            return None
        landing = tuple(row.landings.order_by("number").values_list("number", flat=True))
    return KeyService(
        id=row.id,
        kind=ServiceKind(row.kind),
        number=row.number,
        carrier=row.carrier_id,
        applicant=row.applicant,
        uscc=row.uscc,
        use=row.use,
        state=row.state,
        landing=landing,
    )
