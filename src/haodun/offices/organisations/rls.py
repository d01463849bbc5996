"""Row-level security for tables with `readers`: the second wall, which holds for raw SQL too."""

from __future__ import annotations

import re

from django.db import migrations

POLICY = "haodun_readers"
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}", re.ASCII)

# Each sub-select runs once per statement, not once per row. Unset and '' show no row.
_CONDITION = (
    "(SELECT coalesce(current_setting('haodun.scope', true), '') = '*')"
    " OR readers && (SELECT string_to_array(CASE WHEN current_setting('haodun.scope', true) = '*' THEN ''"
    " ELSE coalesce(current_setting('haodun.scope', true), '') END, ',')::uuid[])"
)


def enable(table: str) -> migrations.RunSQL:
    """The migration step that binds reading and writing of a table to `readers`; ValueError on a name that is none."""
    if _NAME.fullmatch(table) is None:
        raise ValueError(f"{table!r} is no table name")
    return migrations.RunSQL(
        [
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'CREATE POLICY {POLICY} ON "{table}" FOR ALL USING ({_CONDITION}) WITH CHECK ({_CONDITION})',
        ],
        [f'DROP POLICY {POLICY} ON "{table}"', f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY'],
    )
