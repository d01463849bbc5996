"""Clusters of black cards: the only way in for other contexts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from haodun.offices.transitions.services import Actor, Outcome, act
from haodun.registry.card_clusters.finding import ask_look, look
from haodun.registry.card_clusters.states import TABLE
from haodun.registry.card_clusters.values import RULES, Rules, Shared, rules_at

__all__ = ["RULES", "TABLE", "Rules", "Shared", "ask_look", "look", "rules_at", "take"]


def take(
    actor: Actor,
    ids: Sequence[uuid.UUID],
    action: str,
    *,
    key: str,
    reason: str = "",
    seen: str | None = None,
    version: int | None = None,
    at: datetime | None = None,
) -> tuple[Outcome, ...]:
    """Take a step of a cluster; `seen` is the digest of the blast radius that was shown. Raises Refused."""
    return act(actor, TABLE, ids, action, key=key, reason=reason, seen=seen, version=version, at=at)
