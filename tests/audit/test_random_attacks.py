"""Random raw SQL on a sealed ledger: whatever changes a row is found; what leaves every row as it was is not."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.audit.ledgers import Ledger

TABLES = {"audit_entry": "id", "audit_seal": "sequence", "audit_item": "id"}
PLACE = st.integers(0, 9)
VALUES = {
    "audit_entry": (
        "basis = basis || 'x'", "kind = 'login'", "at = at + interval '1 s'", "body = body || ' '", "items = items + 1",
        "subject = gen_random_uuid()", "id = id + 100000", "actor = NULL", "items_root = sha256('x')",
    ),
    "audit_seal": (
        "leaf = sha256('x')", "head = sha256('x')", "nodes = sha256(nodes || 'x')", "entry = entry + 100000",
        "sequence = sequence + 100000",
    ),
    "audit_item": (
        "body = '{}'", "subject = gen_random_uuid()", "leaf = sha256('x')", "position = position + 50", "entry_id = 1",
    ),
}  # fmt: skip


@st.composite
def statements(draw: st.DrawFn) -> str:
    table = draw(st.sampled_from(sorted(TABLES)))
    key = TABLES[table]
    row = f"{key} = (SELECT {key} FROM {table} ORDER BY {key} OFFSET {draw(PLACE)} LIMIT 1)"
    if draw(st.booleans()):
        return f"DELETE FROM {table} WHERE {row}"
    return f"UPDATE {table} SET {draw(st.sampled_from(VALUES[table]))} WHERE {row}"


@pytest.mark.fuzz
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(statements(), min_size=1, max_size=4), st.booleans())
def test_every_change_of_a_row_is_found(ledger: Ledger, attacks: list[str], rehash: bool) -> None:
    if not ledger.ids:
        for _ in range(3):
            ledger.write(2)
            ledger.write(items=[{"n": n} for n in range(3)])
            ledger.seal()
    before = contents(ledger)
    ledger.attack(*(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}" for table in TABLES))
    try:
        for statement in attacks:
            try_to(ledger, statement)
        if rehash:
            try_to_rehash(ledger)
        assert ledger.verify().whole == (contents(ledger) == before)
    finally:
        for table in reversed(TABLES):
            ledger.attack(f"DELETE FROM {table}")
        for table in TABLES:
            ledger.attack(f"INSERT INTO {table} SELECT * FROM kept_{table}", f"DROP TABLE kept_{table}")
    assert ledger.verify().whole


def contents(ledger: Ledger) -> list[list[tuple[object, ...]]]:
    with psycopg.connect(ledger.owner) as connection:
        return [connection.execute(f"SELECT * FROM {table} ORDER BY {key}").fetchall() for table, key in TABLES.items()]


def try_to(ledger: Ledger, statement: str) -> None:
    """Run it; what the tables' own constraints forbid does not happen."""
    try:
        ledger.attack(statement)
    except psycopg.errors.IntegrityError:
        return


def try_to_rehash(ledger: Ledger) -> None:
    """Compute all hashes anew, where every sealed entry is still there."""
    with psycopg.connect(ledger.owner) as connection:
        gone = connection.execute(
            "SELECT 1 FROM audit_seal s WHERE NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.id = s.entry)"
        ).fetchone()
    if gone is None:
        ledger.rehash()
