"""The tree of RFC 6962: published roots, and proofs that hold exactly where they should."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haodun.audit.merkle import (
    EMPTY,
    Frontier,
    consistency_proof,
    consistent,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_from_inclusion,
    root_of,
    subtree_of,
)

INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
# The roots of the reference implementation of Certificate Transparency over the first n of these.
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


@pytest.mark.conformance
@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert root_of(map(leaf_hash, INPUTS[:size])).hex() == ROOTS[size]


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word by word."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(by_definition(leaves[:split]), by_definition(leaves[split:]))


def some(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


@given(st.integers(0, 300))
def test_the_root_is_that_of_the_definition(size: int) -> None:
    assert root_of(some(size)) == by_definition(some(size))


@given(st.integers(1, 200), st.data())
def test_an_inclusion_proof_leads_to_the_root_and_no_other_does(size: int, data: st.DataObject) -> None:
    leaves = some(size)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(index, size, subtree_of(leaves))
    assert root_from_inclusion(leaves[index], index, size, path) == root_of(leaves)
    assert len(path) <= size.bit_length()
    other = data.draw(st.integers(-1, size + 1).filter(lambda n: n != index))
    assert root_from_inclusion(leaves[index], other, size, path) != root_of(leaves)
    assert root_from_inclusion(leaf_hash(b"x"), index, size, path) != root_of(leaves)
    assert root_from_inclusion(leaves[index], index, size, [*path, bytes(32)]) is None
    if path:
        assert root_from_inclusion(leaves[index], index, size, path[:-1]) is None
        spoilt = data.draw(st.integers(0, len(path) - 1))
        wrong = [bytes(32) if n == spoilt else step for n, step in enumerate(path)]
        assert root_from_inclusion(leaves[index], index, size, wrong) != root_of(leaves)


@given(st.integers(1, 200), st.data())
def test_a_consistency_proof_holds_for_its_two_trees_only(new: int, data: st.DataObject) -> None:
    leaves = some(new)
    old = data.draw(st.integers(1, new))
    proof = consistency_proof(old, new, subtree_of(leaves))
    first, last = root_of(leaves[:old]), root_of(leaves)
    assert consistent(old, first, new, last, proof=proof)
    assert not consistent(old, bytes(32), new, last, proof=proof)
    assert not consistent(old, first, new, bytes(32), proof=proof)
    assert not consistent(old, first, new, last, proof=[*proof, bytes(32)])
    if old < new:
        assert not consistent(old, first, new, last, proof=proof[:-1])
    if old > 1:
        changed = [leaf_hash(b"x"), *leaves[1:]]
        other = consistency_proof(old, new, subtree_of(changed))
        assert not consistent(old, first, new, root_of(changed), proof=other)


def test_a_frontier_continues_from_its_peaks() -> None:
    for size in range(1, 40):
        leaves = some(size + 5)
        grown = Frontier()
        for leaf in leaves[:size]:
            grown.add(leaf)
        again = grown.copy()
        for leaf in leaves[size:]:
            again.add(leaf)
        assert again.root() == root_of(leaves)
        assert grown.root() == root_of(leaves[:size])


def test_a_frontier_with_the_wrong_number_of_peaks_is_none() -> None:
    with pytest.raises(ValueError, match="2 complete subtrees, not 1"):
        Frontier(3, [bytes(32)])


@pytest.mark.parametrize(("index", "size"), [(3, 3), (-1, 3), (0, 0)])
def test_what_is_not_in_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        inclusion_proof(index, size, subtree_of(some(size)))
    assert root_from_inclusion(bytes(32), index, size, []) is None


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_no_proof_leads_from_nothing_or_backwards(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="no consistency proof"):
        consistency_proof(old, new, subtree_of(some(new)))
    assert not consistent(old, EMPTY, new, root_of(some(new)), proof=[])
