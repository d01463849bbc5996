"""What comes over a transport: verified and kept in the inbox, dropped as a repeat, or set aside with the reason."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from haodun.federation import receipts
from haodun.federation.controls import take_control
from haodun.federation.envelopes import CONTROL, Envelope, canonical, read
from haodun.federation.errors import FederationError, Refuse, Unreadable
from haodun.federation.keys import key_state
from haodun.federation.kinds import RECEIPT, RESEND
from haodun.federation.limits import MAX_EARLY, SKEW
from haodun.federation.models import Inbox, Peer, Quarantine
from haodun.federation.quarantine import Piece, keep, released
from haodun.federation.taking import lock, take_again


class Reception(StrEnum):
    """What became of a piece that came."""

    KEPT = "kept"
    """It stands in the inbox and is taken in its turn."""
    CONTROL = "control"
    REPEATED = "repeated"
    DROPPED = "dropped"
    """Too far ahead of its turn; it is asked for again."""
    ASIDE = "aside"
    """In quarantine."""


class _Aside(Exception):  # noqa: N818  (an answer, not a fault)
    """A code of `errors.REASONS`: why a piece is set aside."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def receive(piece: Piece, own: str, *, via: Peer | None, at: datetime | None = None) -> Reception:
    """Deal with one piece in one transaction; never raises on what it holds."""
    at = at or timezone.now()
    try:
        if piece.too_large:
            raise _Aside("too_large")
        with transaction.atomic():
            return _verified(read(piece.data), own, at)
    except Unreadable as error:
        keep(own, piece, "unreadable", via=via, sentence=str(error), at=at)
    except _Aside as aside:
        keep(own, piece, aside.code, via=via, at=at)
    return Reception.ASIDE


def _verified(envelope: Envelope, own: str, at: datetime) -> Reception:
    header = envelope.header
    peer = Peer.objects.filter(own=own, name=header.issuer, active=True).first()
    if peer is None:
        raise _Aside("unknown_issuer" if header.audience == own else "wrong_audience")
    key, code = key_state(peer, envelope.key, at)
    if key is None:
        raise _Aside(code)
    if not envelope.verifies(key):
        raise _Aside("bad_signature")
    if header.audience != own:
        raise _Aside("wrong_audience")
    if header.time > at + SKEW:
        raise _Aside("clock")
    peer = lock(peer.pk)
    peer.contact_at = at
    peer.save(update_fields=["contact_at"])
    if header.sequence == CONTROL:
        if header.kind != RESEND:
            raise _Aside("unknown_kind")
        return Reception.CONTROL if take_control(peer, envelope) else _repeat(peer)
    return _into_inbox(peer, envelope, at)


def _into_inbox(peer: Peer, envelope: Envelope, at: datetime) -> Reception:
    header = envelope.header
    known = Inbox.objects.filter(peer=peer, sequence=header.sequence).values_list("digest", flat=True).first()
    if known is not None:
        if known != header.digest:
            raise _Aside("forked")
        return _repeat(peer)
    if header.sequence <= peer.taken:  # taken so long ago that its row is gone
        return _repeat(peer)
    if header.sequence > peer.taken + MAX_EARLY:
        Peer.objects.filter(pk=peer.pk).update(dropped=F("dropped") + 1)
        return Reception.DROPPED
    Inbox.objects.create(
        peer=peer,
        sequence=header.sequence,
        message=header.id,
        kind=header.kind,
        header=header.signed_bytes().decode(),
        body=canonical(envelope.body).decode(),
        digest=header.digest,
        key_id=envelope.key,
        signature=envelope.signature,
        came_at=at,
        onward=list(header.onward),
    )
    if header.kind != RECEIPT:
        receipts.give(peer, header.id, receipts.RECEIVED, at=at)
    return Reception.KEPT


def _repeat(peer: Peer) -> Reception:
    Peer.objects.filter(pk=peer.pk).update(repeats=F("repeats") + 1)
    return Reception.REPEATED


def release(piece: UUID, *, at: datetime | None = None) -> None:
    """Let a piece in quarantine in after all, in the caller's transaction: as if it came now.

    FederationError with the reason where it still cannot be let in, or was decided before; nothing has changed then.
    """
    at = at or timezone.now()
    with transaction.atomic():
        row = Quarantine.objects.select_for_update(of=("self",)).filter(id=piece, decided_at=None).first()
        if row is None:
            raise FederationError("this piece was decided before")
        try:
            if row.inbox is not None:
                take_again(row.inbox, at=at)
            elif row.size != row.kept_bytes:
                raise _Aside("too_large")
            else:
                _verified(read(bytes(row.raw)), row.own, at)
        except (Refuse, _Aside, Unreadable) as error:
            raise FederationError(getattr(error, "code", "unreadable")) from error
        released(piece, at=at)
