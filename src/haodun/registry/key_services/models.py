"""Key services with their landing numbers, clean-up campaigns, agents, the blacklist, and numbers of police notices."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Readers
from haodun.registry.key_services.values import (
    MAX_NAME,
    MAX_NOTE,
    MAX_USE,
    ApplicantKind,
    Breach,
    Channel,
    Defect,
    PartyKind,
    ServiceKind,
)

GONE = ("CLOSED", "REFUSED")
"""States of a service that is no more: its number may be applied for again."""


class Service(Readers):
    """One 400, one-number or switchboard service of one applicant at one carrier (RULES.md W2a)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=ServiceKind.choices)
    number = models.BigIntegerField()
    """E.164 key of the service number."""
    carrier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    province = models.CharField(max_length=2, blank=True, default="")
    applicant_kind = models.CharField(max_length=12, choices=ApplicantKind.choices)
    applicant = models.CharField(max_length=MAX_NAME)
    """Name of the organisation: public, not personal."""
    uscc = models.CharField(max_length=18, blank=True, default="")
    legal_sealed = models.BinaryField()
    """Name of the legal representative; ciphertext."""
    legal_document_sealed = models.BinaryField()
    legal_mark = models.BinaryField()
    """HMAC of that document, for equality."""
    handler_sealed = models.BinaryField()
    handler_document_sealed = models.BinaryField()
    handler_mark = models.BinaryField()
    channel = models.CharField(max_length=12, choices=Channel.choices)
    resold = models.BooleanField(default=False)
    licence = models.CharField(max_length=60, blank=True, default="")
    licence_until = models.DateField(null=True)
    use = models.CharField(max_length=MAX_USE, blank=True, default="")
    existing_since = models.DateTimeField(null=True)
    """Opened before it was registered here: of the existing base. NULL for a new one."""
    checked_at = models.DateTimeField(null=True)
    """When it was last checked against what art. 7 asks."""
    defect = models.CharField(max_length=20, choices=Defect.choices, blank=True, default="")
    """The last defect found, '' where none was or it is remedied."""
    defect_note = models.CharField(max_length=MAX_NOTE, blank=True, default="")
    due_on = models.DateField(null=True)
    """By when it is to be rectified."""
    state = models.CharField(max_length=16)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    """Of the last step."""
    closed_at = models.DateTimeField(null=True)

    class Meta(Readers.Meta):
        constraints = (
            models.UniqueConstraint(fields=["number"], condition=~Q(state__in=GONE), name="service_number_once"),
            models.CheckConstraint(condition=Q(number__gt=0), name="service_number_is_one"),
        )
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["state", "moved_at"], name="service_state_moved"),
            models.Index(fields=["-moved_at", "-id"], name="service_newest"),
            models.Index(fields=["number"], name="service_number"),
            models.Index(fields=["uscc", "carrier"], name="service_uscc"),
        ]

    def __str__(self) -> str:
        return self.applicant


class Landing(Readers):
    """A number that a service's calls end at: the applicant's own, which a call back with a code proves (art. 7)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="landings")
    number = models.BigIntegerField()
    code = models.BinaryField()
    """HMAC of id and code; b'' where no call is under way. The code itself is not kept."""
    tries = models.SmallIntegerField(default=0)
    called_at = models.DateTimeField(null=True)
    called_by = models.UUIDField(null=True)
    verified_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    """When the last call failed, NULL where none did or a later one succeeded."""

    class Meta(Readers.Meta):
        constraints = (models.UniqueConstraint(fields=["service", "number"], name="landing_once"),)
        indexes = (*Readers.Meta.indexes, models.Index(fields=["number"], name="landing_number"))


class CleanUp(Readers):
    """A clean-up over the existing base with a deadline (art. 6)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=MAX_NAME)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    """Whose campaign: what it and those below it may read is in it."""
    kinds = ArrayField(models.CharField(max_length=12))
    opened_before = models.DateField()
    """Services opened before this day are in it."""
    deadline = models.DateField()
    state = models.CharField(max_length=16)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(Readers.Meta):
        pass

    def __str__(self) -> str:
        return self.name


class CleanUpItem(Readers):
    """One service of a campaign, as it stood when the campaign started; how it went is read from its steps."""

    campaign = models.ForeignKey(CleanUp, on_delete=models.CASCADE, related_name="items")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="campaigns")

    class Meta(Readers.Meta):
        constraints = (models.UniqueConstraint(fields=["campaign", "service"], name="cleanup_item_once"),)


class Agent(Readers):
    """A firm that takes on users for a carrier (art. 5, RULES.md W2f)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    carrier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=MAX_NAME)
    uscc = models.CharField(max_length=18)
    legal_sealed = models.BinaryField()
    legal_document_sealed = models.BinaryField()
    legal_mark = models.BinaryField()
    province = models.CharField(max_length=2, blank=True, default="")
    committed_on = models.DateField(null=True)
    """When it signed the commitment, not to delegate further among others."""
    breach = models.CharField(max_length=24, choices=Breach.choices, blank=True, default="")
    breach_note = models.CharField(max_length=MAX_NOTE, blank=True, default="")
    state = models.CharField(max_length=16)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    class Meta(Readers.Meta):
        constraints = (
            models.UniqueConstraint(
                fields=["carrier", "uscc"], condition=~Q(state__in=("REVOKED", "BLACKLISTED")), name="agent_once"
            ),
        )
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["-moved_at", "-id"], name="agent_newest"),
        ]

    def __str__(self) -> str:
        return self.name


class Listing(Readers):
    """A firm or person on the blacklist that the industry shares: permanent until reviewed, each way by two persons."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8, choices=PartyKind.choices)
    name_sealed = models.BinaryField()
    masked = models.CharField(max_length=MAX_NAME)
    """How it is shown: a firm's name, a person's first character."""
    uscc = models.CharField(max_length=18, blank=True, default="")
    document_sealed = models.BinaryField()
    document_mark = models.BinaryField()
    """HMAC of a person's document, or of the legal representative's of a firm; b'' where unknown."""
    breach = models.CharField(max_length=24, choices=Breach.choices)
    note = models.CharField(max_length=MAX_NOTE)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    """Who proposed it."""
    agent = models.ForeignKey(Agent, null=True, on_delete=models.PROTECT, related_name="listings")
    node = models.CharField(max_length=63, blank=True, default="")
    """The node that listed it and alone reviews it, '' for this one."""
    message = models.UUIDField(null=True)
    """The envelope that brought it."""
    state = models.CharField(max_length=16)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    listed_at = models.DateTimeField(null=True)

    class Meta(Readers.Meta):
        constraints = (
            models.CheckConstraint(
                condition=Q(kind=PartyKind.FIRM) & ~Q(uscc="") | Q(kind=PartyKind.PERSON) & ~Q(document_mark=b""),
                name="listing_names_a_party",
            ),
        )
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["uscc"], condition=~Q(uscc=""), name="listing_uscc"),
            models.Index(fields=["document_mark"], condition=~Q(document_mark=b""), name="listing_document"),
            models.Index(fields=["-moved_at", "-id"], name="listing_newest"),
        ]

    def __str__(self) -> str:
        return self.masked


class ListingTold(models.Model):
    """A listing of this node that another node was told of; gone once it is taken back."""

    listing = models.ForeignKey(Listing, on_delete=models.PROTECT, related_name="told")
    node = models.CharField(max_length=63)
    message = models.UUIDField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["listing", "node"], name="listing_told_once"),)


class Involved(Readers):
    """A 400 number in a police notice: what K3 counts."""

    notice = models.UUIDField()
    """The order, opaque here."""
    number = models.BigIntegerField()
    noticed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    """When the notice was recalled or found wrong: then it counts no more."""
    service = models.ForeignKey(Service, null=True, on_delete=models.PROTECT, related_name="+")
    carrier = models.UUIDField(null=True)

    class Meta(Readers.Meta):
        constraints = (models.UniqueConstraint(fields=["notice", "number"], name="involved_once"),)
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["noticed_at"], name="involved_noticed"),
        ]
