"""A round of exchange with a peer: fetch, take in turn, number what is to go, put it, say how far we are.

Every step can be repeated: stopped anywhere, the next round goes on. What the peer has not said it has is put again
after RETRY, doubled each time, and at once where it was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from haodun.federation import receipts
from haodun.federation.controls import control
from haodun.federation.envelopes import CONTROL, Header, Origin, header_of, seal
from haodun.federation.keys import own_name, own_signer
from haodun.federation.limits import MAX_SENTENCE, RETRY, RETRY_MOST, WINDOW
from haodun.federation.models import Message, Outbox, Peer
from haodun.federation.receiving import Reception, receive
from haodun.federation.sending import say_receipts
from haodun.federation.taking import lock, take_due
from haodun.federation.transports import Folder, Transport, file_name, transport_of
from haodun.screening.snapshot import Signer


@dataclass(slots=True)
class Round:
    """What one round with a peer did."""

    peer: str
    came: dict[str, int] = field(default_factory=lambda: {one.value: 0 for one in Reception})
    """Pieces by what became of them."""
    taken: int = 0
    """Messages that had their effect."""
    put: int = 0
    """Envelopes put on the way, repeated ones too."""
    trouble: str = ""
    """Why the way is blocked, '' where it is not."""


def exchange(own: str | None = None, *, peer: str | None = None, at: datetime | None = None) -> list[Round]:
    """One round for all active peers of this node, or for one. A blocked way is said in its round, not raised."""
    found = Peer.objects.filter(own=own or own_name(), active=True).order_by("name")
    return [exchange_with(one, at=at) for one in (found.filter(name=peer) if peer else found)]


def exchange_with(peer: Peer, *, at: datetime | None = None, transport: Transport | None = None) -> Round:
    """One round with a peer."""
    now = at or timezone.now()
    done = Round(peer.name)
    way = transport or transport_of(peer)
    try:
        for arrived in way.arrived():
            became = receive(arrived.piece, peer.own, via=peer, at=at)
            done.came[became] += 1
            arrived.done(became is not Reception.ASIDE)
        done.taken = take_due(peer.pk, at=at)
        _put(peer, way, done, now)
        if isinstance(way, Folder):
            way.tidy()
    except OSError as error:
        done.trouble = f"{error.strerror or error}: {error.filename or ''}"[:MAX_SENTENCE]
    Peer.objects.filter(pk=peer.pk).exclude(trouble=done.trouble).update(trouble=done.trouble, trouble_at=now)
    return done


def _put(peer: Peer, way: Transport, done: Round, now: datetime) -> None:
    signer = own_signer(peer.own, at=now)
    with transaction.atomic():
        held = lock(peer.pk)
        if held.active and not held.stopped:
            _gather_receipts(held, now)
            _number(held)
        said = control(held, signer, at=now)
        due = [] if held.stopped else list(_due(held, now))
        Peer.objects.filter(pk=held.pk).update(asked=[])
    for row in due:
        way.put(file_name(peer.own, row.sequence or 0), _sealed(row, signer))
        Outbox.objects.filter(pk=row.pk).update(put_at=now, puts=F("puts") + 1)
        done.put += 1
    if said is not None:
        way.put(file_name(peer.own, CONTROL), said)
    way.settle(held.acknowledged)


def _gather_receipts(peer: Peer, now: datetime) -> None:
    """What we have to say of the peer's messages becomes messages of kind `receipt`."""
    while rows := receipts.unsent(peer):
        message = say_receipts(peer, receipts.body_of(rows), at=now)
        peer.receipts.filter(pk__in=[row.pk for row in rows]).update(sent_in=message)


def _number(peer: Peer) -> None:
    """Give the next numbers, in the order of ids, as far as the window reaches. The peer is locked."""
    room = WINDOW - (peer.sent - peer.acknowledged)
    waiting = Outbox.objects.filter(peer=peer, sequence=None, withdrawn_at=None).order_by("id")
    rows = list(waiting.select_for_update(of=("self",)).select_related("message")[: max(0, room)])
    for row in rows:
        header = _header(peer, row.message)
        row.sequence, row.header = header.sequence, header.signed_bytes().decode()
        peer.sent, peer.sent_digest = header.sequence, header.digest
    Outbox.objects.bulk_update(rows, ["sequence", "header"])
    peer.save(update_fields=["sent", "sent_digest"])


def _header(peer: Peer, message: Message) -> Header:
    origin = None if message.origin is None else Origin(message.origin_issuer, message.origin)
    return Header(
        id=message.id,
        sequence=peer.sent + 1,
        previous=peer.sent_digest,
        kind=message.kind,
        schema=message.schema,
        issuer=peer.own,
        audience=peer.name,
        time=message.at,
        valid_until=message.valid_until,
        body_hash=message.body_hash,
        origin=origin,
        onward=tuple(message.onward),
    )


def _due(peer: Peer, now: datetime) -> Iterator[Outbox]:
    """Envelopes to put now: new ones, those asked for, those that were not heard of for long."""
    open_ = Outbox.objects.filter(peer=peer, sequence__gt=peer.acknowledged).select_related("message")
    asked = Q(pk__in=[])
    for first, last in peer.asked:
        asked |= Q(sequence__gte=first, sequence__lte=last)
    new_or_old = Q(put_at=None) | Q(put_at__lte=now - RETRY)
    for row in open_.filter(asked | new_or_old).order_by("sequence")[:WINDOW]:
        wanted = row.put_at is None or any(first <= (row.sequence or 0) <= last for first, last in peer.asked)
        if wanted or (row.put_at is not None and now - row.put_at >= _patience(row.puts)):
            yield row


def _patience(puts: int) -> timedelta:
    doubled: int = 1 << min(max(puts - 1, 0), 10)
    return min(RETRY * doubled, RETRY_MOST)


def _sealed(row: Outbox, signer: Signer) -> bytes:
    said: dict[str, Any] = json.loads(row.header)
    return seal(header_of(said), row.message.body.encode(), signer)
