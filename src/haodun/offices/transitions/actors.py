"""Who acts: a person for an organisation in a role, or the system itself."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

SYSTEM_ID = uuid.UUID(int=0)
"""The id under which the system's own steps are recorded."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who may act, as `act()` sees them."""

    user_id: uuid.UUID
    """The account."""
    organisation_id: uuid.UUID | None
    """The organisation acted for; its rows are the ones in reach."""
    role: str
    """The role held there, for the record."""
    permissions: Collection[str] = frozenset()
    """What the role may do (`scope:resource:action`)."""
    sudo_until: datetime | None = None
    """Until when the second proof given at this session counts."""
    on_behalf_of: uuid.UUID | None = None
    """The person by whose delegation this one acts."""
    system: bool = False
    """The system passes permission, scope and second person; guards bind it too."""

    @property
    def persons(self) -> frozenset[uuid.UUID]:
        """Those who count as having acted: the person, and whoever delegated; nobody for the system."""
        if self.system:
            return frozenset()
        return frozenset({self.user_id, *([self.on_behalf_of] if self.on_behalf_of else [])})

    def may(self, permission: str | None) -> bool:
        """Whether the actor holds the permission; None asks for none."""
        return self.system or permission is None or permission in self.permissions


SYSTEM = Actor(user_id=SYSTEM_ID, organisation_id=None, role="system", system=True)
"""Jobs, receipts and clocks act as this."""
