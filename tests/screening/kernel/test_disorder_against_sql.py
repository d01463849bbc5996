"""Out of order, late, repeated, blocked: what is counted then is still what a SQL query over the log counts."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

import duckdb
import pytest

from haodun.screening.events import (
    KERNEL_FEATURES,
    Action,
    Decision,
    Event,
    EventKind,
    Flag,
    Layer,
    event_batch,
)
from haodun.screening.kernel import Oracle, Outcome, Parameters

Make = Callable[..., Event]
NAMES = [feature.name for feature in KERNEL_FEATURES]
SPANS = {"1m": 60_000, "1h": 3_600_000, "24h": 86_400_000}
ALLOW = Decision(Action.ALLOW, Layer.NONE, Flag.NONE, (), (), 0)
BLOCK = Decision(Action.BLOCK, Layer.LISTS, Flag.NONE, ("R",), (), 0)
BLOCKED_CALLEE = 8613900000003
"""Calls to it are blocked."""

# counter: column of the number, condition on the counted event `e`, what is added up
COUNTERS = {
    "caller.attempts": ("caller_key", "e.kind = 0", "1"),
    "caller.answered": ("caller_key", "e.kind = 1", "1"),
    "caller.short": ("caller_key", "e.kind = 2 AND e.answered AND e.seconds < 10", "1"),
    "caller.seconds": ("caller_key", "e.kind = 2 AND e.answered", "e.seconds"),
    "caller.called": ("callee_key", "e.kind = 0", "1"),
    "caller.picked_up": ("callee_key", "e.kind = 1", "1"),
    "callee.called": ("callee_key", "e.kind = 0", "1"),
    "callee.picked_up": ("callee_key", "e.kind = 1", "1"),
}
READINGS = [name for name in NAMES if name.rpartition("_")[0] in COUNTERS]

# What is counted, said in SQL alone: the clock is the newest time so far; late by the parameters; a repeat is a later
# attempt of the same call id and transaction within 32 s, by its own time and by the clock (each call repeats at most
# once here); outcomes of a blocked call are not counted, up to its first end.
LOG = f"""
    CREATE TABLE clocked AS
        SELECT *, max(time_ms) OVER (ORDER BY number) AS clock FROM events;
    CREATE TABLE first_attempts AS
        SELECT call_id, transaction, arg_min(time_ms, number) AS time_ms, min(number) AS number,
            arg_min(clock, number) AS clock
        FROM clocked WHERE kind = 0 GROUP BY call_id, transaction;
    CREATE TABLE placed AS
        SELECT c.*, coalesce(c.kind = 0 AND f.number < c.number AND abs(c.time_ms - f.time_ms) <= 32000
                AND c.clock - f.clock <= 32000, false) AS repeat,
            c.clock - c.time_ms > CASE c.kind WHEN 0 THEN 300000 ELSE 86400000 END AS late
        FROM clocked c LEFT JOIN first_attempts f ON f.call_id = c.call_id;
    CREATE TABLE judged AS
        SELECT *, kind <> 0 AND callee_key = {BLOCKED_CALLEE}
            AND coalesce(max(CASE WHEN kind = 0 AND NOT repeat THEN number END) OVER earlier, 0)
              > coalesce(max(CASE WHEN kind = 2 THEN number END) OVER earlier, 0) AS after_block
        FROM placed
        WINDOW earlier AS (PARTITION BY call_id ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING);
    CREATE TABLE counted AS SELECT * FROM judged WHERE NOT repeat AND NOT after_block AND NOT late;
"""


class Run(NamedTuple):
    """What the oracle said, and the log to ask the same of."""

    log: duckdb.DuckDBPyConnection
    readings: dict[str, list[int]]
    uncounted: dict[str, list[int]]
    """Event numbers by why they were not counted."""


def disordered(make: Make, seed: int) -> list[Event]:
    """Calls of a day and a half, each event delayed a little, some much; some attempts sent again."""
    draw = random.Random(seed)
    arrivals: list[tuple[float, int, EventKind, float, int, int, int]] = []
    for call in range(900):
        start = draw.uniform(0, 130_000)
        caller, callee = draw.sample(range(8613900000000, 8613900000008), 2)
        seconds = draw.choice([2, 9, 10, 400])
        moments = [(EventKind.ATTEMPT, start), (EventKind.ANSWER, start + 8), (EventKind.END, start + 8 + seconds)]
        if draw.random() < 0.2:
            moments.append((EventKind.ATTEMPT, start + draw.choice([1, 31, 33])))
        for kind, at in moments:
            delay = draw.choice([0, 0, 0, 5, 250, 299, 301, 2_000, 90_000])
            arrivals.append((at + delay, call, kind, at, caller, callee, seconds))
    return [
        make(kind, at, caller=caller, callee=callee, call_id=f"c{call}", transaction="t" if kind == 0 else "",
             answered=kind == 2, seconds=seconds if kind == 2 else 0)
        for _, call, kind, at, caller, callee, seconds in sorted(arrivals)
    ]  # fmt: skip


def take(oracle: Oracle, event: Event, uncounted: dict[str, list[int]]) -> tuple[int, ...]:
    """One event through the oracle; the features of an attempt."""
    if event.kind is not EventKind.ATTEMPT:
        outcome = oracle.outcome(event)
        if outcome is not Outcome.COUNTED:
            uncounted[outcome.name.lower()].append(event.number)
        return ()
    reading = oracle.attempt(event)
    if reading.repeat_of:
        uncounted["repeat"].append(event.number)
        return reading.features
    if reading.late:
        uncounted["late"].append(event.number)
    blocked = event.callee.key == BLOCKED_CALLEE
    oracle.settle(event, BLOCK if blocked else ALLOW, blocked=blocked)
    return reading.features


@pytest.fixture(params=[1, 2, 3])
def run(request: pytest.FixtureRequest, make: Make) -> Run:
    events = disordered(make, request.param)
    uncounted: dict[str, list[int]] = {"repeat": [], "late": [], "after_block": []}
    oracle = Oracle(Parameters(capacity=1_000))
    taken = [take(oracle, event, uncounted) for event in events]
    rows = [features for features in taken if features]
    log = duckdb.connect(":memory:")
    log.register("given", event_batch(events))
    log.execute("CREATE TABLE events AS SELECT * FROM given")
    log.unregister("given")
    log.execute(LOG)
    return Run(log, {name: [row[place] for row in rows] for place, name in enumerate(NAMES)}, uncounted)


def test_sql_and_oracle_agree_on_what_is_not_counted(run: Run) -> None:
    asked = {
        "repeat": "repeat",
        "late": "late AND NOT repeat AND NOT after_block",
        "after_block": "after_block",
    }
    for name, condition in asked.items():
        rows = run.log.execute(f"SELECT number FROM judged WHERE {condition} ORDER BY number").fetchall()
        assert [number for (number,) in rows] == run.uncounted[name], name
        assert rows, f"no event was {name}: the test shows nothing"


def test_sql_and_oracle_agree_on_every_windowed_reading(run: Run) -> None:
    assert len(READINGS) == 3 * 3 + 2 + 2 * 2 + 2 * 2
    for name in READINGS:
        counter, _, window = name.rpartition("_")
        who, condition, amount = COUNTERS[counter]
        span = SPANS[window]
        subject = "callee_key" if name.startswith("callee.") else "caller_key"
        rows = run.log.execute(f"""
            SELECT coalesce(sum({amount}) FILTER (e.time_ms // {span} = a.clock // {span}), 0)
                + coalesce(sum({amount}) FILTER (e.time_ms // {span} = a.clock // {span} - 1), 0)
                    * ({span} - a.clock % {span}) // {span}
            FROM clocked a LEFT JOIN counted e ON e.{who} = a.{subject} AND e.number <= a.number AND {condition}
            WHERE a.kind = 0 GROUP BY a.number, a.clock ORDER BY a.number
        """).fetchall()
        assert [int(value) for (value,) in rows] == run.readings[name], name
