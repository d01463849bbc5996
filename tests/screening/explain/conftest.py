"""A finished run to explain."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from haodun.edge.batch import Kernel, Settings, run_screen
from haodun.screening.verdicts import Verdict, read_verdicts

TRAPS = Path(__file__).resolve().parents[2] / "journeys" / "data" / "traps"


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("explain")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HAODUN_HOME", str(place / "home"))
        calls, trunks = [str(TRAPS / "Master.csv")], TRAPS / "trunks.yaml"
        run_screen(Settings(calls=calls, trunks=trunks, out=place / "run", kernel=Kernel.ORACLE))
    return place / "run"


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def verdict_of(finished: Path) -> Callable[[str], Verdict]:
    """`verdict_of("2")`: the verdict of the call whose id ends so."""
    found = {verdict.call_id.partition(".")[2]: verdict for verdict in read_verdicts(finished / "verdicts.parquet")}
    return found.__getitem__
