"""A database of one's own: reached, and by roles that the second wall binds."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from haodun.console.database import DatabaseError, Urls, check_powerless, running
from haodun.console.setup import migrate_if_new


def as_superuser(url: str) -> str:
    return url.replace(urlsplit(url).username or "", "postgres", 1)


def test_the_two_roles_of_the_embedded_database_pass(postgres: Urls) -> None:
    check_powerless(postgres)


def test_a_role_that_row_level_security_does_not_bind_is_refused(postgres: Urls) -> None:
    for urls in (
        Urls(app=as_superuser(postgres.app), owner=postgres.owner),
        Urls(app=postgres.owner, owner=postgres.owner),
    ):
        with pytest.raises(DatabaseError, match="row-level security"):
            check_powerless(urls)


def test_a_database_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://haodun_app@127.0.0.1:1/haodun")
    with pytest.raises(DatabaseError, match="not reached"), running(tmp_path):
        pass


def test_one_given_in_the_environment_is_used_and_none_is_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postgres: Urls
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgres.app)
    monkeypatch.setenv("DATABASE_OWNER_URL", postgres.owner)
    with running(tmp_path) as urls:
        assert urls == postgres
    assert list(tmp_path.iterdir()) == []


def test_tables_are_made_once(postgres: Urls) -> None:
    assert not migrate_if_new(postgres)


def test_lists_may_use_their_index_behind_row_level_security(postgres: Urls) -> None:
    with psycopg.connect(postgres.app) as app:
        assert app.execute("SELECT proleakproof FROM pg_proc WHERE proname = 'arrayoverlap'").fetchone() == (True,)
