"""Lines with their permitted numbers and tests, and reports of devices that the law forbids."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Readers
from haodun.registry.voice_lines.values import (
    MAX_NAME,
    MAX_NOTE,
    DeviceKind,
    Direction,
    LineKind,
    Method,
    Unpermitted,
)


class VoiceLine(Readers):
    """One line, trunk or landing resource of one holder at one carrier (RULES.md W2a, W3b)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=LineKind.choices)
    trunk = models.CharField(max_length=64)
    """Its id as it stands in the call records and the trunks file."""
    carrier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    province = models.CharField(max_length=2, blank=True, default="")
    holder = models.CharField(max_length=MAX_NAME, blank=True, default="")
    """Name of the organisation that uses it; '' is a defect."""
    uscc = models.CharField(max_length=18, blank=True, default="")
    location = models.CharField(max_length=MAX_NAME, blank=True, default="")
    """Where it ends: the site of an organisation."""
    direction = models.CharField(max_length=4, choices=Direction.choices)
    default = models.BigIntegerField(null=True)
    """The number shown where the caller's own is not the line's."""
    unpermitted = models.CharField(max_length=8, choices=Unpermitted.choices)
    hiding_off = models.BooleanField(default=False)
    """Hiding the caller's number is switched off on it."""
    resold = models.BooleanField(default=False)
    licence = models.CharField(max_length=60, blank=True, default="")
    existing_since = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    tested_at = models.DateTimeField(null=True)
    """Of the last test that was passed."""
    exception_until = models.DateTimeField(null=True)
    state = models.CharField(max_length=16)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta(Readers.Meta):
        constraints = (
            models.UniqueConstraint(fields=["trunk"], condition=~Q(state="CLOSED"), name="voice_line_trunk_once"),
        )
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["state", "moved_at"], name="voice_line_state_moved"),
            models.Index(fields=["-moved_at", "-id"], name="voice_line_newest"),
        ]

    def __str__(self) -> str:
        return self.trunk


class LinePermit(Readers):
    """Numbers that a line may show, both ends included."""

    line = models.ForeignKey(VoiceLine, on_delete=models.CASCADE, related_name="permits")
    low = models.BigIntegerField()
    high = models.BigIntegerField()

    class Meta(Readers.Meta):
        constraints = (
            models.CheckConstraint(condition=Q(low__gt=0, high__gte=F("low")), name="line_permit_is_a_range"),
            models.UniqueConstraint(fields=["line", "low"], name="line_permit_once"),
        )
        indexes = (*Readers.Meta.indexes, models.Index(fields=["low", "high"], name="line_permit_range"))


class LineTest(Readers):
    """One test of a line: planned, then its result with what shows it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(VoiceLine, on_delete=models.CASCADE, related_name="tests")
    method = models.CharField(max_length=12, choices=Method.choices)
    planned_for = models.DateField()
    planned_by = models.UUIDField()
    done_at = models.DateTimeField(null=True)
    done_by = models.UUIDField(null=True)
    passed = models.BooleanField(null=True)
    evidence = models.CharField(max_length=MAX_NOTE, blank=True, default="")
    """What was dialled from where and what was seen; verdict ids, never a number."""

    class Meta(Readers.Meta):
        pass


class DeviceReport(Readers):
    """A device that AFL art. 14 forbids was found: blocked, reported to the regulator, handed to the police."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=16, choices=DeviceKind.choices)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    """Who found it."""
    line = models.ForeignKey(VoiceLine, null=True, on_delete=models.PROTECT, related_name="+")
    province = models.CharField(max_length=2, blank=True, default="")
    finding = models.CharField(max_length=MAX_NOTE)
    """What shows it: verdict ids, cells, counts; never a number."""
    police = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    """The unit it was handed to."""
    state = models.CharField(max_length=16)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True)

    class Meta(Readers.Meta):
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["-moved_at", "-id"], name="device_report_newest"),
        ]
