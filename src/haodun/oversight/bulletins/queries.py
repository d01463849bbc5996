"""The named queries behind the figures: each gives the rows that a figure counts, for whoever may read them.

A row has `who` (things are counted once each) and `counts` (whether it is in the numerator). The parameters are texts,
so that a figure carries them wherever it goes and the same rows can be listed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet, Sum

from haodun.numbering import mask
from haodun.oversight.bulletins.values import BulletinRefused, RowQuery, months_of
from haodun.registry.key_services import services as key_services
from haodun.registry.resellers import services as resellers
from haodun.registry.subscribers import services as subscribers
from haodun.registry.voice_lines import services as voice_lines

Params = Mapping[str, str]
CHUNK = 2_000
"""Rows read at a time."""


@dataclass(frozen=True, slots=True)
class Query:
    """Rows by name."""

    source: str
    rows: Callable[[Any, Params], QuerySet[Any]]
    weighed: bool = False
    """A row stands for `sample` things, of which `compliant` count."""


def _involved(user: Any, params: Params) -> QuerySet[Any]:
    months = [month for part in params["months"].split(",") for month in months_of(part)]
    return key_services.counted.involved(user, months=months)


def _flagged(user: Any, params: Params) -> QuerySet[Any]:
    by_user = params.get("by") == "user"
    return key_services.counted.flagged(
        user, since=_at(params, "since"), until=_at(params, "until"), kind=params.get("kind", ""), by_user=by_user
    )


def _closed(user: Any, params: Params) -> QuerySet[Any]:
    return key_services.counted.closed(
        user, since=_at(params, "since"), until=_at(params, "until"), kind=params.get("kind", "")
    )


def _held(user: Any, params: Params) -> QuerySet[Any]:
    day, resold = date.fromisoformat(params["day"]), params.get("of") == "resellers"
    return subscribers.counted.held(user, day=day, known_at=_at(params, "known_at"), resold=resold)


def _inspected(user: Any, params: Params) -> QuerySet[Any]:
    first, last = (date.fromisoformat(params[name]) for name in ("since", "until"))
    return resellers.counted.inspected(user, since=first, until=last)


def _followed(user: Any, params: Params) -> QuerySet[Any]:
    return resellers.counted.followed(
        user, action=params["action"], since=_at(params, "since"), until=_at(params, "until")
    )


_SERVICES, _LINES = "registry/key_services", "registry/voice_lines"
_RESELLERS, _SUBSCRIBERS = "registry/resellers", "registry/subscribers"
QUERIES: dict[str, Query] = {
    "involved": Query(_SERVICES, _involved),
    "services_flagged": Query(_SERVICES, _flagged),
    "services_closed": Query(_SERVICES, _closed),
    "services_checked": Query(_SERVICES, lambda user, p: key_services.counted.checked(user, until=_at(p, "until"))),
    "lines_in_use": Query(_LINES, lambda user, p: voice_lines.counted.in_use(user, until=_at(p, "until"))),
    "lines_tested": Query(
        _LINES, lambda user, p: voice_lines.counted.tested(user, since=_at(p, "since"), until=_at(p, "until"))
    ),
    "lines_closed": Query(
        _LINES, lambda user, p: voice_lines.counted.closed(user, since=_at(p, "since"), until=_at(p, "until"))
    ),
    "numbers_held": Query(_SUBSCRIBERS, _held),
    "resellers_inspected": Query(_RESELLERS, _inspected),
    "samples": Query(_RESELLERS, _inspected, weighed=True),
    "resellers_followed": Query(_RESELLERS, _followed),
}


def count(user: Any, asked: RowQuery) -> tuple[int, int]:
    """How much of what these rows stand for counts, and how much it is in all."""
    query = _named(asked)
    rows = query.rows(user, asked.params).order_by()
    if query.weighed:
        sums = rows.aggregate(part=Sum("compliant"), whole=Sum("sample"))
        return sums["part"] or 0, sums["whole"] or 0
    whole = rows.values("who").distinct().count()
    return rows.filter(counts=True).values("who").distinct().count(), whole


def listed(user: Any, asked: RowQuery) -> Iterator[dict[str, Any]]:
    """The rows in order of their ids: `id`, `who`, `counts`; of a weighed query `sample` and `compliant` too."""
    query = _named(asked)
    fields = ("pk", "who", "counts", *(("sample", "compliant") if query.weighed else ()))
    for row in query.rows(user, asked.params).order_by("pk").values(*fields).iterator(chunk_size=CHUNK):
        yield {"id": str(row.pop("pk")), **row, "who": _shown(asked.name, str(row["who"]))}


def _shown(name: str, who: str) -> str:
    """Months and numbers as people see them; numbers that are persons' are masked."""
    if name != "involved":
        return who
    month, _, number = who.rpartition(" ")
    return f"{month[:7]} {mask(f'+{number}')}"


def _named(asked: RowQuery) -> Query:
    try:
        return QUERIES[asked.name]
    except KeyError:
        raise BulletinRefused(f"there is no query {asked.name!r}; known are {', '.join(sorted(QUERIES))}") from None


def _at(params: Params, name: str) -> datetime:
    return datetime.fromisoformat(params[name])
