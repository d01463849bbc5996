"""How the exchange with each peer stands, for pages and for `haodun node show`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q

from haodun.federation.controls import Ranges, gaps
from haodun.federation.errors import Said, sentence
from haodun.federation.keys import own_name
from haodun.federation.kinds import BUILT_IN
from haodun.federation.models import Inbox, Outbox, Peer, Receipt
from haodun.federation.receipts import evidence_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class Standing:
    """One peer."""

    id: UUID
    name: str
    active: bool
    stopped: str
    """A code of `errors.REASONS`, '' where the streams fit."""
    trouble: str
    trouble_at: datetime | None
    contact_at: datetime | None
    sent: int
    acknowledged: int
    unsent: int
    """Messages that wait for their first departure."""
    unanswered: int
    """Sent, and neither accepted nor refused."""
    oldest_unanswered: datetime | None
    """When the oldest of them was made, of those that wait for departure too."""
    unexecuted: int
    """Accepted, and not yet said to be executed."""
    refused: int
    taken: int
    early: int
    """Came before their turn and wait."""
    gaps: Ranges
    repeats: int
    dropped: int
    quarantined: int


def standings(own: str | None = None) -> list[Standing]:
    """All peers by name, in few queries."""
    peers = list(Peer.objects.filter(own=own or own_name()).order_by("name"))
    out = _outbox(peers)
    early = _counted(Inbox.objects.filter(peer__in=peers, status=Inbox.Status.WAITING))
    aside = dict(
        Peer.objects.filter(pk__in=[one.pk for one in peers])
        .annotate(count=Count("quarantine", filter=Q(quarantine__decided_at=None)))
        .values_list("pk", "count")
    )
    return [_standing(peer, out.get(peer.pk, {}), early.get(peer.pk, 0), aside.get(peer.pk, 0)) for peer in peers]


def standing(peer: UUID, own: str | None = None) -> Standing | None:
    """One peer, None where there is none."""
    return next((one for one in standings(own) if one.id == peer), None)


def _outbox(peers: list[Peer]) -> dict[UUID, Mapping[str, Any]]:
    own = ~Q(message__kind__in=BUILT_IN[:1])  # receipts get no receipts
    open_ = own & Q(answer="")
    rows = (
        Outbox.objects.filter(peer__in=peers, withdrawn_at=None)
        .values("peer")
        .annotate(
            unsent=Count("id", filter=own & Q(sequence=None)),
            unanswered=Count("id", filter=open_ & Q(sequence__isnull=False)),
            oldest=Min("message__at", filter=open_),
            unexecuted=Count("id", filter=own & Q(answer="accepted", executed_at=None)),
            refused=Count("id", filter=own & Q(answer="refused")),
        )
    )
    return {row["peer"]: row for row in rows}


def _counted(rows: Any) -> dict[UUID, int]:
    return dict(rows.values_list("peer").annotate(count=Count("id")))


def _standing(peer: Peer, out: Mapping[str, Any], early: int, aside: int) -> Standing:
    return Standing(
        id=peer.pk,
        name=peer.name,
        active=peer.active,
        stopped=peer.stopped,
        trouble=peer.trouble,
        trouble_at=peer.trouble_at,
        contact_at=peer.contact_at,
        sent=peer.sent,
        acknowledged=peer.acknowledged,
        unsent=out.get("unsent", 0),
        unanswered=out.get("unanswered", 0),
        oldest_unanswered=out.get("oldest"),
        unexecuted=out.get("unexecuted", 0),
        refused=out.get("refused", 0),
        taken=peer.taken,
        early=early,
        gaps=gaps(peer) if early or peer.heard_sent > peer.taken else [],
        repeats=peer.repeats,
        dropped=peer.dropped,
        quarantined=aside,
    )


@dataclass(frozen=True, slots=True)
class Answered:
    """What one node said of a message of ours, or that it has not yet."""

    node: str
    sent: bool
    withdrawn: bool
    received_at: datetime | None
    answer: str
    answered_at: datetime | None
    why: Said | None
    """Why it was refused."""
    executed_at: datetime | None
    evidence: Mapping[str, Any]
    """Of its `executed`."""


def answers(message: UUID) -> list[Answered]:
    """What became of a message of ours at each node it went to, by name."""
    said = {
        (row.peer_id, row.status): row for row in Receipt.objects.filter(message=message, ours=False).order_by("id")
    }
    ways = Outbox.objects.filter(message=message).select_related("peer").order_by("peer__name")
    return [_answered(way, said) for way in ways]


def _answered(way: Outbox, said: Mapping[tuple[UUID, str], Receipt]) -> Answered:
    refused, done = said.get((way.peer_id, "refused")), said.get((way.peer_id, "executed"))
    return Answered(
        node=way.peer.name,
        sent=way.sequence is not None,
        withdrawn=way.withdrawn_at is not None,
        received_at=way.received_at,
        answer=way.answer,
        answered_at=way.answered_at,
        why=sentence(refused.code, refused.sentence) if refused is not None and way.answer == "refused" else None,
        executed_at=way.executed_at,
        evidence=evidence_of(done),
    )
