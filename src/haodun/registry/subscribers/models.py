"""Holder intervals: who held which number from when to when."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Func, Q, Value

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Readers


class HolderInterval(Readers):
    """One holder of one number, from when to when. No number has two holders at a time."""

    number = models.BigIntegerField()
    """E.164 key."""
    valid = DateTimeRangeField()
    """[since, until)."""
    carrier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    reseller = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", null=True)
    subject = models.UUIDField()
    """Random id of the holder."""
    kind = models.CharField(max_length=12)
    province = models.CharField(max_length=2, default="", blank=True)
    masked_name = models.CharField(max_length=160)
    name_sealed = models.BinaryField()
    contact_sealed = models.BinaryField()
    contact_mark = models.BinaryField(max_length=32)
    """HMAC of the contact, for equality; b'' where none is known."""

    class Meta(Readers.Meta):
        indexes = (
            *Readers.Meta.indexes,
            models.Index(fields=["number"]),
            models.Index(fields=["subject"]),
            models.Index(fields=["contact_mark"], condition=~Q(contact_mark=b""), name="holder_contact"),
        )
        constraints: ClassVar = [
            ExclusionConstraint(
                name="one_holder_at_a_time",
                expressions=[
                    (Func("number", "number", Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(number__gt=0), name="holder_number_is_one"),
            models.CheckConstraint(condition=Q(valid__isempty=False), name="holder_interval_lasts"),
        ]
