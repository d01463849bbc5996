"""Take verified envelopes in the order of their numbers, each once in effect.

Theory of operation. Each envelope is taken in one transaction: 1. the peer's row is locked, which is the turn;
2. the row with the next awaited number is read, and must continue the chain; 3. its message is judged: kind known and
granted, still valid, new; 4. its handler runs in a savepoint: what a refusing handler wrote is undone, the refusal
stays; 5. the row is marked, the receipt noted, the awaited number moves on. All of it commits or none, so kill -9
anywhere leaves the message either taken or still waiting. A verified envelope always uses up its number: what is
refused is set aside and does not hold up what follows.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from haodun.federation import receipts
from haodun.federation.envelopes import Envelope, Header, header_of
from haodun.federation.errors import Refuse
from haodun.federation.kinds import ALWAYS, NARROW, RECALL, RECEIPT, Received, kind_of
from haodun.federation.limits import MAX_SENTENCE
from haodun.federation.models import Inbox, Message, Peer
from haodun.federation.quarantine import Piece, keep
from haodun.federation.sending import narrow, recall

log = structlog.get_logger("haodun.federation")
OUR_FAULTS = (ArithmeticError, AttributeError, DataError, IntegrityError, LookupError, TypeError, ValueError)
"""What a handler raises that did not foresee a body; it is ours to mend, and must not hold up the rest. A lost
connection or a deadlock is not among them: then all is undone and tried again."""


def lock(peer_id: UUID) -> Peer:
    """The peer's row, held until commit: one at a time takes, numbers, and counts for a peer."""
    return Peer.objects.select_for_update(no_key=True).get(pk=peer_id)


def take_due(peer_id: UUID, *, at: datetime | None = None, limit: int = 1_000_000) -> int:
    """Take all that is next in turn; how many."""
    taken = 0
    while taken < limit and take_next(peer_id, at=at):
        taken += 1
    return taken


def take_next(peer_id: UUID, *, at: datetime | None = None) -> bool:
    """Take the next envelope of a peer; False where it is not there, or the peer may not."""
    at = at or timezone.now()
    with transaction.atomic():
        peer = lock(peer_id)
        row = Inbox.objects.filter(peer=peer, sequence=peer.taken + 1).first()
        if row is None or not peer.active or peer.stopped:
            return False
        header = header_of(json.loads(row.header))
        if header.previous != peer.taken_digest:
            peer.stopped = "chain"
            peer.save(update_fields=["stopped"])
            log.error("federation_chain_broken", peer=peer.name, sequence=row.sequence)
            return False
        try:
            with transaction.atomic():
                _accept(peer, row, header, at)
        except Refuse as refused:
            _refuse(peer, row, refused, at)
        peer.taken, peer.taken_digest = row.sequence, row.digest
        peer.save(update_fields=["taken", "taken_digest"])
    return True


def take_again(row: Inbox, *, at: datetime) -> None:
    """Carry out a refused message after all, in the running transaction. Refuse where it is still refused."""
    peer = lock(row.peer_id)
    if row.recalled_at is not None:
        raise Refuse("recalled", "its issuer has recalled it")
    with transaction.atomic():
        _accept(peer, row, header_of(json.loads(row.header)), at)


def _accept(peer: Peer, row: Inbox, header: Header, at: datetime) -> None:
    """Mark it, note the receipt, do the work, which may already say `executed`. Refuse: the caller undoes all of it."""
    row.status, row.code, row.taken_at = Inbox.Status.ACCEPTED, "", at
    row.save(update_fields=["status", "code", "taken_at"])
    if row.kind != RECEIPT:
        receipts.give(peer, row.message, receipts.ACCEPTED, at=at)
    _carry_out(peer, row, header, at)


def onward_of(received: Received) -> list[str]:
    """To whom a received message may be passed on."""
    row = Inbox.objects.filter(peer__own=received.own, peer__name=received.issuer, message=received.id).first()
    return [] if row is None else list(row.onward)


def _refuse(peer: Peer, row: Inbox, refused: Refuse, at: datetime) -> None:
    row.status, row.code, row.taken_at = Inbox.Status.REFUSED, refused.code[:40], at
    row.save(update_fields=["status", "code", "taken_at"])
    raw = Envelope(header_of(json.loads(row.header)), json.loads(row.body), row.key_id, bytes(row.signature)).to_wire()
    keep(peer.own, Piece.of(raw), row.code, via=peer, sentence=refused.sentence, inbox=row, at=at)
    if row.kind != RECEIPT:
        receipts.give(peer, row.message, receipts.REFUSED, at=at, code=row.code, sentence=refused.sentence)


def _carry_out(peer: Peer, row: Inbox, header: Header, at: datetime) -> None:
    """Judge a message and let its handler do its work. Refuse."""
    if header.kind not in (*peer.may_send, *ALWAYS):
        raise Refuse("not_granted", f"{peer.name} may not send {header.kind}")
    if header.valid_until is not None and at >= header.valid_until:
        raise Refuse("expired", f"it was valid until {header.valid_until.isoformat()}")
    twin = Inbox.objects.filter(message=row.message, peer__own=peer.own).exclude(pk=row.pk)
    if twin.exclude(taken_at=None).exists():
        raise Refuse("repeated_id", "a message of this id came before")
    received = _received(peer, row, header)
    built_in = _BUILT_IN.get(header.kind)
    try:
        if built_in is not None:
            built_in(peer, received, at)
            return
        kind = kind_of(header.kind)
        handler = kind.handlers.get(header.schema) if kind else None
        if handler is None:
            raise Refuse("unknown_kind", f"{header.kind} of schema {header.schema} is not known here")
        handler(received)
    except OUR_FAULTS as error:
        # Where, and never with what: a body holds numbers, and no log line does.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        log.error("federation_handler_failed", kind=header.kind, error=type(error).__name__, where=where)
        raise Refuse("fault", f"the receiving node failed over it ({type(error).__name__})") from error


def _received(peer: Peer, row: Inbox, header: Header) -> Received:
    return Received(
        id=header.id,
        issuer=peer.name,
        own=peer.own,
        kind=header.kind,
        schema=header.schema,
        body=json.loads(row.body),
        time=header.time,
        sequence=header.sequence,
        origin=header.origin,
    )


def _take_receipts(peer: Peer, received: Received, at: datetime) -> None:
    receipts.take(peer, received.id, received.body)


def _take_recall(peer: Peer, received: Received, at: datetime) -> None:
    """Leave a tombstone, undo what the message did here, and take back what was passed on."""
    about, reason = _id(received.body), _reason(received.body)
    row = Inbox.objects.select_for_update(of=("self",)).filter(peer=peer, message=about).exclude(kind=RECEIPT).first()
    if row is None or row.sequence >= received.sequence:
        raise Refuse("unknown_message", f"no message {about} came from {peer.name} before")
    if row.recalled_at is not None:
        receipts.executed(received.id, {"done": "recalled before"}, own=peer.own, at=at)
        return
    row.recalled_at, row.recall_reason, row.onward = at, reason, []
    row.save(update_fields=["recalled_at", "recall_reason", "onward"])
    for passed in Message.objects.filter(own=peer.own, origin=about, origin_issuer=peer.name, recalled_at=None):
        recall(passed.id, reason, own=peer.own)
    kind = kind_of(row.kind)
    if row.status != Inbox.Status.ACCEPTED or kind is None or kind.undo is None:
        receipts.executed(received.id, {"done": "nothing had to be undone"}, own=peer.own, at=at)
        return
    kind.undo(received, _received(peer, row, header_of(json.loads(row.header))))


def _take_narrowing(peer: Peer, received: Received, at: datetime) -> None:
    """Whom the message may be passed to is now fewer; who is no longer among them gets a recall."""
    about, onward = _id(received.body), received.body.get("onward")
    if not isinstance(onward, list) or not all(isinstance(one, str) for one in onward):
        raise Refuse("bad_body", "a narrowing names nodes")
    row = Inbox.objects.select_for_update(of=("self",)).filter(peer=peer, message=about).first()
    if row is None or row.sequence >= received.sequence:
        raise Refuse("unknown_message", f"no message {about} came from {peer.name} before")
    if not set(onward) <= set(row.onward):
        raise Refuse("bad_body", "a narrowing takes away and never adds")
    row.onward = sorted(onward)
    row.save(update_fields=["onward"])
    for passed in Message.objects.filter(own=peer.own, origin=about, origin_issuer=peer.name, recalled_at=None):
        stay = set(passed.audience) & set(onward)
        narrow(passed.id, stay, onward=set(passed.onward) & set(onward), own=peer.own)
    receipts.executed(received.id, {"done": "narrowed"}, own=peer.own, at=at)


def _id(body: Mapping[str, Any]) -> UUID:
    try:
        return UUID(str(body.get("message")))
    except ValueError as error:
        raise Refuse("bad_body", "it names no message") from error


def _reason(body: Mapping[str, Any]) -> str:
    reason = body.get("reason")
    if not isinstance(reason, str) or len(reason) > MAX_SENTENCE or "\x00" in reason:
        raise Refuse("bad_body", f"a recall has a reason of at most {MAX_SENTENCE} characters")
    return reason


_BUILT_IN: dict[str, Callable[[Peer, Received, datetime], None]] = {
    RECEIPT: _take_receipts,
    RECALL: _take_recall,
    NARROW: _take_narrowing,
}
