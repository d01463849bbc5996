"""Allocations of ranges, porting of numbers, answers of the porting database, and who answers for whole networks.

These are a directory: everybody who may see the plan sees all of it, so no row names readers.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Func, Q, Value
from django.utils import timezone

from haodun.offices.organisations.models import Organisation
from haodun.registry.number_plan.values import State, Stopped


class Allocation(models.Model):
    """A rectangle of numbers × time: given to one organisation, to nobody, or at rest before it is given anew."""

    numbers = BigIntegerRangeField()
    """E.164 keys, [first, last + 1)."""
    valid = DateTimeRangeField()
    """[since, until)."""
    state = models.CharField(max_length=12, choices=State.choices)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", null=True)
    """To whom; at rest: who had it last; None: to nobody."""
    province = models.CharField(max_length=2, default="", blank=True)
    """GB/T 2260 two digits; '': the whole country."""
    source = models.CharField(max_length=120)
    """The document or file that says so."""
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            ExclusionConstraint(
                name="one_allocation_at_a_time",
                expressions=[("numbers", RangeOperators.OVERLAPS), ("valid", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=Q(numbers__isempty=False, valid__isempty=False), name="allocation_is_of_something"
            ),
            models.CheckConstraint(
                condition=Q(state=State.UNALLOCATED, organisation=None) | ~Q(state=State.UNALLOCATED),
                name="unallocated_to_nobody",
            ),
        ]
        indexes = (models.Index(fields=["organisation"], name="allocation_organisation"),)


class Porting(models.Model):
    """A number that is served by another network than its range says, from when to when (携号转网)."""

    number = models.BigIntegerField()
    valid = DateTimeRangeField()
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    """Who serves it."""
    before = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", null=True)
    """From whom it came; None where that is not known."""
    source = models.CharField(max_length=120)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            ExclusionConstraint(
                name="one_network_at_a_time",
                expressions=[
                    (Func("number", "number", Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(condition=Q(number__gt=0, valid__isempty=False), name="porting_is_of_a_number"),
        ]
        indexes = (
            models.Index(fields=["number"], name="porting_number"),
            GistIndex(fields=["valid"], name="porting_valid"),
        )


class PortingAnswer(models.Model):
    """What the porting database said of a number, kept until it is asked again."""

    number = models.BigIntegerField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", null=True)
    """Who serves it; None: it was never ported."""
    since = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()
    good_until = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["good_until"], name="porting_answer_good_until"),)


class RangeCarrier(models.Model):
    """Which organisation answers for numbers that the numbering plan gives to a holder, in a province or everywhere."""

    holder = models.SmallIntegerField()
    """`haodun.numbering.Holder`."""
    province = models.CharField(max_length=2, default="", blank=True)
    """GB/T 2260 two digits; '': wherever no other row speaks."""
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["holder", "province"], name="one_carrier_a_range")]


class SupplyStop(models.Model):
    """An organisation that is given no new numbers, or no new users, from when to when."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=8, choices=Stopped.choices)
    province = models.CharField(max_length=2, default="", blank=True)
    """GB/T 2260 two digits; '': everywhere."""
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    """None: it stands."""
    case = models.UUIDField()
    """Whose act it is: a row of the context above that decided it."""
    source = models.CharField(max_length=120)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "what"], condition=Q(until=None), name="one_stop_of_a_case")
        ]
        indexes = (models.Index(fields=["organisation", "what"], condition=Q(until=None), name="supply_stop_stands"),)
