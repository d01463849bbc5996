"""Counts of verdicts by hour, the flagged calls, and how far each source was taken in."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from haodun.offices.organisations.services import Readers


class Intake(models.Model):
    """How far one source (an edge's run) was taken in: everything up to `upto`, once."""

    source = models.CharField(primary_key=True, max_length=128)
    upto = models.BigIntegerField(default=0)
    """Event number."""
    updated_at = models.DateTimeField(auto_now=True)


class HourCount(Readers):
    """How many verdicts of one sort an organisation's edges gave in one hour."""

    organisation = models.UUIDField()
    hour = models.DateTimeField()
    """Its beginning, UTC."""
    rule_class = models.CharField(max_length=12, blank=True)
    """criminal, nuisance, marketing, unknown; '' where no rule spoke."""
    province = models.CharField(max_length=2, blank=True)
    """Of the caller by the numbering plan, '' where it has none."""
    rule = models.CharField(max_length=64, blank=True)
    """The rule that decided, '' where none spoke."""
    action = models.SmallIntegerField()
    """`haodun.screening.events.Action`."""
    enforced = models.BooleanField()
    """False: observe mode, the action was not carried out."""
    verdicts = models.BigIntegerField()

    class Meta(Readers.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "hour", "rule_class", "province", "rule", "action", "enforced"],
                name="hour_count_once",
            ),
            models.CheckConstraint(condition=Q(verdicts__gt=0), name="hour_count_positive"),
        ]
        indexes = (*Readers.Meta.indexes, models.Index(fields=["hour"], name="hour_count_hour"))


class RuleCount(Readers):
    """In how many verdicts of one hour a rule held, whether it decided or not; repeats of an attempt left out."""

    organisation = models.UUIDField()
    hour = models.DateTimeField()
    """Its beginning, UTC."""
    rule = models.CharField(max_length=64)
    shadow = models.BooleanField()
    """It held and was only watched: in shadow, or the caller lies outside its canary share."""
    action = models.SmallIntegerField()
    """What was decided: `haodun.screening.events.Action`."""
    verdicts = models.BigIntegerField()

    class Meta(Readers.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "hour", "rule", "shadow", "action"], name="rule_count_once"
            ),
            models.CheckConstraint(condition=Q(verdicts__gt=0), name="rule_count_positive"),
        ]
        indexes = (*Readers.Meta.indexes, models.Index(fields=["hour"], name="rule_count_hour"))


class FlaggedCall(Readers):
    """One attempt flagged TRACE or CASE: what a trace or a case begins with."""

    source = models.CharField(max_length=128)
    event = models.BigIntegerField()
    """Its number in the source's input log; source ‘-’ event is the verdict id."""
    organisation = models.UUIDField()
    at = models.DateTimeField()
    call_id = models.CharField(max_length=256)
    caller = models.BigIntegerField()
    """E.164 key, negative trunk id where the caller is no number."""
    callee = models.BigIntegerField()
    province = models.CharField(max_length=2, blank=True)
    trunk = models.CharField(max_length=128, blank=True)
    action = models.SmallIntegerField()
    enforced = models.BooleanField()
    rule = models.CharField(max_length=64, blank=True)
    rule_class = models.CharField(max_length=12, blank=True)
    flags = models.SmallIntegerField()
    """`haodun.screening.events.Flag`."""
    reasons = ArrayField(models.CharField(max_length=64))
    token = models.CharField(max_length=64, blank=True)

    class Meta(Readers.Meta):
        constraints: ClassVar = [models.UniqueConstraint(fields=["source", "event"], name="flagged_call_once")]
        indexes = (
            *Readers.Meta.indexes,
            models.Index(fields=["caller", "-at"], name="flagged_call_caller"),
            models.Index(fields=["-at"], name="flagged_call_at"),
        )
