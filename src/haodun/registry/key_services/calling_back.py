"""Prove a landing number by a call back: a code is spoken to whoever answers there, and read back by the applicant."""

from __future__ import annotations

import hmac
import secrets
import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from haodun.audit.services import AuditKind, record, subject_for
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.services import Actor, Refused
from haodun.registry.key_services.documents import cipher
from haodun.registry.key_services.effects import SUBJECT
from haodun.registry.key_services.limits import CODE_DIGITS, CODE_LASTS, CODE_TRIES
from haodun.registry.key_services.models import Landing
from haodun.registry.key_services.states import TABLE

PLACE = "key_services.landing"


def call_back(actor: Actor, landing: uuid.UUID, *, at: datetime | None = None) -> str:
    """Begin a call back; the code that the officer speaks on the phone, shown once.

    Refused `permission`, `absent`, `done`. A new call makes the code of the one before worthless.
    """
    code = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    with transaction.atomic():
        row = _locked(actor, landing)
        if row.verified_at is not None:
            raise Refused("done", "这个号码已经核验。", "This number is proved already.")
        row.code, row.tries = _digest(row, code), 0
        row.called_at, row.called_by, row.failed_at = at or timezone.now(), actor.user_id, None
        row.save(update_fields=["code", "tries", "called_at", "called_by", "failed_at"])
        _note(actor, row, "called")
    return code


def read_back(actor: Actor, landing: uuid.UUID, code: str, *, at: datetime | None = None) -> bool:
    """Take the code that came back; whether the number is proved now. The result is kept either way.

    Refused `no_call` where no call is under way: none was made, its time ran out, or its tries are used up.
    """
    with transaction.atomic():
        row = _locked(actor, landing)
        now = at or timezone.now()
        begun = row.called_at is not None and now < row.called_at + CODE_LASTS
        if not row.code or not begun or row.tries >= CODE_TRIES:
            raise Refused("no_call", "没有进行中的回拨；请重新回拨。", "No call is under way; call back again.")
        right = hmac.compare_digest(bytes(row.code), _digest(row, code.strip()))
        row.tries += 1
        if right:
            row.verified_at, row.failed_at, row.code = now, None, b""
        elif row.tries >= CODE_TRIES:
            row.failed_at, row.code = now, b""
        row.save(update_fields=["tries", "verified_at", "failed_at", "code"])
        _note(actor, row, "proved" if right else "wrong")
    return right


def unanswered(actor: Actor, landing: uuid.UUID) -> None:
    """Nobody answered, or somebody else did: the number is not the applicant's as far as this call shows."""
    with transaction.atomic():
        row = _locked(actor, landing)
        row.failed_at, row.code = timezone.now(), b""
        row.save(update_fields=["failed_at", "code"])
        _note(actor, row, "unanswered")


def _locked(actor: Actor, landing: uuid.UUID) -> Landing:
    if not actor.system and Permission.SERVICE_VERIFY not in actor.permissions:
        raise Refused("permission", "您的岗位不能核验落地号码。", "Your role may not prove landing numbers.")
    row: Landing | None = Landing.objects.select_for_update().filter(id=landing).first()
    if row is None or (not actor.system and actor.organisation_id not in row.readers):
        raise Refused("absent", "没有这个落地号码。", "There is no such landing number in your reach.")
    return row


def _digest(row: Landing, code: str) -> bytes:
    return cipher().mark(f"{row.id}:{code}", place=PLACE)


def _note(actor: Actor, row: Landing, result: str) -> None:
    record(
        AuditKind.LANDING_CALLED,
        actor=actor.user_id,
        organisation=actor.organisation_id,
        object_type=TABLE.name,
        object_id=row.service_id,
        subject=subject_for(SUBJECT, row.number),
        body={"result": result},
    )
