"""Peers and their keys, what goes out, what came in, who said what became of it, what is set aside."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class OwnKey(models.Model):
    """A key of this node; its private half lies in the data folder."""

    own = models.CharField(max_length=63)
    """Name of the node it is a key of."""
    key_id = models.CharField(max_length=16)
    public = models.BinaryField()
    """32 bytes."""
    signs_from = models.DateTimeField()
    """The newest key whose time has come signs."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["own", "key_id"], name="federation_own_key_once")]


class Peer(models.Model):
    """Another node as one of ours sees it. `own` is nearly always this installation's one name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    own = models.CharField(max_length=63)
    name = models.CharField(max_length=63)
    transport = models.JSONField(default=dict)
    """`{"kind": "folder", "outgoing": …, "incoming": …}` or `{"kind": "in_process"}`."""
    active = models.BooleanField(default=False)
    """Nothing is taken from or put to a peer that is not."""
    may_send = ArrayField(models.CharField(max_length=40), default=list)
    """Kinds it may send us."""
    may_get = ArrayField(models.CharField(max_length=40), default=list)
    """Kinds that may go to it."""
    understands = models.JSONField(default=dict)
    """Kind → schemas that it says it knows; empty until it has said so."""
    sent = models.BigIntegerField(default=0)
    """Last number given to an envelope to it."""
    sent_digest = models.CharField(max_length=64, default="")
    acknowledged = models.BigIntegerField(default=0)
    """It says it has all up to this."""
    asked = models.JSONField(default=list)
    """Ranges of numbers it has asked for again: `[[first, last], …]`."""
    taken = models.BigIntegerField(default=0)
    """All of its envelopes up to this number have had their effect here."""
    taken_digest = models.CharField(max_length=64, default="")
    heard_sent = models.BigIntegerField(default=0)
    """It says it has sent up to this."""
    control_time = models.DateTimeField(null=True)
    """Of its newest control envelope, by its clock."""
    control_put_at = models.DateTimeField(null=True)
    control_digest = models.CharField(max_length=64, default="")
    """SHA-256 of what our last control envelope said."""
    contact_at = models.DateTimeField(null=True)
    """When an envelope of it was last verified."""
    repeats = models.BigIntegerField(default=0)
    """Envelopes that came again and were dropped."""
    dropped = models.BigIntegerField(default=0)
    """What was not kept since a limit was reached."""
    trouble = models.CharField(max_length=400, default="", blank=True)
    """Why the last round with it failed, '' where it did not."""
    trouble_at = models.DateTimeField(null=True)
    stopped = models.CharField(max_length=16, default="", blank=True)
    """`chain` or `our_past` where the streams no longer fit each other; nothing moves until officers decide."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["own", "name"], name="federation_peer_once")]

    def __str__(self) -> str:
        return self.name


class PeerKey(models.Model):
    """A key of a peer, and from when to when it counts."""

    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="keys")
    key_id = models.CharField(max_length=16)
    public = models.BinaryField()
    """32 bytes."""
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["peer", "key_id"], name="federation_peer_key_once")]


class Message(models.Model):
    """What this node says; to each recipient an envelope of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    own = models.CharField(max_length=63)
    kind = models.CharField(max_length=40)
    schema = models.IntegerField()
    body = models.TextField()
    """Canonical JSON; {} once it was erased."""
    body_hash = models.CharField(max_length=64)
    at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    audience = ArrayField(models.CharField(max_length=63), default=list)
    """Whom it goes to now; narrowing takes away."""
    onward = ArrayField(models.CharField(max_length=63), default=list)
    """To whom its recipients may pass it on; empty: to nobody."""
    origin_issuer = models.CharField(max_length=63, default="", blank=True)
    origin = models.UUIDField(null=True)
    """The message it passes on."""
    recalled_at = models.DateTimeField(null=True)
    recall_reason = models.CharField(max_length=400, default="", blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["origin"], name="federation_message_origin", condition=Q(origin__isnull=False)),
            models.Index(fields=["own", "-at"], name="federation_message_newest"),
        ]


class Outbox(models.Model):
    """A message on its way to one peer."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="ways")
    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="outbox")
    sequence = models.BigIntegerField(null=True)
    """Given when it first leaves; None before."""
    header = models.TextField(default="", blank=True)
    """Canonical JSON, signed anew at each departure."""
    put_at = models.DateTimeField(null=True)
    puts = models.IntegerField(default=0)
    withdrawn_at = models.DateTimeField(null=True)
    """Recalled before it left: it never goes."""
    received_at = models.DateTimeField(null=True)
    """By the peer's clock, from its receipt; the like for the following."""
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=8, default="", blank=True)
    """`accepted` or `refused`."""
    code = models.CharField(max_length=40, default="", blank=True)
    executed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["peer", "sequence"], name="federation_outbox_number"),
            models.UniqueConstraint(fields=["message", "peer"], name="federation_outbox_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["peer", "id"],
                name="federation_outbox_unsent",
                condition=Q(sequence__isnull=True, withdrawn_at__isnull=True),
            ),
            models.Index(fields=["peer", "-id"], name="federation_outbox_newest"),
            models.Index(fields=["peer", "sequence"], name="federation_outbox_open", condition=Q(answered_at=None)),
        ]


class Inbox(models.Model):
    """A verified envelope of a peer."""

    class Status(models.TextChoices):
        """What became of it here."""

        WAITING = "waiting"
        """It came before its turn."""
        ACCEPTED = "accepted"
        REFUSED = "refused"

    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="inbox")
    sequence = models.BigIntegerField()
    message = models.UUIDField()
    kind = models.CharField(max_length=40)
    header = models.TextField()
    """Canonical JSON, as signed."""
    body = models.TextField()
    """Canonical JSON; {} once it was erased."""
    digest = models.CharField(max_length=64)
    """SHA-256 of the header."""
    key_id = models.CharField(max_length=16)
    signature = models.BinaryField()
    came_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    taken_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=40, default="", blank=True)
    """Why it was refused."""
    executed_at = models.DateTimeField(null=True)
    recalled_at = models.DateTimeField(null=True)
    recall_reason = models.CharField(max_length=400, default="", blank=True)
    onward = ArrayField(models.CharField(max_length=63), default=list)
    """To whom its issuer lets us pass it on."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["peer", "sequence"], name="federation_inbox_number")]
        indexes: ClassVar = [
            models.Index(fields=["message"], name="federation_inbox_message"),
            models.Index(fields=["peer", "-sequence"], name="federation_inbox_newest"),
        ]


class Receipt(models.Model):
    """One thing said of one message: received, accepted, refused, executed."""

    peer = models.ForeignKey(Peer, on_delete=models.PROTECT, related_name="receipts")
    ours = models.BooleanField()
    """We give it to the peer; else the peer gave it to us."""
    message = models.UUIDField()
    status = models.CharField(max_length=8)
    at = models.DateTimeField()
    """By the clock of who gives it."""
    code = models.CharField(max_length=40, default="", blank=True)
    sentence = models.CharField(max_length=400, default="", blank=True)
    evidence = models.TextField(default="{}")
    """Canonical JSON."""
    sent_in = models.UUIDField(null=True)
    """The message of kind `receipt` that carried it; None while ours waits for the next round."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["message"], name="federation_receipt_message"),
            models.Index(
                fields=["peer", "id"], name="federation_receipt_unsent", condition=Q(ours=True, sent_in__isnull=True)
            ),
        ]


class Quarantine(models.Model):
    """What came and was not let in: its bytes, and why."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    own = models.CharField(max_length=63)
    peer = models.ForeignKey(Peer, null=True, on_delete=models.PROTECT, related_name="quarantine")
    """Over whose transport it came."""
    inbox = models.ForeignKey(Inbox, null=True, on_delete=models.PROTECT, related_name="quarantine")
    """The verified envelope whose message was refused; None for what did not verify."""
    reason = models.CharField(max_length=40)
    """A code of `errors.REASONS`, or a handler's own."""
    sentence = models.CharField(max_length=400, default="", blank=True)
    raw = models.BinaryField()
    """What came; of what is too large its beginning; empty once it was decided."""
    kept_bytes = models.BigIntegerField(default=0)
    """Length of `raw`."""
    size = models.BigIntegerField()
    """Bytes that came."""
    digest = models.CharField(max_length=64)
    """SHA-256 of all of them, hexadecimal."""
    times = models.IntegerField(default=1)
    """How often the same bytes came."""
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=10, default="", blank=True)
    """`released` or `discarded`."""

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["own", "digest", "reason"],
                name="federation_quarantine_once",
                condition=Q(decided_at__isnull=True),
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["peer", "-first_at"], name="federation_quarantine_peer"),
            models.Index(fields=["own", "-first_at"], name="federation_quarantine_newest"),
        ]
