"""A message to somebody outside until it is handed over."""

from __future__ import annotations

import uuid

from django.db import models


class Message(models.Model):
    """A message until it was handed to the operator's sender; then only its id, kind and times remain."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    """`<context>:<what>`, as the sender gets it."""
    mode = models.CharField(max_length=8, blank=True, default="")
    """`sent` or `spoken`; '': as the sender's rules say."""
    language = models.CharField(max_length=8)
    to = models.BinaryField()
    """Ciphertext; emptied at hand-over."""
    text = models.BinaryField()
    """Ciphertext; emptied at hand-over."""
    behind = models.BigIntegerField()
    """Bytes of the outbox when this was written: its line can only stand behind them."""
    created_at = models.DateTimeField()
    handed_over_at = models.DateTimeField(null=True)
