"""Organisations, their past, and the people who act for them."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone

from haodun.offices.organisations.kinds import MAINLAND, PROVINCES, Kind
from haodun.offices.organisations.roles import Role
from haodun.offices.organisations.scoped import Readers

__all__ = [
    "MAINLAND",
    "PROVINCES",
    "Delegation",
    "Duty",
    "Kind",
    "Membership",
    "Organisation",
    "OrganisationPast",
    "ProgramToken",
    "User",
]


class Organisation(models.Model):
    """One organisation of the tree. It is a directory entry: everybody may read it, `services.move` alone moves it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    path = ArrayField(models.UUIDField(), default=list, editable=False)
    """Ids from the root down to this one; kept by `save` and `services.move`."""
    kind = models.CharField(max_length=24, choices=Kind.choices)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160)
    uscc = models.CharField(max_length=18, blank=True, default="")
    """Unified social credit code (GB 32100-2015), '' where it has none."""
    province = models.CharField(max_length=2, blank=True, default="")
    """First two digits of GB/T 2260, '' where it is not of one province."""
    place = models.CharField(max_length=6, blank=True, default="")
    """Six digits of GB/T 2260 where it serves a city or county."""
    home_node = models.CharField(max_length=64, default="local")
    """The installation it lives at; elsewhere it is an address, never a login (DESIGN.md §4.1)."""
    since = models.DateTimeField(default=timezone.now)
    """From when the present names and place in the tree hold."""
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["uscc"], condition=~Q(uscc=""), name="organisation_uscc_once"),
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="organisation_not_its_own_parent"),
        )
        indexes = (
            GinIndex(fields=["path"], name="organisation_path"),
            models.Index(fields=["kind", "province"], name="organisation_kind_province"),
        )

    def __str__(self) -> str:
        return self.name_zh

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the path of a new one; a known one keeps its own, since only `services.move` changes it."""
        if not self.path:
            self.path = [*(self.parent.path if self.parent else []), self.id]
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class OrganisationPast(models.Model):
    """What an organisation was called and where it stood in the tree, from when to when."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="past")
    parent = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=160)
    uscc = models.CharField(max_length=18, blank=True, default="")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    reason = models.CharField(max_length=400)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(ends__gt=models.F("starts")), name="past_ends_later"),)
        indexes = (models.Index(fields=["organisation", "starts"], name="past_organisation_starts"),)


class User(AbstractUser):
    """A person with a login."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80, blank=True, default="")

    def __str__(self) -> str:
        return self.name or self.username


class Membership(Readers):
    """A person acts for an organisation in a role, from `starts` until before `ends` (None: open)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=32, choices=Role.choices)
    starts = models.DateTimeField(null=True, blank=True)
    ends = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(Readers.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["user", "organisation", "role"], condition=Q(ends=None), name="membership_open_once"
            ),
        )


class Delegation(Readers):
    """A member lets a colleague act in the member's own role for a time; it cannot be handed on."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    giver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations_given")
    taker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations_taken")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=32, choices=Role.choices)
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    reason = models.CharField(max_length=400)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(Readers.Meta):
        constraints = (
            models.CheckConstraint(condition=Q(ends__gt=models.F("starts")), name="delegation_ends_later"),
            models.CheckConstraint(condition=~Q(giver=models.F("taker")), name="delegation_to_another"),
        )


class Duty(Readers):
    """A member is on duty for an organisation from when to when."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="duties")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="duties")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    deputy = models.BooleanField(default=False)
    """Second in line, called where the first does not answer."""

    class Meta(Readers.Meta):
        constraints = (models.CheckConstraint(condition=Q(ends__gt=models.F("starts")), name="duty_ends_later"),)


class ProgramToken(Readers):
    """A bearer token of a program: an account with one seat, exactly these permissions, and an end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    account = models.OneToOneField(User, on_delete=models.PROTECT, related_name="program_token")
    name = models.CharField(max_length=60)
    digest = models.BinaryField(max_length=32, unique=True)
    """SHA-256 of the token, which is kept nowhere."""
    permissions = ArrayField(models.CharField(max_length=60))
    created_at = models.DateTimeField()
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    """To the hour."""

    class Meta(Readers.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "name"], condition=Q(revoked_at=None), name="program_token_name_once"
            ),
        )
