"""What voice lines tells the contexts above it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LinesChanged:
    """What the snapshot carries of lines is another now."""

    lines: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class DeviceReported:
    """A forbidden device was reported to the regulator and handed to the police."""

    report: UUID
    kind: str
