"""What act() leaves behind: the steps taken, the requests answered, and the clocks that run."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from haodun.offices.organisations.services import Readers
from haodun.offices.transitions.clock_spec import ClockKind, Unit
from haodun.offices.transitions.reading import Reading, read


class StepRecord(models.Model):
    """One step of one row; the second person is told from these. Inserted, never changed."""

    insert_only: ClassVar[bool] = True

    object_type = models.CharField(max_length=40)
    """Name of the table."""
    object_id = models.UUIDField()
    action = models.CharField(max_length=40)
    actor = models.UUIDField()
    on_behalf_of = models.UUIDField(null=True)
    organisation = models.UUIDField(null=True)
    role = models.CharField(max_length=40)
    at = models.DateTimeField()
    from_state = models.CharField(max_length=40)
    """'' where the step made the row."""
    to_state = models.CharField(max_length=40)
    version = models.IntegerField()
    reason = models.TextField()
    basis = models.TextField()
    purpose = models.TextField()
    data = models.JSONField()
    salt = models.BinaryField()
    """Sixteen random bytes: the ledger holds SHA-256(salt || reason), so that the reason can be erased."""
    entry = models.BigIntegerField()
    """Id of the ledger entry."""

    class Meta:
        """Found by object."""

        indexes: ClassVar = [models.Index(fields=["object_type", "object_id", "id"], name="transitions_step_object")]


class Performed(models.Model):
    """A request under its idempotency key, and what was answered."""

    actor = models.UUIDField()
    key = models.CharField(max_length=80)
    request = models.CharField(max_length=64)
    """SHA-256 of what was asked."""
    outcomes = models.JSONField(null=True)
    """None only inside the transaction that is still at work."""
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """One request a key."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["actor", "key"], name="transitions_performed_key")]


class Clock(Readers):
    """A deadline of one row, running, paused or stopped."""

    object_type = models.CharField(max_length=40)
    object_id = models.UUIDField()
    name = models.CharField(max_length=40)
    title_zh = models.CharField(max_length=80)
    title_en = models.CharField(max_length=120)
    source = models.TextField()
    """The clause it comes from."""
    kind = models.CharField(max_length=1, choices=[(kind.value, kind.name) for kind in ClockKind])
    amount = models.IntegerField()
    unit = models.CharField(max_length=12, choices=[(unit.value, unit.name) for unit in Unit])
    calendar = models.CharField(max_length=12)
    assumed = models.BooleanField()
    """A day of a year without a published calendar was counted; due_at is computed again once it is published."""
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    pause_reason = models.TextField(default="", blank=True)
    paused_seconds = models.FloatField(default=0.0)
    """Time of its unit that passed in pauses now over."""
    paused_days = models.IntegerField(default=0)
    """Days that pauses added, for a clock that counts days."""
    stopped_at = models.DateTimeField(null=True)
    met = models.BooleanField(null=True)
    """None while it runs."""
    breached_at = models.DateTimeField(null=True)
    """When the breach was told."""

    class Meta(Readers.Meta):
        """One running clock of a name on an object; queues are sorted by due_at."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["object_type", "object_id", "name"],
                condition=models.Q(stopped_at__isnull=True),
                name="transitions_clock_running",
            )
        ]
        indexes: ClassVar[tuple[models.Index, ...]] = (
            models.Index(fields=["due_at"], condition=models.Q(stopped_at__isnull=True), name="transitions_clock_due"),
            models.Index(fields=["object_type", "object_id"], name="transitions_clock_object"),
            *Readers.Meta.indexes,
        )

    def reading(self, now: datetime) -> Reading:
        """What the clock shows at this moment."""
        return read(
            started=self.started_at,
            due=self.due_at,
            unit=Unit(self.unit),
            now=self.stopped_at or self.paused_at or now,
            paused_seconds=self.paused_seconds,
            paused=self.paused_at is not None and self.stopped_at is None,
        )
