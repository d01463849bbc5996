"""From a person with seats (own ones and lent ones) to the Actor that act() takes."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from haodun.offices.organisations.services import NoStandingError, actor_for, seats_of
from haodun.offices.transitions.actors import Actor

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from haodun.offices.organisations.models import User


def actor_of(
    user: User | AnonymousUser | None,
    organisation_id: uuid.UUID | None = None,
    *,
    sudo_until: datetime | None = None,
) -> Actor:
    """The person as an actor for an organisation (the first one where None); NoStandingError without a seat there.

    What own roles allow is done in the person's own right; what only a delegation allows, on behalf of its giver.
    """
    standing = actor_for(user, organisation_id, sudo_until=sudo_until)
    here = [seat for seat in seats_of(user) if seat.organisation_id == standing.organisation_id]
    if not here:
        raise NoStandingError("the person's membership ended a moment ago; log in again")
    own = frozenset().union(*(seat.allowed() for seat in here if seat.giver_id is None))
    lent = {
        permission: seat.giver_id for seat in here if seat.giver_id is not None for permission in seat.allowed() - own
    }
    return Actor(
        user_id=standing.user_id,
        organisation_id=standing.organisation_id,
        role=standing.role,
        permissions=standing.permissions,
        sudo_until=standing.sudo_until,
        lent=lent,
    )
