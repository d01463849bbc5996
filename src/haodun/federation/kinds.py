"""What may be said between nodes: each kind, who here takes it, and who undoes it when it is recalled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from haodun.federation.envelopes import KIND, Origin
from haodun.federation.errors import FederationError

RECEIPT, RECALL, NARROW, RESEND, NEW_KEY = "receipt", "recall", "narrow", "resend", "new_key"
BUILT_IN = (RECEIPT, RECALL, NARROW)
"""Kinds that the federation itself takes."""
ALWAYS = (*BUILT_IN, NEW_KEY)
"""Kinds that every active peer may send and get."""


@dataclass(frozen=True, slots=True)
class Received:
    """A verified message, as its handler gets it."""

    id: UUID
    issuer: str
    """Name of the node that sent it; its signature was checked."""
    own: str
    """Name of the node here that it is for."""
    kind: str
    schema: int
    body: Mapping[str, Any]
    time: datetime
    sequence: int
    origin: Origin | None
    """The message that it passes on; None where the issuer speaks for itself."""


Handler = Callable[[Received], None]
"""Runs in the transaction that marks the message taken; raises Refuse to refuse it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A receipt of a peer about a message of ours."""

    message: UUID
    kind: str
    """Of the message; of the recalled message where the receipt is about a recall."""
    own: str
    node: str
    status: str
    """received, accepted, refused or executed."""
    at: datetime
    """By the peer's clock."""
    code: str
    sentence: str
    evidence: Mapping[str, Any]
    recalled: UUID | None
    """The message that `message` recalls, None where it recalls none."""


Heard = Callable[[Answer], None]
"""Called with each receipt, in the transaction that takes it."""
Undo = Callable[[Received, Received], None]
"""Called with the recall and what it recalls; says `executed` of the recall when all is undone."""


@dataclass(slots=True)
class Kind:
    """One kind of message."""

    name: str
    zh: str
    en: str
    handlers: dict[int, Handler] = field(default_factory=dict)
    """By schema."""
    undo: Undo | None = None
    heard: Heard | None = None


_kinds: dict[str, Kind] = {}


def subscribe(
    kind: str,
    schema: int,
    handler: Handler,
    *,
    zh: str,
    en: str,
    undo: Undo | None = None,
    heard: Heard | None = None,
) -> None:
    """Take messages of a kind and schema here; from a context's `apps.py`. FederationError where it is taken already.

    Without `undo` a recall leaves a tombstone and is executed at once. `heard` gets the receipts of what we send.
    """
    if KIND.fullmatch(kind) is None or kind in (*BUILT_IN, RESEND) or schema < 1:
        raise FederationError(f"{kind!r} schema {schema} is no kind a context may take; see federation/kinds.py")
    known = _kinds.setdefault(kind, Kind(kind, zh, en))
    if schema in known.handlers:
        raise FederationError(f"schema {schema} of {kind} is taken already; one handler takes it")
    known.handlers[schema] = handler
    known.undo, known.heard = undo or known.undo, heard or known.heard


def declare(kind: str, *, zh: str, en: str, heard: Heard | None = None) -> None:
    """Name a kind that this node sends and does not take."""
    known = _kinds.setdefault(kind, Kind(kind, zh, en))
    known.heard = heard or known.heard


def forget(kind: str) -> None:
    """Take it no longer; for tests."""
    _kinds.pop(kind, None)


def kind_of(name: str) -> Kind | None:
    """A kind by its name, None for one that nobody here knows."""
    return _kinds.get(name)


def kinds() -> tuple[Kind, ...]:
    """All kinds that contexts know here, by name."""
    return tuple(_kinds[name] for name in sorted(_kinds))


def understood() -> dict[str, list[int]]:
    """Kind → schemas that this node takes, as said in control envelopes."""
    return {kind.name: sorted(kind.handlers) for kind in kinds() if kind.handlers}
