"""Proofs are checked without the database; a proof changed anywhere proves nothing."""

from __future__ import annotations

import copy
import json
import uuid
from typing import Any

import pytest
from tests.audit.ledgers import Ledger

from haodun.audit.checkpoints import Kept
from haodun.audit.errors import AuditError
from haodun.audit.proofs import prove, prove_since
from haodun.audit.proving import check_proof
from haodun.screening.snapshot import Signer


@pytest.fixture
def proofs(ledger: Ledger) -> tuple[Ledger, dict[str, Any]]:
    ledger.write(5)
    bulk = ledger.write(items=[{"subject": str(uuid.uuid4()), "n": n} for n in range(6)])[0]
    ledger.write(3)
    ledger.seal()
    return ledger, json.loads(json.dumps(prove(bulk, latest(ledger), ledger.signer.public, item=4)))


def latest(ledger: Ledger) -> Kept:
    kept = ledger.folder.latest()
    assert kept is not None
    return kept


def test_every_entry_has_a_proof_at_every_size(ledger: Ledger) -> None:
    for count in (1, 2, 4, 3):
        ledger.write(count)
        ledger.seal()
        for entry in ledger.ids:
            shown = check_proof(prove(entry, latest(ledger), ledger.signer.public), ledger.signer.public)
            assert shown.said.startswith(f"entry {entry} (number:looked_up")
            assert shown.checkpoint.size == len(ledger.ids)


def test_an_item_is_proven_with_its_entry(proofs: tuple[Ledger, dict[str, Any]]) -> None:
    ledger, proof = proofs
    assert "item 4 is one of the 6 of it" in check_proof(proof, ledger.signer.public).said


def test_a_proof_changed_in_any_part_proves_nothing(proofs: tuple[Ledger, dict[str, Any]]) -> None:
    ledger, proof = proofs
    tried = 0
    for path in leaves_of(proof):
        wrong = copy.deepcopy(proof)
        place = wrong
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = changed(place[path[-1]])
        with pytest.raises(AuditError):
            check_proof(wrong, ledger.signer.public)
        tried += 1
    assert tried > 20


def leaves_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in leaves_of(inner, (*path, key))]
    if isinstance(value, list):
        return [found for key, inner in enumerate(value) for found in leaves_of(inner, (*path, key))]
    return [path]


def changed(value: Any) -> Any:
    if isinstance(value, int):
        return value + 1
    if value is None:
        return str(uuid.UUID(int=1))
    return f"{value[:-1]}{'0' if value[-1:] != '0' else '1'}"


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {},
        {"format": "haodun-inclusion-1"},
        {"format": "haodun-inclusion-1", "entry": 1, "place": 1, "path": [], "checkpoint": 1},
        {"format": "haodun-consistency-1", "old": "", "new": "", "path": []},
    ],
)
def test_what_is_no_proof_is_refused(wrong: Any) -> None:
    with pytest.raises(AuditError):
        check_proof(wrong, Signer.generate().public)


def test_an_entry_that_says_more_than_its_hash_covers_is_refused(proofs: tuple[Ledger, dict[str, Any]]) -> None:
    ledger, proof = proofs
    proof["entry"]["officer"] = "Wang"
    with pytest.raises(AuditError, match="officer, which no hash covers"):
        check_proof(proof, ledger.signer.public)


def test_a_proof_under_another_key_is_refused(proofs: tuple[Ledger, dict[str, Any]]) -> None:
    with pytest.raises(AuditError, match="not signed by key"):
        check_proof(proofs[1], Signer.generate().public)


def test_an_unsealed_or_unknown_entry_or_item_has_no_proof(proofs: tuple[Ledger, dict[str, Any]]) -> None:
    ledger, _ = proofs
    waiting = ledger.write()[0]
    public = ledger.signer.public
    with pytest.raises(AuditError, match="not covered by a checkpoint yet"):
        prove(waiting, latest(ledger), public)
    with pytest.raises(AuditError, match="no entry 999999999"):
        prove(999_999_999, latest(ledger), public)
    with pytest.raises(AuditError, match="has 6 items"):
        prove(ledger.ids[5], latest(ledger), public, item=6)


def test_a_later_ledger_is_shown_to_continue_an_earlier_one(ledger: Ledger) -> None:
    public = ledger.signer.public
    kept: list[Kept] = []
    for count in (1, 2, 4, 6):
        ledger.write(count)
        ledger.seal()
        kept.append(latest(ledger))
        for old in kept:
            proof = prove_since(old, kept[-1], public)
            assert "begins with" in check_proof(proof, public).said
    with pytest.raises(AuditError, match="swap the two"):
        prove_since(kept[-1], kept[0], public)


def test_a_rewritten_ledger_does_not_continue_the_one_it_was(ledger: Ledger) -> None:
    public = ledger.signer.public
    ledger.write(5)
    ledger.seal()
    old = latest(ledger)
    ledger.attack(f"UPDATE audit_entry SET basis = 'because' WHERE id = {ledger.ids[1]}")
    ledger.rehash()
    for path in ledger.path.iterdir():
        path.unlink()  # the attacker holds the key as well, and signs a new history
    ledger.write(4)
    ledger.seal()
    with pytest.raises(AuditError, match="its history was written anew"):
        check_proof(prove_since(old, latest(ledger), public), public)
