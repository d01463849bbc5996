"""Call-backs: a code sent or spoken to a number and typed back by the applicant, who so proves that he answers it.

A code lives fifteen minutes and bears five tries; a number gets at most three an hour, an applicant forty.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from haodun.audit.services import AuditKind, record, subject_for
from haodun.numbering import Kind, parse
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import Actor, Refused
from haodun.registry.outgoing.services import hand_over
from haodun.registry.trusted_numbers.models import CallBack, EntryNumber

DIGITS = 6
LIFE = timedelta(minutes=15)
TRIES = 5
PER_NUMBER, PER_HOLDER = 3, 40
"""Codes in an hour."""
WINDOW = timedelta(hours=1)
STATES = ("DRAFT", "SENT_BACK", "PENDING")
"""While a call-back can be asked for."""
_CAN_READ = (Kind.MOBILE, Kind.MVNO_MOBILE)
"""Kinds a message is sent to; all others are called and the code is spoken."""


def ask_code(actor: Actor, number_id: uuid.UUID, *, language: str, now: datetime | None = None) -> uuid.UUID:
    """Send or speak a code to a number of the actor's own application. Refused `absent`, `state`, `too_many`."""
    now = timezone.now() if now is None else now
    with transaction.atomic():
        row = _mine(actor, number_id)
        _count(row, now)
        code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        call = CallBack(id=uuid.uuid4(), number=row, created_at=now, expires_at=now + LIFE, readers=row.readers)
        call.digest = _digest(call.id, code)
        call.save(force_insert=True)
        _tell(row.number, code, language=language, now=now)
        record(
            AuditKind.CODE_SENT,
            actor=actor.user_id,
            organisation=actor.organisation_id,
            object_type="number",
            subject=subject_for("number", row.number),
            at=now,
        )
    return call.id


def type_code(actor: Actor, number_id: uuid.UUID, typed: str, *, now: datetime | None = None) -> None:
    """The applicant types the code back. Refused `code` where it is wrong, over or tried out; each call spends a try.

    1. One try is taken by a conditional update; where no row was updated, the code is over, used or tried out.
    2. The digest is compared in constant time.
    3. The code is marked used by a conditional update; where no row was updated, another request was first.
    """
    now = timezone.now() if now is None else now
    if not _right(actor, number_id, typed, now):
        raise Refused(
            "code",
            "验证码不对或已失效；每个验证码可以试 5 次，请重填或重新获取。",
            "The code is wrong or over; each bears five tries. Type it again or ask for another.",
        )


def _right(actor: Actor, number_id: uuid.UUID, typed: str, now: datetime) -> bool:
    row = _mine(actor, number_id, lock=False)
    newest = CallBack.objects.filter(number=row).order_by("-created_at").first()
    if newest is None:
        return False
    live = CallBack.objects.filter(id=newest.id, used_at=None, expires_at__gt=now)
    if live.filter(tries__lt=TRIES).update(tries=F("tries") + 1) == 0:
        return False
    if not hmac.compare_digest(bytes(newest.digest), _digest(newest.id, typed)):
        return False
    with transaction.atomic():
        if live.update(used_at=now) != 1:
            return False
        return EntryNumber.objects.filter(id=row.id).update(verified_at=now) == 1


def _mine(actor: Actor, number_id: uuid.UUID, *, lock: bool = True) -> EntryNumber:
    found = EntryNumber.objects.select_related("entry").filter(id=number_id, entry__holder=actor.organisation_id)
    row: EntryNumber | None = (found.select_for_update(of=("self",)) if lock else found).first()
    if row is None:
        raise Refused("absent", "没有这个号码。", "There is no such number.")
    if row.entry.state not in STATES:
        raise Refused("state", "这份申请已不需要核验号码。", "This application needs no call-back any more.")
    return row


def _count(row: EntryNumber, now: datetime) -> None:
    """Two at once cannot both take the last one: a lock for the number, and one for the holder, until commit."""
    with connection.cursor() as cursor:
        for word in (f"call-back {row.entry.holder_id}", f"call-back {row.number}"):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [word])
    with system():
        recent = CallBack.objects.filter(created_at__gt=now - WINDOW)
        of_number = recent.filter(number__number=row.number).count()
        of_holder = recent.filter(number__entry__holder=row.entry.holder_id).count()
    if of_number >= PER_NUMBER or of_holder >= PER_HOLDER:
        raise Refused(
            "too_many", "验证码要得太多，请一小时后再试。", "Too many codes were asked for; try again in an hour."
        )


def _digest(call_id: uuid.UUID, code: str) -> bytes:
    text = f"trusted-call-back\0{call_id}{code}".encode("utf-8", "surrogatepass")
    return hmac.digest(settings.SECRET_KEY.encode("utf-8"), text, hashlib.sha256)


def _tell(number: int, code: str, *, language: str, now: datetime) -> None:
    with translation.override(language):
        text = _("可信号码核验码 %(code)s，15 分钟内有效，请告知本单位的经办人填写。任何外人索要验证码都是诈骗。") % {
            "code": code
        }
    mode = "sent" if parse(f"+{number}").kind in _CAN_READ else "spoken"
    hand_over(f"+{number}", text, kind="trusted:call_back", language=language, mode=mode, now=now)
