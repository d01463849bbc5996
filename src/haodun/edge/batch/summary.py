"""What `haodun screen` says at the end: a part of the figures of its report."""

from __future__ import annotations

from dataclasses import dataclass

from haodun.edge.batch.report import Figures


@dataclass(frozen=True, slots=True)
class Summary:
    """What happened to the calls of a run."""

    calls: int
    actions: dict[str, int]
    reasons: dict[str, int]
    """Rule id to calls."""
    shadow: dict[str, int]
    late: int
    unscreened_origin: int
    repeats: int
    unknown_trunks: dict[str, int]
    """Trunks of calls whose origin could not be judged, the ten with most calls."""


def summarise(figures: Figures) -> Summary:
    """The summary of a run whose figures are these."""
    return Summary(
        calls=figures.calls,
        actions={action.name: count for action, count in figures.actions.items()},
        reasons={count.rule: count.calls for count in figures.reasons},
        shadow={count.rule: count.calls for count in figures.shadow},
        late=figures.late,
        unscreened_origin=figures.unscreened,
        repeats=figures.repeats,
        unknown_trunks=figures.unknown_trunks,
    )
