"""Revisions of the policy, and what comparing one on recorded calls gave."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Readers
from haodun.registry.policy_revisions.values import MAX_FAILURE, MAX_WHY, Start


class Revision(Readers):
    """One revision: drafted on what was in force, approved by another person, published; its text then stays."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.IntegerField(unique=True)
    """In the order of drafting, from 1."""
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    """Whose draft it is."""
    author = models.UUIDField()
    start = models.CharField(max_length=12, choices=Start.choices)
    rule = models.CharField(max_length=48, blank=True, default="")
    """Whose next step it is; '' unless `start` is next_step."""
    again_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    """The earlier revision whose text it is, as far as `start` says so."""
    base = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    """What was in force when it was drafted; NULL: the site's own file."""
    base_text = models.TextField(blank=True, default="")
    """The text of the site's file then; '' where `base` is set."""
    base_digest = models.CharField(max_length=64)
    """SHA-256 of what was in force then."""
    text = models.TextField()
    """YAML."""
    cases = models.TextField(blank=True, default="")
    """Its test cases, YAML; '' for none."""
    digest = models.CharField(max_length=64)
    """SHA-256 of the text."""
    why = models.CharField(max_length=MAX_WHY)
    state = models.CharField(max_length=16)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)
    in_force = models.BooleanField(default=False)

    class Meta(Readers.Meta):
        constraints: ClassVar[Any] = [
            models.UniqueConstraint(
                fields=["in_force"], condition=Q(in_force=True), name="policy_revision_one_in_force"
            ),
            models.CheckConstraint(
                condition=Q(in_force=False) | Q(published_at__isnull=False, superseded_at=None),
                name="policy_revision_in_force_published",
            ),
        ]
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["state", "moved_at"], name="policy_revision_state_moved"),
            models.Index(fields=["-published_at"], name="policy_revision_published"),
        ]

    def __str__(self) -> str:
        return str(self.number)


class Comparison(Readers):
    """One comparison of a revision with its base, over the recorded calls of the site."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="comparisons")
    old_digest = models.CharField(max_length=64)
    new_digest = models.CharField(max_length=64)
    """SHA-256 of the two texts: where a text changed since, the comparison is of another one."""
    run = models.CharField(max_length=120)
    """Name of the run folder."""
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    total = models.BigIntegerField()
    """Calls it will decide, at most COMPARED_CALLS."""
    done = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=MAX_FAILURE, blank=True, default="")
    """Why it could not be made, '' where it could."""
    result = models.JSONField(null=True)

    class Meta(Readers.Meta):
        constraints: ClassVar[Any] = [
            models.UniqueConstraint(
                fields=["revision"], condition=Q(finished_at=None), name="policy_comparison_one_runs"
            )
        ]
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["revision", "-asked_at"], name="policy_comparison_newest"),
        ]
