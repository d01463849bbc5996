"""The counters are what a person would count: a DuckDB query over the same events gives the same readings."""

from __future__ import annotations

import random

import duckdb
import pytest

from haodun.numbering import Form, IngressClass, Kind, Number, Refusal
from haodun.screening.events import (
    KERNEL_FEATURES,
    Attestation,
    Cause,
    Event,
    EventKind,
    Presentation,
    Roaming,
    event_batch,
)
from haodun.screening.kernel import Oracle, Parameters

START = 1_763_593_000_000
WINDOWS = {"1m": 60_000, "1h": 3_600_000, "24h": 86_400_000}
NAMES = [feature.name for feature in KERNEL_FEATURES]

# What each counter counts, as a condition on one event `e`; `who` is the column that must be the number.
COUNTED = {
    "caller.attempts": ("caller_key", "e.kind = 0"),
    "caller.answered": ("caller_key", "e.kind = 1"),
    "caller.short": ("caller_key", "e.kind = 2 AND e.answered AND e.seconds < 10"),
    "caller.called": ("callee_key", "e.kind = 0"),
    "caller.picked_up": ("callee_key", "e.kind = 1"),
    "callee.called": ("callee_key", "e.kind = 0"),
    "callee.picked_up": ("callee_key", "e.kind = 1"),
}


def traffic(seed: int, calls: int, *, hours: int) -> list[Event]:
    """Calls among few numbers over some hours, sorted as a batch run sorts them."""
    draw = random.Random(seed)
    events = []
    for index in range(calls):
        start = START + draw.randrange(hours * 3_600_000)
        answered = draw.random() < 0.6
        ring = draw.randrange(1_000, 30_000)
        seconds = draw.choice([2, 9, 10, 60, 4_000])
        caller, callee = draw.sample(range(8613900000000, 8613900000012), 2)
        end = start + ring + (seconds * 1_000 if answered else 0)
        moments = [(EventKind.ATTEMPT, start), (EventKind.END, end)]
        if answered:
            moments.append((EventKind.ANSWER, start + ring))
        for kind, time in moments:
            cause = draw.choice([Cause.NORMAL, Cause.BUSY, Cause.CANCELLED])
            events.append(event(kind, time, call=index, caller=caller, callee=callee, answered=answered, ring=ring, seconds=seconds if answered else 0, cause=cause))  # fmt: skip # noqa: E501
    events.sort(key=lambda found: (found.time_ms, found.call_id, found.kind))
    return [found._replace(number=position) for position, found in enumerate(events, 1)]


def event(kind: EventKind, time: int, *, call: int, caller: int, callee: int, answered: bool, ring: int, seconds: int, cause: Cause) -> Event:  # fmt: skip # noqa: E501
    def mobile(key: int) -> Number:
        return Number(key, Kind.MOBILE, 86, Form.SUBSCRIBER, Refusal.NONE)

    return Event(
        0, time, kind, f"call-{call:06d}", "", False, "", mobile(caller), "", mobile(callee), f"trunk-{call % 3}",
        IngressClass.INTER_NETWORK, Presentation.ALLOWED, Attestation.NONE, Roaming.UNKNOWN, 0, 0, 0,
        answered, seconds, ring, cause, "",
    )  # fmt: skip


def sql_reading(name: str, window_ms: int) -> str:
    """A query: event number of each attempt and the reading of one counter, by the published formula."""
    counter = name.rpartition("_")[0]
    who, condition = COUNTED[counter]
    subject = "a.callee_key" if name.startswith("callee.") else "a.caller_key"
    span = f"e.time_ms // {window_ms}"
    now = f"a.time_ms // {window_ms}"
    return f"""
        SELECT a.number,
            coalesce(count_if({span} = {now}), 0) + coalesce(count_if({span} = {now} - 1), 0)
                * ({window_ms} - a.time_ms % {window_ms}) // {window_ms}
        FROM events a LEFT JOIN events e ON e.{who} = {subject} AND e.number <= a.number AND {condition}
        WHERE a.kind = 0 GROUP BY a.number, a.time_ms ORDER BY a.number
    """


@pytest.fixture(scope="module", params=[1, 2, 3])
def run(request: pytest.FixtureRequest) -> tuple[duckdb.DuckDBPyConnection, dict[str, list[int]]]:
    """Events in DuckDB, and the oracle's readings of all attempts by feature."""
    events = traffic(request.param, 1_500, hours=60)
    oracle = Oracle(Parameters(capacity=10_000))
    readings = []
    for found in events:
        if found.kind is EventKind.ATTEMPT:
            readings.append(oracle.attempt(found).features)
        else:
            oracle.outcome(found)
    connection = duckdb.connect(":memory:")
    table = event_batch(events)
    connection.register("events", table)
    connection.execute("CREATE TABLE kept AS SELECT * FROM events")
    connection.unregister("events")
    connection.execute("ALTER TABLE kept RENAME TO events")
    return connection, {name: [row[place] for row in readings] for place, name in enumerate(NAMES)}


COUNTERS = [
    (name, window)
    for name in NAMES
    for window in WINDOWS
    if name.rpartition("_")[0] in COUNTED and name.endswith(f"_{window}")
]


def test_every_windowed_counter_is_compared() -> None:
    assert len(COUNTERS) == 3 * 3 + 2 * 2 + 2 * 2


@pytest.mark.parametrize(("name", "window"), COUNTERS)
def test_a_sql_query_gives_the_same_counter(
    name: str, window: str, run: tuple[duckdb.DuckDBPyConnection, dict[str, list[int]]]
) -> None:
    connection, readings = run
    expected = connection.execute(sql_reading(name, WINDOWS[window])).fetchall()
    assert [value for _, value in expected] == readings[name]
    assert len(set(readings[name])) > 1, "a counter that never moves shows nothing"


@pytest.mark.parametrize("window", ["1h", "24h"])
def test_a_sql_query_gives_the_same_talk_time(
    window: str, run: tuple[duckdb.DuckDBPyConnection, dict[str, list[int]]]
) -> None:
    connection, readings = run
    span = WINDOWS[window]
    expected = connection.execute(f"""
        SELECT a.number,
            coalesce(sum(e.seconds) FILTER (e.time_ms // {span} = a.time_ms // {span}), 0)
            + coalesce(sum(e.seconds) FILTER (e.time_ms // {span} = a.time_ms // {span} - 1), 0)
                * ({span} - a.time_ms % {span}) // {span}
        FROM events a LEFT JOIN events e
            ON e.caller_key = a.caller_key AND e.number <= a.number AND e.kind = 2 AND e.answered
        WHERE a.kind = 0 GROUP BY a.number, a.time_ms ORDER BY a.number
    """).fetchall()
    assert [int(value) for _, value in expected] == readings[f"caller.seconds_{window}"]


def test_a_sql_query_gives_the_same_shares(run: tuple[duckdb.DuckDBPyConnection, dict[str, list[int]]]) -> None:
    connection, readings = run
    span = WINDOWS["24h"]
    causes = ", ".join(str(int(cause)) for cause in (Cause.UNKNOWN, Cause.NORMAL, Cause.NO_ANSWER, Cause.CANCELLED))
    kinds = {
        "hangup_share": f"e.kind = 2 AND NOT e.answered AND e.ring_ms < 8000 AND e.cause IN ({causes})",
        "night_share": "e.kind = 0 AND ((e.time_ms // 60000 + 480) // 60 % 24 >= 22"
        " OR (e.time_ms // 60000 + 480) // 60 % 24 < 6)",
    }
    for name, condition in kinds.items():
        part, whole = (
            f"count_if({what} AND e.time_ms // {span} = a.time_ms // {span})"
            f" + count_if({what} AND e.time_ms // {span} = a.time_ms // {span} - 1)"
            f" * ({span} - a.time_ms % {span}) // {span}"
            for what in (condition, "e.kind = 0")
        )
        expected = connection.execute(f"""
            SELECT a.number, least(({part}) * 1000 // ({whole}), 1000)
            FROM events a JOIN events e ON e.caller_key = a.caller_key AND e.number <= a.number
            WHERE a.kind = 0 GROUP BY a.number, a.time_ms ORDER BY a.number
        """).fetchall()
        assert [value for _, value in expected] == readings[f"caller.{name}"]


def test_distinct_callees_are_estimated_within_the_stated_error(
    run: tuple[duckdb.DuckDBPyConnection, dict[str, list[int]]],
) -> None:
    connection, readings = run
    exact = connection.execute("""
        SELECT a.number, count(DISTINCT e.callee_key) FILTER (e.time_ms // 3600000 = a.time_ms // 3600000)
            + count(DISTINCT e.callee_key) FILTER (e.time_ms // 3600000 = a.time_ms // 3600000 - 1)
                * (3600000 - a.time_ms % 3600000) // 3600000
        FROM events a JOIN events e ON e.caller_key = a.caller_key AND e.number <= a.number AND e.kind = 0
        WHERE a.kind = 0 GROUP BY a.number, a.time_ms ORDER BY a.number
    """).fetchall()
    errors = [abs(value - read) for (_, value), read in zip(exact, readings["caller.distinct_callees_1h"], strict=True)]
    assert max(errors) <= 3
