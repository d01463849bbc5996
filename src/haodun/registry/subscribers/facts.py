"""What subscribers tells the contexts above it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HoldersChanged:
    """Holder intervals of these numbers were opened, closed or imported, in this transaction."""

    numbers: tuple[int, ...]
    """E.164 keys, ascending."""
