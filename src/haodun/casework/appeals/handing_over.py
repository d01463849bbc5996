"""Messages to appellants: written in the transaction, handed to the operator's sender by a job, once each."""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from haodun.casework.appeals.models import Appeal, Message
from haodun.casework.appeals.references import grouped
from haodun.casework.appeals.texts import outcome_text
from haodun.offices.jobs.services import defer
from haodun.registry.subscribers.ciphertext import FieldCipher, field_cipher
from haodun.store import durable

OUTBOX = "messages/outbox.jsonl"
"""In the data folder: what was handed to the operator's sender, one JSON object a line, each with an id of its own."""
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
        created_at=timezone.now(),
    )
    defer(TASK, message=str(message.id))
    return message.id


def tell(appeal: Appeal, outcome: str) -> None:
    """Tell the appellant: at the contact given, else at the number itself."""
    contact = cipher().open(bytes(appeal.contact), place=CONTACT_PLACE) or f"+{appeal.number}"
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
    _append(settings.HAODUN_DATA / OUTBOX, line)
    row.to, row.text, row.handed_over_at = b"", b"", timezone.now()
    row.save()


def _append(path: Path, line: dict[str, str]) -> None:
    """Append one line, whole and on the disk. A line that was written by a try that then failed is written again:
    the sender drops it by its id."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, json.dumps(line, ensure_ascii=False).encode("utf-8") + b"\n")
        durable.fsync(descriptor)
    finally:
        os.close(descriptor)
