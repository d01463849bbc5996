"""Entries whose time is over."""

from __future__ import annotations

from datetime import datetime

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import SYSTEM, Refused, act
from haodun.registry.trusted_numbers.models import Entry
from haodun.registry.trusted_numbers.states import TABLE

BATCH = 500


def expire_ended(at: datetime) -> int:
    """End them, each by an act of its own; how many."""
    with system():
        ids = list(Entry.objects.filter(state="ACTIVE", valid_until__lte=at).values_list("id", flat=True)[:BATCH])
    ended = 0
    for entry in ids:
        try:
            act(SYSTEM, TABLE, [entry], "expire", key=f"expire {entry}", at=at)
        except Refused:
            continue  # revoked or renewed a moment ago
        ended += 1
    return ended
