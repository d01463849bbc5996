"""What a published figure of resellers counts, case by case: rows with `who` (counted once) and `counts`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import BooleanField, CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast

from haodun.offices.transitions.services import StepRecord
from haodun.registry.resellers.models import ResellerCase
from haodun.registry.resellers.states import TABLE

WHO = Cast("reseller_id", CharField())
ALL = Value(True, BooleanField())


def inspected(user: Any, *, since: date, until: date) -> QuerySet[Any]:
    """Cases whose inspection was on one of these days, `until` not included.

    K1b is the sum of `compliant` ÷ the sum of `sample`.
    """
    rows: QuerySet[Any] = ResellerCase.objects.scoped_to(user).filter(inspected_on__gte=since, inspected_on__lt=until)
    found: QuerySet[Any] = rows.annotate(who=WHO, counts=ALL)
    return found


def followed(user: Any, *, action: str, since: datetime, until: datetime) -> QuerySet[Any]:
    """Cases in which a step (`notify`, `stop_supply`, `stop_users`) was taken in a period, by reseller."""
    steps = StepRecord.objects.filter(
        object_type=TABLE.name, object_id=OuterRef("id"), action=action, at__gte=since, at__lt=until
    )
    rows: QuerySet[Any] = ResellerCase.objects.scoped_to(user).filter(Exists(steps))
    found: QuerySet[Any] = rows.annotate(who=WHO, counts=ALL)
    return found
