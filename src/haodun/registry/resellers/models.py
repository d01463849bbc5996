"""A case of a reseller, from the inspection to the last lift, and the proofs it sent."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Readers
from haodun.registry.key_services.services import share
from haodun.registry.resellers.values import MAX_NOTE, Way


class ResellerCase(Readers):
    """One inspection of one reseller, and what followed (RULES.md W2e)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reseller = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    host = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    inspector = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    """The bureau or ministry whose inspection it is."""
    province = models.CharField(max_length=2, blank=True, default="")
    """Where its stops hold: that of the inspector; '': everywhere."""
    way = models.CharField(max_length=8, choices=Way.choices)
    inspected_on = models.DateField()
    sample = models.IntegerField()
    compliant = models.IntegerField()
    target = models.IntegerField()
    """Least share that passes, hundredths of a percent."""
    evidence = models.CharField(max_length=MAX_NOTE)
    state = models.CharField(max_length=20)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    class Meta(Readers.Meta):
        constraints = (
            models.CheckConstraint(
                condition=Q(sample__gt=0, compliant__gte=0, compliant__lte=F("sample")), name="reseller_sample"
            ),
        )
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["-moved_at", "-id"], name="reseller_case_newest"),
        ]

    @property
    def rate(self) -> int | None:
        """Compliant ÷ sample, hundredths of a percent."""
        return share(self.compliant, self.sample)


class Proof(Readers):
    """What a reseller sent to show that it has put things right, and what the re-check found."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(ResellerCase, on_delete=models.CASCADE, related_name="proofs")
    words = models.CharField(max_length=MAX_NOTE)
    sent_at = models.DateTimeField()
    sent_by = models.UUIDField(null=True)
    sample = models.IntegerField(null=True)
    compliant = models.IntegerField(null=True)
    evidence = models.CharField(max_length=MAX_NOTE, blank=True, default="")
    rechecked_at = models.DateTimeField(null=True)
    rechecked_by = models.UUIDField(null=True)

    class Meta(Readers.Meta):
        constraints = (
            models.CheckConstraint(
                condition=Q(rechecked_at=None) | Q(sample__gt=0, compliant__gte=0, compliant__lte=F("sample")),
                name="reseller_recheck",
            ),
        )

    @property
    def rate(self) -> int | None:
        """Of the re-check, hundredths of a percent; None before it."""
        return None if self.sample is None or self.compliant is None else share(self.compliant, self.sample)
