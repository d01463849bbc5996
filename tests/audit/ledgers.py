"""A ledger to attack: some entries, sealed in rounds, with its checkpoints in a folder; and the attacker's hands."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from django.db import transaction

from haodun.audit.checkpoints import Checkpoint, Folder, read_all, read_note
from haodun.audit.leaves import FIELDS, FIRST_HEAD, entry_leaf, fields_of, next_head
from haodun.audit.merkle import Frontier
from haodun.audit.sealing import Sealer, seal_once
from haodun.audit.services import AuditKind, record
from haodun.audit.verifying import Verification, verify
from haodun.screening.snapshot import Signer

ORGANISATION = uuid.UUID(int=7)


@dataclass
class Ledger:
    """The ledger of the test database."""

    path: Path
    owner: str
    """Address of the database as the role that owns the tables: the attacker's."""
    signer: Signer = field(default_factory=Signer.generate)
    ids: list[int] = field(default_factory=list)

    @property
    def folder(self) -> Folder:
        return Folder(self.path)

    def sealer(self) -> Sealer:
        return Sealer(self.folder, self.signer, "haodun/test")

    def write(self, count: int = 1, **more: Any) -> list[int]:
        """Some entries in a transaction each."""
        made = []
        for number in range(count):
            with transaction.atomic():
                made.append(
                    record(
                        AuditKind.NUMBER_LOOKED_UP,
                        actor=uuid.uuid4(),
                        organisation=ORGANISATION,
                        object_type="number",
                        **{"object_id": str(number), "body": {"n": number}, **more},
                    )
                )
        self.ids += made
        return made

    def seal(self) -> int:
        """One round of the sealer."""
        sealed = seal_once(self.sealer())
        assert sealed is not None
        return sealed

    def checkpoints(self) -> list[Checkpoint]:
        return [read_note(one.note, self.signer.public, where=one.where) for one in self.folder.history()]

    def verify(self, checkpoints: Sequence[Checkpoint] | None = None) -> Verification:
        """As `haodun audit verify` does, with all checkpoints or these."""
        if checkpoints is not None:
            return verify(checkpoints)
        known, refused = read_all(self.folder.history(), self.signer.public)
        return verify(known, refused=refused)

    def attack(self, *statements: str, **values: Any) -> None:
        """Raw SQL as the owner of the tables."""
        with psycopg.connect(self.owner) as connection:
            for statement in statements:
                connection.execute(statement, values)

    def rehash(self) -> None:
        """What a thorough attacker does afterwards: number the seals anew, compute every hash anew."""
        with psycopg.connect(self.owner) as connection:
            seals = connection.execute("SELECT entry FROM audit_seal ORDER BY sequence").fetchall()
            connection.execute("DELETE FROM audit_seal")
            frontier, head = Frontier(), FIRST_HEAD
            for (entry,) in seals:
                found = connection.execute(f"SELECT {', '.join(FIELDS)} FROM audit_entry WHERE id = %s", (entry,))
                row = found.fetchone()
                assert row is not None
                leaf = entry_leaf(fields_of(dict(zip(FIELDS, row, strict=True))))
                head = next_head(head, leaf)
                nodes = b"".join(frontier.add(leaf))
                connection.execute(
                    "INSERT INTO audit_seal (sequence, entry, leaf, head, nodes) VALUES (%s, %s, %s, %s, %s)",
                    (frontier.size, entry, leaf, head, nodes),
                )
