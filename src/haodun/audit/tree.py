"""The ledger's tree as the seals keep it: roots, heads and proofs from O(log n) rows."""

from __future__ import annotations

from haodun.audit.errors import AuditError
from haodun.audit.leaves import FIRST_HEAD
from haodun.audit.merkle import EMPTY, Frontier, Subtree, node_hash
from haodun.audit.models import Seal

HASH = 32


def _complete(end: int, level: int) -> bytes:
    """Hash of the complete subtree of 2^level leaves whose last is place `end`."""
    row = Seal.objects.filter(sequence=end).values_list("leaf", "nodes").first()
    if row is None:
        raise AuditError(f"place {end} of the ledger has no seal; run `haodun audit verify`")
    if level == 0:
        return bytes(row[0])
    found = bytes(row[1])[(level - 1) * HASH : level * HASH]
    if len(found) != HASH:
        raise AuditError(f"the seal of place {end} lacks its hashes; run `haodun audit verify`")
    return found


def peaks_at(size: int) -> list[bytes]:
    """The complete subtrees of the tree of the first `size` leaves, largest first."""
    peaks = []
    end = 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            end += 1 << level
            peaks.append(_complete(end, level))
    return peaks


def root_at(size: int) -> bytes:
    """The root over the first `size` leaves."""
    return Frontier(size, peaks_at(size)).root() if size else EMPTY


def head_at(size: int) -> bytes:
    """The head of the chain after `size` leaves."""
    if size == 0:
        return FIRST_HEAD
    row = Seal.objects.filter(sequence=size).values_list("head", flat=True).first()
    if row is None:
        raise AuditError(f"place {size} of the ledger has no seal; run `haodun audit verify`")
    return bytes(row)


def subtrees() -> Subtree:
    """`Subtree` over the seals."""

    def subtree(start: int, end: int) -> bytes:
        count = end - start
        if count & (count - 1) == 0 and start % count == 0:
            return _complete(end, count.bit_length() - 1)
        middle = start + (1 << ((count - 1).bit_length() - 1))
        return node_hash(subtree(start, middle), subtree(middle, end))

    return subtree
