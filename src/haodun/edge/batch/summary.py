"""The figures of a run, each a query over its verdict log."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from haodun.screening.events import Action

QUERIES = {
    "actions": "SELECT action, count(*) FROM read_parquet(?) GROUP BY action ORDER BY action",
    "reasons": "SELECT reason, count(*) AS n FROM (SELECT unnest(reasons) AS reason FROM read_parquet(?)) "
    "GROUP BY reason ORDER BY n DESC, reason",
    "shadow": "SELECT rule, count(*) AS n FROM (SELECT unnest(shadow) AS rule FROM read_parquet(?)) "
    "GROUP BY rule ORDER BY n DESC, rule",
    "totals": "SELECT count(*), coalesce(count_if(late), 0), coalesce(count_if(NOT origin_screened), 0), "
    "coalesce(count_if(repeat_of > 0), 0) "
    "FROM read_parquet(?)",
    "unknown_trunks": "SELECT trunk, count(*) AS n FROM read_parquet(?) WHERE NOT origin_screened "
    "GROUP BY trunk ORDER BY n DESC, trunk LIMIT 10",
}
"""Name of a figure to the SQL that makes it; the report shows them."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What happened to the calls of a run."""

    calls: int
    actions: dict[str, int]
    reasons: dict[str, int]
    """Rule id to calls."""
    shadow: dict[str, int]
    late: int
    unscreened_origin: int
    repeats: int
    unknown_trunks: dict[str, int]
    """Trunks of calls whose origin could not be judged, the ten with most calls."""


def summarise(verdicts: Path) -> Summary:
    """Count a verdict log."""
    with duckdb.connect(":memory:") as connection:
        found = {name: connection.execute(sql, [str(verdicts)]).fetchall() for name, sql in QUERIES.items()}
    calls, late, unscreened, repeats = found["totals"][0]
    actions = {action.name: 0 for action in Action} | {Action(code).name: count for code, count in found["actions"]}
    return Summary(
        calls=calls,
        actions=actions,
        reasons=dict(found["reasons"]),
        shadow=dict(found["shadow"]),
        late=late,
        unscreened_origin=unscreened,
        repeats=repeats,
        unknown_trunks=dict(found["unknown_trunks"]),
    )
