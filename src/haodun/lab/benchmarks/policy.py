"""Decisions per second on the rows of a synthetic country, and what a trace costs beside them."""

from __future__ import annotations

from haodun.lab.benchmarks.row import Row, rate
from haodun.lab.benchmarks.traffic import rows_of_a_country
from haodun.screening.policy import load_policy

CALLS = 5_000


def run() -> list[Row]:
    """Decisions per CPU second of the shipped cn pack in plain Python."""
    policy = load_policy("cn")
    rows = rows_of_a_country(CALLS)

    def decide() -> int:
        for row in rows:
            policy.decide(row)
        return len(rows)

    def trace() -> int:
        for row in rows[:500]:
            policy.trace(row)
        return 500

    decided, traced = rate(decide), rate(trace)
    return [
        Row("policy", f"cn pack, {len(policy.rules)} rules, decide", decided, "rows/s"),
        Row("policy", "trace with every term, share of decide", traced / decided, "ratio"),
    ]
