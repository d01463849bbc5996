"""K18 (RULES.md §4.6): how fast appeals are answered, how many succeed, how many are overdue; and what K6 subtracts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from haodun.casework.appeals.models import FalsePositive
from haodun.casework.appeals.queries import readable
from haodun.casework.appeals.states import OPEN
from haodun.casework.orders.figures import Figure

VERSION = 1
SOURCE = "casework/appeals"

_MEDIAN = """
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY ceil(extract(epoch FROM decided_at - created_at))::bigint)
FROM appeals_appeal WHERE id = ANY(%s)
"""


def answered(user: Any, *, since: datetime, until: datetime, as_of: datetime) -> tuple[Figure, Figure, Figure]:
    """K18: of the appeals first or finally decided in the period the median time from filing to the decision
    (seconds, rounded up) and the share that was lifted in whole or in part (thousandths, rounded down); and how many
    open appeals are past their next deadline at `as_of`. Only what the person may read is counted.
    """
    decided = readable(user).filter(decided_at__gte=since, decided_at__lt=until)
    ids = list(decided.values_list("id", flat=True))
    lifted = decided.filter(state__in=("LIFTED", "PARTIAL")).count()
    with connection.cursor() as cursor:
        cursor.execute(_MEDIAN, [ids])
        (median,) = cursor.fetchone()
    overdue = readable(user).filter(state__in=OPEN, due__lt=as_of).count()

    def figure(code: str, value: int | None, unit: str) -> Figure:
        return Figure(code, value, unit, since, until, as_of, source=SOURCE, version=VERSION)

    return (
        figure("K18.median", median, "second"),
        figure("K18.lifted", lifted * 1000 // len(ids) if ids else None, "permille"),
        figure("K18.overdue", overdue, "appeal"),
    )


def false_positives(*, since: datetime, until: datetime) -> dict[str, int]:
    """Wrong restrictions and verdicts of the period by cause (`order:<id>`, `rule:<id>`): what K6 subtracts."""
    found: dict[str, int] = {}
    rows = FalsePositive.objects.filter(at__gte=since, at__lt=until).values_list("kind", "cause")
    for kind, cause in rows:
        found[f"{kind}:{cause}"] = found.get(f"{kind}:{cause}", 0) + 1
    return found
