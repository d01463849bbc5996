"""What a clock is before it runs: a deadline with its length, its calendar and the clause it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a deadline is counted in."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"


class ClockKind(StrEnum):
    """Where a deadline comes from."""

    LEGAL = "L"
    """A statute, regulation or contract."""
    POLICY = "P"
    """Our own or the authority's service level."""


@dataclass(frozen=True, slots=True)
class ClockSpec:
    """A deadline. One that exists has a length, titles and a source, else ValueError."""

    name: str
    zh: str
    en: str
    amount: int
    unit: Unit
    source: str
    """The clause: "反电信网络诈骗法 art. 32", "RULES W4a: urgent 2 h"."""
    kind: ClockKind

    def __post_init__(self) -> None:
        """Refuse a clock without length, title or source."""
        if self.amount <= 0:
            raise ValueError(f"clock {self.name} must last at least one of its unit, not {self.amount}")
        if not (self.name and self.zh and self.en and self.source):
            raise ValueError(f"clock {self.name or '?'} needs a name, both titles and the clause it comes from")
