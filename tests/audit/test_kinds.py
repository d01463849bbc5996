"""Every kind of entry has titles in both languages, a way of erasure, a place in the alphabet and in the documents."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from haodun.audit.kinds import LOOKS, AuditKind, Erasure


def test_the_kinds_stand_in_alphabetical_order() -> None:
    names = [kind.name for kind in AuditKind]
    assert names == sorted(names)


@pytest.mark.parametrize("kind", list(AuditKind))
def test_a_kind_has_titles_a_way_of_erasure_and_a_lasting_word(kind: AuditKind) -> None:
    assert re.search("[\u4e00-\u9fff]", kind.zh)
    assert re.fullmatch("[A-Z][A-Za-z0-9, -]+", kind.en)
    assert kind.erasure in Erasure
    assert re.fullmatch("[a-z_]+(:[a-z_]+)*", kind.value)
    assert len(kind.value) <= 40
    assert AuditKind.named(kind.value) is kind


def test_no_two_kinds_share_a_title() -> None:
    assert len({kind.zh for kind in AuditKind}) == len({kind.en for kind in AuditKind}) == len(AuditKind)


def test_whoever_looks_at_a_person_is_a_look_by_subject() -> None:
    assert all(kind.erasure is Erasure.SUBJECT for kind in LOOKS)


def test_an_unknown_word_is_no_kind() -> None:
    assert AuditKind.named("nothing") is None


def test_every_kind_is_documented(root: Path) -> None:
    text = (root / "docs/design/ledger.md").read_text(encoding="utf-8")
    for kind in AuditKind:
        assert f"| `{kind.value}` | {kind.zh} | {kind.en} | {kind.erasure.name.lower()} |" in text, kind.name
    for erasure in Erasure:
        assert erasure.value in text
