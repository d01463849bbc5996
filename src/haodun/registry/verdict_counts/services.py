"""What the edges decided, as counts and flagged rows: the only way in for other contexts."""

from __future__ import annotations

from haodun.registry.verdict_counts.classes import Classes
from haodun.registry.verdict_counts.intake import IntakeError, Taken, ingest, taken_upto
from haodun.registry.verdict_counts.looking_up import (
    Flagged,
    Held,
    flagged_calls_of,
    flagged_numbers,
    held_rules,
    totals,
)

__all__ = [
    "Classes",
    "Flagged",
    "Held",
    "IntakeError",
    "Taken",
    "flagged_calls_of",
    "flagged_numbers",
    "held_rules",
    "ingest",
    "taken_upto",
    "totals",
]
