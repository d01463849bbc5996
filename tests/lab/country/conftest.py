"""One country for all tests of this folder, and small scenarios to vary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest
import yaml

from haodun.lab.country import Country, Scenario, generate, load_scenario
from haodun.lab.country.loading import parse_scenario

CALLS = 120_000
Query = Callable[[str], list[tuple[Any, ...]]]

SMALL: dict[str, Any] = {
    "version": 1,
    "title": {"zh": "小", "en": "small"},
    "start": "2026-03-02",
    "days": 1,
    "provinces": {"33": 1, "31": 2},
    "carriers": {"mobile": 1},
    "services": {"110": 1, "95588": 2},
    "foreign": {"US": 1},
    "premium": {"LV": 1},
    "curves": {"day": {"hours": [1] * 24}},
    "populations": [
        {
            "name": "people",
            "share": 1,
            "numbers": [{"kind": "subscriber"}],
            "calls_per_day": {"median": 3},
            "curve": "day",
            "callees": {"contacts": 1},
            "answer": 0.5,
            "talk": {"median": 60, "spread": 2},
            "callback": 0.3,
        }
    ],
    "campaign_share": 0,
}


@pytest.fixture(scope="session")
def shipped() -> Scenario:
    return load_scenario(None)


@pytest.fixture(scope="session")
def country(shipped: Scenario) -> Country:
    return generate(shipped, calls=CALLS, seed=20260302)


@pytest.fixture(scope="session")
def query(country: Country) -> Query:
    """SQL over `c`: the calls with their labels."""
    connection = duckdb.connect()
    connection.register("calls", country.calls)
    connection.register("labels", country.labels)
    connection.execute(
        "create view c as select calls.*, campaign, population, heavy, true_origin, labels.caller as labelled "
        "from calls join labels using (call_id)"
    )

    def ask(sql: str) -> list[tuple[Any, ...]]:
        return connection.execute(sql).fetchall()

    return ask


@pytest.fixture
def small() -> Callable[..., Scenario]:
    """A one-population scenario with some keys changed; `habit` changes those of its population."""

    def make(habit: dict[str, Any] | None = None, **changes: Any) -> Scenario:
        content = {**SMALL, **changes}
        if habit:
            content["populations"] = [{**SMALL["populations"][0], **habit}]
        return parse_scenario(text_of(content).encode(), "small.yaml")

    return make


def text_of(content: dict[str, Any]) -> str:
    """YAML with the date as a date."""
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True).replace("'2026-03-02'", "2026-03-02")
