"""Applications and entries of the trusted directory, their numbers and papers, call-backs, published versions."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Readers
from haodun.registry.trusted_numbers.values import MAX_PURPOSE, MAX_TRUNK, EvidenceKind, Purpose


class Entry(Readers):
    """An application, and the entry it becomes: numbers of one holder under one name (RULES.md W3d)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=20, unique=True)
    holder = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    renews = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="renewed_by")
    """The entry whose numbers it takes over once approved."""
    display_zh = models.CharField(max_length=40, blank=True, default="")
    display_en = models.CharField(max_length=60, blank=True, default="")
    skeleton_zh = models.CharField(max_length=40, blank=True, default="")
    """The name as an eye confuses it (`naming.skeleton`), for comparing with others'."""
    skeleton_en = models.CharField(max_length=60, blank=True, default="")
    purpose = models.CharField(max_length=12, choices=Purpose.choices, blank=True, default="")
    purpose_words = models.CharField(max_length=MAX_PURPOSE, blank=True, default="")
    inbound_only = models.BooleanField(default=False)
    """The numbers never call out (do not originate)."""
    trunks = ArrayField(models.CharField(max_length=MAX_TRUNK), default=list)
    state = models.CharField(max_length=18)
    version = models.IntegerField(default=0)
    outcome_reason = models.CharField(max_length=1000, blank=True, default="")
    """Why it was sent back, refused or revoked."""
    remedy = models.CharField(max_length=1000, blank=True, default="")
    """What the applicant can do about it."""
    valid_from = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    placed_change = models.BigIntegerField(default=0)
    """The change that put it in force, 0 before."""
    change = models.BigIntegerField(default=0)
    """The last change that publications must cover."""
    created_at = models.DateTimeField()

    class Meta(Readers.Meta):
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["state", "created_at"], name="trusted_state_created"),
            models.Index(fields=["holder", "-created_at"], name="trusted_holder_newest"),
            models.Index(fields=["change"], name="trusted_change"),
        ]

    def __str__(self) -> str:
        return self.reference


class EntryNumber(Readers):
    """One number of an entry, and when a call-back reached whoever answers it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="numbers")
    number = models.BigIntegerField()
    """E.164 key."""
    verified_at = models.DateTimeField(null=True)
    active = models.BooleanField(default=False)
    """Its entry is in force."""

    class Meta(Readers.Meta):
        constraints: ClassVar[Any] = [
            models.UniqueConstraint(fields=["entry", "number"], name="trusted_number_once"),
            models.UniqueConstraint(fields=["number"], condition=Q(active=True), name="trusted_number_one_holder"),
        ]


class Evidence(Readers):
    """A paper; its bytes lie sealed in the data folder."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=14, choices=EvidenceKind.choices)
    name = models.BinaryField()
    """Ciphertext of the file's name."""
    media_type = models.CharField(max_length=20)
    """By its content, not by what was claimed."""
    size = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    """Of the clear bytes."""
    at = models.DateTimeField()
    by = models.UUIDField()


class CallBack(Readers):
    """A code spoken or sent to a number, which proves that the applicant answers it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.ForeignKey(EntryNumber, on_delete=models.CASCADE, related_name="call_backs")
    digest = models.BinaryField()
    """HMAC of id and code; the code itself is not kept."""
    tries = models.SmallIntegerField(default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class DirectoryVersion(models.Model):
    """One published version of the public directory; its files were there before its row."""

    version = models.BigIntegerField(primary_key=True)
    change = models.BigIntegerField()
    """Changes of entries up to this one are in it."""
    head = models.CharField(max_length=64)
    """SHA-256 of its signed head."""
    entries = models.IntegerField()
    created_at = models.DateTimeField()


class DirectoryOffered(models.Model):
    """The last version of the directory that was sent to another node."""

    node = models.CharField(primary_key=True, max_length=64)
    version = models.BigIntegerField()
    message = models.UUIDField()
    """Of its last piece."""


class OtherDirectory(models.Model):
    """The directory of another node, as held here; its items were checked against the root that its head signs."""

    node = models.CharField(primary_key=True, max_length=64)
    version = models.BigIntegerField()
    head = models.TextField()
    """The bytes that were signed."""
    signature = models.CharField(max_length=128)
    key = models.CharField(max_length=64)
    """Ed25519 public key, in hexadecimal."""
    expires_at = models.DateTimeField()
    came_at = models.DateTimeField()
    lapsed_at = models.DateTimeField(null=True)
    """Since when none of its items counts: its issuer fell silent or took it back."""


class OtherItem(models.Model):
    """One number of another node's directory."""

    node = models.CharField(max_length=64)
    number = models.BigIntegerField()
    """E.164 key."""
    holder = models.CharField(max_length=120)
    uscc = models.CharField(max_length=18, blank=True)
    zh = models.CharField(max_length=60)
    en = models.CharField(max_length=60)
    inbound_only = models.BooleanField()
    until = models.DateTimeField()
    gone = models.BooleanField(default=False)
    """No longer in it; kept so that the next delta of a snapshot takes it off."""
    placed_change = models.BigIntegerField()
    """The change since which it stands on its present list."""
    change = models.BigIntegerField()

    class Meta:
        constraints: ClassVar[Any] = [models.UniqueConstraint(fields=["node", "number"], name="other_item_once")]
        indexes: ClassVar[Any] = [
            models.Index(fields=["number"], name="other_item_number"),
            models.Index(fields=["change"], name="other_item_change"),
        ]


class DirectoryPiece(models.Model):
    """A piece of another node's directory that waits for the pieces behind it."""

    node = models.CharField(max_length=64)
    head = models.CharField(max_length=64)
    """SHA-256 of the head that names the file."""
    part = models.IntegerField()
    text = models.TextField()

    class Meta:
        constraints: ClassVar[Any] = [models.UniqueConstraint(fields=["node", "part"], name="directory_piece_once")]
