"""Revisions of the policy: the only way in for other contexts."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from haodun.offices.transitions.services import Actor, Outcome, act
from haodun.registry.policy_revisions.carrying import Carried, carried_from
from haodun.registry.policy_revisions.checking import Checked, check
from haodun.registry.policy_revisions.comparing import ask_comparison, recorded_run, run_comparison
from haodun.registry.policy_revisions.drafting import amend, draft, draft_next_step, rebase, roll_back
from haodun.registry.policy_revisions.facts import PolicyChanged
from haodun.registry.policy_revisions.in_force import (
    DEFAULT_POLICY,
    POLICY,
    InForce,
    PolicyFileError,
    in_force,
    last_change,
    policy_in_force,
    policy_source,
)
from haodun.registry.policy_revisions.states import TABLE
from haodun.registry.policy_revisions.values import Start

__all__ = [
    "DEFAULT_POLICY",
    "POLICY",
    "TABLE",
    "Carried",
    "Checked",
    "InForce",
    "PolicyChanged",
    "PolicyFileError",
    "Start",
    "amend",
    "ask_comparison",
    "carried_from",
    "check",
    "draft",
    "draft_next_step",
    "in_force",
    "last_change",
    "policy_in_force",
    "policy_source",
    "rebase",
    "recorded_run",
    "roll_back",
    "run_comparison",
    "take",
]


def take(
    actor: Actor,
    ids: Sequence[uuid.UUID],
    action: str,
    *,
    key: str,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    version: int | None = None,
    at: datetime | None = None,
) -> tuple[Outcome, ...]:
    """Take a step on revisions, all or none. Raises Refused."""
    return act(actor, TABLE, ids, action, key=key, reason=reason, data=data, version=version, at=at)
