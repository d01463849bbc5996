"""Campaigns of forced re-registration, their cards, and targets."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Readers
from haodun.registry.reregistration.values import MAX_TITLE, MAX_WAIT, OPEN, Dimension, Possession
from haodun.registry.subscribers.models import HolderInterval, RealName

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


class HolderNotice(Readers):
    """What the holder of a card is told of one step, once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    card = models.ForeignKey(Card, on_delete=models.PROTECT, related_name="notices")
    step = models.CharField(max_length=16)
    """NOTIFIED or REMINDED."""
    text_zh = models.TextField(blank=True, default="")
    text_en = models.TextField(blank=True, default="")
    """As handed over; '' before."""
    behind = models.BigIntegerField()
    """Length of the outbox when it was written: its line, if any, stands behind."""
    created_at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    """When it was found that the card had left the step before its holder was told."""
    tries = models.SmallIntegerField(default=0)
    """Tries that failed."""
    failed_at = models.DateTimeField(null=True)
    """When the last of them did."""

    class Meta(Readers.Meta):
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(
                fields=["created_at", "id"],
                condition=Q(handed_over_at=None, withdrawn_at=None),
                name="reregistration_to_tell",
            ),
        ]
        constraints: ClassVar = [models.UniqueConstraint(fields=["card", "step"], name="reregistration_told_once")]


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


class Sheet(Readers):
    """A file of re-registrations: uploaded, checked, looked at by a second person, recorded in parts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    """Whose users they are: rows about others are set aside."""
    kind = models.CharField(max_length=8)
    """csv, xlsx, parquet."""
    sha256 = models.BinaryField(max_length=32)
    state = models.CharField(max_length=12)
    version = models.IntegerField(default=0)
    uploaded_by = models.UUIDField()
    created_at = models.DateTimeField()
    total = models.IntegerField(default=0)
    good = models.IntegerField(default=0)
    """Rows that could be recorded when the file was checked."""
    bad = models.IntegerField(default=0)
    reasons = models.JSONField(default=list)
    """[{zh, en, rows}], the commonest first."""
    failure_zh = models.CharField(max_length=400, blank=True, default="")
    failure_en = models.CharField(max_length=400, blank=True, default="")
    """Why the whole file could not be read."""
    wrong = models.JSONField(default=dict)
    """Line → [zh, en]: why a row that could be read was not recorded."""
    done_line = models.IntegerField(default=0)
    """All lines up to this one are dealt with."""
    recorded = models.IntegerField(default=0)
    lifted = models.IntegerField(default=0)
    """Stops that were lifted."""
    finished_at = models.DateTimeField(null=True)

    class Meta(Readers.Meta):
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["-created_at", "-id"], name="reregistration_sheet_newest"),
        ]


class Recording(Readers):
    """One holder who came with a document, and what the register said before. Never changed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    interval = models.ForeignKey(HolderInterval, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    """Whose clerk recorded it."""
    sheet = models.ForeignKey(Sheet, on_delete=models.PROTECT, related_name="recordings", null=True)
    """The file it came in; NULL where a clerk recorded it by itself."""
    since = models.DateTimeField()
    """From when on the number counts as registered."""
    possession = models.CharField(max_length=8, choices=Possession.choices)
    """How it was seen that the number is theirs."""
    agent = models.CharField(max_length=18, blank=True, default="")
    """Unified social credit code of the channel; '' for an own shop."""
    before_status = models.CharField(max_length=12, choices=RealName.choices)
    before_kind = models.CharField(max_length=20, blank=True, default="")
    before_document = models.BinaryField(default=b"")
    """Sealed as in the record that it replaced."""
    before_name = models.BinaryField(default=b"")
    lifted = models.SmallIntegerField(default=0)
    """Stops of campaigns that were lifted with it."""
    recorded_by = models.UUIDField()
    state = models.CharField(max_length=12)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta(Readers.Meta):
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["-created_at", "-id"], name="reregistration_rec_newest"),
        ]
