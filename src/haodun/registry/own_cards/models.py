"""A question how many cards stand under a document, and when a document was last answered."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from haodun.offices.organisations.models import Organisation
from haodun.offices.organisations.services import Readers


class Channel(models.TextChoices):
    """Where it was asked."""

    PAGE = "page", _("公众页面")
    PROGRAM = "program", _("公众接口")
    DESK = "desk", _("营业厅")


class CardQuestion(Readers):
    """One question, kept without document and number once it is dealt with (RULES.md §1.2, S15).

    Nothing in it, at any time, says whether the number stands under the document.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mark = models.BinaryField(max_length=32)
    """Keyed mark of the document; b'' once dealt with."""
    number = models.BigIntegerField(null=True)
    """E.164 key of the number that the answer would go to; null once dealt with."""
    asker = models.BinaryField(max_length=32)
    """Keyed mark of the address or the clerk it came from, for counting; b'' once that is over."""
    channel = models.CharField(max_length=8, choices=Channel.choices)
    desk = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    """The carrier or reseller that answers for it."""
    language = models.CharField(max_length=8)
    state = models.CharField(max_length=12)
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(Readers.Meta):
        indexes: ClassVar[Any] = [
            *Readers.Meta.indexes,
            models.Index(fields=["-created_at", "-id"], name="card_question_newest"),
            models.Index(fields=["created_at", "id"], condition=models.Q(state="ASKED"), name="card_question_open"),
            models.Index(fields=["asker", "created_at"], condition=~models.Q(asker=b""), name="card_question_asker"),
        ]


class CardsTold(models.Model):
    """When the answer about a document was last handed over: once a day; of no question, and nobody's to read."""

    mark = models.BinaryField(max_length=32, unique=True)
    """Keyed mark of the document."""
    at = models.DateTimeField()
