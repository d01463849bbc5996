"""What appeals tells the contexts above it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AppealDecided:
    """An appeal got its answer."""

    appeal: UUID
    outcome: str
    """UPHELD, PARTIAL, LIFTED or CLOSED."""
    causes: tuple[str, ...]
    """`order:<id>` and `rule:<id>` that were wrong; () where none was."""
