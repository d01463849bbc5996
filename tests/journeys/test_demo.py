"""A newcomer runs the demo: a country, its figures, one verdict of each kind explained, a report."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from haodun.cli.main import app

TRAPS = Path(__file__).parent / "data" / "traps" / "Master.csv"


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAODUN_HOME", str(tmp_path / "home"))


def test_the_demo_tells_the_whole_story(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["demo", "--out", str(tmp_path / "demo"), "--count", "4000", "--no-browser"])
    assert result.exit_code == 0, result.output
    for words in (
        "4,000 calls screened",
        "measured on a synthetic country",
        "ordinary heavy callers blocked by behaviour",
        ": BLOCK. ",
        ": TIP. ",
        ": ALLOW. ",
        "recomputed by replay of the input log: equal",
        "report.html",
    ):
        assert words in result.output, words
    assert "合成" in (tmp_path / "demo" / "run" / "report.html").read_text(encoding="utf-8")


def test_the_demo_takes_ones_own_records_and_never_overwrites(tmp_path: Path) -> None:
    for number in range(2):
        result = CliRunner().invoke(
            app, ["demo", "--calls", str(TRAPS), "--out", str(tmp_path / "own"), "--no-browser"]
        )
        assert result.exit_code == 0, result.output
        assert "17 calls screened" in result.output
        assert "no --trunks was given" in result.output
        assert (tmp_path / ("own" if not number else "own-2") / "report.html").is_file()
