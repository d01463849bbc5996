"""What a clock shows: the share of its time used, how urgent that is, and what is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from haodun.offices.transitions.calendars import measured
from haodun.offices.transitions.clock_spec import Unit

CAUTION = 0.5
"""Share of the time from which a clock asks for attention (clock chip of the console)."""
SERIOUS = 0.75
CRITICAL = 1.0


class Level(StrEnum):
    """How urgent a clock is."""

    NEUTRAL = "neutral"
    CAUTION = "caution"
    SERIOUS = "serious"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Reading:
    """A clock at a moment."""

    share: float
    """Time used, 1.0 at the deadline, more after it. Only working days count for a clock in working days."""
    level: Level
    left: timedelta
    """Until the deadline by the wall clock; negative once it has passed."""
    paused: bool


def read(
    *, started: datetime, due: datetime, unit: Unit, now: datetime, paused_seconds: float, paused: bool
) -> Reading:
    """The reading of a clock at `now`; for a stopped or paused one, the moment it stopped or paused."""
    total = measured(started, due, unit).total_seconds() - paused_seconds
    used = measured(started, now, unit).total_seconds() - paused_seconds
    share = max(used, 0.0) / total if total > 0 else CRITICAL
    if now >= due:
        share = max(share, CRITICAL)  # a free day after the deadline adds nothing, yet it has passed
    level = Level.NEUTRAL
    for least, name in ((CAUTION, Level.CAUTION), (SERIOUS, Level.SERIOUS), (CRITICAL, Level.CRITICAL)):
        if share >= least:
            level = name
    return Reading(share=share, level=level, left=due - now, paused=paused)
