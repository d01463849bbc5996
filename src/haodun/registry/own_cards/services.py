"""Questions how many cards stand under a document: the only way in for other contexts."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from haodun.offices.transitions.services import Actor, Outcome, act
from haodun.registry.own_cards.answering import answer_open, tidy
from haodun.registry.own_cards.asking import ask
from haodun.registry.own_cards.figures import figures
from haodun.registry.own_cards.models import Channel
from haodun.registry.own_cards.states import TABLE
from haodun.registry.own_cards.values import Question, TooOften

__all__ = ["TABLE", "Channel", "Question", "TooOften", "answer_open", "ask", "figures", "take", "tidy"]


def take(
    actor: Actor,
    ids: Sequence[uuid.UUID],
    action: str,
    *,
    key: str,
    version: int | None = None,
    at: datetime | None = None,
) -> tuple[Outcome, ...]:
    """Take a step of questions, all or none. Raises Refused."""
    return act(actor, TABLE, ids, action, key=key, version=version, at=at)
