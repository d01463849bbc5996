"""What key services hears from the contexts above it, and what it tells them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NumbersInvolved:
    """A police notice named numbers as involved in fraud, and was approved. Sent from above (casework/orders)."""

    notice: UUID
    noticed_at: datetime
    """When the notice was received: K3 counts by this month."""
    numbers: tuple[int, ...]
    """E.164 keys, of every kind."""
    readers: tuple[UUID, ...]
    """Who may read the notice."""


@dataclass(frozen=True, slots=True)
class NumbersCleared:
    """Numbers of a notice are not involved after all: the notice was recalled, or an appeal was allowed."""

    notice: UUID
    numbers: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class ServiceFlagged:
    """A defect was found in a key service."""

    service: UUID
    defect: str


@dataclass(frozen=True, slots=True)
class ServiceClosed:
    """A key service was closed; its number is restricted."""

    service: UUID
    number: int
    defect: str


@dataclass(frozen=True, slots=True)
class PartyListed:
    """A firm or person came onto the shared blacklist (`listed`), or off it after a review."""

    listing: UUID
    listed: bool
