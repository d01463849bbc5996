"""The database and its two roles."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from haodun.console.database import DatabaseError, Urls, django_settings
from haodun.offices.organisations.models import Organisation


def test_the_application_connects_as_a_role_that_owns_nothing_and_is_no_superuser(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("haodun_app", False, False)
        cursor.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        assert cursor.fetchone() == (0,)


def test_what_a_test_writes_is_gone_in_the_next(db: None) -> None:
    assert not Organisation.objects.exists()
    Organisation.objects.create(kind="ministry", name_zh="部", name_en="Ministry")


def test_the_powerless_role_cannot_change_tables(committed_db: Urls) -> None:
    with psycopg.connect(committed_db.app) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("ALTER TABLE organisations_organisation ADD COLUMN x int")


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(DatabaseError, match="postgresql://"):
        django_settings("mysql://localhost/x")


def test_an_address_is_read_with_password_port_and_options() -> None:
    found = django_settings("postgresql://a%40b:p%2Fw@db.example:5433/calls?sslmode=require")
    assert (found["USER"], found["PASSWORD"], found["HOST"]) == ("a@b", "p/w", "db.example")
    assert (found["PORT"], found["NAME"], found["OPTIONS"]) == ("5433", "calls", {"sslmode": "require"})
