"""The figures of the report, each with the SQL that makes it, so that anybody can open it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from haodun.numbering import IngressClass
from haodun.screening.events import Action

TOP_CALLERS = 12
TOP_TRUNKS = 10
HOUR_MS = 3_600_000

QUERIES: dict[str, str] = {
    "totals": """SELECT count(*), min(time_ms), max(time_ms), count(DISTINCT caller),
        coalesce(count_if(late), 0), coalesce(count_if(NOT origin_screened), 0), coalesce(count_if(repeat_of > 0), 0),
        coalesce(count_if(caller <= 0), 0) FROM verdicts""",
    "actions": "SELECT action, count(*) FROM verdicts GROUP BY action ORDER BY action",
    "hours": """SELECT (time_ms + $offset) // 3600000 % 24 AS hour, action, count(*) FROM verdicts
        GROUP BY hour, action ORDER BY hour, action""",
    "reasons": """SELECT reason, count(*) AS calls, count(DISTINCT caller) FROM
        (SELECT unnest(reasons) AS reason, caller FROM verdicts) GROUP BY reason ORDER BY calls DESC, reason""",
    "shadow": """SELECT rule, count(*) AS calls, count(DISTINCT caller) FROM
        (SELECT unnest(shadow) AS rule, caller FROM verdicts) GROUP BY rule ORDER BY calls DESC, rule""",
    "ingress": "SELECT ingress, action, count(*) FROM verdicts GROUP BY ingress, action ORDER BY ingress, action",
    "callers": f"""WITH worst AS (
        SELECT caller, coalesce(count_if(action = 4), 0) AS blocked, count(*) AS restricted,
        mode(reasons[1]) AS reason, min(event) AS event FROM verdicts WHERE action > 0
        GROUP BY caller ORDER BY blocked DESC, restricted DESC, caller LIMIT {TOP_CALLERS})
        SELECT caller, min(verdicts.caller_text), count(*), blocked, restricted, reason, worst.event
        FROM verdicts JOIN worst USING (caller) GROUP BY ALL
        ORDER BY blocked DESC, restricted DESC, caller""",  # noqa: S608 (our own integer)
    "unknown_trunks": f"""SELECT trunk, count(*) AS calls FROM verdicts WHERE NOT origin_screened
        GROUP BY trunk ORDER BY calls DESC, trunk LIMIT {TOP_TRUNKS}""",  # noqa: S608 (our own integer)
    "samples": """SELECT action, min(event) FROM verdicts GROUP BY action ORDER BY action DESC""",
}
"""Name to SQL over the verdict log (as `verdicts`); printed in the report behind each figure."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller with restricted calls."""

    key: int
    text: str
    calls: int
    blocked: int
    restricted: int
    reason: str
    """The first rule of most of its restricted calls."""
    event: int
    """One of them."""


@dataclass(frozen=True, slots=True)
class Count:
    """How often a rule fired, and for how many callers."""

    rule: str
    calls: int
    callers: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that the page shows of the verdict log."""

    calls: int
    first_ms: int
    last_ms: int
    callers: int
    late: int
    unscreened: int
    repeats: int
    no_number: int
    actions: dict[Action, int]
    hours: dict[int, dict[Action, int]]
    """Local hour of the day to calls by action."""
    reasons: list[Count]
    shadow: list[Count]
    ingress: dict[IngressClass, dict[Action, int]]
    top_callers: list[Caller]
    unknown_trunks: dict[str, int]
    samples: dict[Action, int] = field(default_factory=dict)
    """An event of each action, to explain."""

    @property
    def restricted(self) -> int:
        """Calls with any verdict but ALLOW."""
        return sum(count for action, count in self.actions.items() if action is not Action.ALLOW)


def measure(verdicts: Path, *, utc_offset_minutes: int) -> Figures:
    """All figures of one verdict log."""
    with duckdb.connect(":memory:") as connection:
        source = connection.read_parquet(str(verdicts))
        source.create_view("verdicts")
        rows = {name: _run(connection, sql, utc_offset_minutes) for name, sql in QUERIES.items()}
    calls, first, last, callers, late, unscreened, repeats, no_number = rows["totals"][0]
    hours: dict[int, dict[Action, int]] = {hour: {} for hour in range(24)}
    for hour, action, count in rows["hours"]:
        hours[int(hour)][Action(action)] = count
    ingress: dict[IngressClass, dict[Action, int]] = {}
    for code, action, count in rows["ingress"]:
        ingress.setdefault(IngressClass(code), {})[Action(action)] = count
    return Figures(
        calls=calls,
        first_ms=first or 0,
        last_ms=last or 0,
        callers=callers,
        late=late,
        unscreened=unscreened,
        repeats=repeats,
        no_number=no_number,
        actions=dict.fromkeys(Action, 0) | {Action(action): count for action, count in rows["actions"]},
        hours=hours,
        reasons=[Count(*row) for row in rows["reasons"]],
        shadow=[Count(*row) for row in rows["shadow"]],
        ingress=ingress,
        top_callers=[_caller(row) for row in rows["callers"]],
        unknown_trunks=dict(rows["unknown_trunks"]),
        samples={Action(action): event for action, event in rows["samples"]},
    )


def _caller(row: tuple[Any, ...]) -> Caller:
    key, text, calls, blocked, restricted, reason, event = row
    return Caller(key, text, calls, blocked, restricted, reason or "", event)


def _run(connection: duckdb.DuckDBPyConnection, sql: str, offset: int) -> list[tuple[Any, ...]]:
    values = {"offset": offset * 60_000} if "$offset" in sql else None
    return connection.execute(sql, values).fetchall()
