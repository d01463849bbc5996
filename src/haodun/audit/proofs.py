"""Proofs out of the database: for an entry, for an item, from one checkpoint to another."""

from __future__ import annotations

from typing import Any

from haodun.audit.checkpoints import Kept, read_note
from haodun.audit.errors import AuditError
from haodun.audit.leaves import FIELDS, fields_of
from haodun.audit.merkle import consistency_proof, inclusion_proof, subtree_of
from haodun.audit.models import Entry, Item, Seal
from haodun.audit.proving import CONSISTENCY, INCLUSION
from haodun.audit.tree import subtrees
from haodun.screening.snapshot import PublicKey


def prove(entry_id: int, kept: Kept, public: PublicKey, *, item: int | None = None) -> dict[str, Any]:
    """That the entry (and its item) stands in the ledger of this checkpoint, as JSON.

    Raises AuditError where there is no such entry or item, or where the checkpoint is older than the entry's seal.
    """
    row = Entry.objects.filter(id=entry_id).values(*FIELDS).first()
    if row is None:
        raise AuditError(f"there is no entry {entry_id} in this ledger")
    place = Seal.objects.filter(entry=entry_id).values_list("sequence", flat=True).first()
    known = read_note(kept.note, public, where=kept.where)
    if place is None or place > known.size:
        raise AuditError(f"entry {entry_id} is not covered by a checkpoint yet; wait a second, or start the sealer")
    proof: dict[str, Any] = {
        "format": INCLUSION,
        "entry": fields_of(row),
        "place": place,
        "path": [step.hex() for step in inclusion_proof(place - 1, known.size, subtrees())],
        "checkpoint": kept.note,
    }
    if item is not None:
        proof["item"] = _item(entry_id, item)
    return proof


def _item(entry_id: int, position: int) -> dict[str, Any]:
    rows = list(Item.objects.filter(entry_id=entry_id).order_by("position").values_list("body", "leaf"))
    if not 0 <= position < len(rows):
        raise AuditError(f"entry {entry_id} has {len(rows)} items, numbered from 0; there is no item {position}")
    leaves = [bytes(leaf) for _, leaf in rows]
    path = inclusion_proof(position, len(leaves), subtree_of(leaves))
    return {"position": position, "body": rows[position][0], "path": [step.hex() for step in path]}


def prove_since(old: Kept, new: Kept, public: PublicKey) -> dict[str, Any]:
    """That the ledger of the newer checkpoint begins with that of the older one, as JSON. Raises AuditError."""
    first = read_note(old.note, public, where=old.where)
    last = read_note(new.note, public, where=new.where)
    if first.size > last.size:
        raise AuditError(
            f"{old.where} has {first.size} entries, more than the {last.size} of {new.where}; swap the two"
        )
    path = consistency_proof(first.size, last.size, subtrees())
    return {"format": CONSISTENCY, "old": old.note, "new": new.note, "path": [step.hex() for step in path]}
