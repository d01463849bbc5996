"""The tables of the ledger: entries and items, the seals that chain them, and the subjects that erasure deletes."""

from __future__ import annotations

import json
import uuid
from typing import Any, ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from haodun.audit.kinds import AuditKind


class CurrentTransaction(models.Func):
    """The number of the running transaction, which tells the sealer below what all has been decided."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()
    arity = 0


class Entry(models.Model):
    """One thing that was done: who, what, to whom, why, on what authority. Inserted, never changed."""

    insert_only: ClassVar[bool] = True

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    actor = models.UUIDField(null=True)
    """Id of the account that acted; None before anybody is known (a failed login, a citizen)."""
    on_behalf_of = models.UUIDField(null=True)
    """Id of the person by whose delegation the actor acted."""
    organisation = models.UUIDField(null=True)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    subject = models.UUIDField(null=True)
    """Random id of the person or number it was about (`Subject`)."""
    basis = models.TextField()
    """The authority: statute and article, document number."""
    purpose = models.TextField()
    """The purpose code or sentence."""
    body = models.TextField()
    """RFC 8785 JSON object; kept as text so that its bytes are what was hashed."""
    items = models.BigIntegerField()
    """How many items the act had, 0 for one that is no bulk act."""
    items_root = models.BinaryField()
    """RFC 6962 root over the items, empty without items."""
    xid = models.BigIntegerField(db_default=CurrentTransaction())
    """Number of the inserting transaction; only the sealer reads it, no hash holds it."""

    class Meta:
        """Found by subject, object, person, organisation, kind; and by transaction for the sealer."""

        indexes: ClassVar = [
            models.Index(
                fields=["subject", "-id"], name="audit_entry_subject", condition=models.Q(subject__isnull=False)
            ),
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_entry_object"),
            models.Index(fields=["actor", "-id"], name="audit_entry_actor"),
            models.Index(fields=["organisation", "-id"], name="audit_entry_organisation"),
            models.Index(fields=["kind", "-id"], name="audit_entry_kind"),
            models.Index(fields=["xid"], name="audit_entry_xid"),
            BrinIndex(fields=["at"], name="audit_entry_at"),
        ]

    @property
    def said(self) -> dict[str, Any]:
        """The body as a JSON object."""
        value: dict[str, Any] = json.loads(self.body)
        return value

    @property
    def title_zh(self) -> str:
        """Title of its kind in Chinese; the stored word where this version does not know it."""
        kind = AuditKind.named(self.kind)
        return kind.zh if kind else self.kind

    @property
    def title_en(self) -> str:
        """Title of its kind in English; the stored word where this version does not know it."""
        kind = AuditKind.named(self.kind)
        return kind.en if kind else self.kind


class Item(models.Model):
    """One of the things a bulk act was done to; its leaf lets it be proven alone."""

    insert_only: ClassVar[bool] = True

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    position = models.IntegerField()
    """0, 1, 2 … within the entry."""
    subject = models.UUIDField(null=True)
    body = models.TextField()
    """RFC 8785 JSON object."""
    leaf = models.BinaryField()
    """RFC 6962 leaf hash of the body, 32 bytes."""

    class Meta:
        """One item a place."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["entry", "position"], name="audit_item_place")]
        indexes: ClassVar = [
            models.Index(
                fields=["subject", "-id"], name="audit_item_subject", condition=models.Q(subject__isnull=False)
            )
        ]


class Seal(models.Model):
    """The place of an entry in the chain; written by one sealer, never changed."""

    insert_only: ClassVar[bool] = True

    sequence = models.BigIntegerField(primary_key=True)
    """1, 2, 3 … without a gap: the order of the ledger."""
    entry = models.BigIntegerField(unique=True)
    """Id of the entry. No foreign key: a removed entry must be found, not prevented from being seen."""
    leaf = models.BinaryField()
    """RFC 6962 leaf hash of the entry, 32 bytes."""
    head = models.BinaryField()
    """SHA-256(0x02 || head before || leaf), 32 bytes; the head before the first is 32 zero bytes."""
    nodes = models.BinaryField()
    """Hashes of the complete subtrees (levels 1, 2 …) that end at this leaf: proofs read O(log n) rows."""


class Subject(models.Model):
    """Whom a random id means. Deleting the row is erasure: the entries stay and name nobody."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=24)
    """`number`, `person`, …"""
    value = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """One id for one value."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "value"], name="audit_subject_value")]
