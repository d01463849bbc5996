"""News of this context: a clock ran out; somebody broke the glass."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ClockBreached:
    """A deadline passed before its step was taken; sent once per clock."""

    clock_id: int
    name: str
    object_type: str
    object_id: uuid.UUID
    due_at: datetime
    source: str
    kind: str


@dataclass(frozen=True, slots=True)
class GlassBroken:
    """A step was forced past the second person; somebody must review it."""

    object_type: str
    object_ids: tuple[uuid.UUID, ...]
    action: str
    actor: uuid.UUID
    organisation: uuid.UUID | None
    reason: str
    at: datetime
