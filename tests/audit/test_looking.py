"""Who looked at what and why; erasure cuts the link and leaves the ledger whole."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.audit.ledgers import ORGANISATION, Ledger

from haodun.audit.errors import AuditError
from haodun.audit.models import Entry, Subject
from haodun.audit.services import AuditKind, about, erase, known_subject, looks, record, subject_for

NUMBER = 13800138000


def look(ledger: Ledger, subject: uuid.UUID) -> int:
    return ledger.write(subject=subject, purpose="case", basis="苏公刑〔2026〕17号")[0]


def subject() -> uuid.UUID:
    with transaction.atomic():
        return subject_for("number", NUMBER)


def test_each_look_says_who_for_whom_and_why_newest_first(ledger: Ledger) -> None:
    known = subject()
    first, second = look(ledger, known), look(ledger, known)
    ledger.write()  # of somebody else
    found = looks(known)
    assert [one.entry for one in found] == [second, first]
    one = found[0]
    assert (one.purpose, one.basis, one.organisation) == ("case", "苏公刑〔2026〕17号", ORGANISATION)
    assert (one.title_zh, one.title_en, one.kind) == ("查询号码", "Number looked up", "number:looked_up")
    assert one.actor == Entry.objects.get(id=second).actor


def test_a_bulk_export_is_a_look_at_each_of_its_numbers(ledger: Ledger) -> None:
    known = subject()
    with transaction.atomic():
        bulk = record(
            AuditKind.EXPORTED,
            actor=None,
            organisation=None,
            object_type="list",
            items=[{"subject": str(known)}, {"subject": str(uuid.uuid4())}],
        )
    assert [one.entry for one in looks(known)] == [bulk]


def test_what_is_no_look_is_told_by_about_only(ledger: Ledger) -> None:
    known = subject()
    with transaction.atomic():
        record(AuditKind.RESTRICTION_PLACED, actor=None, organisation=None, object_type="r", subject=known)
    assert looks(known) == ()
    assert [one.title_en for one in about(known)] == ["Restriction placed"]


def test_looks_are_given_page_by_page_and_by_organisation(ledger: Ledger) -> None:
    known = subject()
    ids = [look(ledger, known) for _ in range(5)]
    page = looks(known, limit=2)
    assert [one.entry for one in page] == ids[:-3:-1]
    assert [one.entry for one in looks(known, before=page[-1].entry)] == ids[2::-1]
    assert looks(known, organisations=[uuid.uuid4()]) == ()
    assert len(looks(known, organisations=[ORGANISATION])) == 5


def test_looks_are_read_from_indices_however_long_the_ledger(ledger: Ledger) -> None:
    known = subject()
    look(ledger, known)
    ledger.attack(
        "INSERT INTO audit_entry (at, kind, object_type, object_id, basis, purpose, body, items, items_root, subject) "
        "SELECT now(), 'login', '', '', '', '', '{}', 0, '', gen_random_uuid() FROM generate_series(1, 20000)",
        "INSERT INTO audit_item (entry_id, position, body, leaf, subject) "
        "SELECT 0, n, '{}', '', gen_random_uuid() FROM generate_series(1, 20000) n",
        "ANALYZE audit_entry",
        "ANALYZE audit_item",
    )
    with CaptureQueriesContext(connection) as asked:
        assert len(looks(known)) == 1
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + asked.captured_queries[-1]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan" not in plan, plan


def test_a_value_never_named_was_never_looked_at() -> None:
    assert looks(None) == ()


def test_erasure_cuts_the_link_keeps_the_entries_and_leaves_the_ledger_whole(ledger: Ledger) -> None:
    known = subject()
    look(ledger, known)
    ledger.seal()
    erased = erase(known, actor=None, organisation=None, basis="个人信息保护法第四十七条")
    ledger.seal()
    assert known_subject("number", NUMBER) is None
    assert Subject.objects.count() == 0
    assert len(looks(known)) == 1
    entry = Entry.objects.get(id=erased)
    assert (entry.kind, entry.subject, entry.basis) == (AuditKind.SUBJECT_ERASED, known, "个人信息保护法第四十七条")
    assert str(NUMBER) not in "".join(Entry.objects.values_list("body", flat=True))
    found = ledger.verify()
    assert (found.whole, found.sealed, found.unsealed) == (True, 2, 0)
    assert subject() != known  # the same number is another subject from now on


@pytest.mark.parametrize("basis", ["", "  "])
def test_erasure_without_a_basis_is_refused(ledger: Ledger, basis: str) -> None:
    known = subject()
    with pytest.raises(AuditError, match="needs its basis"):
        erase(known, actor=None, organisation=None, basis=basis)
    assert known_subject("number", NUMBER) == known


def test_erasing_twice_is_told(ledger: Ledger) -> None:
    known = subject()
    erase(known, actor=None, organisation=None, basis="request")
    with pytest.raises(AuditError, match="may be erased already"):
        erase(known, actor=None, organisation=None, basis="request")
    assert Entry.objects.count() == 1
