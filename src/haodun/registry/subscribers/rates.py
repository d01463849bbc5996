"""How many numbers are held, how many of them with a valid real name: as of any day, as known at any moment.

The counts are sums over `RegistrationDelta`, which triggers keep beside the states: constant work however many numbers.
`counted_from_states` computes the same from the states themselves and is the check of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal

from django.db.models import F, Q, QuerySet, Sum

from haodun.offices.organisations.services import system
from haodun.registry.subscribers.models import Registration, RegistrationDelta
from haodun.registry.subscribers.sealing import BEIJING, now
from haodun.registry.subscribers.values import Rate

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from haodun.offices.organisations.models import User

By = Literal["all", "carrier", "reseller", "province", "service"]
DIMENSIONS: tuple[By, ...] = ("all", "carrier", "reseller", "province", "service")


def rates(
    at: date, *, known_at: datetime | None = None, by: By = "all", user: User | AnonymousUser | None = None
) -> tuple[Rate, ...]:
    """Counts at the end of a Beijing day, as recorded by `known_at` (now where None), by group, in order of the key.

    With `user`, of what this person may read; without, of everything here. A group without numbers is left out.
    """
    with system() if user is None else nullcontext():
        rows: QuerySet[Any] = (
            RegistrationDelta.objects.all() if user is None else RegistrationDelta.objects.scoped_to(user)
        )
        return rates_in(rows, at, known_at=known_at or now(), by=by)


def rates_in(rows: QuerySet[Any], at: date, *, known_at: datetime, by: By) -> tuple[Rate, ...]:
    """The same over chosen deltas."""
    found = rows.filter(day__lte=at, recorded_at__lte=known_at)
    groups = found.values(key=F(by)) if by != "all" else found.order_by().values()
    sums = {
        "total": Sum("numbers"),
        "good": Sum("valid"),
        "elders": Sum("numbers", filter=Q(old=True)),
        "seen": Sum("checked", filter=Q(old=True)),
    }
    lines = list(groups.annotate(**sums).order_by()) if by != "all" else [{"key": "", **found.aggregate(**sums)}]
    made = [
        Rate(str(one["key"] or ""), one["total"] or 0, one["good"] or 0, one["elders"] or 0, one["seen"] or 0)
        for one in lines
    ]
    return tuple(sorted((one for one in made if one.numbers or by == "all"), key=lambda one: one.key))


def rates_on(
    days: Sequence[date], *, known_at: datetime | None = None, user: User | AnonymousUser | None = None
) -> tuple[Rate, ...]:
    """The counts of all, at the end of each of these days, in their order; one pass over the deltas."""
    names = ("numbers", "valid", "old", "seen")
    with system() if user is None else nullcontext():
        rows: QuerySet[Any] = (
            RegistrationDelta.objects.all() if user is None else RegistrationDelta.objects.scoped_to(user)
        )
        sums = {}
        for place, day in enumerate(days):
            until = Q(day__lte=day)
            sums[f"numbers_{place}"] = Sum("numbers", filter=until)
            sums[f"valid_{place}"] = Sum("valid", filter=until)
            sums[f"old_{place}"] = Sum("numbers", filter=until & Q(old=True))
            sums[f"seen_{place}"] = Sum("checked", filter=until & Q(old=True))
        found = rows.filter(recorded_at__lte=known_at or now()).aggregate(**sums)
    return tuple(Rate("", *(found[f"{name}_{place}"] or 0 for name in names)) for place in range(len(days)))


def counted_from_states(at: date, *, known_at: datetime, by: By = "all") -> tuple[Rate, ...]:
    """The same from the states themselves, one by one: slow, and the truth that the sums must equal."""
    moment = datetime.combine(at + timedelta(days=1), time(), BEIJING) - timedelta(microseconds=1)
    counts: dict[str, list[int]] = {} if by != "all" else {"": [0, 0, 0, 0]}
    with system():
        rows = Registration.objects.filter(valid__contains=moment, recorded__contains=known_at)
        for row in rows.iterator():
            held = counts.setdefault("" if by == "all" else str(getattr(row, by) or ""), [0, 0, 0, 0])
            valid, checked = row.status == "valid", row.old and row.checked
            for place, one in enumerate((True, valid, row.old, checked)):
                held[place] += one
    return tuple(Rate(key, *values) for key, values in sorted(counts.items()))


def today() -> date:
    """The last day that is over, in Beijing: rates of a day are of its end."""
    return (now().astimezone(BEIJING) - timedelta(days=1)).date()
