"""Hand notices to the operator: once the restriction is in effect, or an hour after it was placed; once each."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from haodun.audit.services import AuditKind, record, subjects_for
from haodun.offices.jobs.services import defer
from haodun.offices.organisations.services import system
from haodun.registry.outgoing.services import NAME, append_once
from haodun.registry.restrictions.messages import pay
from haodun.registry.restrictions.models import HandOver, Notice
from haodun.registry.subscribers.services import contact_of

TASK = "restrictions.hand_over"
LATEST = timedelta(hours=1)
"""A holder is told at the latest so long after the restriction was placed, whatever the edges say."""
BATCH = 1_000
"""Notices of one transaction."""
KIND = "restriction:placed"

_EFFECT = """
INSERT INTO restrictions_handover (id, known_bytes, effective_change) VALUES (1, 0, %s)
ON CONFLICT (id) DO UPDATE SET effective_change = greatest(restrictions_handover.effective_change, %s)
"""


def in_effect(change: int) -> None:
    """Changes up to this one are in effect at the live edges: their notices go out, other nodes get their receipts."""
    with connection.cursor() as cursor:
        cursor.execute(_EFFECT, [change, change])
    defer(TASK, queueing_lock=TASK)
    pay(change)


def hand_over(at: datetime | None = None) -> int:
    """Append the notices that are due to the outbox, at most BATCH; how many of them were dealt with."""
    at = timezone.now() if at is None else at
    with system(), transaction.atomic():
        HandOver.objects.bulk_create([HandOver()], ignore_conflicts=True)
        mark = HandOver.objects.select_for_update().get()  # one at a time
        due = Q(restriction__placed_change__lte=mark.effective_change) | Q(created_at__lte=at - LATEST)
        waiting = Notice.objects.filter(due, handed_over_at=None, withdrawn_at=None)
        found = list(waiting.select_related("restriction").order_by("created_at", "pk")[:BATCH])
        if not found:
            return 0
        lifted = [notice for notice in found if notice.restriction.lifted_at is not None]
        ready = [notice for notice in found if notice.restriction.lifted_at is None]
        lines = {str(notice.pk): _line(notice) for notice in ready}
        mark.known_bytes = append_once(Path(settings.HAODUN_DATA) / NAME, lines, known=mark.known_bytes)
        mark.save(update_fields=["known_bytes"])
        Notice.objects.filter(pk__in=[notice.pk for notice in ready]).update(handed_over_at=at)
        Notice.objects.filter(pk__in=[notice.pk for notice in lifted]).update(withdrawn_at=at)
        if ready:
            _record(ready)
    return len(found)


def _line(notice: Notice) -> dict[str, str]:
    """What the sender gets: to the contact that is registered, else to the number itself."""
    restriction = notice.restriction
    contact = contact_of(restriction.holder_id) if restriction.holder_id is not None else ""
    return {
        "id": str(notice.pk),
        "kind": KIND,
        "to": contact or f"+{restriction.number}",
        "text": f"{notice.text_zh}\n{notice.text_en}",
        "lang": "zh-hans,en",
        "at": notice.created_at.isoformat(),
    }


def _record(notices: list[Notice]) -> None:
    subjects = subjects_for("number", [notice.restriction.number for notice in notices])
    items = [{"notice": str(notice.pk), "subject": str(subjects[str(notice.restriction.number)])} for notice in notices]
    record(
        AuditKind.NOTICE_HANDED_OVER,
        actor=None,
        organisation=None,
        object_type="notice",
        basis="afl-32",
        body={"to": NAME},
        items=items,
    )
