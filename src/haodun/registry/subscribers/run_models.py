"""Rows that act() moves: imports of registrations, and cards above the one-ID limit."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Readers
from haodun.registry.subscribers.models import MARK, HolderInterval


class Mode(models.TextChoices):
    """What the rows of an import are."""

    EXISTING = "existing", _("存量用户：超过五卡的照登，另列核验")
    NEW = "new", _("新开户：超过五卡的不予登记")


class Quarantine(Readers):
    """A released number: nobody gets it before `until`."""

    number = models.BigIntegerField()
    """E.164 key."""
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta(Readers.Meta):
        indexes = (*Readers.Meta.indexes, models.Index(fields=["number", "until"], name="quarantine_number"))
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(until__gt=models.F("since")), name="quarantine_lasts")
        ]


class ImportRun(Readers):
    """One file of registrations: uploaded, checked, looked at by a second person, applied chunk by chunk."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    """Whose registrations they are: rows of others are set aside."""
    mode = models.CharField(max_length=12, choices=Mode.choices)
    kind = models.CharField(max_length=8)
    """csv, xlsx, parquet."""
    size = models.BigIntegerField()
    sha256 = models.BinaryField(max_length=32)
    state = models.CharField(max_length=12)
    version = models.IntegerField(default=0)
    uploaded_by = models.UUIDField()
    created_at = models.DateTimeField()
    total = models.BigIntegerField(default=0)
    """Rows in the file."""
    good = models.BigIntegerField(default=0)
    bad = models.BigIntegerField(default=0)
    last_line = models.BigIntegerField(default=0)
    summary = models.JSONField(default=dict)
    """Counts of the good rows (by carrier, province, state), of warnings, and of the reasons of bad ones."""
    failure_zh = models.CharField(max_length=400, blank=True, default="")
    failure_en = models.CharField(max_length=400, blank=True, default="")
    """Why the whole file could not be read."""
    applied_line = models.BigIntegerField(default=0)
    """All good rows up to this line are in the register."""
    applied = models.BigIntegerField(default=0)
    late = models.BigIntegerField(default=0)
    """Good rows that were not applied since another holder was registered after the check."""
    recorded_at = models.DateTimeField(null=True)
    """The moment of recording of all its rows."""
    finished_at = models.DateTimeField(null=True)

    class Meta(Readers.Meta):
        indexes = (*Readers.Meta.indexes, models.Index(fields=["-created_at", "-id"], name="import_run_newest"))


class ExcessCard(Readers):
    """One active card of a document that has more cards at a carrier or reseller than are allowed (RULES.md W2d)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interval = models.ForeignKey(HolderInterval, on_delete=models.CASCADE, related_name="+")
    party = models.UUIDField()
    document_mark = models.BinaryField(max_length=MARK)
    case = models.UUIDField()
    """Equal for the cards of one document at one party that were found together."""
    cards = models.IntegerField()
    """Active cards of the document when this was found."""
    state = models.CharField(max_length=12)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta(Readers.Meta):
        indexes = (
            *Readers.Meta.indexes,
            models.Index(fields=["state", "-created_at"], name="excess_state_created"),
            models.Index(fields=["case"], name="excess_case"),
        )
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["interval"], condition=Q(state="PENDING"), name="excess_one_open_each")
        ]
