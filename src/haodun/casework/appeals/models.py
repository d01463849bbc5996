"""Appeals, the one-time codes that prove a number, and what was wrongly restricted."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from haodun.offices.organisations.services import Readers


class Ground(models.TextChoices):
    """What an appeal is against."""

    RESTRICTION = "restriction", _("对号码的限制")
    VERDICT = "verdict", _("对一次来电的处置")


class Appeal(Readers):
    """One appeal of a person whose number was restricted or whose call was stopped (RULES.md W4f)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=16, unique=True)
    """What the appellant quotes; opens nothing without its code (`references.code_of`)."""
    ground = models.CharField(max_length=12, choices=Ground.choices)
    restriction = models.UUIDField(null=True)
    """Restriction appealed against."""
    order = models.ForeignKey("orders.Order", null=True, on_delete=models.PROTECT, related_name="appeals")
    """Order that caused it, where one did."""
    verdict = models.CharField(max_length=80, blank=True, default="")
    """Verdict id, where a call is the ground."""
    verdict_day = models.DateField(null=True)
    """UTC day under which the store keeps that verdict."""
    rules = ArrayField(models.CharField(max_length=60), default=list)
    """Rule ids that decided, where a call is the ground."""
    number = models.BigIntegerField()
    """E.164 key of the number restricted or stopped."""
    statement = models.BinaryField()
    """Ciphertext."""
    contact = models.BinaryField()
    """Ciphertext; empty: messages go to the number itself."""
    language = models.CharField(max_length=8)
    state = models.CharField(max_length=16)
    version = models.IntegerField(default=0)
    reviewer = models.UUIDField(null=True)
    outcome_reason = models.CharField(max_length=1000, blank=True, default="")
    """What the appellant is told."""
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta(Readers.Meta):
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ground=Ground.RESTRICTION, restriction__isnull=False)
                | models.Q(ground=Ground.VERDICT, restriction__isnull=True),
                name="appeal_has_one_ground",
            ),
            models.UniqueConstraint(
                fields=["restriction"],
                condition=models.Q(closed_at=None, restriction__isnull=False),
                name="appeal_one_open_each",
            ),
        )
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["state", "created_at"], name="appeal_state_created"),
            models.Index(fields=["-created_at", "-id"], name="appeal_newest"),
            models.Index(fields=["number"], name="appeal_number"),
        ]

    def __str__(self) -> str:
        return self.reference


class FalsePositive(models.Model):
    """A restriction or verdict that an appeal undid: counted against the rule or order that caused it (K6)."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="false_positives")
    kind = models.CharField(max_length=8)
    """`order` or `rule`."""
    cause = models.CharField(max_length=80)
    """Order id or rule id."""
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["appeal", "kind", "cause"], name="false_positive_once"),)
        indexes: ClassVar[Any] = [models.Index(fields=["kind", "cause"], name="false_positive_cause")]


class OneTimeCode(models.Model):
    """A code sent to a number; it proves the number for a while once it was typed back."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.BigIntegerField()
    digest = models.BinaryField()
    """HMAC of id and code; the code itself is not kept."""
    tries = models.SmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class Touch(models.Model):
    """One counted use of something a stranger may do only so often."""

    kind = models.CharField(max_length=24)
    key = models.BinaryField()
    """HMAC of what is counted: a number, an address, a reference."""
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar[Any] = [models.Index(fields=["kind", "key", "at"], name="touch_kind_key_at")]
