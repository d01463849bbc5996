"""SIPp as the peer: calls refused and redirected with their ACK, retransmissions, OPTIONS, CANCEL."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import need
from tests.edge.serve.edges import FORGED, TIPPED, running

from haodun.edge.serve import Settings
from haodun.edge.serve.metrics import Count
from haodun.store.segments import read_segments

pytestmark = pytest.mark.peer

SCENARIOS = Path(__file__).parent / "sipp"
CALLS = 300


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        trial.bind(("127.0.0.2", 0))
        return int(trial.getsockname()[1])


@pytest.mark.parametrize(
    ("scenario", "caller", "calls"),
    [
        ("refused", FORGED, CALLS),
        ("redirected", TIPPED, CALLS),
        ("options", "check", CALLS),
        ("cancelled", FORGED, CALLS),
    ],
)
def test_sipp_gets_what_its_scenario_expects(
    scenario: str,
    caller: str,
    calls: int,
    options: Callable[..., Settings],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    sipp = need("sipp", request)
    with running(options()) as edge:
        done = subprocess.run(
            [
                *(sipp, f"127.0.0.1:{edge.wire.port}", "-sf", str(SCENARIOS / f"{scenario}.xml")),
                *("-i", "127.0.0.2", "-p", str(free_port()), "-m", str(calls), "-r", "300", "-key", "caller", caller),
                *("-s", "+8613900001234", "-timeout", "30s", "-timeout_error", "-nostdin"),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            cwd=tmp_path,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        tally = edge.tally
    if scenario != "options":
        assert tally.total(Count.ANSWERS) == calls, "a retransmission is not counted"
        assert tally.counts[Count.REQUESTS, "ACK"] == calls
        assert len(list(read_segments(tmp_path / "log"))) == calls
    if scenario == "refused":
        assert tally.total(Count.RETRANSMISSIONS) == calls, "the scenario sends each INVITE twice, by two branches"
