"""Restrictions, the counter of their changes, and the notices about them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from haodun.offices.organisations.services import Readers
from haodun.registry.restrictions.values import MAX_REASON, MAX_SOURCE, MAX_TERM, Basis, Measure
from haodun.registry.subscribers.models import HolderInterval


class RestrictionRow(Readers):
    """One restriction. `placing`, `lifting` and `lapsing` are the only modules that write it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.BigIntegerField()
    """E.164 key."""
    holder = models.ForeignKey(HolderInterval, on_delete=models.PROTECT, related_name="+", null=True)
    """Its holder interval at `starts`; NULL where none is registered."""
    subject = models.UUIDField(null=True)
    """The holder it is meant for; NULL where none is known."""
    carrier = models.UUIDField(null=True)
    measure = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Measure])
    basis = models.CharField(max_length=32, choices=[(one.value, one.value) for one in Basis])
    reason_zh = models.CharField(max_length=MAX_REASON)
    reason_en = models.CharField(max_length=MAX_REASON)
    source_kind = models.CharField(max_length=32)
    source_id = models.CharField(max_length=MAX_SOURCE)
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    renewed_at = models.DateTimeField(null=True)
    lapses_at = models.DateTimeField(null=True)
    """When the holder ceases to hold the number; derived from the holder intervals by `lapsing`."""
    lifted_at = models.DateTimeField(null=True)
    lift_source_kind = models.CharField(max_length=32, default="")
    lift_source_id = models.CharField(max_length=MAX_SOURCE, default="")
    lift_reason = models.CharField(max_length=MAX_REASON, default="")
    forged = models.BooleanField(default=False)
    appeal = models.CharField(max_length=32, unique=True)
    """Reference for an appeal: not guessable, says nothing of the number."""
    placed_change = models.BigIntegerField()
    change = models.BigIntegerField()
    """Of the last change to this row."""
    created_at = models.DateTimeField()

    class Meta(Readers.Meta):
        indexes = (
            *Readers.Meta.indexes,
            models.Index(fields=["number", "-starts"], name="restriction_number"),
            models.Index(fields=["change"], name="restriction_change"),
            models.Index(fields=["-created_at", "id"], name="restriction_newest"),
            models.Index(fields=["ends"], condition=Q(lifted_at=None, forged=False), name="restriction_open"),
        )
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source_kind", "source_id", "number"], name="restriction_once_a_source"),
            models.CheckConstraint(condition=Q(number__gt=0), name="restriction_number_is_one"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="restriction_lasts"),
            models.CheckConstraint(
                condition=Q(ends__lte=Coalesce(F("renewed_at"), F("starts")) + timedelta(days=MAX_TERM.days)),
                name="restriction_term_is_limited",
            ),
            models.CheckConstraint(
                condition=Q(lifted_at=None) | ~Q(lift_source_kind=""), name="restriction_lift_has_source"
            ),
        ]


class ChangeCounter(models.Model):
    """One row that numbers all changes: whoever changes restrictions holds it until commit (see `changes`)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    value = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="one_change_counter")]


class Notice(Readers):
    """What the holder of a restricted number is told, once."""

    restriction = models.OneToOneField(RestrictionRow, on_delete=models.PROTECT, related_name="notice")
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    text_zh = models.TextField()
    text_en = models.TextField()
    created_at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True)
    """When it was found on disk in `messages/outbox.jsonl`."""
    withdrawn_at = models.DateTimeField(null=True)
    """When it was found that its restriction was lifted before anybody was told."""

    class Meta(Readers.Meta):
        indexes = (
            *Readers.Meta.indexes,
            models.Index(
                fields=["created_at"], condition=Q(handed_over_at=None, withdrawn_at=None), name="notice_waiting"
            ),
        )


class HandOver(models.Model):
    """One row: how far the outbox is known, and what has come into effect."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    known_bytes = models.BigIntegerField(default=0)
    """Length of the outbox when notices were last handed over: what lies behind is looked through."""
    effective_change = models.BigIntegerField(default=0)
    """Changes up to this one are in effect at the live edges: their notices go out."""

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="one_hand_over")]


class Elsewhere(models.Model):
    """A restriction that was also sent to the node at which its carrier lives."""

    restriction = models.ForeignKey(RestrictionRow, on_delete=models.PROTECT, related_name="elsewhere")
    node = models.CharField(max_length=63)
    message = models.UUIDField()
    state = models.CharField(max_length=8, default="sent")
    """`sent`, what the node answered (`accepted`, `refused`, `executed`), or `lifted` once it said so."""
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["restriction", "node"], name="elsewhere_once")]
        indexes = (models.Index(fields=["message"], name="elsewhere_message"),)


class Owed(models.Model):
    """An `executed` that this node owes another: due once every live edge has all up to a change."""

    message = models.UUIDField(primary_key=True)
    change = models.BigIntegerField()
    numbers = models.IntegerField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["change"], name="owed_open", condition=Q(done_at=None)),)
