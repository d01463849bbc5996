"""The Merkle tree of RFC 6962 §2.1: roots, inclusion proofs, consistency proofs; hashes in, hashes out.

Theory of operation. Leaves and inner nodes are hashed with different prefixes, so that no node passes for a leaf. A
tree of n leaves splits at the largest power of two below n. `Frontier` keeps the roots of the complete subtrees on its
right edge (at most 64), so a leaf is added in amortised one hash and the root of any prefix is known when that prefix
ends. The proofs are written over `subtree(start, end)`, the hash of leaves start…end−1, so that they work over a list
as well as over a database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

EMPTY = sha256(b"").digest()
"""Root of the tree without leaves (RFC 6962 §2.1)."""
Subtree = Callable[[int, int], bytes]
"""Hash of the leaves start…end−1, where that span is a node of the tree or a complete power of two."""


def leaf_hash(data: bytes) -> bytes:
    """RFC 6962 §2.1: SHA-256(0x00 || data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962 §2.1: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        """A tree of `size` leaves whose complete subtrees, largest first, have the hashes `peaks`."""
        if size.bit_count() != len(peaks):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees, not {len(peaks)}")
        self.size = size
        self._peaks = list(peaks)

    def add(self, leaf: bytes) -> list[bytes]:
        """Add one leaf hash; the hashes of the complete subtrees it ends, smallest first, without the leaf."""
        finished = []
        node = leaf
        position = self.size
        while position & 1:
            node = node_hash(self._peaks.pop(), node)
            finished.append(node)
            position >>= 1
        self._peaks.append(node)
        self.size += 1
        return finished

    def copy(self) -> Frontier:
        """Another one that grows by itself."""
        return Frontier(self.size, self._peaks)

    def root(self) -> bytes:
        """The root of what was added so far."""
        if not self._peaks:
            return EMPTY
        node = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            node = node_hash(peak, node)
        return node


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()


def subtree_of(leaves: Sequence[bytes]) -> Subtree:
    """`Subtree` over a list of leaf hashes."""
    return lambda start, end: root_of(leaves[start:end])


def _split(size: int) -> int:
    """The largest power of two below `size` (RFC 6962 §2.1: k < n <= 2k)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """RFC 6962 §2.1.1: the audit path of leaf `index` in the tree of the first `size` leaves, leaf side first."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size} leaves")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    path.reverse()
    return path


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """RFC 9162 §2.1.3.2: the root that the path leads to, None where the path has not the length it must have."""
    if not 0 <= index < size:
        return None
    position, last = index, size - 1
    node = leaf
    for step in path:
        if last == 0:
            return None
        if position & 1 or position == last:
            node = node_hash(step, node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, step)
        position, last = position >> 1, last >> 1
    return node if last == 0 else None


def consistency_proof(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """RFC 6962 §2.1.2: that the first `old` leaves of the tree of `new` leaves are the tree of `old` leaves."""
    if not 0 < old <= new:
        raise ValueError(f"no consistency proof leads from {old} to {new} leaves")
    proof: list[bytes] = []
    start, end, whole = 0, new, True
    while old - start != end - start:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(subtree(middle, end))
            end = middle
        else:
            proof.append(subtree(start, middle))
            start, whole = middle, False
    if not whole:
        proof.append(subtree(start, end))
    proof.reverse()
    return proof


def consistent(old: int, old_root: bytes, new: int, new_root: bytes, *, proof: Sequence[bytes]) -> bool:
    """RFC 9162 §2.1.4.2: whether the proof shows that the larger tree begins with the smaller one."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    steps = list(proof)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    position, last = old - 1, new - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    smaller = larger = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            smaller, larger = node_hash(step, smaller), node_hash(step, larger)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            larger = node_hash(larger, step)
        position, last = position >> 1, last >> 1
    return last == 0 and smaller == old_root and larger == new_root
