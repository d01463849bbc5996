"""Edges, what was published, and what each edge said of it."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Readers
from haodun.registry.policies.limits import MAX_DETAIL, MAX_RUN


class Edge(Readers):
    """One enrolled edge: a process that decides calls by our snapshots."""

    name = models.CharField(max_length=64, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    token_hash = models.BinaryField(max_length=32, unique=True)
    """SHA-256 of its bearer token, which is kept nowhere."""
    mode = models.CharField(max_length=8)
    """observe or enforce, as enrolled."""
    enrolled_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_seen = models.DateTimeField(null=True)
    version = models.BigIntegerField(default=0)
    """Newest snapshot that it said it runs."""
    run = models.CharField(max_length=MAX_RUN, default="")

    class Meta(Readers.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(mode__in=["observe", "enforce"]), name="edge_mode_known")
        ]


class Publication(models.Model):
    """One published snapshot; the folder was there before its row."""

    version = models.BigIntegerField(primary_key=True)
    parent = models.BigIntegerField()
    """The version it follows, 0 for the first."""
    kind = models.CharField(max_length=5)
    """full or delta."""
    digest = models.CharField(max_length=64)
    """SHA-256 of its tar."""
    bytes = models.BigIntegerField()
    """Of its tar."""
    policy_digest = models.CharField(max_length=64)
    """SHA-256 over policy and trunks as published; another one asks for a full snapshot."""
    cause = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    change = models.BigIntegerField()
    """Changes of restrictions up to this one are in it."""
    numbers = models.BigIntegerField(null=True)
    """Entries of all its lists once it is in force; NULL where it was published before this was counted."""
    added = models.BigIntegerField(null=True)
    """Entries that the snapshot before did not have; NULL for a full one, which is compared with nothing."""
    removed = models.BigIntegerField(null=True)
    """Entries of the snapshot before that it no longer has; NULL for a full one."""
    held = ArrayField(models.BigIntegerField(), default=list)
    """Changes up to `change` whose placings are not in it: they wait (`holding`)."""
    new_blocks = models.BigIntegerField(default=0)
    """Numbers that it newly blocks, as an edge that runs its parent counts."""
    fresh = models.BooleanField(default=False)
    """Whether an edge without any snapshot takes it: full, and all that it blocks within the cap or signed for."""
    executed_at = models.DateTimeField(null=True)
    """When every live edge ran it or a later one."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(kind__in=["full", "delta"]), name="publication_kind_known"),
            models.CheckConstraint(condition=Q(parent__lt=models.F("version")), name="publication_follows"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["change"], name="publication_change"),
            models.Index(fields=["-version"], condition=Q(kind="full"), name="publication_full"),
        ]


class Draft(models.Model):
    """What waits for two approvers' signatures; its folder was there before its row. At most one waits at a time."""

    version = models.BigIntegerField(primary_key=True)
    parent = models.BigIntegerField()
    """The version it was drafted on; versions between the two may come before it."""
    acts = ArrayField(models.BigIntegerField())
    """The changes whose placings it carries."""
    policy = models.BooleanField()
    """Whether it carries a changed policy."""
    site_digest = models.CharField(max_length=64)
    """As `Publication.policy_digest` once it is published."""
    digest = models.CharField(max_length=64)
    """Of the manifest that approvers sign for."""
    blocks = models.CharField(max_length=64)
    """SHA-256 over the numbers that it newly blocks: while they are the same, signatures hold."""
    new_blocks = models.BigIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=9, default="waiting")
    """waiting, published or dropped."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "published", "dropped"]), name="draft_state_known"
            ),
            models.UniqueConstraint(fields=["state"], condition=Q(state="waiting"), name="draft_one_waits"),
        ]


class Receipt(Readers):
    """What an edge said of a snapshot; each thing once."""

    publication = models.ForeignKey(Publication, on_delete=models.PROTECT, related_name="receipts")
    edge = models.ForeignKey(Edge, on_delete=models.PROTECT, related_name="receipts")
    state = models.CharField(max_length=8)
    """received, executed or refused."""
    detail = models.CharField(max_length=MAX_DETAIL, blank=True)
    at = models.DateTimeField()
    """By the edge's clock."""
    received_at = models.DateTimeField()
    """By ours."""

    class Meta(Readers.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["publication", "edge", "state"], name="receipt_once"),
            models.CheckConstraint(
                condition=Q(state__in=["received", "executed", "refused"]), name="receipt_state_known"
            ),
        ]


class OfferedPolicy(Readers):
    """A policy that another node published and offers: in force here only once this node publishes it itself."""

    id = models.UUIDField(primary_key=True)
    """Of the envelope that brought it."""
    node = models.CharField(max_length=63)
    name = models.CharField(max_length=120)
    text = models.TextField()
    """YAML; it was compiled when it came."""
    digest = models.CharField(max_length=64)
    """SHA-256 of the text, hexadecimal."""
    came_at = models.DateTimeField()
    recalled_at = models.DateTimeField(null=True)
    in_force_at = models.DateTimeField(null=True)
    """When every live edge here first ran it."""

    class Meta(Readers.Meta):
        indexes = (*Readers.Meta.indexes, models.Index(fields=["-came_at"], name="offered_policy_newest"))
