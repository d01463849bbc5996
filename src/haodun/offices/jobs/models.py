"""Which jobs have had their effect."""

from __future__ import annotations

from django.db import models


class Effect(models.Model):
    """A job whose effect is committed: written in the same transaction, so a second run finds it and does nothing."""

    job_id = models.BigIntegerField(primary_key=True)
    task = models.CharField(max_length=128)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
