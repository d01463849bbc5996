"""The states of an entry (RULES.md W3d). Every change of `Entry.state` stands in this table and nowhere else."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from haodun.audit.services import AuditKind
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.services import ClockKind, ClockSpec, State, Table, Transition, Unit
from haodun.registry.trusted_numbers import effects, guards
from haodun.registry.trusted_numbers.values import RENEW_DAYS, VALID_DAYS

CHECK = ClockSpec(
    name="trusted_check",
    zh="核验材料",
    en="Check the evidence",
    amount=3,
    unit=Unit.WORKING_DAYS,
    source=gettext_noop("平台规则：可信号码申请 3 个工作日内核验"),
    kind=ClockKind.POLICY,
)
DECIDE = ClockSpec(
    name="trusted_decide",
    zh="复核批准",
    en="Decide on the application",
    amount=2,
    unit=Unit.WORKING_DAYS,
    source=gettext_noop("平台规则：核验后 2 个工作日内决定"),
    kind=ClockKind.POLICY,
)
CORRECT = ClockSpec(
    name="trusted_correct",
    zh="申请人补正",
    en="Applicant corrects",
    amount=15,
    unit=Unit.DAYS,
    source=gettext_noop("平台规则：退回后 15 日内补正"),
    kind=ClockKind.POLICY,
)
RENEW = ClockSpec(
    name="trusted_renew",
    zh="到期前续期",
    en="Renew before it ends",
    amount=VALID_DAYS - RENEW_DAYS,
    unit=Unit.DAYS,
    source=gettext_noop("平台规则：可信号码有效期一年，期满前 30 日续期"),
    kind=ClockKind.POLICY,
)

OPEN = ("PENDING", "EVIDENCE_CHECKED")
"""What waits for the centre."""
WITH_APPLICANT = ("DRAFT", "SENT_BACK")
"""What the applicant may still change."""
ENDED = ("EXPIRED", "REVOKED", "REFUSED", "WITHDRAWN")

_TO_US = (
    Transition(
        action="begin",
        source=(),
        target="DRAFT",
        permission=Permission.TRUSTED_APPLY,
        zh="开始申请",
        en="Begin an application",
        kind=AuditKind.TRUSTED_APPLIED,
    ),
    Transition(
        action="submit",
        source=("DRAFT", "SENT_BACK"),
        target="PENDING",
        permission=Permission.TRUSTED_APPLY,
        zh="提交申请",
        en="Submit",
        kind=AuditKind.TRUSTED_APPLIED,
        guards=(guards.is_holder, guards.is_complete, guards.name_is_allowed, guards.numbers_are_free),
        effects=(effects.name_numbers, effects.clear_answer),
        starts=(CHECK,),
        stops=(CORRECT.name,),
    ),
    Transition(
        action="withdraw",
        source=("DRAFT", "SENT_BACK", "PENDING", "EVIDENCE_CHECKED"),
        target="WITHDRAWN",
        permission=Permission.TRUSTED_APPLY,
        zh="撤回申请",
        en="Withdraw",
        kind=AuditKind.TRUSTED_WITHDRAWN,
        guards=(guards.is_holder,),
        effects=(effects.close,),
        stops=(CHECK.name, DECIDE.name, CORRECT.name),
    ),
)
_BY_CENTRE = (
    Transition(
        action="check",
        source=("PENDING",),
        target="EVIDENCE_CHECKED",
        permission=Permission.TRUSTED_CHECK,
        zh="材料核验通过",
        en="Evidence checked",
        kind=AuditKind.TRUSTED_CHECKED,
        guards=(
            guards.decides_here,
            guards.is_complete,
            guards.name_is_allowed,
            guards.numbers_are_free,
            guards.numbers_answered,
        ),
        effects=(effects.name_numbers,),
        starts=(DECIDE,),
        stops=(CHECK.name,),
    ),
    Transition(
        action="send_back",
        source=("PENDING", "EVIDENCE_CHECKED"),
        target="SENT_BACK",
        permission=Permission.TRUSTED_CHECK,
        zh="退回补正",
        en="Send back",
        kind=AuditKind.TRUSTED_SENT_BACK,
        guards=(guards.decides_here, guards.names_a_remedy),
        effects=(effects.answer,),
        starts=(CORRECT,),
        stops=(CHECK.name, DECIDE.name),
        needs_reason=True,
    ),
    Transition(
        action="refuse",
        source=("PENDING", "EVIDENCE_CHECKED"),
        target="REFUSED",
        permission=Permission.TRUSTED_CHECK,
        zh="不予登记",
        en="Refuse",
        kind=AuditKind.TRUSTED_REFUSED,
        guards=(guards.decides_here, guards.names_a_remedy),
        effects=(effects.answer, effects.close),
        stops=(CHECK.name, DECIDE.name),
        needs_reason=True,
    ),
    Transition(
        action="approve",
        source=("EVIDENCE_CHECKED",),
        target="ACTIVE",
        permission=Permission.TRUSTED_APPROVE,
        zh="批准登记",
        en="Approve",
        kind=AuditKind.TRUSTED_APPROVED,
        guards=(
            guards.decides_here,
            guards.is_complete,
            guards.name_is_allowed,
            guards.numbers_are_free,
            guards.numbers_answered,
        ),
        not_by=("check",),
        effects=(effects.name_numbers, effects.put_in_force),
        starts=(RENEW,),
        stops=(DECIDE.name,),
    ),
)
_IN_FORCE = (
    Transition(
        action="revoke",
        source=("ACTIVE",),
        target="REVOKED",
        permission=Permission.TRUSTED_CHECK,
        zh="撤销登记",
        en="Revoke",
        kind=AuditKind.TRUSTED_REVOKED,
        guards=(guards.decides_here, guards.names_a_remedy),
        effects=(effects.name_numbers, effects.answer, effects.take_out),
        stops=(RENEW.name,),
        needs_reason=True,
    ),
    Transition(
        action="give_up",
        source=("ACTIVE",),
        target="REVOKED",
        permission=Permission.TRUSTED_APPLY,
        zh="注销登记",
        en="Give up",
        kind=AuditKind.TRUSTED_REVOKED,
        guards=(guards.is_holder,),
        effects=(effects.name_numbers, effects.answer, effects.take_out),
        stops=(RENEW.name,),
        needs_reason=True,
    ),
    Transition(
        action="supersede",
        source=("ACTIVE",),
        target="EXPIRED",
        permission=None,
        zh="由续期登记接替",
        en="Taken over by its renewal",
        kind=AuditKind.TRUSTED_EXPIRED,
        effects=(effects.take_out,),
        stops=(RENEW.name,),
    ),
    Transition(
        action="expire",
        source=("ACTIVE",),
        target="EXPIRED",
        permission=None,
        zh="到期",
        en="Expire",
        kind=AuditKind.TRUSTED_EXPIRED,
        guards=(guards.has_ended,),
        effects=(effects.take_out,),
        stops=(RENEW.name,),
    ),
)

TABLE = Table(
    name="trusted",
    model="trusted_numbers.Entry",
    initial="DRAFT",
    states=(
        State("DRAFT", zh="填写中", en="Being written"),
        State("PENDING", zh="待核验", en="Pending"),
        State("SENT_BACK", zh="退回补正", en="Sent back"),
        State("EVIDENCE_CHECKED", zh="待批准", en="Evidence checked"),
        State("ACTIVE", zh="有效", en="Active"),
        State("EXPIRED", zh="已到期", en="Expired"),
        State("REVOKED", zh="已撤销", en="Revoked"),
        State("REFUSED", zh="不予登记", en="Refused"),
        State("WITHDRAWN", zh="已撤回", en="Withdrawn"),
    ),
    transitions=(*_TO_US, *_BY_CENTRE, *_IN_FORCE),
)
