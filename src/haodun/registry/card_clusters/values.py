"""What cards may share, and from how many on it is a finding: thresholds with the day from which each set holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Shared(TextChoices):
    """What the cards of a group have in common."""

    DOCUMENT = "document", _("同一证件")
    DEVICE = "device", _("同一设备")
    ADDRESS = "address", _("同一地址")
    BURST = "burst", _("同一网点集中开卡")


@dataclass(frozen=True, slots=True)
class Floor:
    """From how many on what is shared makes a group."""

    cards: int
    documents: int = 1
    """Different documents among them: a family's cards under one address stay below."""
    points: int = 0
    """Score of a group at its floor."""
    each: int = 0
    """More for each card above it,"""
    most: int = 0
    """up to so much of that kind."""


@dataclass(frozen=True, slots=True)
class Rules:
    """One set of thresholds."""

    since: date
    """Holds from this day on, until the next set."""
    floors: Mapping[str, Floor]
    look_back: timedelta
    """Device, address and burst: only cards opened within it. A document counts all its active cards."""
    window: timedelta
    """A burst: `floors[burst].cards` openings at one agent within it."""
    agent: int
    """Points where one agent opened AGENT_SHARE of cards that share something else than a burst."""
    least: int
    """From this score on it is a finding."""


CAP = "card_cluster"
"""Numbers that one confirmation may restrict: HAODUN_CAPS."""
AGENT_SHARE = 80
"""Percent."""
RULES = (
    Rules(
        since=date(2016, 9, 23),
        floors={
            Shared.DOCUMENT: Floor(6, points=30, each=5, most=30),
            Shared.DEVICE: Floor(5, documents=3, points=40, each=5, most=40),
            Shared.ADDRESS: Floor(8, documents=5, points=25, each=1, most=10),
            Shared.BURST: Floor(10, documents=3, points=20, each=1, most=10),
        },
        look_back=timedelta(days=180),
        window=timedelta(hours=1),
        agent=10,
        least=50,
    ),
)
"""Sets by day, oldest first; a new one is added, none is edited. Platform rules; the sixth card under one document at
one operator is unlawful since 2016-09-23 (six-agency notice), across operators it is a sign. A burst alone (a busy
shop) or an address alone (a dormitory) never reaches `least`, whatever its size."""


def rules_at(day: date) -> Rules:
    """The thresholds of a day; of a day before all, the first."""
    return next((one for one in reversed(RULES) if one.since <= day), RULES[0])


@dataclass(frozen=True, slots=True)
class Group:
    """Cards that share one thing."""

    shared: Shared
    mark: str
    """Of what they share; never shown."""
    cards: frozenset[int]
    """Holder intervals."""


@dataclass(frozen=True, slots=True)
class Card:
    """One card, as the query saw it."""

    interval: int
    number: int
    document: bytes
    carrier: UUID
    agent: str
    opened_at: datetime
    readers: tuple[UUID, ...]
