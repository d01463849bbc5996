"""What policy revisions tell the contexts above them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PolicyChanged:
    """Another policy is in force."""

    revision: UUID
    number: int
