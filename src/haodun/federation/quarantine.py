"""What is not let in: kept with its bytes and the reason, up to a limit, until an officer releases or discards it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Sum
from django.utils import timezone

from haodun.federation.envelopes import digest_of
from haodun.federation.limits import (
    KEPT_OF_TOO_LARGE,
    MAX_ENVELOPE,
    MAX_QUARANTINED,
    MAX_QUARANTINED_BYTES,
    MAX_SENTENCE,
)
from haodun.federation.models import Inbox, Peer, Quarantine

Listener = Callable[[Quarantine], None]
_listeners: list[Listener] = []


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that came; of a large one the beginning, its size and digest being those of the whole."""

    data: bytes
    size: int
    digest: str

    @classmethod
    def of(cls, data: bytes) -> Piece:
        """Bytes that are all here."""
        return cls(data, len(data), digest_of(data))

    @property
    def too_large(self) -> bool:
        """Whether it is larger than an envelope may be."""
        return self.size > MAX_ENVELOPE


def on_quarantined(listener: Listener) -> None:
    """Call this, in the same transaction, for each new piece in quarantine."""
    _listeners.append(listener)


def keep(
    own: str,
    piece: Piece,
    reason: str,
    *,
    via: Peer | None,
    sentence: str = "",
    inbox: Inbox | None = None,
    at: datetime | None = None,
) -> Quarantine | None:
    """Set a piece aside; the same one again is counted. None where the limit is reached: then it is only counted."""
    at = at or timezone.now()
    with transaction.atomic():
        again = Quarantine.objects.filter(own=own, digest=piece.digest, reason=reason, decided_at=None)
        if again.update(times=F("times") + 1, last_at=at):
            return again.first()
        kept = piece.data[: KEPT_OF_TOO_LARGE if piece.too_large else None]
        if _full(own, via, len(kept)):
            if via is not None:
                Peer.objects.filter(pk=via.pk).update(dropped=F("dropped") + 1)
            return None
        row = Quarantine.objects.create(
            own=own,
            peer=via,
            inbox=inbox,
            reason=reason,
            sentence=sentence[:MAX_SENTENCE],
            raw=kept,
            kept_bytes=len(kept),
            size=piece.size,
            digest=piece.digest,
            first_at=at,
            last_at=at,
        )
        for listener in _listeners:
            listener(row)
    return row


def _full(own: str, via: Peer | None, more: int) -> bool:
    held: dict[str, Any] = Quarantine.objects.filter(own=own, peer=via, decided_at=None).aggregate(
        pieces=Count("id"), size=Sum("kept_bytes")
    )
    return held["pieces"] >= MAX_QUARANTINED or (held["size"] or 0) + more > MAX_QUARANTINED_BYTES


def discard(piece: UUID, *, at: datetime | None = None) -> bool:
    """It stays out for good; its bytes are deleted, reason and digest stay. False where it was decided before."""
    found = Quarantine.objects.filter(id=piece, decided_at=None)
    return found.update(decided_at=at or timezone.now(), decision="discarded", raw=b"", kept_bytes=0) == 1


def released(piece: UUID, *, at: datetime | None = None) -> bool:
    """Mark it as let in; `receiving.release` is who does it."""
    found = Quarantine.objects.filter(id=piece, decided_at=None)
    return found.update(decided_at=at or timezone.now(), decision="released", raw=b"", kept_bytes=0) == 1
