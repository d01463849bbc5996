"""Notices and reminders go to the operator's sender, once for each number and step; what failed is tried again.

Theory of operation. The act that notifies or reminds writes one row a card, in its transaction. `hand_over` appends the
rows that wait to the outbox and marks them, a batch a transaction; the outbox knows each row's id, so that a batch
whose transaction was lost is not written twice. The waiting time to the next step begins when the notice was handed
over, and `advancing` takes no step on a card whose notice still waits: nobody is stopped who was not told. Where the
outbox cannot be written, the rows say so (`tries`, `failed_at`), and the next run tries again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from haodun.audit.services import AuditKind, record, subjects_for
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import Change
from haodun.registry.outgoing.services import NAME, append_once
from haodun.registry.reregistration.models import Card, HolderNotice
from haodun.registry.reregistration.values import OPEN, TOLD, WAITS
from haodun.registry.reregistration.wording import notice_text
from haodun.registry.restrictions.services import Basis
from haodun.registry.subscribers.services import contact_of

BATCH = 1_000
"""Notices of one transaction."""
KIND = "reregistration:"
log = structlog.get_logger("haodun.reregistration")


def owe_notices(change: Change) -> None:
    """Effect: each card's holder is to be told of the state that it is in now."""
    path = _outbox()
    behind = path.stat().st_size if path.exists() else 0
    HolderNotice.objects.bulk_create(
        (
            HolderNotice(card=row, step=row.state, behind=behind, created_at=change.at, readers=row.readers)
            for row in change.rows
        ),
        batch_size=2_000,
    )


def hand_over(at: datetime | None = None) -> int:
    """Append notices that wait to the outbox, at most BATCH; how many were dealt with, 0 where it cannot be written."""
    at = timezone.now() if at is None else at
    tried: list[HolderNotice] = []
    try:
        with system(), transaction.atomic():
            waiting = HolderNotice.objects.select_for_update(of=("self",)).filter(
                handed_over_at=None, withdrawn_at=None
            )
            tried += waiting.select_related("card__campaign__organisation").order_by("created_at", "id")[:BATCH]
            _give(tried, at)
    except OSError as error:
        with system():
            HolderNotice.objects.filter(id__in=[one.id for one in tried]).update(tries=F("tries") + 1, failed_at=at)
        log.error("notices of re-registration not handed over", notices=len(tried), why=error.strerror)
        return 0
    return len(tried)


def hand_all_over(at: datetime | None = None) -> int:
    """All that wait; how many."""
    done = 0
    while count := hand_over(at):
        done += count
    return done


def _give(notices: Sequence[HolderNotice], at: datetime) -> None:
    """Write those whose card is still in the step; the others are withdrawn: their holder came or is gone."""
    ready = [one for one in notices if one.card.state == one.step]
    gone = [one.id for one in notices if one.card.state != one.step]
    HolderNotice.objects.filter(id__in=gone).update(withdrawn_at=at)
    if not ready:
        return
    for one in ready:
        text = notice_text(one.card.campaign, one.step, at)
        one.text_zh, one.text_en, one.handed_over_at = text.zh, text.en, at
        one.card.due_at = at + timedelta(days=getattr(one.card.campaign, WAITS[OPEN.index(one.step)]))
    append_once(_outbox(), {str(one.id): _line(one) for one in ready}, known=min(one.behind for one in ready))
    HolderNotice.objects.bulk_update(ready, ["text_zh", "text_en", "handed_over_at"], batch_size=2_000)
    Card.objects.bulk_update([one.card for one in ready], ["due_at"], batch_size=2_000)
    subjects = subjects_for("number", [one.card.number for one in ready])
    record(
        AuditKind.NOTICE_HANDED_OVER,
        actor=None,
        organisation=None,
        object_type="reregistration_notice",
        basis=Basis.MIIT_REREGISTRATION.value,
        body={"to": NAME},
        items=[{"notice": str(one.id), "subject": str(subjects[str(one.card.number)])} for one in ready],
    )


def _line(one: HolderNotice) -> dict[str, str]:
    """What the sender gets: to the contact that is registered, else to the number itself."""
    return {
        "id": str(one.id),
        "kind": KIND + TOLD[one.step],
        "to": contact_of(one.card.interval_id) or f"+{one.card.number}",
        "text": f"{one.text_zh}\n{one.text_en}",
        "lang": "zh-hans,en",
        "at": one.created_at.isoformat(),
    }


def _outbox() -> Path:
    return Path(settings.HAODUN_DATA) / NAME
