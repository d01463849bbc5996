"""Enrol nodes and change them, decide what was set aside, exchange with everybody: the only way in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from haodun.federation.models import Quarantine
from haodun.federation.services import Round, exchange, own_name
from haodun.offices.organisations.services import find, readers_of, system
from haodun.offices.peering.effects import folders_of
from haodun.offices.peering.models import Held, NodeChange, Operator, Peering
from haodun.offices.peering.states import CHANGE, HELD, PEERING
from haodun.offices.transitions.services import (
    SYSTEM,
    Actor,
    Change,
    Outcome,
    Preview,
    Refused,
    Table,
    act,
    begin,
    preview,
)

__all__ = [
    "CHANGE",
    "HELD",
    "PEERING",
    "Proposal",
    "announce_key",
    "confirm_change",
    "decide",
    "exchange_all",
    "folders_of",
    "home_of",
    "nodes_of",
    "operator",
    "preview_step",
    "propose",
    "propose_change",
    "run_by",
]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the first officer enters of a node."""

    name: str
    title: str
    public: bytes
    """32 bytes."""
    may_send: tuple[str, ...]
    may_get: tuple[str, ...]


def run_by(organisation: UUID) -> None:
    """Say which organisation runs this node. Refused where another one is said to already."""
    with system(), transaction.atomic():
        row, made = Operator.objects.get_or_create(id=1, defaults={"organisation_id": organisation})
        if not made and row.organisation_id != organisation:
            raise Refused("operator", "本节点已由另一单位运行。", "Another organisation is said to run this node.")


def operator() -> UUID | None:
    """The organisation that runs this node, None where that was not said yet."""
    return Operator.objects.values_list("organisation", flat=True).first()


def propose(actor: Actor, proposal: Proposal, *, key: str, at: datetime | None = None) -> UUID:
    """The first officer names a node, its key and its kinds. Refused."""

    def make(change: Change) -> Sequence[Peering]:
        return [
            Peering.objects.create(
                name=proposal.name,
                title=proposal.title,
                public=proposal.public,
                may_send=sorted(set(proposal.may_send)),
                may_get=sorted(set(proposal.may_get)),
                state=PEERING.initial,
                version=1,
                created_at=change.at,
                readers=_readers(),
            )
        ]

    request = {
        "name": proposal.name,
        "title": proposal.title,
        "public": proposal.public.hex(),
        "may_send": sorted(set(proposal.may_send)),
        "may_get": sorted(set(proposal.may_get)),
    }
    return begin(actor, PEERING, "propose", make, key=key, request=request, at=at)[0].id


def propose_change(
    actor: Actor,
    peering: Peering | None,
    what: str,
    *,
    key: str,
    public: bytes = b"",
    may_send: Collection[str] = (),
    may_get: Collection[str] = (),
) -> UUID:
    """An officer proposes a change and puts it forward, another approves; no peering: our own key. Refused."""
    request = {
        "peering": "" if peering is None else str(peering.id),
        "what": what,
        "public": public.hex(),
        "may_send": sorted(may_send),
        "may_get": sorted(may_get),
    }
    with transaction.atomic():
        made = begin(
            actor,
            CHANGE,
            "propose",
            lambda change: [_change(change, peering, what, public=public, may_send=may_send, may_get=may_get)],
            key=key,
            request=request,
        )[0]
        act(actor, CHANGE, [made.id], "confirm", key=f"confirm {made.id}")
    return made.id


def announce_key(peering: Peering, public: bytes, message: UUID) -> UUID:
    """A node announced a new key under its old one: two officers here compare it before it counts. Refused."""
    request = {"peering": str(peering.id), "public": public.hex(), "message": str(message)}
    made = begin(
        SYSTEM,
        CHANGE,
        "announce",
        lambda change: [_change(change, peering, NodeChange.What.KEY, public=public, message=message)],
        key=f"announce {message}",
        request=request,
    )
    return made[0].id


def confirm_change(actor: Actor, change: UUID, *, key: str) -> tuple[Outcome, ...]:
    """The first officer puts an announced key forward. Refused."""
    return act(actor, CHANGE, [change], "confirm", key=key)


def decide(
    actor: Actor,
    table: Table,
    row: UUID,
    action: str,
    *,
    key: str,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> tuple[Outcome, ...]:
    """Take a step of one of the three tables. Refused."""
    return act(actor, table, [row], action, key=key, reason=reason, data=data)


def preview_step(actor: Actor, table: Table, row: UUID, action: str) -> Preview:
    """What a step would meet now."""
    return preview(actor, table, [row], action)


def exchange_all(peer: str | None = None) -> list[Round]:
    """One round with every node, or with one, under the system's scope."""
    with system():
        return exchange(peer=peer)


def home_of(organisations: Collection[UUID]) -> dict[UUID, str]:
    """The node each organisation lives at; '' for this one."""
    own = own_name()
    rows = find().filter(id__in=list(organisations)).values_list("id", "home_node")
    return {one: "" if home in (own, "local") else home for one, home in rows}


def nodes_of(organisations: Collection[UUID]) -> list[str]:
    """Names of the other nodes at which these organisations live, sorted."""
    return sorted(set(home_of(organisations).values()) - {""})


def hold(piece: Quarantine) -> None:
    """Give a piece that was set aside to the officers; nobody is told where no organisation runs this node."""
    if operator() is None:
        return
    with system():
        begin(
            SYSTEM,
            HELD,
            "hold",
            lambda change: [
                Held.objects.create(
                    id=piece.id, state=HELD.initial, version=1, created_at=change.at, readers=_readers()
                )
            ],
            key=f"hold {piece.id}",
            request={"reason": piece.reason, "digest": piece.digest},
            at=timezone.now(),
        )


def _change(change: Change, peering: Peering | None, what: str, **more: Any) -> NodeChange:
    values = {name: sorted(value) if name.startswith("may_") else value for name, value in more.items()}
    return NodeChange.objects.create(
        id=uuid4(),
        peering=peering,
        what=what,
        state=CHANGE.initial,
        version=1,
        created_at=change.at,
        readers=_readers(),
        **values,
    )


def _readers() -> list[UUID]:
    runs = operator()
    if runs is None:
        raise Refused(
            "operator",
            "还没有指定运行本节点的单位；请先运行 haodun node init --operator。",
            "No organisation is said to run this node; run `haodun node init --operator` first.",
        )
    return readers_of(runs)
