"""A cluster of cards as it was found, and the rows that show why each card is in it."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Readers
from haodun.registry.card_clusters.values import Shared


class Cluster(Readers):
    """One finding. Its readers are those who may read every one of its cards (RULES.md §1.2; AFL art. 10, 11, 31)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    as_of = models.DateTimeField()
    """The register was looked at as of this moment."""
    rules = models.DateField()
    """From when the thresholds hold by which it was found."""
    score = models.SmallIntegerField()
    """0 to 100."""
    reasons = models.JSONField()
    """[{shared, groups, cards, documents, points}], the heaviest first; the points add up to the score, capped."""
    cards = models.IntegerField()
    documents = models.IntegerField()
    """Different documents under which they stand."""
    members = models.CharField(max_length=64)
    """SHA-256 of its intervals: the same cards are the same cluster."""
    state = models.CharField(max_length=12)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    class Meta(Readers.Meta):
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["-moved_at", "-id"], name="card_cluster_newest"),
            models.Index(fields=["members"], name="card_cluster_members"),
        ]


class ClusterCard(Readers):
    """One card in one group of a cluster: what it shares with the others of that group."""

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="evidence")
    shared = models.CharField(max_length=8, choices=Shared.choices)
    group = models.SmallIntegerField()
    """1, 2 … among the groups of the cluster that share the same kind of thing."""
    interval = models.BigIntegerField()
    """The holder interval."""
    number = models.BigIntegerField()
    """E.164 key."""
    carrier = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    agent = models.CharField(max_length=40, blank=True, default="")
    opened_at = models.DateTimeField()

    class Meta(Readers.Meta):
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["interval"], name="card_evidence_interval"),
        ]
        constraints = (
            models.UniqueConstraint(fields=["cluster", "shared", "group", "interval"], name="card_evidence_once"),
        )
