"""Who reads which row: the query method, and the database behind it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import ProgrammingError, connection, transaction
from tests.offices.organisations.conftest import Country, person

from haodun.console.database import Urls
from haodun.offices.organisations.models import Membership
from haodun.offices.organisations.rls import POLICY, enable
from haodun.offices.organisations.scope import EVERYTHING, current
from haodun.offices.organisations.services import (
    OrganisationError,
    Role,
    appoint,
    own_organisations,
    readers_of,
    reading_as,
    system,
)
from haodun.offices.organisations.tree import has_readers


def seen() -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_id FROM organisations_membership")
        return {row[0] for row in cursor.fetchall()}


def test_readers_are_the_organisations_and_all_above_them_sorted(country: Country) -> None:
    assert readers_of(country.nanjing) == sorted([country.nanjing.id, country.jiangsu.id, country.ministry.id])
    both = readers_of(country.nanjing.id, country.zhejiang)
    assert both == sorted([country.nanjing.id, country.jiangsu.id, country.zhejiang.id, country.ministry.id])


def test_readers_of_an_unknown_organisation_are_refused_not_shortened(country: Country) -> None:
    with pytest.raises(OrganisationError, match="no organisation"):
        readers_of(country.nanjing, uuid4())


def test_without_a_scope_raw_sql_finds_no_row(country: Country) -> None:
    assert seen() == set()


def test_each_reads_own_rows_and_those_below_only(country: Country) -> None:
    appoint(person("constable"), country.nanjing, Role.POLICE_OFFICER)
    with reading_as(country.owner):
        assert seen() == {country.jiangsu.id, country.nanjing.id}
    with reading_as(country.stranger):
        assert seen() == {country.zhejiang.id}
    with reading_as(country.supervisor):
        assert seen() == {country.ministry.id, country.jiangsu.id, country.zhejiang.id, country.nanjing.id}
    with system():
        assert len(seen()) == 4
    assert seen() == set()


def test_raw_sql_cannot_write_outside_its_scope(country: Country) -> None:
    take = (
        "INSERT INTO organisations_duty (user_id, organisation_id, starts, ends, deputy, readers)"
        " VALUES (%s, %s, now(), now() + '1h', false, %s)"
    )
    hand = "UPDATE organisations_membership SET readers = %s WHERE organisation_id = %s"
    mine, theirs = country.jiangsu.id, country.zhejiang.id
    with reading_as(country.owner), connection.cursor() as cursor:
        cursor.execute(take, [country.owner.id, mine, [mine]])
        cases: list[tuple[str, list[Any]]] = [(take, [country.owner.id, theirs, [theirs]]), (hand, [[theirs], mine])]
        for statement, values in cases:
            with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
                cursor.execute(statement, values)
        cursor.execute("DELETE FROM organisations_membership WHERE organisation_id = %s", [theirs])
        assert cursor.rowcount == 0


def test_the_query_method_denies_by_default(country: Country) -> None:
    nobody = person("nobody")
    asleep = country.colleague
    asleep.is_active = False
    with system():
        for user in (None, AnonymousUser(), nobody, asleep):
            assert not Membership.objects.scoped_to(user).exists()
        assert set(Membership.objects.scoped_to(country.owner).values_list("organisation_id", flat=True)) == {
            country.jiangsu.id
        }


def test_the_query_method_alone_narrows_even_for_the_system(country: Country) -> None:
    with system():
        assert Membership.objects.scoped_to(country.stranger).count() == 1 < Membership.objects.count()


def test_a_scope_ends_with_its_block_whatever_happens(country: Country) -> None:
    with pytest.raises(ValueError, match="x"), system():
        raise ValueError("x")
    assert current() == ""
    assert seen() == set()
    with pytest.raises(ProgrammingError), transaction.atomic(), system(), connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")
    assert seen() == set()


def test_blocks_nest(country: Country) -> None:
    with reading_as(country.stranger):
        with system():
            assert current() == EVERYTHING
            assert len(seen()) == 3
        assert seen() == {country.zhejiang.id}


def test_a_new_connection_carries_the_scope_wanted_now(committed_db: Urls) -> None:
    with system():
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('haodun.scope')")
            assert cursor.fetchone() == (EVERYTHING,)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('haodun.scope')")
        assert cursor.fetchone() == ("",)


def test_own_organisations_are_sorted_and_empty_for_the_unappointed(country: Country) -> None:
    appoint(country.owner, country.nanjing, Role.ADMINISTRATOR)
    assert own_organisations(country.owner) == sorted([country.jiangsu.id, country.nanjing.id])
    assert own_organisations(person("nobody")) == []


PROTECTED = """
SELECT c.relrowsecurity AND p.polcmd = '*' AND p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL AND p.polname = %s
   AND EXISTS (SELECT 1 FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am a ON a.oid = x.relam
                 JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = 'readers' AND t.attnum = i.indkey[0]
                WHERE i.indrelid = c.oid AND a.amname = 'gin')
  FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid WHERE c.oid = to_regclass(%s)
"""


def unprotected() -> list[str]:
    """Tables of all models with readers that lack the one policy for reading and writing, or the index."""
    tables = [model._meta.db_table for model in apps.get_models() if has_readers(model)]
    assert "organisations_membership" in tables
    found = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(PROTECTED, [POLICY, table])
            if cursor.fetchall() != [(True,)]:
                found.append(table)
    return found


def test_every_table_whose_rows_name_their_readers_is_behind_the_second_wall(db: None) -> None:
    assert unprotected() == []


@pytest.mark.parametrize(
    ("harm", "repair"),
    [
        ("ALTER TABLE {} DISABLE ROW LEVEL SECURITY", "ALTER TABLE {} ENABLE ROW LEVEL SECURITY"),
        ("CREATE POLICY also ON {} USING (true)", "DROP POLICY also ON {}"),
        ("DROP INDEX duty_readers", "CREATE INDEX duty_readers ON {} USING gin (readers)"),
    ],
)
def test_the_search_for_open_tables_bites(committed_db: Urls, harm: str, repair: str) -> None:
    with psycopg.connect(committed_db.owner) as owner:
        owner.execute(harm.format("organisations_duty"))
    try:
        assert "organisations_duty" in unprotected()
    finally:
        with psycopg.connect(committed_db.owner) as owner:
            owner.execute(repair.format("organisations_duty"))
    assert "organisations_duty" not in unprotected()


def test_a_name_that_is_no_table_is_refused() -> None:
    with pytest.raises(ValueError, match="no table name"):
        enable('x"; DROP TABLE y; --')


def test_a_list_of_what_i_may_read_uses_its_index_behind_the_wall(country: Country) -> None:
    with reading_as(country.owner), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Membership.objects.scoped_to(country.owner).explain()
    assert "membership_readers" in plan
