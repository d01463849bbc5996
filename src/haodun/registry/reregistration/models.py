"""Campaigns of forced re-registration, their cards, and targets."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Readers
from haodun.registry.reregistration.values import MAX_TITLE, MAX_WAIT, OPEN, Dimension
from haodun.registry.subscribers.models import HolderInterval

_DAYS = Q(
    remind_after__range=(1, MAX_WAIT), one_way_after__range=(1, MAX_WAIT), two_way_after__range=(1, MAX_WAIT),
    release_after__range=(1, MAX_WAIT),
)  # fmt: skip


class Campaign(Readers):
    """One campaign of one carrier or reseller (RULES.md W2b)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=MAX_TITLE)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    """Whose cards: the carrier that serves them, or the reseller."""
    reseller = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", null=True)
    province = models.CharField(max_length=2, blank=True, default="")
    starts_on = models.DateField()
    remind_after = models.SmallIntegerField()
    one_way_after = models.SmallIntegerField()
    two_way_after = models.SmallIntegerField()
    release_after = models.SmallIntegerField()
    approved_at = models.DateTimeField(null=True)
    approved_numbers = models.IntegerField(default=0)
    """As many cards were approved; only cards held before the approval are taken up, and no more than these."""
    state = models.CharField(max_length=12)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    class Meta(Readers.Meta):
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["-moved_at", "-id"], name="reregistration_newest"),
        ]
        constraints: ClassVar = [models.CheckConstraint(condition=_DAYS, name="reregistration_days")]

    def __str__(self) -> str:
        return self.title


class Card(Readers):
    """One card that was not registered with a valid real name when its campaign took it up."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="cards")
    interval = models.ForeignKey(HolderInterval, on_delete=models.PROTECT, related_name="+")
    number = models.BigIntegerField()
    state = models.CharField(max_length=16)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    """When the next step is due; None where there is none."""
    one_way = models.UUIDField(null=True)
    """The restriction of the one-way stop."""
    two_way = models.UUIDField(null=True)
    """The restriction of the two-way stop."""

    class Meta(Readers.Meta):
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["campaign", "state", "due_at"], name="reregistration_due"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["interval"], condition=Q(state__in=OPEN), name="reregistration_card_open_once"
            )
        ]


class Target(Readers):
    """A share of valid real names to be reached by a day. Never edited: a new version with its reason replaces it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dimension = models.CharField(max_length=12, choices=Dimension.choices)
    key = models.CharField(max_length=40, blank=True, default="")
    basis_points = models.SmallIntegerField()
    due = models.DateField()
    version = models.IntegerField()
    reason = models.CharField(max_length=400)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    """Who set it."""
    set_by = models.UUIDField(null=True)
    set_at = models.DateTimeField()

    class Meta(Readers.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "dimension", "key", "version"], name="reregistration_target_once"
            ),
            models.CheckConstraint(condition=Q(basis_points__range=(1, 10_000)), name="reregistration_target_share"),
            models.CheckConstraint(condition=~Q(reason=""), name="reregistration_target_says_why"),
        ]
