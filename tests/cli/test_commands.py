"""The command line: fixed shapes for scripts, one sentence and an exit code for each failure."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from haodun.cli.main import app

TRAPS = Path(__file__).resolve().parents[1] / "journeys" / "data" / "traps"


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAODUN_HOME", str(tmp_path / "home"))


def haodun(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it."""
    program = "from haodun.cli.main import main; main()"
    return subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("screen", "void.csv"), 2, "no file and no folder"),
        (("screen", "x", "--mode", "sometimes"), 2, "observe or enforce"),
        (("screen", "x", "--kernel", "quick"), 2, "fast or oracle"),
        (("screen", "x", "--tz", "Mars/Base"), 2, "no such zone"),
        (("screen", "x", "--snapshot", "s", "--policy", "cn"), 2, "give one of them"),
        (("screen", "x", "--snapshot", "s"), 2, "--trust is needed"),
        (("screen", "x", "--resume"), 2, "--out"),
        (("screen", str(TRAPS / "Master.csv"), "--policy", "cm"), 3, "does not exist"),
        (("screen", str(TRAPS / "Master.csv"), "--trunks", str(TRAPS / "Master.csv")), 3, "Master.csv"),
        (("screen", str(TRAPS / "Master.csv"), "--format", "word"), 3, "not known"),
        (("explain", "x", "--run", "."), 3, "no run folder"),
        (("explain", "x", "--lang", "fr"), 2, "zh or en"),
        (("policy", "check", "nothing.yaml"), 3, "does not exist"),
        (("policy", "compare", "cn", "us", "--run", "."), 2, "input.parquet"),
        (("lab", "generate", "--calls", "5", "--scenario", "cuontry", "--out", "o"), 3, "did you mean"),
        (("lab", "generate", "--calls", "5", "--format", "word", "--out", "o"), 3, "cannot be written"),
        (("bench", "nothing"), 2, "no suite"),
    ],
)
def test_a_failure_is_one_sentence_and_its_code(
    arguments: tuple[str, ...], code: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = haodun(*arguments)
    assert result.returncode == code, result.stderr
    assert result.stderr.startswith("haodun: ") and words in result.stderr
    assert "Traceback" not in result.stderr and result.stdout == ""
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == [], "nothing half-written"


def test_an_unknown_option_is_wrong_use() -> None:
    assert haodun("screen", "--nothing").returncode == 2


def test_what_nobody_expected_is_our_fault(tmp_path: Path) -> None:
    program = (
        "import haodun.edge.batch as batch\n"
        "def broken(*values, **more): raise ZeroDivisionError\n"
        "batch.run_screen = broken\n"
        "from haodun.cli.main import main; main()"
    )
    command = [sys.executable, "-c", program, "screen", str(TRAPS / "Master.csv"), "--out", str(tmp_path / "o")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "this is our fault" in result.stderr.splitlines()[-1]


def test_screen_ends_with_the_fixed_shape(tmp_path: Path) -> None:
    result = haodun(
        "screen",
        str(TRAPS / "Master.csv"),
        "--trunks",
        str(TRAPS / "trunks.yaml"),
        "--out",
        str(tmp_path / "r"),
        "--json",
    )
    shown = json.loads(result.stdout)
    assert set(shown) == {
        "calls",
        "actions",
        "reasons",
        "quarantined",
        "late",
        "unscreened_origin",
        "seconds",
        "calls_per_second",
        "run",
    }
    assert (shown["calls"], shown["quarantined"], shown["unscreened_origin"]) == (17, 6, 1)
    names = {path.name for path in Path(shown["run"]).iterdir()}
    assert {"verdicts.parquet", "quarantine.jsonl", "report.html", "run.json"} <= names


def test_with_labels_the_shape_has_the_campaigns(tmp_path: Path) -> None:
    place = tmp_path / "c"
    assert haodun("lab", "generate", "--calls", "3000", "--seed", "4", "--out", str(place)).returncode == 0
    result = haodun(
        *("screen", str(place / "calls.parquet"), "--trunks", str(place / "trunks.yaml")),
        *("--labels", str(place / "labels.parquet"), "--out", str(tmp_path / "r"), "--json"),
    )
    shown = json.loads(result.stdout)
    assert {"campaigns", "ordinary_callers", "false_block_callers", "false_block_calls"} <= set(shown)
    figures = {"attempts", "recall_block", "recall_any", "time_to_block_s", "never_blocked"}
    assert shown["campaigns"] and all(figures <= set(campaign) for campaign in shown["campaigns"].values())


def test_the_shorter_commands_answer() -> None:
    runner = CliRunner()
    assert runner.invoke(app, ["--version"]).output.startswith("haodun ")
    assert "Haodun needs" in runner.invoke(app, ["doctor"]).output or "absent" in runner.invoke(app, ["doctor"]).output
    assert json.loads(runner.invoke(app, ["policy", "check", "cn", "--json"]).output)["rules"] == 41
    assert "0 failed" in runner.invoke(app, ["policy", "test", "uk"]).output
    assert "CN-" in runner.invoke(app, ["policy", "diff", "cn", "intl"]).output
    rows = json.loads(runner.invoke(app, ["bench", "numbers", "--json"]).output)["rows"]
    fixed = {"name", "ok", "suite", "target", "unit", "value"}
    assert all(fixed <= set(row) <= fixed | {"clock", "repeats", "spread"} for row in rows)


def test_starting_up_imports_no_plane() -> None:
    planes = "('pyarrow', 'duckdb', 'polars', 'phonenumbers')"
    program = f"import sys, haodun.cli.main; print([name for name in {planes} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
