"""A newcomer runs the demo: a country, its figures, one verdict of each kind explained, a report."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

from haodun.cli.main import app
from haodun.lab.calling import call

TRAPS = Path(__file__).parent / "data" / "traps" / "Master.csv"


@pytest.fixture(autouse=True)
def own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAODUN_HOME", str(tmp_path / "home"))


def test_the_demo_tells_the_whole_story(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["demo", "--out", str(tmp_path / "demo"), "--count", "4000", "--no-console"])
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
            app, ["demo", "--calls", str(TRAPS), "--out", str(tmp_path / "own"), "--no-console"]
        )
        assert result.exit_code == 0, result.output
        assert "17 calls screened" in result.output
        assert "no --trunks was given" in result.output
        assert (tmp_path / ("own" if not number else "own-2") / "report.html").is_file()


@pytest.mark.journey
def test_the_demo_ends_in_a_console_with_a_live_edge_and_stops_when_told(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "HAODUN"))}
    command = [sys.executable, "-c", "from haodun.cli.main import main; main()"]
    arguments = ["demo", "--out", str(tmp_path / "demo"), "--count", "4000", "--no-browser"]
    with subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as demo:
        assert demo.stdout is not None
        said: list[str] = []
        for line in demo.stdout:
            said.append(line)
            if "Ctrl-C ends it" in line:
                break
        text = "".join(said)
        console = re.search(r"^console  (http://\S+?)/ ", text, re.M)
        edge = re.search(r"^edge     udp:127\.0\.0\.1:([0-9]+) ", text, re.M)
        assert console is not None and edge is not None, text[-2000:]
        with urllib.request.urlopen(console[1] + "/accounts/login/", timeout=30) as page:
            assert page.status == 200
        logins = re.findall(r"^  ([a-z-]+) +[A-Za-z0-9]{16}  ([a-z_]+)", text, re.M)
        assert {"police_officer", "police_approver", "bureau_officer", "auditor"} <= {role for _, role in logins}
        assert call("+8613912345678", "+8613800138000", host="127.0.0.1", port=int(edge[1])).status == 302
        demo.send_signal(signal.SIGTERM)
        assert demo.wait(timeout=90) == 0
