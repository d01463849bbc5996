"""What every test may use: the repository's places, and programs that may be absent."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from haodun.console.database import Urls

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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Urls]:
    """An embedded PostgreSQL with all tables, for the whole session; Django is connected as the powerless role."""
    data = Path(tempfile.mkdtemp(prefix="haodun-test-"))  # a short path, since a socket lies in it
    from haodun.console.database import django_settings, running
    from haodun.console.setup import configure, migrate

    configure()
    from django.conf import settings
    from django.db import connections

    with running(data) as urls:
        for alias, url in (("default", urls.app), ("owner", urls.owner)):
            connections.settings[alias].update(django_settings(url))
        settings.HAODUN_DATA = data
        migrate(urls)
        connections["owner"].close()
        yield urls
        connections.close_all()
    shutil.rmtree(data, ignore_errors=True)


@pytest.fixture
def db(postgres: Urls) -> Iterator[None]:
    """The database; whatever the test writes is rolled back."""
    from django.db import connection, transaction

    with transaction.atomic():
        yield
        connection.set_rollback(True)


@pytest.fixture
def committed_db(postgres: Urls) -> Iterator[Urls]:
    """The database with real commits, for threads and crashes; all rows are removed afterwards."""
    import psycopg
    from django.db import connections

    yield postgres
    connections.close_all()
    with psycopg.connect(postgres.owner) as owner:
        keep = ("django_migrations", "django_content_type", "auth_permission")
        rows = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        names = ", ".join(f'"{name}"' for (name,) in rows if name not in keep)
        owner.execute(f"TRUNCATE {names} CASCADE")
