"""Whoever owns the tables changes the ledger; verification finds it and says where."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from tests.audit.ledgers import Ledger

from haodun.audit.checkpoints import Checkpoint
from haodun.audit.errors import AuditError
from haodun.audit.verifying import Verification
from haodun.screening.snapshot import Signer


@pytest.fixture
def sealed(ledger: Ledger) -> Ledger:
    """Twelve entries, sealed four at a time."""
    for _ in range(3):
        ledger.write(4)
        ledger.seal()
    assert ledger.verify().whole
    return ledger


def first(found: Verification) -> tuple[str, int, str]:
    assert not found.whole
    one = found.findings[0]
    return one.code, one.place, one.said


def test_an_honest_ledger_is_whole(sealed: Ledger) -> None:
    found = sealed.verify()
    assert (found.sealed, found.unsealed, found.checkpoints, found.whole) == (12, 0, 3, True)
    assert found.covered is not None
    assert found.covered.size == 12


@pytest.mark.parametrize(
    "change",
    [
        "basis = 'because'",
        "actor = '00000000-0000-0000-0000-000000000009'",
        "organisation = NULL",
        "at = at - interval '1 microsecond'",
        "subject = '00000000-0000-0000-0000-000000000009'",
        "kind = 'login'",
        "body = '{\"n\":2} '",
        "object_id = 'x'",
        "on_behalf_of = '00000000-0000-0000-0000-000000000009'",
        "purpose = 'x'",
        "items = 1",
        "items_root = '\\x00'",
        "object_type = ''",
    ],
)
def test_a_changed_column_is_found_at_its_place(sealed: Ledger, change: str) -> None:
    target = sealed.ids[5]
    sealed.attack(f"UPDATE audit_entry SET {change} WHERE id = {target}")
    code, place, said = first(sealed.verify())
    assert (code, place) == ("changed", 6)
    assert f"entry {target} (place 6) was changed" in said


def test_a_changed_entry_with_its_seal_made_to_fit_breaks_the_chain(sealed: Ledger) -> None:
    from haodun.audit.leaves import FIELDS, entry_leaf, fields_of
    from haodun.audit.models import Entry

    target = sealed.ids[5]
    sealed.attack(f"UPDATE audit_entry SET basis = 'because' WHERE id = {target}")
    leaf = entry_leaf(fields_of(Entry.objects.values(*FIELDS).get(id=target)))
    sealed.attack("UPDATE audit_seal SET leaf = %(leaf)s WHERE sequence = 6", leaf=leaf)
    found = sealed.verify()
    assert first(found)[:2] == ("chain", 6)
    assert [one.place for one in found.findings if one.code == "rewritten"] == [5]


def test_a_changed_entry_with_all_hashes_made_to_fit_is_found_between_two_checkpoints(sealed: Ledger) -> None:
    sealed.attack(f"UPDATE audit_entry SET basis = 'because' WHERE id = {sealed.ids[5]}")
    sealed.rehash()
    code, place, said = first(sealed.verify())
    assert (code, place) == ("rewritten", 5)
    assert "between places 5 and 8" in said


def test_a_deleted_entry_is_found_at_its_place(sealed: Ledger) -> None:
    sealed.attack(f"DELETE FROM audit_entry WHERE id = {sealed.ids[2]}")
    assert first(sealed.verify()) == ("deleted", 3, f"entry {sealed.ids[2]} (place 3) was deleted")


def test_an_entry_deleted_with_its_seal_leaves_a_gap(sealed: Ledger) -> None:
    sealed.attack(
        f"DELETE FROM audit_entry WHERE id IN ({sealed.ids[2]}, {sealed.ids[3]})",
        "DELETE FROM audit_seal WHERE sequence IN (3, 4)",
    )
    code, place, said = first(sealed.verify())
    assert (code, place) == ("missing", 3)
    assert "places 3 to 4 are missing" in said


def test_the_first_entry_deleted_with_its_seal_leaves_a_gap(sealed: Ledger) -> None:
    sealed.attack(f"DELETE FROM audit_entry WHERE id = {sealed.ids[0]}", "DELETE FROM audit_seal WHERE sequence = 1")
    assert first(sealed.verify())[:2] == ("missing", 1)


def test_a_deleted_entry_with_everything_renumbered_is_found_between_two_checkpoints(sealed: Ledger) -> None:
    sealed.attack(f"DELETE FROM audit_entry WHERE id = {sealed.ids[9]}", "DELETE FROM audit_seal WHERE sequence = 10")
    sealed.rehash()
    code, place, said = first(sealed.verify())
    assert (code, place) == ("cut", 12)
    assert "places 12 to 12 were there" in said
    sealed.write()
    sealed.attack(  # the attacker fills the gap up, so that the number is right again
        f"INSERT INTO audit_seal (sequence, entry, leaf, head, nodes) VALUES (12, {sealed.ids[-1]}, '', '', '')"
    )
    sealed.rehash()
    assert first(sealed.verify())[:2] == ("rewritten", 9)


def test_an_inserted_entry_is_found_between_two_checkpoints(sealed: Ledger) -> None:
    intruder = sealed.write()[0]
    sealed.attack(
        "UPDATE audit_seal SET sequence = -sequence WHERE sequence > 6",
        "UPDATE audit_seal SET sequence = 1 - sequence WHERE sequence < 0",
        f"INSERT INTO audit_seal (sequence, entry, leaf, head, nodes) VALUES (7, {intruder}, '', '', '')",
    )
    sealed.rehash()
    code, place, said = first(sealed.verify())
    assert (code, place) == ("rewritten", 5)
    assert "inserted" in said


def test_an_entry_written_later_than_it_says_is_remarked(sealed: Ledger) -> None:
    late = sealed.write(at=datetime.now(UTC) - timedelta(days=3))[0]
    sealed.seal()
    found = sealed.verify()
    assert found.whole
    assert any(f"entry {late} (place 13)" in said and "later than it says" in said for said in found.remarks)


def test_two_exchanged_entries_are_named(sealed: Ledger) -> None:
    sealed.attack(
        "UPDATE audit_seal SET entry = -entry WHERE sequence IN (3, 9)",
        f"UPDATE audit_seal SET entry = {sealed.ids[8]} WHERE sequence = 3",
        f"UPDATE audit_seal SET entry = {sealed.ids[2]} WHERE sequence = 9",
    )
    found = sealed.verify()
    assert [(one.code, one.place, one.said) for one in found.findings] == [
        ("reordered", 3, "entries of places 3 and 9 were exchanged")
    ]


def test_exchanged_entries_with_hashes_made_to_fit_are_found_between_two_checkpoints(sealed: Ledger) -> None:
    sealed.attack(
        "UPDATE audit_seal SET sequence = -sequence WHERE sequence IN (6, 7)",
        "UPDATE audit_seal SET sequence = 13 + sequence WHERE sequence < 0",
    )
    sealed.rehash()
    assert first(sealed.verify())[:2] == ("rewritten", 5)


def test_a_tail_cut_off_is_found_by_the_last_checkpoint_and_sealing_stops(sealed: Ledger) -> None:
    sealed.attack(f"DELETE FROM audit_entry WHERE id > {sealed.ids[9]}", "DELETE FROM audit_seal WHERE sequence > 10")
    code, place, said = first(sealed.verify())
    assert (code, place) == ("cut", 11)
    assert "places 11 to 12 were there" in said
    with pytest.raises(AuditError, match=r"10 sealed entries.*says 12"):
        sealed.seal()


def test_without_the_last_checkpoint_a_cut_tail_cannot_be_excluded_and_it_says_so(sealed: Ledger) -> None:
    older = [one for one in sealed.checkpoints() if one.size <= 8]
    sealed.attack(f"DELETE FROM audit_entry WHERE id > {sealed.ids[7]}", "DELETE FROM audit_seal WHERE sequence > 8")
    found = sealed.verify(older)
    assert found.whole
    assert any(
        older[-1].at.isoformat() in said and "cut off or changed cannot be excluded" in said for said in found.remarks
    )


def test_without_any_checkpoint_a_rewritten_ledger_passes_and_it_says_so(sealed: Ledger) -> None:
    sealed.attack(f"UPDATE audit_entry SET basis = 'because' WHERE id = {sealed.ids[5]}")
    sealed.rehash()
    found = sealed.verify([])
    assert found.whole
    assert "no checkpoint was given" in found.remarks[0]


def test_a_rewritten_ledger_is_not_sealed_further(sealed: Ledger) -> None:
    sealed.attack(f"UPDATE audit_entry SET basis = 'because' WHERE id = {sealed.ids[5]}")
    sealed.rehash()
    sealed.write()
    with pytest.raises(AuditError, match=r"are not those of .*latest"):
        sealed.seal()


def test_a_forged_checkpoint_is_refused_by_name(sealed: Ledger) -> None:
    forged = Checkpoint("haodun/test", 12, bytes(32), bytes(32), datetime.now(UTC))
    sealed.folder.add(forged, Signer.generate())
    sealed.attack(f"DELETE FROM audit_entry WHERE id = {sealed.ids[2]}")
    found = sealed.verify()
    said = [one.said for one in found.findings if one.code == "forged"]
    assert len(said) == 2  # the day's line, and `latest`
    assert re.search(r"jsonl:4 \(size 12.*not signed by key", said[0])
    assert ("deleted", 3) in {(one.code, one.place) for one in found.findings}
    with pytest.raises(AuditError, match="not signed by key"):
        sealed.seal()


def test_a_checkpoint_of_another_history_under_our_own_key_is_a_fork(sealed: Ledger) -> None:
    stolen = Checkpoint("haodun/test", 8, bytes(32), bytes(32), datetime.now(UTC))
    sealed.folder.add(stolen, sealed.signer)
    code, place, said = first(sealed.verify())
    assert (code, place) == ("fork", 8)
    assert "two histories" in said


@pytest.mark.parametrize(("column", "code"), [("head", "chain"), ("nodes", "tree"), ("leaf", "chain")])
def test_a_changed_seal_is_found_at_its_place(sealed: Ledger, column: str, code: str) -> None:
    sealed.attack(f"UPDATE audit_seal SET {column} = sha256('x') WHERE sequence = 6")
    found = sealed.verify()
    assert (code, 6) in {(one.code, one.place) for one in found.findings}
    assert min(one.place for one in found.findings) >= 5


def test_items_changed_removed_or_added_are_found_at_their_entry(ledger: Ledger) -> None:
    subjects = [str(uuid.uuid4()) for _ in range(5)]
    bulk = ledger.write(items=[{"subject": one, "n": number} for number, one in enumerate(subjects)])[0]
    ledger.write()
    ledger.seal()
    assert ledger.verify().whole
    for statement, said in (
        ("UPDATE audit_item SET body = '{}' WHERE position = 2", f"item 2 of entry {bulk} was changed"),
        ("UPDATE audit_item SET subject = NULL WHERE position = 3", f"item 3 of entry {bulk} was changed"),
        ("UPDATE audit_item SET position = 9 WHERE position = 4", f"item 4 of entry {bulk} was changed"),
        ("DELETE FROM audit_item WHERE position = 4", "not the 5 that it was sealed with: 4"),
        (
            "UPDATE audit_item SET body = '{}', subject = NULL, leaf = sha256('\\x007b7d') WHERE position = 1",
            "sealed with",
        ),
        ("UPDATE audit_item SET position = 10 - position", f"item 0 of entry {bulk} was changed"),
    ):
        with_backup(ledger, statement, said)
    ledger.attack(f"UPDATE audit_item SET entry_id = {ledger.ids[1]} WHERE position = 0")
    assert {one.place for one in ledger.verify().findings} == {1, 2}


def with_backup(ledger: Ledger, statement: str, said: str) -> None:
    """Attack, look, put the items back as they were."""
    ledger.attack("CREATE TABLE kept AS SELECT * FROM audit_item", statement)
    found = ledger.verify()
    ledger.attack("DELETE FROM audit_item", "INSERT INTO audit_item SELECT * FROM kept", "DROP TABLE kept")
    code, place, sentence = first(found)
    assert (code, place) == ("items", 1)
    assert said in sentence
    assert ledger.verify().whole
