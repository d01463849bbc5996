"""What a question is made of, and what is fixed about the service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from haodun.registry.own_cards.models import Channel
from haodun.registry.subscribers.services import Document

ANSWER_HOURS = 48
"""Within which an answer comes (S15)."""
EVERY = timedelta(hours=24)
"""One answer about a document in this time (S15)."""
LAPSES = timedelta(days=7)
"""A question not dealt with by then is of no use any more; platform rule."""
PER_ADDRESS, PER_CLERK = 5, 60
"""Questions of one address or one clerk in WINDOW."""
WINDOW = timedelta(hours=1)


class TooOften(Exception):  # noqa: N818 (it is what happened)
    """This address or this clerk has asked too often; again within the hour."""


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks."""

    document: Document
    """A person's."""
    number: int
    """E.164 key of the number that the answer goes to."""
    channel: Channel
    language: str
    """`zh-hans` or `en`: of the answer."""
    address: str = ""
    """Where a stranger's request came from; '' at a desk."""
