"""Verification: is the ledger what it was, and if not, where was it changed.

Theory of operation. One pass over the seals in their order, each with its entry. Every place is held against five
things: it follows the one before; its entry is there; the entry's hash is the sealed one; the chain's head follows
from the head before; the tree's stored hashes follow from the leaves. At the size of each checkpoint the root and
head computed on the way are held against the signed ones, so that a history written anew in all its hashes is found
between two checkpoints. A second pass holds the items of bulk acts against their roots. What cannot be told is said:
nothing before the last checkpoint somebody else holds can change unseen, but what is later can.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from haodun.audit.checkpoints import Checkpoint
from haodun.audit.leaves import FIELDS, FIRST_HEAD, entry_leaf, fields_of, next_head
from haodun.audit.merkle import Frontier, leaf_hash, root_of
from haodun.audit.models import Entry, Item, Seal

MAX_FINDINGS = 100
"""Findings told; the rest are counted."""
LONGEST_ACT = timedelta(minutes=10)
"""An entry may say that it is this much older than the checkpoint before its seal: a transaction may last."""
FETCH = 5_000
_Group = tuple[int | None, list[tuple[Any, ...]]]
_NO_GROUP: _Group = (None, [])


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was."""

    code: str
    """`missing`, `deleted`, `changed`, `reordered`, `chain`, `tree`, `items`, `rewritten`, `cut`, `fork`, `forged`."""
    place: int
    """Where in the order of the ledger it begins (1 is the first)."""
    said: str
    """One sentence: what and where."""


@dataclass(slots=True)
class Verification:
    """What was found, and how far the claim reaches."""

    sealed: int = 0
    """Seals read."""
    unsealed: int = 0
    """Entries that wait for the sealer; nothing covers them yet."""
    checkpoints: int = 0
    """Checkpoints that agree with the ledger."""
    covered: Checkpoint | None = None
    """The last of them."""
    findings: list[Finding] = field(default_factory=list)
    untold: int = 0
    """Findings beyond MAX_FINDINGS."""
    remarks: list[str] = field(default_factory=list)
    """What is odd but no proof of a change, and what cannot be excluded."""

    @property
    def whole(self) -> bool:
        """Nothing was found."""
        return not self.findings

    def add(self, code: str, place: int, said: str) -> None:
        """One more finding."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding(code, place, said))
        else:
            self.untold += 1


class _Walk:
    """The pass over the seals."""

    def __init__(self, found: Verification, checkpoints: Sequence[Checkpoint]) -> None:
        self._found = found
        self._waiting = list(checkpoints)
        self._passed: Checkpoint | None = None
        self._frontier = Frontier()
        self._head: bytes | None = FIRST_HEAD
        self._broken = False
        self._crooked = False
        self._wrong: dict[int, tuple[bytes, bytes, int]] = {}
        self.last = 0

    def step(self, row: dict[str, Any]) -> None:
        place, leaf = row["sequence"], bytes(row["leaf"])
        if place != self.last + 1:
            self._gap(place)
        self.last = place
        self._found.sealed += 1
        self._entry(row, place, leaf)
        if self._head is not None and next_head(self._head, leaf) != bytes(row["head"]):
            self._found.add(
                "chain", place, f"the chain breaks at place {place} (entry {row['entry']}): its head is wrong"
            )
        self._head = bytes(row["head"])
        nodes = b"".join(self._frontier.add(leaf))
        if not self._broken and not self._crooked and nodes != bytes(row["nodes"]):
            self._crooked = True  # what is above a wrong hash is wrong too; the first place says it
            self._found.add("tree", place, f"the hashes kept at place {place} do not follow from the entries before")
        while self._waiting and self._waiting[0].size <= place:
            self._checkpoint(self._waiting.pop(0))

    def _gap(self, place: int) -> None:
        first = self.last + 1
        places = f"place {first} is" if place == first + 1 else f"places {first} to {place - 1} are"
        self._found.add("missing", first, f"{places} missing: entries and seals were deleted")
        self._broken, self._head = True, None

    def _entry(self, row: dict[str, Any], place: int, leaf: bytes) -> None:
        if row["id"] is None:
            self._found.add("deleted", place, f"entry {row['entry']} (place {place}) was deleted")
            return
        computed = entry_leaf(fields_of(row))
        if computed != leaf:
            self._wrong[place] = (computed, leaf, row["entry"])
        self._date(row, place)

    def _date(self, row: dict[str, Any], place: int) -> None:
        before = self._passed
        if before is None or row["at"] + LONGEST_ACT >= before.at or len(self._found.remarks) >= MAX_FINDINGS:
            return
        self._found.remarks.append(
            f"entry {row['entry']} (place {place}) says {row['at'].isoformat()}, but was sealed after the checkpoint "
            f"of {before.at.isoformat()}: it was written later than it says"
        )

    def _checkpoint(self, said: Checkpoint) -> None:
        if self._broken:
            return
        if said.root == self._frontier.root() and said.head == self._head:
            self._passed = self._found.covered = said
            self._found.checkpoints += 1
            return
        self._broken = True
        good = self._passed
        since = f"since the checkpoint of {good.at.isoformat()} (size {good.size})" if good else "since the beginning"
        first = good.size + 1 if good else 1
        self._found.add(
            "rewritten",
            first,
            f"between places {first} and {said.size} the ledger was written anew (entries changed, inserted, deleted "
            f"or reordered) {since}: the checkpoint of {said.at.isoformat()} (size {said.size}) has another root",
        )

    def end(self) -> None:
        """What only the end of the pass can tell: exchanged entries, a tail that is gone."""
        by_sealed = {sealed: place for place, (_, sealed, _) in self._wrong.items()}
        told: set[int] = set()
        for place, (computed, _, entry) in sorted(self._wrong.items()):
            other = by_sealed.get(computed)
            if other is None:
                self._found.add("changed", place, f"entry {entry} (place {place}) was changed after it was sealed")
            elif place not in told:
                self._found.add("reordered", min(place, other), f"entries of places {place} and {other} were exchanged")
                told.add(other)
        for said in self._waiting[-1:]:
            gone = self.last + 1
            self._found.add(
                "cut",
                gone,
                f"the ledger ends at place {self.last}, but places {gone} to {said.size} were there on "
                f"{said.at.isoformat()}: its end was cut off",
            )


def verify(checkpoints: Sequence[Checkpoint], *, refused: Sequence[str] = ()) -> Verification:
    """Hold the whole ledger against itself and against these checkpoints, in any order.

    Their signatures hold already (`read_all`); `refused` are the sentences about those whose signatures do not.
    """
    found = Verification()
    for sentence in refused:
        found.add("forged", 0, sentence)
    walk = _Walk(found, _by_size(checkpoints, found))
    for row in _rows():
        walk.step(row)
    walk.end()
    _items(found)
    found.unsealed = _count_unsealed()
    found.findings.sort(key=lambda one: (one.code == "rewritten", one.place, one.code))  # the exact place first
    _say_limits(found, checkpoints)
    return found


def _by_size(checkpoints: Sequence[Checkpoint], found: Verification) -> list[Checkpoint]:
    """By size, each once; two of one size that disagree are a fork: somebody signed two histories."""
    kept: dict[int, Checkpoint] = {}
    for one in checkpoints:
        known = kept.setdefault(one.size, one)
        if (known.root, known.head) != (one.root, one.head):
            found.add("fork", one.size, f"two signed checkpoints of size {one.size} disagree: there are two histories")
    return [kept[size] for size in sorted(kept)]


def _rows() -> Iterator[dict[str, Any]]:
    columns = ", ".join(f"e.{name}" for name in FIELDS)
    names = ("sequence", "entry", "leaf", "head", "nodes", *FIELDS)
    statement = (
        f"SELECT s.sequence, s.entry, s.leaf, s.head, s.nodes, {columns} "  # noqa: S608
        f'FROM "{Seal._meta.db_table}" s LEFT JOIN "{Entry._meta.db_table}" e ON e.id = s.entry ORDER BY s.sequence'
    )
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement)
        while rows := cursor.fetchmany(FETCH):
            yield from (dict(zip(names, row, strict=True)) for row in rows)


def _items(found: Verification) -> None:
    """The items of every bulk act have the count and the root that its entry says."""
    said = Entry.objects.filter(items__gt=0).order_by("id").values_list("id", "items", "items_root")
    items = Item.objects.order_by("entry_id", "position").values_list("entry_id", "position", "subject", "body", "leaf")
    stream = _grouped(items.iterator(FETCH))
    owner, group = next(stream, _NO_GROUP)
    for entry, count, root in said.iterator(FETCH):
        while owner is not None and owner < entry:
            _orphans(found, owner)
            owner, group = next(stream, _NO_GROUP)
        mine = group if owner == entry else []
        wrong = next((index for index, (_, *rest) in enumerate(mine) if not _sound(index, *rest)), None)
        if wrong is not None:
            found.add("items", _place_of(entry), f"item {wrong} of entry {entry} was changed")
        elif len(mine) != count or root_of(bytes(leaf) for *_, leaf in mine) != bytes(root):
            there = f"the items of entry {entry} are not the {count} that it was sealed with"
            found.add("items", _place_of(entry), f"{there}: {len(mine)} are there")
        if owner == entry:
            owner, group = next(stream, _NO_GROUP)
    while owner is not None:
        _orphans(found, owner)
        owner, group = next(stream, _NO_GROUP)


def _orphans(found: Verification, owner: int) -> None:
    found.add("items", _place_of(owner), f"items name entry {owner}, which is gone or says that it has none")


def _place_of(entry: int) -> int:
    return Seal.objects.filter(entry=entry).values_list("sequence", flat=True).first() or 0


def _grouped(rows: Iterator[tuple[Any, ...]]) -> Iterator[_Group]:
    held: list[tuple[Any, ...]] = []
    for row in rows:
        if held and held[0][0] != row[0]:
            yield held[0][0], held
            held = []
        held.append(row)
    if held:
        yield held[0][0], held


def _sound(index: int, position: int, subject: uuid.UUID | None, body: str, leaf: bytes) -> bool:
    """An item stands at its place, its leaf follows from its body, its subject is the one the body names."""
    if position != index or leaf_hash(body.encode()) != bytes(leaf):
        return False
    named = json.loads(body).get("subject")
    return (None if named is None else uuid.UUID(str(named))) == subject


def _count_unsealed() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT count(*) FROM "{Entry._meta.db_table}" e WHERE NOT EXISTS '  # noqa: S608
            f'(SELECT 1 FROM "{Seal._meta.db_table}" s WHERE s.entry = e.id)'
        )
        (count,) = cursor.fetchone()
        return int(count)


def _say_limits(found: Verification, checkpoints: Sequence[Checkpoint]) -> None:
    if found.unsealed:
        found.remarks.append(f"{found.unsealed} entries wait for their seal; nothing covers them yet")
    if not checkpoints:
        found.remarks.append(
            "no checkpoint was given: that the ledger was written anew as a whole, or that its end was cut, cannot be "
            "excluded"
        )
        return
    last: datetime = max(one.at for one in checkpoints)
    found.remarks.append(
        f"the last checkpoint given is of {last.isoformat()}: that later entries were cut off or changed cannot be "
        "excluded; whoever holds a later checkpoint can tell"
    )
