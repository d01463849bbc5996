"""What every test may use: the repository's places, and programs that may be absent."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from haodun.console.database import Urls

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], print_blob=True
)
settings.load_profile("house")

ABSENT, ASKED = "absent program", "permission matrix"
"""What a test's report carries home, also from another process: a program it lacked, how much it asked."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the programs that were absent, and how to get them; say how much the permission matrix asked."""
    reports = [one for kind in terminalreporter.stats.values() for one in kind if hasattr(one, "user_properties")]
    # A report of each phase of a test carries all that was said so far.
    said = {(one.nodeid, name, json.dumps(value)) for one in reports for name, value in one.user_properties}
    absent = Counter(json.loads(value) for _, name, value in said if name == ABSENT)
    if absent:
        terminalreporter.section("programs that were absent")
        for program, tests in sorted(absent.items()):
            terminalreporter.line(f"{program}: {tests} tests did not run; `make services` installs it")
    asked = [json.loads(value) for _, name, value in said if name == ASKED]
    if asked:
        cases, addresses, readers = (
            sum(one[0] for one in asked),
            sum(one[1] for one in asked),
            max(o[2] for o in asked),
        )
        terminalreporter.line(f"permission matrix: {cases} cases over {addresses} addresses, {readers} roles")


def need(program: str, request: pytest.FixtureRequest) -> str:
    """The path of a program, or a skip with the reason; a failure where services are required."""
    found = shutil.which(program)
    if found:
        return found
    request.node.user_properties.append((ABSENT, program))
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


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A language that a request or a test left active is not the next test's."""
    yield
    if "django.utils.translation" in sys.modules:
        from django.utils import translation

        translation.deactivate()


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
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # seventeen logins a seed
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
    yield postgres
    empty(postgres)


def empty(urls: Urls) -> None:
    """Remove all rows that tests committed."""
    import psycopg
    from django.db import connections

    connections.close_all()
    with psycopg.connect(urls.owner) as owner:
        keep = ("django_migrations", "django_content_type", "auth_permission")
        rows = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        names = ", ".join(f'"{name}"' for (name,) in rows if name not in keep)
        owner.execute(f"TRUNCATE {names} CASCADE")


@pytest.fixture
def live_server(committed_db: Urls) -> Iterator[str]:
    """The console on a free port, the test database behind it, a thread a request; its address, without a slash."""
    with serving() as address:
        yield address


@contextmanager
def serving() -> Iterator[str]:
    """Serve the console in threads as long as the block lasts; its address, without a slash."""
    import threading
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nothing: tests read answers, not logs."""

    class Threads(ThreadingMixIn, WSGIServer):
        daemon_threads = False

        def handle_error(self, request: object, client_address: object) -> None:
            """Nothing: a browser that goes away is no fault."""

    before, settings.ALLOWED_HOSTS = settings.ALLOWED_HOSTS, ["127.0.0.1", "localhost", "testserver"]
    server = make_server("127.0.0.1", 0, get_wsgi_application(), server_class=Threads, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        settings.ALLOWED_HOSTS = before


FLAGS = """
--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync
"""
"""How Chromium is started: it fetches nothing of its own."""


@pytest.fixture(scope="session")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """The system's Chromium, one for the session; every page gets a profile of its own (`open_page`)."""
    from playwright.sync_api import sync_playwright

    path = need("chromium", request)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps a loop in this thread
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS.split())
        yield started
        started.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def open_page(browser: Browser, live_server: str) -> Iterator[Callable[..., Page]]:
    """A new page in a fresh profile: `open_page(user=None, theme="light", lang="zh-hans", width=1440, script=True)`.

    It is signed in as the user, its addresses begin at the live server, and the test fails at its end when the content
    policy refused anything, a script failed, or a file was missing.
    """
    with opening(browser, live_server) as make:
        yield make


@contextmanager
def opening(browser: Browser, live_server: str) -> Iterator[Callable[..., Page]]:
    """Pages as `open_page` makes them, for a server that lives longer than one test."""
    contexts, complaints = [], list[str]()

    def make(
        user: object = None, *, theme: str = "light", lang: str = "zh-hans", width: int = 1440, script: bool = True
    ) -> Page:
        context = browser.new_context(
            base_url=live_server, viewport={"width": width, "height": 900}, java_script_enabled=script
        )
        contexts.append(context)
        cookies = {"haodun_theme": theme, "django_language": lang}
        if user is not None:
            cookies["sessionid"] = signed_in(user)
        context.add_cookies([{"name": name, "value": value, "url": live_server} for name, value in cookies.items()])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
        page.on("response", lambda got: complaints.append(f"{got.status} {got.url}") if got.status >= 500 else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints, complaints


def signed_in(user: object) -> str:
    """The session key of a person who is signed in; the password was not asked."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from haodun.offices.organisations.models import User

    assert isinstance(user, User)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    assert session.session_key is not None
    return session.session_key
