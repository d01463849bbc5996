"""A measured figure states its clock, its repeats and its spread, and what its target makes of it."""

from __future__ import annotations

import pytest

from haodun.cli.bench import spread
from haodun.lab.benchmarks import Figure, Row
from haodun.lab.benchmarks.row import CPU, rate, ratio


def test_a_figure_is_the_median_and_knows_how_it_was_measured() -> None:
    figure = Figure.of([3.0, 1.0, 2.0], clock=CPU)
    assert figure == 2.0
    assert (figure.clock, figure.repeats, figure.low, figure.high) == ("CPU", 3, 1.0, 3.0)
    row = Row("kernel", "something", figure, "ratio", 1.5)
    assert row.ok
    assert row.to_dict() == {
        "suite": "kernel",
        "name": "something",
        "value": 2.0,
        "unit": "ratio",
        "target": 1.5,
        "ok": True,
        "clock": "CPU",
        "repeats": 3,
        "spread": [1.0, 3.0],
    }
    assert spread(row) == "  (CPU, 3 runs, 1 to 3)"


def test_what_was_measured_once_says_nothing_of_a_spread() -> None:
    row = Row("kernel", "bytes a number", 204.0, "B", 208.0, at_most=True)
    assert row.ok
    assert "spread" not in row.to_dict()
    assert spread(row) == ""
    assert Row("kernel", "bytes a number", 209.0, "B", 208.0, at_most=True).ok is False


@pytest.mark.parametrize("repeats", [1, 4])
def test_rates_and_ratios_run_the_work_as_often_as_they_say(repeats: int) -> None:
    done: list[str] = []

    def work(name: str) -> int:
        done.append(name)
        return sum(range(20_000)) // 9_999_000

    assert rate(lambda: work("a"), repeats=repeats).repeats == repeats
    assert ratio(lambda: work("b"), lambda: work("c"), repeats=repeats) > 0
    assert done == ["a"] * repeats + ["b", "c"] * repeats
