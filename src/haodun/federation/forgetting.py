"""Bodies are not kept for ever: what is done and old loses its text; header, signature, receipts, tombstone stay."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q

from haodun.federation.kinds import NARROW, RECALL
from haodun.federation.models import Inbox, Message, Outbox, Receipt

EMPTY = "{}"


def forget(before: datetime) -> int:
    """Erase the bodies of messages from before this moment that every recipient has, and of those taken; how many.

    Recalls and narrowings keep theirs: they name no person and say what no longer counts.
    """
    owed = Outbox.objects.filter(message=OuterRef("pk"), withdrawn_at=None).filter(
        Q(sequence=None) | Q(sequence__gt=F("peer__acknowledged"))
    )
    ours = Message.objects.filter(~Exists(owed), at__lt=before).exclude(kind__in=(RECALL, NARROW)).exclude(body=EMPTY)
    theirs = Inbox.objects.filter(taken_at__lt=before).exclude(kind__in=(RECALL, NARROW)).exclude(body=EMPTY)
    proofs = Receipt.objects.filter(at__lt=before).exclude(evidence=EMPTY)
    proofs.filter(Q(ours=False) | Q(sent_in__isnull=False)).update(evidence=EMPTY)
    return ours.update(body=EMPTY) + theirs.update(body=EMPTY)
