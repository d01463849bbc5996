"""What a published figure counts, row by row, as of a moment: rows with `who` (counted once each) and `counts`.

`counts` tells whether a row is in the numerator. All is told from steps and their days, not from how a service stands
now, so the figure of a past period stays what it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat, TruncMonth

from haodun.offices.transitions.services import StepRecord
from haodun.registry.key_services.figures import BEIJING, Month
from haodun.registry.key_services.models import Involved, Service
from haodun.registry.key_services.states import TABLE

CHECKS = ("check", "flag", "accept", "verify")
"""Steps that look at a service as a whole."""
ALL = Value(True, BooleanField())


def flagged(user: Any, *, since: datetime, until: datetime, kind: str = "", by_user: bool = False) -> QuerySet[Any]:
    """K8: services flagged in a period; `counts`: rectified and accepted in it. `by_user`: counted by applicant."""
    rows = _of(user, kind).filter(Exists(_steps("flag", since=since, until=until)))
    found: QuerySet[Any] = rows.annotate(who=_who(by_user), counts=Exists(_steps("accept", since=since, until=until)))
    return found


def closed(user: Any, *, since: datetime, until: datetime, kind: str = "") -> QuerySet[Any]:
    """K8: services closed in a period, each of them one number."""
    rows = _of(user, kind).filter(closed_at__gte=since, closed_at__lt=until)
    found: QuerySet[Any] = rows.annotate(who=_who(False), counts=ALL)
    return found


def checked(user: Any, *, until: datetime, kind: str = "") -> QuerySet[Any]:
    """K9: services of the existing base in use at `until`; `counts`: looked at as a whole before it."""
    rows = _of(user, kind).exclude(existing_since=None).exclude(state="REFUSED")
    used = rows.filter(Q(closed_at=None) | Q(closed_at__gte=until), created_at__lt=until)
    found: QuerySet[Any] = used.annotate(who=_who(False), counts=Exists(_steps(*CHECKS, until=until)))
    return found


def involved(user: Any, *, months: Sequence[Month]) -> QuerySet[Any]:
    """K3: 400 numbers of notices by month, recalled notices left out; a number counts once in each month."""
    wanted = Q(pk__in=[])
    for year, month in months:
        first, last = datetime(year, month, 1, tzinfo=BEIJING), _next(year, month)
        wanted |= Q(noticed_at__gte=first, noticed_at__lt=last)
    rows: QuerySet[Any] = Involved.objects.scoped_to(user).filter(wanted, withdrawn_at=None)
    month_of = Cast(TruncMonth("noticed_at", tzinfo=BEIJING), CharField())
    who = Concat(month_of, Value(" "), Cast("number", CharField()), output_field=CharField())
    found: QuerySet[Any] = rows.annotate(who=who, counts=ALL)
    return found


def _of(user: Any, kind: str) -> QuerySet[Any]:
    rows: QuerySet[Any] = Service.objects.scoped_to(user)
    return rows.filter(kind=kind) if kind else rows


def _steps(*actions: str, until: datetime, since: datetime | None = None) -> QuerySet[StepRecord]:
    """The steps of the service of the outer query, of these actions, before `until`."""
    rows = StepRecord.objects.filter(object_type=TABLE.name, object_id=OuterRef("id"), action__in=actions, at__lt=until)
    return rows if since is None else rows.filter(at__gte=since)


def _who(by_user: bool) -> Any:
    return F("uscc") if by_user else Cast("id", CharField())


def _next(year: int, month: int) -> datetime:
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=BEIJING)
