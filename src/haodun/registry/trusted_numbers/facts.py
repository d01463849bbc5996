"""What trusted numbers tell the contexts above them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrustedChanged:
    """An entry came into force or left it: snapshot and directory are published anew."""

    cause: str
    change: int
    """Its place among the changes that publications cover."""
