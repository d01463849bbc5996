"""What publication tells the contexts above it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SnapshotExecuted:
    """Every live enrolled edge runs this snapshot or a later one; sent once for each version that gets there."""

    version: int
    change: int
    """Restrictions whose `change` is ≤ this are in effect (or out of effect) at every live edge."""
    edges: int
    """How many edges said so."""
    held: frozenset[int] = frozenset()
    """But not what these changes placed: it waits for approvals, or for the hour's budget."""


@dataclass(frozen=True, slots=True)
class SnapshotPublished:
    """A snapshot lies ready and was announced."""

    version: int
    change: int
