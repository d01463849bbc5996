"""Publication to the edges: the only way in for other contexts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class EdgeState:
    """What is known of one enrolled edge."""

    name: str
    organisation: UUID
    mode: str
    """observe, enforce, or '' until it has said."""
    last_seen: datetime | None
    version: int
    """Newest snapshot that it said it runs, 0 for none."""
    silent: bool
    """Not heard of for longer than SILENT_AFTER: it counts as not having executed."""


@dataclass(frozen=True, slots=True)
class Everywhere:
    """Whether a lift (or a measure) has arrived everywhere, and who is missing."""

    version: int
    """First publication that covers it, 0 where none does yet."""
    executed: tuple[str, ...]
    """Edges that run it."""
    missing: tuple[str, ...]
    """Edges that do not yet, silent ones among them."""
    silent: tuple[str, ...]

    @property
    def done(self) -> bool:
        """Published, and executed by every enrolled edge."""
        return self.version > 0 and bool(self.executed) and not self.missing


def edges() -> tuple[EdgeState, ...]:
    """All enrolled edges, by name."""
    raise NotImplementedError


def executed_everywhere(change: int) -> Everywhere:
    """Where the state after `change` (of a restriction) is in effect."""
    raise NotImplementedError


def lifted_everywhere(restriction: UUID) -> Everywhere:
    """Row closed, published, and executed by every edge that held it (DESIGN.md §4.5)."""
    raise NotImplementedError
