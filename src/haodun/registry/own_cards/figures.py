"""Figures of 一证通查: asked, dealt with within 48 hours, the share; open and overdue."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from haodun.registry.key_services.services import Figure, share
from haodun.registry.own_cards.models import CardQuestion
from haodun.registry.own_cards.values import ANSWER_HOURS

SOURCE = "registry/own_cards"
_LONGEST = timedelta(hours=ANSWER_HOURS)


def figures(user: Any, *, since: datetime, until: datetime, as_of: datetime) -> tuple[Figure, ...]:
    """Of the questions that the person may read, asked in [since, until). The share is of those whose time is over.

    A question that is dealt with counts as in time whether an SMS was due or not: nobody is to learn which.
    """
    asked = CardQuestion.objects.scoped_to(user).filter(created_at__gte=since, created_at__lt=until)
    done = asked.filter(state="ANSWERED", ended_at__lte=F("created_at") + _LONGEST)
    over = asked.exclude(state="ASKED", created_at__gt=as_of - _LONGEST)
    late = CardQuestion.objects.scoped_to(user).filter(state="ASKED", created_at__lte=as_of - _LONGEST)

    def figure(name: str, value: int | None, unit: str, says: str) -> Figure:
        return Figure(f"cards.{name}", value, unit, since, until, as_of, says, source=SOURCE)

    return (
        figure("asked", asked.count(), "question", "questions asked"),
        figure("in_time", done.count(), "question", "of them, those dealt with within 48 hours"),
        figure(
            "share", share(done.count(), over.count()), "percent/100",
            "dealt with within 48 hours, of those dealt with or older than 48 hours",
        ),
        figure("overdue", late.count(), "question", "questions open for more than 48 hours now"),
    )  # fmt: skip
