"""Deal with what is open, in batches; let lapse what is too old; forget what nobody needs any more."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import SYSTEM, act
from haodun.registry.own_cards.models import CardQuestion, CardsTold
from haodun.registry.own_cards.states import TABLE
from haodun.registry.own_cards.values import EVERY, LAPSES, WINDOW

BATCH = 200


def answer_open(now: datetime | None = None) -> int:
    """One batch of open questions, oldest first, in one transaction; how many were dealt with."""
    now = timezone.now() if now is None else now
    with system(), transaction.atomic():
        rows = CardQuestion.objects.filter(state="ASKED", created_at__gt=now - LAPSES).order_by("created_at", "id")
        ids = list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("id", flat=True)[:BATCH])
        if ids:
            act(SYSTEM, TABLE, ids, "answer", key=f"own_cards {uuid.uuid4()}", at=now)
    return len(ids)


def tidy(now: datetime | None = None) -> None:
    """Questions older than LAPSES lapse; marks of askers and of documents told of are dropped when they are over."""
    now = timezone.now() if now is None else now
    with system(), transaction.atomic():
        late = CardQuestion.objects.filter(state="ASKED", created_at__lte=now - LAPSES).order_by("created_at", "id")
        ids = list(late.values_list("id", flat=True)[:BATCH])
        if ids:
            act(SYSTEM, TABLE, ids, "lapse", key=f"own_cards {uuid.uuid4()}", at=now)
        CardQuestion.objects.filter(created_at__lte=now - WINDOW).exclude(asker=b"").update(asker=b"")
        CardsTold.objects.filter(at__lte=now - EVERY - timedelta(hours=1)).delete()
