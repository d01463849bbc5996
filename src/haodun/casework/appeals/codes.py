"""One-time codes: six digits sent to a number, which prove that whoever types them holds it.

A code lives ten minutes and bears five tries. Asking does the same work and says the same words for every number,
restricted or not, so that nobody learns from this page what is known of a number that is not theirs.
"""

from __future__ import annotations

import hmac
import secrets
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from haodun.audit.services import AuditKind, record, subject_for
from haodun.casework.appeals.limits import CODE_PER_ADDRESS, CODE_PER_NUMBER, keyed, spend
from haodun.casework.appeals.models import OneTimeCode
from haodun.casework.appeals.texts import code_text
from haodun.numbering import Kind, Number
from haodun.offices.organisations.services import system
from haodun.registry.outgoing.services import hand_over

DIGITS = 6
LIFE = timedelta(minutes=10)
TRIES = 5
PROOF = timedelta(minutes=30)
"""How long a code that was typed correctly proves the number."""

_CAN_READ = (Kind.MOBILE, Kind.MVNO_MOBILE, Kind.FIXED)
"""Kinds a message can be handed over for: a fixed line is read out by the sender."""


class TooOften(Exception):  # noqa: N818 (it is what happened)
    """This number or this address has asked too often; it may ask again within the hour."""


def issue(number: Number, *, address: str, language: str, now: datetime) -> uuid.UUID:
    """Make a code for a number and hand its message over; the id under which it is typed back. TooOften.

    A number that cannot receive messages gets a code nobody is told: the page must not differ.
    """
    if not spend(CODE_PER_ADDRESS, address, now=now) or not spend(CODE_PER_NUMBER, str(number.key), now=now):
        raise TooOften
    with system(), transaction.atomic():
        return _issued(number, language=language, now=now)


def _issued(number: Number, *, language: str, now: datetime) -> uuid.UUID:
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    row = OneTimeCode(id=uuid.uuid4(), number=number.key, expires_at=now + LIFE)
    row.digest = keyed("one-time-code", f"{row.id}{code}")
    row.save(force_insert=True)
    if number.kind in _CAN_READ:
        hand_over(f"+{number.key}", code_text(code, language), kind="appeal:code", language=language)
    record(
        AuditKind.CODE_SENT,
        actor=None,
        organisation=None,
        object_type="number",
        subject=subject_for("number", number.key),
        at=now,
    )
    return row.id


def prove(code_id: uuid.UUID, typed: str, *, now: datetime) -> bool:
    """Whether `typed` is the code; each call spends a try, the right one spends the code.

    1. One try is taken by a conditional update; where no row was updated, the code is over, used or tried out.
    2. The digest is compared in constant time.
    3. The code is marked used by a conditional update; where no row was updated, another request was first.
    """
    live = OneTimeCode.objects.filter(id=code_id, used_at=None, expires_at__gt=now)
    if live.filter(tries__lt=TRIES).update(tries=F("tries") + 1) == 0:
        return False
    row = OneTimeCode.objects.get(id=code_id)
    if not hmac.compare_digest(bytes(row.digest), keyed("one-time-code", f"{code_id}{typed}")):
        return False
    return live.update(used_at=now) == 1


def proven(code_id: uuid.UUID, *, now: datetime) -> int | None:
    """The number that a used code proves, None where it proves none or no longer."""
    row = OneTimeCode.objects.filter(id=code_id, used_at__gt=now - PROOF).first()
    return row.number if row else None
