"""Messages: written in the transaction that wants them, handed to the operator's sender by a job, once each."""

from __future__ import annotations

import uuid
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from haodun.offices.jobs.services import defer
from haodun.registry.outgoing.file import NAME, append_once
from haodun.registry.outgoing.models import Message
from haodun.registry.subscribers.ciphertext import FieldCipher, field_cipher

TASK = "outgoing.hand_over"
TO_PLACE = "outgoing_message.to"
TEXT_PLACE = "outgoing_message.text"


def hand_over(
    to: str, text: str, *, kind: str, language: str, mode: str = "", now: datetime | None = None
) -> uuid.UUID:
    """Put a message in line, in the running transaction; its id. `to` is +number or an address."""
    seal, path = _cipher(), _outbox()
    message = Message.objects.create(
        kind=kind,
        mode=mode,
        language=language,
        to=seal.seal(to, place=TO_PLACE),
        text=seal.seal(text, place=TEXT_PLACE),
        behind=path.stat().st_size if path.exists() else 0,
        created_at=timezone.now() if now is None else now,
    )
    defer(TASK, message=str(message.id))
    return message.id


def perform(message: str) -> None:
    """The job: one line of the operator's outbox for one message; its text is kept no longer."""
    row = Message.objects.select_for_update().get(id=message)
    if row.handed_over_at is not None:
        return
    seal = _cipher()
    line = {
        "id": str(row.id),
        "kind": row.kind,
        "to": seal.open(bytes(row.to), place=TO_PLACE),
        "text": text_of(row),
        "lang": row.language,
        "at": row.created_at.isoformat(),
        **({"mode": row.mode} if row.mode else {}),
    }
    append_once(_outbox(), {line["id"]: line}, known=row.behind)
    row.to, row.text, row.handed_over_at = b"", b"", timezone.now()
    row.save()


def text_of(row: Message) -> str:
    """What a message says; '' once it was handed over."""
    return _cipher().open(bytes(row.text), place=TEXT_PLACE)


def _cipher() -> FieldCipher:
    return field_cipher(settings.HAODUN_DATA)


def _outbox() -> Path:
    path: Path = settings.HAODUN_DATA / NAME
    return path
