"""What every test may use: the repository's places, and programs that may be absent."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], print_blob=True
)
settings.load_profile("house")

_absent: dict[str, set[str]] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the programs that were absent, and how to get them."""
    if _absent:
        terminalreporter.section("programs that were absent")
        for program, tests in sorted(_absent.items()):
            terminalreporter.line(f"{program}: {len(tests)} tests did not run; `make services` installs it")


def need(program: str, request: pytest.FixtureRequest) -> str:
    """The path of a program, or a skip with the reason; a failure where services are required."""
    found = shutil.which(program)
    if found:
        return found
    _absent.setdefault(program, set()).add(request.node.nodeid)
    if os.environ.get("HAODUN_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{program} is not installed and HAODUN_REQUIRE_SERVICES=1; run `make services`")
    pytest.skip(f"{program} is not installed; `make services` installs it")


@pytest.fixture
def chromium(request: pytest.FixtureRequest) -> str:
    """The system's Chromium."""
    return need("chromium", request)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Iterator[Path]:
    """The folder of reference material beside the repository; tests that need it skip where it is absent."""
    place = ROOT.parent / "shared"
    if not place.is_dir():
        pytest.skip("../shared is not here; only the project's own vectors are used")
    yield place
