"""The second wall of act(): PostgreSQL itself refuses an UPDATE of a state that does not come from act().

It is a wall against mistakes (a `save()` of an old row, a hasty `update(state=…)`, a query typed at the prompt), not
against whoever rules the database: of those the ledger tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import psycopg
from django.apps import apps
from django.db import connection
from psycopg import sql

from haodun.offices.transitions.table import Table

SETTING = "haodun.act"

_FUNCTION = """
CREATE OR REPLACE FUNCTION haodun_only_act() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('haodun.act', true), '') <> 'on' THEN
        RAISE EXCEPTION 'the state of % changes by act() only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
"""
_TRIGGER = """
CREATE OR REPLACE TRIGGER haodun_only_act BEFORE UPDATE OF state ON {} FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION haodun_only_act()
"""


def wall_states(owner_url: str, tables: Iterable[Table]) -> None:
    """Put the wall before the state column of each table's model, as the owner; again changes nothing."""
    with psycopg.connect(owner_url) as owner:
        owner.execute(_FUNCTION)
        for table in tables:
            owner.execute(sql.SQL(_TRIGGER).format(sql.Identifier(apps.get_model(table.model)._meta.db_table)))


@contextmanager
def opened() -> Iterator[None]:
    """The wall is open for the block, in this transaction; only act() uses it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, 'on', true)", [SETTING])
        yield
        cursor.execute("SELECT set_config(%s, '', true)", [SETTING])
