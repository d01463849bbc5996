"""What other contexts may use of organisations: readers, standing, scope, permissions, the tree and its people."""

from __future__ import annotations

from haodun.offices.organisations.access import act_for, requires, standing_of
from haodun.offices.organisations.kinds import MAINLAND, PROVINCES, Kind
from haodun.offices.organisations.people import appoint, delegate, dismiss, members_of, on_duty, put_on_duty, revoke
from haodun.offices.organisations.permissions import Permission
from haodun.offices.organisations.purposes import Purpose, purpose_of, reference_of
from haodun.offices.organisations.roles import CHARTERS, Role
from haodun.offices.organisations.scope import reading_as, system
from haodun.offices.organisations.scoped import Readers, ScopedManager, ScopedQuerySet
from haodun.offices.organisations.seeding import Login, Seeded, seed_country
from haodun.offices.organisations.standing import (
    NoStandingError,
    Seat,
    Standing,
    actor_for,
    needs_second_factor,
    own_organisations,
    seats_of,
)
from haodun.offices.organisations.sudo import require_sudo, sudo_until
from haodun.offices.organisations.tree import (
    Moved,
    OrganisationError,
    as_it_was,
    at_or_below,
    bureaus_of,
    close,
    establish,
    find,
    move,
    readers_of,
    rename,
    rows_touched,
    search,
)

__all__ = [
    "CHARTERS",
    "MAINLAND",
    "PROVINCES",
    "Kind",
    "Login",
    "Moved",
    "NoStandingError",
    "OrganisationError",
    "Permission",
    "Purpose",
    "Readers",
    "Role",
    "ScopedManager",
    "ScopedQuerySet",
    "Seat",
    "Seeded",
    "Standing",
    "act_for",
    "actor_for",
    "appoint",
    "as_it_was",
    "at_or_below",
    "bureaus_of",
    "close",
    "delegate",
    "dismiss",
    "establish",
    "find",
    "members_of",
    "move",
    "needs_second_factor",
    "on_duty",
    "own_organisations",
    "purpose_of",
    "put_on_duty",
    "readers_of",
    "reading_as",
    "reference_of",
    "rename",
    "require_sudo",
    "requires",
    "revoke",
    "rows_touched",
    "search",
    "seats_of",
    "seed_country",
    "standing_of",
    "sudo_until",
    "system",
]
