"""Appointing people to organisations, lending a role for a time, and who is on duty."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from haodun.audit.services import AuditKind, record
from haodun.offices.organisations.models import Delegation, Duty, Membership, Organisation, User
from haodun.offices.organisations.roles import CHARTERS, Role
from haodun.offices.organisations.scope import system
from haodun.offices.organisations.tree import OrganisationError, readers_of


def _valid(now: datetime) -> Q:
    return (Q(starts=None) | Q(starts__lte=now)) & (Q(ends=None) | Q(ends__gt=now))


def _check_role(organisation: Organisation, role: str) -> None:
    if role not in CHARTERS:
        raise OrganisationError(f"{role!r} is no role; known: {', '.join(Role.values)}")
    if organisation.kind not in CHARTERS[role].kinds:
        raise OrganisationError(f"{organisation.name_zh} is a {organisation.kind}, which has no {role}")


def appoint(
    user: User,
    organisation: Organisation,
    role: str,
    *,
    starts: datetime | None = None,
    ends: datetime | None = None,
    by: User | None = None,
) -> Membership:
    """Make a person a member in a role; OrganisationError where the kind has no such role or it is held already.

    Nobody appoints themself: the one who grants is another person.
    """
    _check_role(organisation, role)
    if by is not None and by.pk == user.pk:
        raise OrganisationError("nobody appoints themself; ask another administrator of the organisation")
    with system():
        try:
            with transaction.atomic():
                made = Membership.objects.create(
                    user=user,
                    organisation=organisation,
                    role=role,
                    starts=starts,
                    ends=ends,
                    granted_by=by,
                    readers=readers_of(organisation),
                )
                _record_membership(made, by, "appointed")
                return made
        except IntegrityError as error:
            if "membership_open_once" not in str(error):
                raise
            raise OrganisationError(f"{user} is {role} of {organisation.name_zh} already") from None


def dismiss(membership: Membership, *, at: datetime | None = None, by: User | None = None) -> None:
    """End a membership now or at a later moment; roles lent from it end with it."""
    with system(), transaction.atomic():
        Membership.objects.filter(pk=membership.pk).update(ends=at or timezone.now())
        _record_membership(membership, by, "dismissed")


def _record_membership(membership: Membership, by: User | None, what: str) -> None:
    record(
        AuditKind.MEMBERSHIP_CHANGED,
        actor=by.pk if by else None,
        organisation=membership.organisation_id,
        object_type="user",
        object_id=membership.user_id,
        body={"what": what, "role": str(membership.role)},
    )


def _record_delegation(delegation: Delegation, by: User, what: str) -> None:
    record(
        AuditKind.DELEGATION_GIVEN,
        actor=by.pk,
        organisation=delegation.organisation_id,
        object_type="delegation",
        object_id=delegation.pk,
        body={"what": what, "role": str(delegation.role), "taker": str(delegation.taker_id)},
    )


def delegate(
    giver: User, taker: User, *, organisation: Organisation, role: str, starts: datetime, ends: datetime, reason: str
) -> Delegation:
    """Lend a role one holds as a member to a colleague of the same organisation, from `starts` until before `ends`.

    OrganisationError where the giver does not hold the role as a member (what is lent cannot be lent on), where the
    taker is of another organisation, where there is no reason or no time.
    """
    if not reason.strip():
        raise OrganisationError("say why the role is lent; the reason stands in the audit")
    if ends <= starts or giver.pk == taker.pk:
        raise OrganisationError("a role is lent to another person, and for a time that ends after it starts")
    now = timezone.now()
    with system(), transaction.atomic():
        valid = Membership.objects.filter(_valid(now), organisation=organisation)
        own = valid.filter(user=giver, role=role).select_for_update().first()
        if own is None:
            raise OrganisationError(f"{giver} is no {role} of {organisation.name_zh} and cannot lend that role")
        if own.ends is not None and own.ends < ends:
            raise OrganisationError(f"{giver} is {role} only until {own.ends:%Y-%m-%d}; lend the role no longer")
        if not valid.filter(user=taker).exists():
            raise OrganisationError(f"{taker} is no member of {organisation.name_zh}; lend the role to a colleague")
        lent = Delegation.objects.create(
            giver=giver,
            taker=taker,
            organisation=organisation,
            role=role,
            starts=starts,
            ends=ends,
            reason=reason.strip(),
            readers=readers_of(organisation),
        )
        _record_delegation(lent, giver, "given")
    return lent


def revoke(delegation: Delegation, *, by: User) -> bool:
    """Take a lent role back; False where it was taken back before."""
    with system(), transaction.atomic():
        taken = Delegation.objects.filter(pk=delegation.pk, revoked_at=None).update(revoked_at=timezone.now())
        if taken:
            _record_delegation(delegation, by, "revoked")
    return bool(taken)


def members_of(organisation: Organisation | UUID, *, role: str | None = None) -> QuerySet[User, User]:
    """Active people with a valid membership, by name. The query runs under the caller's scope."""
    identity = organisation if isinstance(organisation, UUID) else organisation.id
    valid = Membership.objects.filter(_valid(timezone.now()), organisation_id=identity)
    if role is not None:
        valid = valid.filter(role=role)
    return User.objects.filter(is_active=True, id__in=valid.values("user_id")).order_by("name", "username")


def put_on_duty(
    user: User, organisation: Organisation, *, starts: datetime, ends: datetime, deputy: bool = False
) -> Duty:
    """Enter a member in the roster, from `starts` until before `ends`; OrganisationError where they are no member."""
    if ends <= starts:
        raise OrganisationError("a duty ends after it starts; give the later time last")
    with system():
        if not Membership.objects.filter(_valid(starts), user=user, organisation=organisation).exists():
            raise OrganisationError(f"{user} is no member of {organisation.name_zh} then; appoint the person first")
        return Duty.objects.create(
            user=user,
            organisation=organisation,
            starts=starts,
            ends=ends,
            deputy=deputy,
            readers=readers_of(organisation),
        )


def on_duty(organisation: Organisation | UUID, at: datetime) -> list[User]:
    """Who is on duty at a moment, the first in line first; people who left meanwhile are not."""
    identity = organisation if isinstance(organisation, UUID) else organisation.id
    with system():
        members = Membership.objects.filter(_valid(at), organisation_id=identity).values("user_id")
        roster = Duty.objects.filter(organisation_id=identity, starts__lte=at, ends__gt=at, user__is_active=True)
        return [one.user for one in roster.filter(user_id__in=members).select_related("user").order_by("deputy", "id")]
