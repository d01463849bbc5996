"""Who may not be given numbers or new users for now: kept where ranges and users are given, written by `resellers`.

A stop of a province bears on numbers and users of that province and on those of which no province is known.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from haodun.registry.number_plan.models import SupplyStop
from haodun.registry.number_plan.values import Stop, Stopped


def stop_supply(
    organisation: UUID, what: Stopped, *, case: UUID, at: datetime, province: str = "", source: str
) -> None:
    """From `at` on the organisation gets no new numbers, or no new users. A second stop of a case changes nothing."""
    SupplyStop.objects.get_or_create(
        case=case,
        what=what,
        until=None,
        defaults={"organisation_id": organisation, "province": province, "since": at, "source": source},
    )


def lift_stop(case: UUID, what: Stopped, *, at: datetime) -> int:
    """The stop of a case ends; how many did."""
    return SupplyStop.objects.filter(case=case, what=what, until=None).update(until=at)


def stops(what: Stopped) -> tuple[Stop, ...]:
    """The stops that stand, in order of their beginning."""
    rows = SupplyStop.objects.filter(what=what, until=None).order_by("since", "pk")
    return tuple(Stop(row.organisation_id, row.province, row.since, row.source) for row in rows)


def stop_of(organisation: UUID, what: Stopped, *, province: str = "") -> Stop | None:
    """The stop that stands against new numbers or users of the organisation in a province; None where there is none."""
    row = _of(organisation, what, province).first()
    return None if row is None else Stop(row.organisation_id, row.province, row.since, row.source)


def _of(organisation: UUID, what: Stopped, province: str) -> QuerySet[SupplyStop]:
    rows = SupplyStop.objects.filter(organisation=organisation, what=what, until=None).order_by("since", "pk")
    return rows.filter(Q(province="") | Q(province=province)) if province else rows
