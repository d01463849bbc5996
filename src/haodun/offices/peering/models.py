"""Peerings, changes to them, pieces in quarantine; and which organisation runs this node."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from haodun.offices.organisations.services import Readers


class Operator(models.Model):
    """The organisation that runs this node; its officers enrol others. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")


class Peering(Readers):
    """One other node, from its proposal to its end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=63)
    """As it calls itself in its envelopes."""
    title = models.CharField(max_length=120)
    """Who runs it, in words."""
    public = models.BinaryField()
    """Its key as proposed, 32 bytes."""
    may_send = ArrayField(models.CharField(max_length=40), default=list)
    may_get = ArrayField(models.CharField(max_length=40), default=list)
    state = models.CharField(max_length=16)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    peer = models.UUIDField(null=True)
    """Of the federation, once approved."""

    class Meta(Readers.Meta):
        indexes: ClassVar[Any] = [*Readers.Meta.indexes, models.Index(fields=["name"], name="peering_name")]

    def __str__(self) -> str:
        return self.name


class NodeChange(Readers):
    """A change to a peering, or to this node's own key, that two officers decide."""

    class What(models.TextChoices):
        """What is to change."""

        KEY = "key"
        """A new key of the peer."""
        GRANTS = "grants"
        """The kinds it may send and get."""
        OWN_KEY = "own_key"
        """A new key of this node."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    peering = models.ForeignKey(Peering, null=True, on_delete=models.PROTECT, related_name="changes")
    """None for this node's own key."""
    what = models.CharField(max_length=8, choices=What.choices)
    public = models.BinaryField(default=b"")
    may_send = ArrayField(models.CharField(max_length=40), default=list)
    may_get = ArrayField(models.CharField(max_length=40), default=list)
    message = models.UUIDField(null=True)
    """The envelope under the old key that announced it; None where an officer proposed it."""
    state = models.CharField(max_length=16)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta(Readers.Meta):
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["peering", "-created_at"], name="peering_change_newest"),
        ]


class Held(Readers):
    """A piece in quarantine as officers decide it; the id is that of the federation's row."""

    id = models.UUIDField(primary_key=True, editable=False)
    state = models.CharField(max_length=16)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta(Readers.Meta):
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["state", "-created_at", "-id"], name="peering_held_newest"),
        ]
