"""What restrictions tells the contexts above it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RestrictionsChanged:
    """Restrictions were placed, renewed, lifted or lapsed in this transaction; a snapshot must follow."""

    change: int
    """The last change; all of them are ≤ this."""
    cause: str
    """placed, renewed, lifted or lapsed."""
    restrictions: tuple[UUID, ...]
