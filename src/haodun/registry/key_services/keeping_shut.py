"""A closed number stays shut: its restriction, which lasts 90 days at most, is renewed while nobody else has it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import SYSTEM
from haodun.registry.key_services.effects import CLOSURE
from haodun.registry.key_services.limits import RENEW_BEFORE
from haodun.registry.key_services.models import Service
from haodun.registry.restrictions.services import MAX_TERM, Source, by_source, renew

BATCH = 1_000


def renew_closed(at: datetime | None = None) -> int:
    """Renew what would end within RENEW_BEFORE; how many. What was lifted (an appeal) or lapsed stays so."""
    now = timezone.now() if at is None else at
    done = 0
    with system():
        closed = Service.objects.filter(state="CLOSED").order_by("id").values_list("id", flat=True)
        for service in closed.iterator(chunk_size=BATCH):
            due = [
                one.id
                for one in by_source(Source(CLOSURE, str(service)))
                if one.in_force(now) and one.ends < now + RENEW_BEFORE
            ]
            if due:
                with transaction.atomic():
                    renew(due, until=now + MAX_TERM, actor=SYSTEM, at=now)
                done += len(due)
    return done
