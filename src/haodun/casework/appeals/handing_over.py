"""Messages to appellants: written in the transaction, handed to the operator's sender by a job, once each."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from haodun.casework.appeals.models import Appeal, Message
from haodun.casework.appeals.references import grouped
from haodun.casework.appeals.texts import outcome_text
from haodun.offices.jobs.services import defer
from haodun.registry.restrictions.outbox import NAME, append_once
from haodun.registry.subscribers.ciphertext import FieldCipher, field_cipher

TASK = "appeals.hand_over"
TO_PLACE = "appeals_message.to"
TEXT_PLACE = "appeals_message.text"
CONTACT_PLACE = "appeals_appeal.contact"
STATEMENT_PLACE = "appeals_appeal.statement"


def cipher() -> FieldCipher:
    """The cipher of this site."""
    return field_cipher(settings.HAODUN_DATA)


def hand_over(to: str, text: str, *, kind: str, language: str) -> uuid.UUID:
    """Put a message in line, in the running transaction; its id."""
    seal = cipher()
    message = Message.objects.create(
        kind=kind,
        language=language,
        to=seal.seal(to, place=TO_PLACE),
        text=seal.seal(text, place=TEXT_PLACE),
        behind=_length(),
        created_at=timezone.now(),
    )
    defer(TASK, message=str(message.id))
    return message.id


def tell(appeal: Appeal, outcome: str) -> None:
    """Tell the appellant: at the contact given, else at the number itself."""
    contact = cipher().open(bytes(appeal.contact), place=CONTACT_PLACE)
    if not contact and appeal.number <= 0:
        return  # a caller without a number who left no contact: only the status page can tell
    contact = contact or f"+{appeal.number}"
    text = outcome_text(
        outcome, reference=grouped(appeal.reference), reason=appeal.outcome_reason, language=appeal.language
    )
    hand_over(contact, text, kind=outcome, language=appeal.language)


def perform(message: str) -> None:
    """The job: one line of the operator's outbox for one message; its text is kept no longer."""
    row = Message.objects.select_for_update().get(id=message)
    if row.handed_over_at is not None:
        return
    seal = cipher()
    line = {
        "id": str(row.id),
        "kind": f"appeal:{row.kind}",
        "to": seal.open(bytes(row.to), place=TO_PLACE),
        "text": seal.open(bytes(row.text), place=TEXT_PLACE),
        "lang": row.language,
        "at": row.created_at.isoformat(),
    }
    append_once(_outbox(), {line["id"]: line}, known=row.behind)
    row.to, row.text, row.handed_over_at = b"", b"", timezone.now()
    row.save()


def _outbox() -> Path:
    path: Path = settings.HAODUN_DATA / NAME
    return path


def _length() -> int:
    return _outbox().stat().st_size if _outbox().exists() else 0
