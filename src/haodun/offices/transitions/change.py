"""A change while it is being made: what guards, blast radius and effects are given; and its outcome."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from haodun.offices.transitions.actors import Actor
from haodun.offices.transitions.blast import BlastRadius
from haodun.offices.transitions.table import Table, Transition


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row; a repeated request gets the same again."""

    id: uuid.UUID
    table: str
    action: str
    from_state: str
    """'' where the step made the row."""
    to_state: str
    version: int
    at: datetime
    entry: int
    """Id of the ledger entry."""

    def to_json(self) -> dict[str, Any]:
        """As stored under the idempotency key."""
        return {
            "id": str(self.id),
            "table": self.table,
            "action": self.action,
            "from": self.from_state,
            "to": self.to_state,
            "version": self.version,
            "at": self.at.isoformat(),
            "entry": self.entry,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Outcome:
        """The stored outcome."""
        return cls(
            id=uuid.UUID(said["id"]),
            table=said["table"],
            action=said["action"],
            from_state=said["from"],
            to_state=said["to"],
            version=said["version"],
            at=datetime.fromisoformat(said["at"]),
            entry=said["entry"],
        )


@dataclass(slots=True)
class Change:
    """One step on one or several rows of a table, inside its transaction."""

    actor: Actor
    table: Table
    action: str
    rows: Sequence[Any]
    """The model's rows, locked, in id order; effects see them in the new state."""
    at: datetime
    reason: str = ""
    basis: str = ""
    purpose: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    """What the form gave; JSON."""
    on_behalf_of: uuid.UUID | None = None
    """On whose behalf, once the transition is known."""
    subject: uuid.UUID | None = None
    """An effect or guard may name the ledger subject of a single row's step."""
    body: dict[str, Any] = field(default_factory=dict)
    """What effects add to the ledger entry; JSON, no personal data in clear."""
    items: list[Mapping[str, Any]] = field(default_factory=list)
    """What effects add as items of the ledger entry, each with a "subject" id where it has one."""
    blast: BlastRadius | None = None
    """What the step hits, as counted under the locks; None where its transition counts nothing."""
    salt: bytes = b""
    _facts: list[object] = field(default_factory=list)
    _later: list[Callable[[], object]] = field(default_factory=list)

    def emit(self, fact: object) -> None:
        """Send a fact once the ledger entry is written, in the same transaction."""
        self._facts.append(fact)

    def then(self, job: Callable[[], object]) -> None:
        """Call this after the facts, in the same transaction: for deferring jobs."""
        self._later.append(job)

    def facts(self) -> tuple[object, ...]:
        """What was emitted."""
        return tuple(self._facts)

    def jobs(self) -> tuple[Callable[[], object], ...]:
        """What is to be called last."""
        return tuple(self._later)

    def clear(self, *, salt: bytes) -> None:
        """Forget what an attempt has gathered that was rolled back; a new attempt begins with a new salt."""
        self.rows, self.subject, self.blast, self.salt = (), None, None, salt
        for gathered in (self.body, self.items, self._facts, self._later):
            gathered.clear()

    def transition_of(self, row: Any) -> Transition | None:
        """The transition this change takes the row through, None where its state knows none."""
        return self.table.step(self.action, row.state)
