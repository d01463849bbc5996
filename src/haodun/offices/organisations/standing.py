"""What a person is at a moment: own organisations, role and permissions there; frozen for the length of a request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection
from django.utils import timezone

from haodun.offices.organisations.roles import CHARTERS
from haodun.offices.organisations.scope import system

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from haodun.offices.organisations.models import User


class NoStandingError(Exception):
    """The person has no valid membership (at that organisation); answered as 404 or 403, never with what is there."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Seat:
    """One valid membership or delegation."""

    organisation_id: UUID
    role: str
    giver_id: UUID | None = None
    """Whose role it is, where it is a delegation."""
    permissions: frozenset[str] | None = None
    """Of a program's token exactly these; None: what the role's charter says."""

    def allowed(self) -> frozenset[str]:
        """What may be done in this seat."""
        if self.permissions is not None:
            return self.permissions
        charter = CHARTERS.get(self.role)
        return charter.permissions if charter else frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """For whom a person acts, as what, and what that allows: what an Actor is made of."""

    user_id: UUID
    organisation_id: UUID
    role: str
    permissions: frozenset[str]
    sudo_until: datetime | None = None
    """Until when the person proved once more who they are; None: not proved."""
    giver_id: UUID | None = None
    """Who delegated the role, None where it is the person's own."""


PROGRAM_SEAT = "program"
"""The role of a token's seat, which no person holds."""
_frozen: ContextVar[dict[UUID, tuple[Seat, ...]] | None] = ContextVar("haodun_seats", default=None)


@contextmanager
def frozen() -> Iterator[None]:
    """Seats are read once in the block: a request sees one state of the memberships."""
    token = _frozen.set({})
    try:
        yield
    finally:
        _frozen.reset(token)


def seats_of(user: User | AnonymousUser | None) -> tuple[Seat, ...]:
    """Valid memberships, then delegations, oldest first; () for the anonymous and the inactive."""
    if user is None or not user.is_authenticated or not user.is_active:
        return ()
    identity: UUID = user.pk
    kept = _frozen.get()
    if kept is not None and identity in kept:
        return kept[identity]
    found = _read(identity, timezone.now())
    if kept is not None:
        kept[identity] = found
    return found


_SEATS = """
SELECT own.organisation_id, own.role, NULL::uuid AS giver, 0 AS lent,
       own.starts AS since, own.id AS nth, NULL::uuid AS row
  FROM organisations_membership AS own
  JOIN organisations_organisation AS there ON there.id = own.organisation_id AND there.closed_at IS NULL
 WHERE own.user_id = %(user)s
   AND coalesce(own.starts <= %(now)s, true) AND coalesce(own.ends > %(now)s, true)
UNION ALL
SELECT lent.organisation_id, lent.role, lent.giver_id, 1, lent.starts, 0, lent.id
  FROM organisations_delegation AS lent
  JOIN organisations_organisation AS there ON there.id = lent.organisation_id AND there.closed_at IS NULL
 WHERE lent.taker_id = %(user)s AND lent.revoked_at IS NULL
   AND coalesce(lent.starts <= %(now)s, true) AND coalesce(lent.ends > %(now)s, true)
   AND EXISTS (SELECT FROM organisations_membership AS held
                 JOIN organisations_user AS giver ON giver.id = held.user_id AND giver.is_active
                WHERE held.user_id = lent.giver_id AND held.role = lent.role
                  AND held.organisation_id = lent.organisation_id
                  AND coalesce(held.starts <= %(now)s, true) AND coalesce(held.ends > %(now)s, true))
 ORDER BY lent, since NULLS FIRST, nth, row
"""
"""One statement, since every request asks it. A delegation ends with the giver's own membership, and a delegation is
none: so it cannot be handed on."""


def _read(user_id: UUID, now: datetime) -> tuple[Seat, ...]:
    with system():
        with connection.cursor() as cursor:
            cursor.execute(_SEATS, {"user": user_id, "now": now})
            seats = tuple(Seat(at, role, giver) for at, role, giver, *_ in cursor.fetchall())
        return seats or tuple(_of_program(user_id, now))


def _of_program(user_id: UUID, now: datetime) -> Iterator[Seat]:
    from haodun.offices.organisations.models import ProgramToken

    tokens = ProgramToken.objects.filter(account_id=user_id, revoked_at=None, expires_at__gt=now)
    for token in tokens.filter(organisation__closed_at=None):
        yield Seat(token.organisation_id, PROGRAM_SEAT, permissions=frozenset(token.permissions))


def own_organisations(user: User | AnonymousUser | None) -> list[UUID]:
    """Organisations the person acts for now, sorted; [] for the anonymous, the inactive and the unappointed."""
    return sorted({seat.organisation_id for seat in seats_of(user)})


def actor_for(
    user: User | AnonymousUser | None,
    organisation_id: UUID | None = None,
    *,
    sudo_until: datetime | None = None,
) -> Standing:
    """The person's standing at an organisation (the first one where None): every role held there counts.

    NoStandingError where there is no valid membership or delegation.
    """
    seats = [seat for seat in seats_of(user) if organisation_id in (None, seat.organisation_id)]
    if user is None or not seats:
        raise NoStandingError(
            "this person has no valid membership here; an administrator of the organisation appoints one"
        )
    first = seats[0]
    here = [seat for seat in seats if seat.organisation_id == first.organisation_id]
    allowed = frozenset().union(*(seat.allowed() for seat in here))
    identity: UUID = user.pk  # type: ignore[assignment]  # the anonymous have no seats
    return Standing(identity, first.organisation_id, first.role, allowed, sudo_until, first.giver_id)


def needs_second_factor(user: User | AnonymousUser | None) -> bool:
    """Whether a role the person holds now demands a second factor."""
    return any(CHARTERS[seat.role].second_factor for seat in seats_of(user) if seat.role in CHARTERS)
