"""What the edges decided, as counts and flagged rows: the only way in for other contexts."""

from __future__ import annotations

from haodun.registry.verdict_counts.classes import Classes
from haodun.registry.verdict_counts.intake import IntakeError, Taken, ingest, taken_upto
from haodun.registry.verdict_counts.looking_up import Flagged, flagged_calls_of, flagged_numbers, totals

__all__ = [
    "Classes",
    "Flagged",
    "IntakeError",
    "Taken",
    "flagged_calls_of",
    "flagged_numbers",
    "ingest",
    "taken_upto",
    "totals",
]
