"""What orders tells the contexts above it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OrderDispatched:
    """An order was approved and its restrictions placed."""

    order: UUID
    numbers: int
    change: int
    """Last change of its restrictions: in effect where a snapshot covers it."""


@dataclass(frozen=True, slots=True)
class OrderExecuted:
    """Every live edge holds the restrictions of an order."""

    order: UUID
    numbers: int


@dataclass(frozen=True, slots=True)
class NumbersReversed:
    """Restrictions of some numbers of an order were lifted, as by an appeal."""

    order: UUID
    numbers: tuple[int, ...]
    """E.164 keys."""
    reason: str


@dataclass(frozen=True, slots=True)
class OrderReversed:
    """An order was recalled; its restrictions are lifted."""

    order: UUID
    numbers: int
