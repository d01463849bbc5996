"""What subscribers tells the contexts above it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HoldersChanged:
    """Holder intervals of these numbers were opened, closed or imported, in this transaction."""

    numbers: tuple[int, ...]
    """E.164 keys, ascending."""


@dataclass(frozen=True, slots=True)
class StatesChanged:
    """The real-name states of these intervals are others now, in this transaction."""

    intervals: tuple[int, ...]
    """Ids of holder intervals, ascending."""


@dataclass(frozen=True, slots=True)
class CardRefused:
    """These cards above the one-ID limit were not confirmed by their holder, in this transaction (RULES.md W2d)."""

    intervals: tuple[int, ...]
    """Ids of holder intervals, ascending."""
