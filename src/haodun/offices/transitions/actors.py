"""Who acts: a person for an organisation in a role, or the system itself."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
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
    """The person by whose delegation everything is done, where nothing is done in the actor's own right."""
    lent: Mapping[str, uuid.UUID] = field(default_factory=dict)
    """Permissions held only by delegation, and who gave each: a step needing one is taken on their behalf."""
    system: bool = False
    """The system passes permission, scope and second person; guards bind it too."""

    def principal(self, permission: str | None) -> uuid.UUID | None:
        """On whose behalf a step needing this permission is taken, None in the actor's own right."""
        return self.lent.get(permission, self.on_behalf_of) if permission is not None else self.on_behalf_of


SYSTEM = Actor(user_id=SYSTEM_ID, organisation_id=None, role="system", system=True)
"""Jobs, receipts and clocks act as this."""
