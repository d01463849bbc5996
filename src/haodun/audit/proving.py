"""Proofs checked offline: this entry (or this item of it) stands in the ledger; this ledger continues that one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from haodun.audit.checkpoints import Checkpoint, read_note
from haodun.audit.errors import AuditError
from haodun.audit.leaves import FIELDS, entry_leaf
from haodun.audit.merkle import consistent, leaf_hash, root_from_inclusion
from haodun.screening.snapshot import PublicKey

INCLUSION = "haodun-inclusion-1"
CONSISTENCY = "haodun-consistency-1"


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof shows."""

    said: str
    """One sentence."""
    checkpoint: Checkpoint
    """Up to which it reaches."""


def check_proof(proof: Mapping[str, Any], public: PublicKey) -> Proven:
    """What the proof shows; AuditError where it shows nothing. Needs neither database nor network."""
    if not isinstance(proof, Mapping):
        raise AuditError("a proof is one JSON object; this file holds something else")
    try:
        if proof.get("format") == INCLUSION:
            return _inclusion(proof, public)
        if proof.get("format") == CONSISTENCY:
            return _consistency(proof, public)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise AuditError(f"the proof lacks a part or has it wrong ({error!r}); ask for it again") from error
    raise AuditError(f"a proof has the format {INCLUSION} or {CONSISTENCY}; this file has {proof.get('format')!r}")


def _inclusion(proof: Mapping[str, Any], public: PublicKey) -> Proven:
    known = read_note(proof["checkpoint"], public, where="the proof's checkpoint")
    entry = proof["entry"]
    place = _whole(proof["place"])
    unknown = sorted(set(entry) - set(FIELDS))
    if unknown:
        raise AuditError(f"the proof's entry says {', '.join(unknown)}, which no hash covers; do not rely on it")
    path = [bytes.fromhex(step) for step in proof["path"]]
    if root_from_inclusion(entry_leaf(entry), place - 1, known.size, path) != known.root:
        raise AuditError(f"entry {entry['id']} is not at place {place} of the ledger: it, or its proof, was changed")
    said = f"entry {entry['id']} ({entry['kind']}, {entry['at']}) stands at place {place}"
    if "item" in proof:
        said += f", and {_item(proof['item'], entry)} of it"
    return Proven(f"{said} of the ledger of {known.origin} of {known.at.isoformat()} (size {known.size})", known)


def _item(item: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    position = _whole(item["position"])
    path = [bytes.fromhex(step) for step in item["path"]]
    root = root_from_inclusion(leaf_hash(item["body"].encode()), position, _whole(entry["items"]), path)
    if root is None or root.hex() != entry["items_root"]:
        raise AuditError(f"item {position} is none of entry {entry['id']}: it, or its proof, was changed")
    return f"item {position} is one of the {entry['items']}"


def _consistency(proof: Mapping[str, Any], public: PublicKey) -> Proven:
    old = read_note(proof["old"], public, where="the proof's older checkpoint")
    new = read_note(proof["new"], public, where="the proof's newer checkpoint")
    path = [bytes.fromhex(step) for step in proof["path"]]
    if old.origin != new.origin or not consistent(old.size, old.root, new.size, new.root, proof=path):
        raise AuditError(
            f"the ledger of {new.at.isoformat()} ({new.size} entries) does not continue that of {old.at.isoformat()} "
            f"({old.size}): its history was written anew"
        )
    said = f"the ledger of {new.origin} with {new.size} entries begins with the {old.size} of {old.at.isoformat()}"
    return Proven(said, new)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{value!r} is no whole number")
    return value
