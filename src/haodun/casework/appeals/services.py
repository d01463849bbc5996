"""Appeals for pages and other contexts: what a person may appeal against, filing, status, decisions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from haodun.casework.appeals.codes import TooOften
from haodun.casework.appeals.handing_over import CONTACT_PLACE, STATEMENT_PLACE, cipher
from haodun.casework.appeals.limits import APPEAL_PER_NUMBER, STATUS_PER_ADDRESS, STATUS_PER_REFERENCE, keyed, spend
from haodun.casework.appeals.lookups import Stopped
from haodun.casework.appeals.models import Appeal, Ground
from haodun.casework.appeals.on_numbers import AppealStep, about_order, by_reference, open_and_late, steps_on, waiting
from haodun.casework.appeals.references import code_of, new_reference, opens, read_reference
from haodun.casework.appeals.states import TABLE
from haodun.casework.orders.services import desks_of, order_of
from haodun.numbering import load_plan, parse
from haodun.offices.organisations.services import readers_of, system
from haodun.offices.transitions.services import (
    SYSTEM,
    Actor,
    Change,
    Clock,
    Outcome,
    Preview,
    Refused,
    act,
    begin,
    clocks_of,
    preview,
)
from haodun.registry.policies.services import Everywhere, lifted_everywhere
from haodun.registry.restrictions.services import Restriction, of_number
from haodun.registry.subscribers.services import holder_at

__all__ = [
    "AppealStep",
    "Claim",
    "Filed",
    "Status",
    "about_order",
    "by_reference",
    "clock_of",
    "decide",
    "escalate",
    "file_appeal",
    "open_and_late",
    "preview_step",
    "restrictions_in",
    "statement_of",
    "status_of",
    "steps_on",
    "waiting",
]

MAX_STATEMENT = 2000
MAX_CONTACT = 120


@dataclass(frozen=True, slots=True)
class Claim:
    """What an appeal is against: exactly one of the two."""

    number: int
    restriction: Restriction | None = None
    call: Stopped | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """What the appellant writes down."""

    reference: str
    code: str


@dataclass(frozen=True, slots=True)
class Status:
    """What the appellant sees of an appeal: nothing of the officers, nothing of anybody else."""

    appeal: uuid.UUID
    reference: str
    state: str
    zh: str
    en: str
    filed_at: datetime
    decided_at: datetime | None
    reason: str
    due_at: datetime | None
    """When the next answer is due at the latest."""
    everywhere: Everywhere | None
    """Where a lift has arrived; None where nothing was lifted."""
    may_escalate: bool


def restrictions_in(number: int, start: datetime, end: datetime) -> list[Restriction]:
    """What restricts or restricted a number in [start, end), of its present holder only; newest first.

    A restriction on whoever held the number before says nothing about, and nothing to, the person who asks now.
    """
    holding = holder_at(number, timezone.now())
    found = [one for one in of_number(number) if not one.forged and one.starts < end and one.until > start]
    if holding is None:
        return found
    return [one for one in found if one.interval == holding.interval or one.starts >= holding.since]


def file_appeal(claim: Claim, *, statement: str, contact: str, language: str, key: str, actor: Actor = SYSTEM) -> Filed:
    """File and acknowledge an appeal; the same key files it once. TooOften; Refused `open`, `statement`."""
    _check_words(statement, contact)
    now = timezone.now()
    request = _request(claim, statement=statement, contact=contact)
    with system():
        if not _filed(claim) and not spend(APPEAL_PER_NUMBER, str(claim.number), now=now):
            raise TooOften
        try:
            with transaction.atomic():
                outcomes = begin(
                    actor,
                    TABLE,
                    "file",
                    lambda change: [_insert(change, claim, statement=statement, contact=contact, language=language)],
                    key=key,
                    request=request,
                    at=now,
                )
                act(SYSTEM, TABLE, [outcomes[0].id], "acknowledge", key=f"acknowledge {outcomes[0].id}", at=now)
        except IntegrityError as error:
            if "appeal_one_open_each" not in str(error):
                raise
            raise _open_already() from error
        reference = Appeal.objects.values_list("reference", flat=True).get(id=outcomes[0].id)
    return Filed(reference, code_of(reference))


def status_of(reference: str, code: str, *, address: str) -> Status | None:
    """The status of an appeal; None where reference and code do not belong together. TooOften."""
    known = _opened(reference, code, address=address)
    if known is None:
        return None
    with system():
        appeal = Appeal.objects.filter(reference=known).first()
        return None if appeal is None else _status(appeal)


def escalate(reference: str, code: str, *, key: str, address: str) -> bool:
    """The appellant asks for the upper desk; False where reference and code do not belong together.

    Tries count as those of `status_of`. TooOften; Refused `state`.
    """
    known = _opened(reference, code, address=address)
    if known is None:
        return False
    with system():
        appeal = Appeal.objects.filter(reference=known).first()
        if appeal is None:
            return False
        act(SYSTEM, TABLE, [appeal.id], "escalate", key=f"escalate {appeal.id} {key}"[:80])
    return True


def decide(
    actor: Actor,
    ids: Sequence[uuid.UUID],
    action: str,
    *,
    key: str,
    reason: str = "",
    data: Mapping[str, str] | None = None,
    version: int | None = None,
) -> tuple[Outcome, ...]:
    """Take a step of the table on appeals, all or none. Raises Refused."""
    return act(actor, TABLE, ids, action, key=key, reason=reason, data=data, version=version)


def preview_step(actor: Actor, appeal: Appeal, action: str) -> Preview:
    """What a step would meet now."""
    return preview(actor, TABLE, [appeal.id], action, data={"measure": "tip"} if action == "lift_in_part" else None)


def statement_of(appeal: Appeal) -> str:
    """What the appellant wrote, in clear."""
    return cipher().open(bytes(appeal.statement), place=STATEMENT_PLACE)


def clock_of(appeal: Appeal) -> Clock | None:
    """The clock that runs out next, None where none runs."""
    return next((clock for clock in clocks_of(TABLE.name, [appeal.id]) if clock.stopped_at is None), None)


def _opened(reference: str, code: str, *, address: str) -> str | None:
    """The reference, where the code is its own; each try is counted per address and per reference. TooOften."""
    known, now = read_reference(reference), timezone.now()
    if not spend(STATUS_PER_ADDRESS, address, now=now):
        raise TooOften
    if known is None or not spend(STATUS_PER_REFERENCE, known, now=now) or not opens(known, code):
        return None
    return known


def _insert(change: Change, claim: Claim, *, statement: str, contact: str, language: str) -> Appeal:
    order = order_of(claim.restriction.id) if claim.restriction else None
    seal = cipher()
    call = claim.call
    return Appeal.objects.create(
        reference=new_reference(change.at),
        ground=Ground.RESTRICTION if claim.restriction else Ground.VERDICT,
        restriction=claim.restriction.id if claim.restriction else None,
        order=order,
        verdict=call.verdict if call else "",
        verdict_day=call.day if call else None,
        rules=list(call.rules) if call else [],
        number=claim.number,
        statement=seal.seal(statement, place=STATEMENT_PLACE),
        contact=seal.seal(contact, place=CONTACT_PLACE),
        language=language,
        state=TABLE.initial,
        version=1,
        created_at=change.at,
        readers=_readers(claim, order.readers if order else []),
    )


def _readers(claim: Claim, of_order: list[uuid.UUID]) -> list[uuid.UUID]:
    """Those of the order, the carrier of the number, and the desk of its province."""
    carrier = claim.restriction.carrier if claim.restriction else None
    holding = holder_at(claim.number, timezone.now())
    province = holding.province if holding else load_plan().facts(parse(f"+{claim.number}")).province
    organisations = [*desks_of(province), *([carrier] if carrier else [])]
    return sorted({*of_order, *readers_of(*organisations)})


def _request(claim: Claim, *, statement: str, contact: str) -> dict[str, str]:
    return {
        "restriction": str(claim.restriction.id) if claim.restriction else "",
        "verdict": claim.call.verdict if claim.call else "",
        "words": keyed("appeal-words", f"{statement}\0{contact}").hex(),
    }


def _filed(claim: Claim) -> bool:
    """Whether an appeal against this is open: then nothing new is filed, and asking again costs no further use."""
    if claim.restriction is None:
        return False
    return Appeal.objects.filter(restriction=claim.restriction.id, closed_at=None).exists()


def _check_words(statement: str, contact: str) -> None:
    if not 0 < len(statement.strip()) <= MAX_STATEMENT or len(contact) > MAX_CONTACT:
        raise Refused(
            "statement",
            f"请写明申诉理由，最多 {MAX_STATEMENT} 字；联系方式最多 {MAX_CONTACT} 字。",
            f"Say why you appeal, in at most {MAX_STATEMENT} characters; a contact has at most {MAX_CONTACT}.",
        )


def _open_already() -> Refused:
    return Refused(
        "open",
        "对这项限制已有一件申诉正在办理，请用原来的编号和查询码查看进度。",
        "An appeal against this restriction is open already; follow it with the reference and code you were given.",
    )


def _status(appeal: Appeal) -> Status:
    state = TABLE.state(appeal.state)
    clock = clock_of(appeal)
    lifted = appeal.state == "LIFTED" and appeal.restriction is not None
    return Status(
        appeal=appeal.id,
        reference=appeal.reference,
        state=appeal.state,
        zh=state.zh,
        en=state.en,
        filed_at=appeal.created_at,
        decided_at=appeal.decided_at,
        reason=appeal.outcome_reason,
        due_at=clock.due_at if clock else None,
        everywhere=lifted_everywhere(appeal.restriction) if lifted and appeal.restriction else None,
        may_escalate=appeal.state in ("UPHELD", "PARTIAL"),
    )
