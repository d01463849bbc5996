"""The public directory as signed files, and how a consumer checks them: no Django, no clock, no network.

Theory of operation. A version is four files: `full.json` (all items), `delta.json` (what changed since the parent),
`full.parquet` (the same as the full one), and `head.json`, which names the three by digest, its parent by version and
digest, and the Merkle root over the items in order of their numbers; `head.sig` is Ed25519 over the bytes of the head.
Whoever follows deltas arrives at a root that the head signs; whoever asks for one number gets the head and a path to
that root, or the two neighbours between which the number would stand.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from haodun.audit.merkle import inclusion_proof, leaf_hash, root_from_inclusion, root_of, subtree_of
from haodun.screening.snapshot import PublicKey, Signer

FORMAT = 1
MAX_ITEMS = 1_000_000
MAX_BYTES = 256 * 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


class DirectoryError(Exception):
    """A file of the directory is not what its issuer signed; the sentence says which and what to do."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Item:
    """One trusted number, as the public may know it."""

    number: int
    """E.164 key."""
    holder: str
    """As registered."""
    uscc: str
    """Unified social credit code of the holder (GB 32100-2015), '' where it has none."""
    zh: str
    en: str
    """What a telephone shows."""
    inbound_only: bool
    """It never calls out: whoever shows it is not its holder."""
    until: int
    """Seconds since the epoch."""

    def leaf(self) -> bytes:
        """What its place in the Merkle tree is made of."""
        return leaf_hash(_spelled(asdict(self)))


@dataclass(frozen=True, slots=True)
class Head:
    """What is signed."""

    issuer: str
    version: int
    parent: int
    """0 for the first."""
    parent_head: str
    """SHA-256 of the parent's head, '' for the first."""
    created_ms: int
    expires_ms: int
    """From then on a newer version exists, or the issuer is silent."""
    items: int
    root: str
    """Merkle root (RFC 9162 §2.1.1) over the items in order of their numbers."""
    full: str
    delta: str
    parquet: str
    """SHA-256 of the files."""
    key_id: str
    format: int = FORMAT

    def encode(self) -> bytes:
        """The bytes that are signed."""
        return _spelled(asdict(self))

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes."""
        return _sha(self.encode())


def full_bytes(version: int, items: Sequence[Item]) -> bytes:
    """The file of all items."""
    return _spelled({"format": FORMAT, "items": [asdict(one) for one in items], "version": version})


def delta_bytes(version: int, parent: int, before: Sequence[Item], after: Sequence[Item]) -> bytes:
    """The file of what changed: items set, numbers removed."""
    known = {one.number: one for one in before}
    changed = [asdict(one) for one in after if known.get(one.number) != one]
    gone = sorted(known.keys() - {one.number for one in after})
    return _spelled({"format": FORMAT, "parent": parent, "remove": gone, "set": changed, "version": version})


def root(items: Sequence[Item]) -> str:
    """The Merkle root of items in order, in hexadecimal."""
    return root_of([one.leaf() for one in items]).hex()


def answer(head: Head, signature: bytes, items: Sequence[Item], number: int) -> dict[str, Any]:
    """What is known of one number under a version, with its proof."""
    leaves = [one.leaf() for one in items]
    place = bisect_left([one.number for one in items], number)
    here = place < len(items) and items[place].number == number
    shown = [place] if here else [at for at in (place - 1, place) if 0 <= at < len(items)]
    subtree = subtree_of(leaves)
    return {
        "head": asdict(head),
        "signature": signature.hex(),
        "found": here,
        "shown": [
            {
                "index": at,
                "item": asdict(items[at]),
                "path": [one.hex() for one in inclusion_proof(at, len(leaves), subtree)],
            }
            for at in shown
        ],
    }


def read_head(data: bytes, signature: bytes, key: PublicKey) -> Head:
    """A head, believed once its signature was checked. DirectoryError."""
    if not key.verifies(signature, data):
        raise DirectoryError("the head of the directory is not signed by this key; fetch it again from its issuer")
    head = _head(_loaded(data, "head.json"))
    if head.encode() != data:
        raise DirectoryError("head.json is not spelled as its issuer spells it; fetch it again")
    return head


def read_full(head: Head, data: bytes) -> list[Item]:
    """The items of a full file that the head names. DirectoryError."""
    said = _named(head.full, data, "full.json")
    if said.get("version") != head.version:
        raise DirectoryError("full.json is of another version than its head; fetch both again")
    return _rooted(head, [_item(one) for one in _list(said, "items")])


def apply_delta(head: Head, data: bytes, *, parent: Head, items: Iterable[Item]) -> list[Item]:
    """The items after a delta, from those of exactly its parent. DirectoryError."""
    said = _named(head.delta, data, "delta.json")
    if head.parent != parent.version or head.parent_head != parent.digest or said.get("parent") != parent.version:
        raise DirectoryError(
            f"version {head.version} changes version {head.parent} and version {parent.version} is held; "
            f"fetch the versions between, or the full file"
        )
    found = {one.number: one for one in items}
    for number in _list(said, "remove"):
        if found.pop(number, None) is None:
            raise DirectoryError("delta.json removes a number that is not held; fetch the full file")
    for one in _list(said, "set"):
        item = _item(one)
        found[item.number] = item
    return _rooted(head, [found[number] for number in sorted(found)])


def check_answer(said: Mapping[str, Any], number: int, key: PublicKey) -> tuple[Head, Item | None]:
    """The version an answer is proven under, and the item of the number; None where it is proven absent.

    DirectoryError where nothing is proven.
    """
    try:
        head = _head(said["head"])
        signature = bytes.fromhex(said["signature"])
        shown = [
            (int(one["index"]), _item(one["item"]), [bytes.fromhex(step) for step in one["path"]])
            for one in said["shown"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise DirectoryError(f"this is no answer of a directory: {error!r}") from error
    if not key.verifies(signature, head.encode()):
        raise DirectoryError("the answer's head is not signed by this key; ask again")
    for index, item, path in shown:
        proven = root_from_inclusion(item.leaf(), index, head.items, path)
        if proven is None or proven.hex() != head.root:
            raise DirectoryError("the answer's item is not in the version its head signs; ask again")
    if said.get("found"):
        if len(shown) != 1 or shown[0][1].number != number:
            raise DirectoryError("the answer is about another number; ask again")
        return head, shown[0][1]
    _check_between(head, number, [(index, item) for index, item, _ in shown])
    return head, None


def _check_between(head: Head, number: int, shown: list[tuple[int, Item]]) -> None:
    """A number is absent where it would stand between two neighbours, or before the first, or behind the last."""
    below = [(index, item) for index, item in shown if item.number < number]
    above = [(index, item) for index, item in shown if item.number > number]
    left = below[0][0] if below else -1
    right = above[0][0] if above else head.items
    if len(below) > 1 or len(above) > 1 or len(below) + len(above) != len(shown) or right != left + 1:
        raise DirectoryError("the answer does not prove that the number is absent; ask again")


def sign(head: Head, signer: Signer) -> bytes:
    """Ed25519 over the head, 64 bytes."""
    return signer.sign(head.encode())


def _rooted(head: Head, items: list[Item]) -> list[Item]:
    numbers = [one.number for one in items]
    if numbers != sorted(set(numbers)) or len(items) != head.items or root(items) != head.root:
        raise DirectoryError("the items are not those that the head signs; fetch the full file")
    return items


def _named(digest: str, data: bytes, name: str) -> Mapping[str, Any]:
    if len(data) > MAX_BYTES or _sha(data) != digest:
        raise DirectoryError(f"{name} is not the file that its head names; fetch it again")
    return _loaded(data, name)


def _loaded(data: bytes, name: str) -> Mapping[str, Any]:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise DirectoryError(f"{name} is no JSON ({error}); fetch it again") from error
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise DirectoryError(f"{name} is of another format than {FORMAT}; use the Haodun that wrote it")
    return said


def _list(said: Mapping[str, Any], name: str) -> list[Any]:
    found = said.get(name)
    if not isinstance(found, list) or len(found) > MAX_ITEMS:
        raise DirectoryError(f"{name} is no list; fetch the file again")
    return found


def _item(said: Any) -> Item:
    try:
        item = Item(**said)
    except TypeError as error:
        raise DirectoryError(f"this is no item of a directory: {error}") from error
    kinds = (int, str, str, str, str, bool, int)
    if any(type(value) is not kind for value, kind in zip(asdict(item).values(), kinds, strict=True)):
        raise DirectoryError("an item has a field of another type; fetch the file again")
    return item


def _head(said: Any) -> Head:
    try:
        head = Head(**said)
    except TypeError as error:
        raise DirectoryError(f"this is no head of a directory: {error}") from error
    numbers = (head.version, head.parent, head.created_ms, head.expires_ms, head.items, head.format)
    digests = (head.root, head.full, head.parquet, head.delta)
    sound = all(type(one) is int for one in numbers) and all(
        isinstance(one, str) and _DIGEST.fullmatch(one) for one in digests
    )
    if not sound:
        raise DirectoryError("a head has a field of another type; fetch it again")
    return head


def _spelled(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8") + b"\n"


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
