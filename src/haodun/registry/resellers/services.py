"""Inspections of resellers, their stops and lifts: the only way in for other contexts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from haodun.offices.transitions.services import Actor, Outcome, act
from haodun.registry.resellers import counted
from haodun.registry.resellers.bringing_in import PastCase, bring_in, on_record
from haodun.registry.resellers.inspecting import recheck, record_inspection, send_proof
from haodun.registry.resellers.states import TABLE
from haodun.registry.resellers.values import FULL, Inspection, Sample, Way

__all__ = [
    "FULL",
    "TABLE",
    "Inspection",
    "PastCase",
    "Sample",
    "Way",
    "bring_in",
    "counted",
    "on_record",
    "recheck",
    "record_inspection",
    "send_proof",
    "take",
]


def take(
    actor: Actor,
    ids: Sequence[uuid.UUID],
    action: str,
    *,
    key: str,
    reason: str = "",
    version: int | None = None,
    at: datetime | None = None,
) -> tuple[Outcome, ...]:
    """Take a step of a case, all or none. Raises Refused."""
    return act(actor, TABLE, ids, action, key=key, reason=reason, version=version, at=at)
