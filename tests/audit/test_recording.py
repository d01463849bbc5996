"""record(): with the act's transaction or not at all; one form of JSON; one id for one subject."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connections, transaction
from hypothesis import given
from hypothesis import strategies as st
from tests.audit.ledgers import Ledger

from haodun.audit import recording
from haodun.audit.canonical import canonical
from haodun.audit.errors import AuditError
from haodun.audit.models import Entry, Item, Subject
from haodun.audit.services import AuditKind, known_subject, record, subject_for, subjects_for


def write(**more: Any) -> Entry:
    made = record(AuditKind.EXPORTED, actor=None, organisation=None, object_type="number", **more)
    return Entry.objects.get(id=made)


def test_outside_a_transaction_nothing_is_recorded(ledger: Ledger) -> None:
    with pytest.raises(AuditError, match="outside a transaction"):
        write()
    assert Entry.objects.count() == 0


def test_an_entry_goes_with_its_act(ledger: Ledger) -> None:
    with pytest.raises(LookupError), transaction.atomic():
        write()
        raise LookupError
    assert Entry.objects.count() == 0


@pytest.mark.usefixtures("db")
class TestRecording:
    def test_the_body_is_kept_in_the_one_form(self) -> None:
        entry = write(body={"b": 1.0, "a": "号盾", "c": [True, None]})
        assert entry.body == '{"a":"号盾","b":1,"c":[true,null]}'
        assert entry.said == {"a": "号盾", "b": 1, "c": [True, None]}

    @pytest.mark.parametrize(
        "body",
        [
            {"n": 2**53},
            {"n": float("nan")},
            {"n": float("inf")},
            {"x": object()},
            {"x": "a\x00b"},
            {"a\x00": 1},
            {"deep": [{"x": "\x00"}]},
            {"x": "\ud800"},
            {1: "x"},
            {"x": "y" * 70_000},
            {"x": b"bytes"},
        ],
    )
    def test_what_json_or_the_database_cannot_say_is_refused(self, body: Mapping[str, Any]) -> None:
        with pytest.raises(AuditError, match=r"of the ledger|bytes, at most"):
            write(body=body)
        assert Entry.objects.count() == 0

    @pytest.mark.parametrize("column", ["basis", "purpose", "object_id"])
    def test_a_null_character_is_refused_everywhere(self, column: str) -> None:
        with pytest.raises(AuditError, match=r"U\+0000"):
            write(**{column: "a\x00b"})

    def test_too_many_items_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(recording, "MAX_ITEMS", 3)
        with pytest.raises(AuditError, match="4 items, at most 3"):
            write(items=[{}] * 4)

    def test_an_item_s_subject_must_be_an_id(self) -> None:
        with pytest.raises(AuditError, match="no subject id"):
            write(items=[{"subject": "13800138000"}])

    def test_items_are_found_by_their_subject(self) -> None:
        subject = subject_for("number", 13800138000)
        entry = write(items=[{"subject": str(subject)}, {"n": 1}])
        assert list(Item.objects.filter(subject=subject).values_list("entry_id", "position")) == [(entry.id, 0)]

    def test_a_value_has_one_id_and_another_kind_of_value_another(self) -> None:
        first = subject_for("number", 13800138000)
        assert subject_for("number", "13800138000") == first == known_subject("number", 13800138000)
        assert subject_for("person", 13800138000) != first
        assert known_subject("number", 1) is None

    def test_many_values_get_their_ids_at_once(self) -> None:
        first = subject_for("number", 1)
        found = subjects_for("number", [3, 1, 2, 3])
        assert set(found) == {"1", "2", "3"}
        assert found["1"] == first
        assert Subject.objects.count() == 3


def test_two_callers_at_once_get_the_same_id(ledger: Ledger) -> None:
    got: list[uuid.UUID] = []
    ready = threading.Barrier(6)

    def ask() -> None:
        ready.wait()
        with transaction.atomic():
            got.append(subject_for("number", 13800138000))
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(got) == 6
    assert len(set(got)) == 1


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=4), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=4), JSON, max_size=4))
def test_the_one_form_does_not_depend_on_the_order_and_is_read_back(value: dict[str, Any]) -> None:
    import json

    written = canonical(value)
    assert canonical(dict(reversed(value.items()))) == written
    assert json.loads(written) == value
