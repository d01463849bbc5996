"""An engineer's Asterisk file with every trap in it: what is decided, what is set aside, what he is asked to supply."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from haodun.cli.main import app
from haodun.screening.events import Action
from haodun.screening.verdicts import Verdict, read_verdicts

DATA = Path(__file__).parent / "data" / "traps"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The run folder and what the command printed."""
    place = tmp_path_factory.mktemp("traps")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HAODUN_HOME", str(place / "home"))
        arguments = [
            "screen",
            str(DATA / "Master.csv"),
            "--trunks",
            str(DATA / "trunks.yaml"),
            "--out",
            str(place / "run"),
        ]
        result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return place / "run", result.output


@pytest.fixture(scope="module")
def verdicts(run: tuple[Path, str]) -> dict[str, Verdict]:
    """Call id to verdict."""
    return {verdict.call_id.partition(".")[2]: verdict for verdict in read_verdicts(run[0] / "verdicts.parquet")}


@pytest.mark.parametrize(
    ("call", "action", "reason"),
    [
        ("1", Action.ALLOW, None),
        ("2", Action.BLOCK, "CN-ORIGIN-EMERGENCY"),
        ("3", Action.BLOCK, "CN-STRUCTURE-INVALID"),
        ("4", Action.TIP, "CN-ORIGIN-ROAMING-UNKNOWN"),
        ("5", Action.ALLOW, None),
        ("6", Action.BLOCK, "CN-ORIGIN-LINE"),
        ("7", Action.ALLOW, None),
        ("8", Action.ALLOW, None),
        ("10", Action.ALLOW, None),
        ("11", Action.ALLOW, None),
        ("14", Action.ALLOW, None),
        ("15", Action.ALLOW, None),
        ("20", Action.ALLOW, None),
        ("22", Action.TIP, "CN-SCORE-ABROAD"),
    ],
)
def test_each_call_gets_its_verdict(
    call: str, action: Action, reason: str | None, verdicts: dict[str, Verdict]
) -> None:
    assert verdicts[call].action is action
    assert reason is None or reason in verdicts[call].reasons


def test_two_legs_are_one_call(verdicts: dict[str, Verdict]) -> None:
    assert "9" not in verdicts
    assert verdicts["8"].callee == 8657188001237


@pytest.mark.parametrize("call", ["12", "13"])
def test_a_forged_number_is_refused_and_never_shortened(call: str, verdicts: dict[str, Verdict]) -> None:
    assert verdicts[call].caller < 0, "kept by its trunk, not by a number made out of it"


def test_what_cannot_be_read_is_set_aside_with_its_line_and_reason(run: tuple[Path, str]) -> None:
    lines = (run[0] / "quarantine.jsonl").read_text(encoding="utf-8").splitlines()
    found = [(entry["line"], entry["reason"]) for entry in map(json.loads, lines)]
    assert found == [
        (17, "wrong_column_count"),
        (18, "end_before_start"),
        (19, "bad_time"),
        (20, "nul_byte"),
        (23, "header"),
        (26, "truncated"),
    ]


def test_the_engineer_is_told_what_to_supply(run: tuple[Path, str]) -> None:
    output = run[1]
    assert "1 call: the origin rules could not speak" in output and "mystery" in output
    assert "give --tz" in output
    assert "6 records could not be read" in output


def test_a_name_that_wants_to_be_script_is_only_text(run: tuple[Path, str]) -> None:
    assert "<script" not in (run[0] / "report.html").read_text(encoding="utf-8")


def test_without_a_trunks_file_all_calls_are_unscreened_for_origin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAODUN_HOME", str(tmp_path / "home"))
    result = CliRunner().invoke(app, ["screen", str(DATA / "Master.csv"), "--out", str(tmp_path / "run"), "--json"])
    shown = json.loads(result.stdout.splitlines()[-1])
    assert shown["unscreened_origin"] == shown["calls"] == 17
    assert shown["quarantined"] == 6
