"""What a published figure of lines counts, row by row, as of a moment: rows with `who` (counted once) and `counts`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import BooleanField, CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast

from haodun.offices.transitions.services import StepRecord
from haodun.registry.voice_lines.models import LineTest, VoiceLine
from haodun.registry.voice_lines.states import TABLE

WHO = Cast("id", CharField())


def in_use(user: Any, *, until: datetime) -> QuerySet[Any]:
    """K7: lines in use at `until`; `counts`: their callers were authenticated then (a line under an exception is not).

    Told from the steps before `until`, so the rate of a past day stays what it was.
    """
    steps = StepRecord.objects.filter(object_type=TABLE.name, object_id=OuterRef("id"), at__lt=until)
    then = Subquery(steps.order_by("-at", "-id").values("to_state")[:1])
    rows: QuerySet[Any] = VoiceLine.objects.scoped_to(user).annotate(then=then)
    used = rows.exclude(then=None).exclude(then="CLOSED")
    found: QuerySet[Any] = used.annotate(who=WHO, counts=Q(then="ENFORCED"))
    return found


def tested(user: Any, *, since: datetime, until: datetime) -> QuerySet[Any]:
    """Lines tested in a period; `counts`: the last test in it was passed."""
    tests = LineTest.objects.filter(line=OuterRef("id"), done_at__gte=since, done_at__lt=until)
    rows: QuerySet[Any] = VoiceLine.objects.scoped_to(user).filter(Exists(tests))
    last = Subquery(tests.order_by("-done_at", "-id").values("passed")[:1], output_field=BooleanField())
    found: QuerySet[Any] = rows.annotate(who=WHO, counts=last)
    return found


def closed(user: Any, *, since: datetime, until: datetime) -> QuerySet[Any]:
    """Lines closed in a period."""
    rows: QuerySet[Any] = VoiceLine.objects.scoped_to(user).filter(closed_at__gte=since, closed_at__lt=until)
    found: QuerySet[Any] = rows.annotate(who=WHO, counts=Value(True, BooleanField()))
    return found
