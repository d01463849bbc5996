"""Two nodes in one database over the in-process transport, and a kind of message whose effect can be counted."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction

from haodun.federation import kinds
from haodun.federation.exchanging import Round, exchange_with
from haodun.federation.keys import add_peer_key, make_own_key, own_key
from haodun.federation.models import Inbox, Peer
from haodun.federation.receipts import executed
from haodun.federation.sending import send
from haodun.federation.services import Received, Refuse, subscribe
from haodun.federation.transports import InProcess

START = datetime.now(UTC)
"""The clock of these tests begins now and only moves by their rounds, since messages bear the real time."""
MINISTRY, CARRIER = "ministry", "carrier-a"
KIND = "note"


@dataclass
class Two:
    """The pair, its clock, and what the carrier's handler did."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    """Of this story, not of the file: a run of all tests lasts longer than clocks may differ."""
    effects: list[int] = field(default_factory=list)
    """Numbers of the notes taken, in order; what a rolled back transaction did is in it too."""
    undone: list[UUID] = field(default_factory=list)

    def peer(self, own: str) -> Peer:
        """The other node as `own` sees it."""
        return Peer.objects.get(own=own)

    def send(self, number: int, **more: object) -> UUID:
        """The ministry sends a note."""
        with transaction.atomic():
            return send(KIND, [CARRIER], {"n": number}, own=MINISTRY, at=self.now, **more)  # type: ignore[arg-type]

    def round(self, own: str, *, later: timedelta = timedelta(seconds=1)) -> Round:
        """One round of one side, a second after the last."""
        self.now += later
        return exchange_with(self.peer(own), at=self.now)

    def rounds(self, count: int = 4, *, later: timedelta = timedelta(seconds=1)) -> None:
        """So many rounds of both."""
        for _ in range(count):
            self.round(MINISTRY, later=later)
            self.round(CARRIER, later=later)

    def wire(self, own: str) -> deque[bytes]:
        """What is on its way from `own`."""
        other = CARRIER if own == MINISTRY else MINISTRY
        return InProcess.queues.setdefault((own, other), deque())

    def taken(self) -> list[int]:
        """Sequence numbers of accepted notes at the carrier."""
        rows = Inbox.objects.filter(peer__own=CARRIER, kind=KIND, status=Inbox.Status.ACCEPTED)
        return list(rows.order_by("sequence").values_list("sequence", flat=True))


def two_nodes() -> Two:
    """Make them, with keys and grants; the carrier takes notes and executes the even ones at once."""
    two = Two()
    InProcess.queues.clear()
    for own in (MINISTRY, CARRIER):
        make_own_key(own, signs_from=START - timedelta(days=1))
    for own, other in ((MINISTRY, CARRIER), (CARRIER, MINISTRY)):
        peer = Peer.objects.create(
            own=own, name=other, active=True, transport={"kind": "in_process"}, may_send=[KIND], may_get=[KIND]
        )
        add_peer_key(peer, bytes(own_key(other, at=START).public), at=START - timedelta(days=1))

    def take(received: Received) -> None:
        if received.body["n"] < 0:
            raise Refuse("negative", "a note is not negative")
        two.effects.append(received.body["n"])
        if received.body["n"] % 2 == 0:
            executed(received.id, {"n": received.body["n"]}, own=received.own, at=two.now)

    def undo(recall: Received, recalled: Received) -> None:
        two.undone.append(recalled.id)
        executed(recall.id, {"undone": True}, own=recall.own, at=two.now)

    subscribe(KIND, 1, take, zh="便条", en="Note", undo=undo)
    return two


def forget_kinds() -> None:
    """Leave no kind of a test behind."""
    kinds.forget(KIND)
