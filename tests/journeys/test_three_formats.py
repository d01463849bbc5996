"""The same 20,000 calls as Asterisk, FreeSWITCH and Parquet: the verdict logs are equal but for the source column."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq
import pytest

from haodun.edge.batch import Settings, run_screen
from haodun.lab.country import generate, load_scenario, write

CALLS = 20_000


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[Any]]]:
    """Format to verdict log."""
    place = tmp_path_factory.mktemp("formats")
    country = generate(load_scenario("country"), calls=CALLS, seed=7)
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HAODUN_HOME", str(place / "home"))
        for name in ("asterisk", "freeswitch", "freeswitch-json", "csv", "parquet"):
            write(country, format=name, out=place / name)
            calls = next((place / name).glob("calls.*"))
            column_map = place / name / "map.yaml"
            settings = Settings(
                calls=[str(calls)],
                column_map=column_map if column_map.exists() else None,
                trunks=place / name / "trunks.yaml",
                out=place / f"run-{name}",
            )
            run_screen(settings)
            found[name] = pq.read_table(place / f"run-{name}" / "verdicts.parquet").to_pydict()
    return found


@pytest.mark.parametrize("name", ["asterisk", "freeswitch", "freeswitch-json", "csv"])
def test_the_logs_are_equal_but_for_the_source(name: str, logs: dict[str, dict[str, list[Any]]]) -> None:
    expected, found = dict(logs["parquet"]), dict(logs[name])
    assert len(found["event"]) == CALLS
    assert found.pop("source") != expected.pop("source")
    assert found.keys() == expected.keys()
    for column in expected:
        assert found[column] == expected[column], column


def test_there_is_something_to_be_equal_about(logs: dict[str, dict[str, list[Any]]]) -> None:
    assert {0, 1, 4} <= set(logs["parquet"]["action"])
