"""The states of an appeal (RULES.md W4f). Every change of `Appeal.state` stands in this table and nowhere else."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from haodun.audit.services import AuditKind
from haodun.casework.appeals import effects, guards
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.services import ClockKind, ClockSpec, State, Table, Transition, Unit

ACKNOWLEDGE = ClockSpec(
    name="appeal_acknowledge",
    zh="申诉受理",
    en="Acknowledge the appeal",
    amount=1,
    unit=Unit.HOURS,
    source=gettext_noop("平台规则：申诉 1 小时内受理"),
    kind=ClockKind.POLICY,
)
REVIEW = ClockSpec(
    name="appeal_review",
    zh="申诉复核",
    en="Review the appeal",
    amount=24,
    unit=Unit.HOURS,
    source=gettext_noop("平台规则：申诉 24 小时内复核"),
    kind=ClockKind.POLICY,
)
OUTER = ClockSpec(
    name="appeal_outer",
    zh="申诉答复最长期限",
    en="Outer limit of the answer",
    amount=15,
    unit=Unit.DAYS,
    source=gettext_noop("《电信用户申诉处理办法》：15 日内答复"),
    kind=ClockKind.LEGAL,
)
ACCEPT = ClockSpec(
    name="appeal_accept",
    zh="上一级受理",
    en="Accept the escalation",
    amount=5,
    unit=Unit.WORKING_DAYS,
    source=gettext_noop("《电信用户申诉处理办法》：5 个工作日内决定是否受理"),
    kind=ClockKind.LEGAL,
)
FINAL = ClockSpec(
    name="appeal_final",
    zh="上一级答复",
    en="Answer the escalation",
    amount=30,
    unit=Unit.DAYS,
    source=gettext_noop("《电信用户申诉处理办法》：30 日内答复"),
    kind=ClockKind.LEGAL,
)
FIRST_CLOCKS = (REVIEW.name, OUTER.name)

OPEN = ("APPEALED", "ACKNOWLEDGED", "REVIEW", "ESCALATED", "ACCEPTED")
DECIDED = ("UPHELD", "PARTIAL", "LIFTED", "CLOSED", "COURT")

_BOUND = (guards.decides_here, guards.is_not_first_decider)

_FIRST = (
    Transition(
        action="file",
        source=(),
        target="APPEALED",
        permission=Permission.APPEAL_FILE,
        zh="提出申诉",
        en="Appeal",
        kind=AuditKind.APPEAL_FILED,
        effects=(effects.name_subject,),
        starts=(ACKNOWLEDGE, OUTER),
    ),
    Transition(
        action="acknowledge",
        source=("APPEALED",),
        target="ACKNOWLEDGED",
        permission=Permission.APPEAL_ACCEPT,
        zh="受理",
        en="Acknowledge",
        kind=AuditKind.APPEAL_ACKNOWLEDGED,
        effects=(effects.name_subject, effects.tell_acknowledged),
        starts=(REVIEW,),
        stops=(ACKNOWLEDGE.name,),
    ),
    Transition(
        action="take_up",
        source=("ACKNOWLEDGED",),
        target="REVIEW",
        permission=Permission.APPEAL_DECIDE,
        zh="开始复核",
        en="Take up the review",
        kind=AuditKind.APPEAL_REVIEW_BEGUN,
        guards=_BOUND,
        effects=(effects.name_subject, effects.take_up),
    ),
    Transition(
        action="uphold",
        source=("REVIEW",),
        target="UPHELD",
        permission=Permission.APPEAL_DECIDE,
        zh="维持",
        en="Uphold",
        kind=AuditKind.APPEAL_UPHELD,
        guards=_BOUND,
        effects=(effects.name_subject, effects.uphold),
        stops=FIRST_CLOCKS,
        needs_reason=True,
    ),
    Transition(
        action="lift",
        source=("REVIEW",),
        target="LIFTED",
        permission=Permission.APPEAL_DECIDE,
        zh="解除限制",
        en="Lift",
        kind=AuditKind.APPEAL_LIFTED,
        guards=_BOUND,
        effects=(effects.name_subject, effects.lift_at_once),
        stops=FIRST_CLOCKS,
        needs_reason=True,
    ),
    Transition(
        action="lift_in_part",
        source=("REVIEW",),
        target="PARTIAL",
        permission=Permission.APPEAL_DECIDE,
        zh="改为较轻措施",
        en="Make milder",
        kind=AuditKind.APPEAL_PARTLY_LIFTED,
        guards=(*_BOUND, guards.names_a_milder_measure),
        effects=(effects.name_subject, effects.make_milder),
        stops=FIRST_CLOCKS,
        needs_reason=True,
    ),
)
_ABOVE = (
    Transition(
        action="escalate",
        source=("UPHELD", "PARTIAL"),
        target="ESCALATED",
        permission=Permission.APPEAL_FILE,
        zh="申请上一级复核",
        en="Escalate",
        kind=AuditKind.APPEAL_ESCALATED,
        effects=(effects.name_subject, effects.escalate),
        starts=(ACCEPT,),
    ),
    Transition(
        action="accept",
        source=("ESCALATED",),
        target="ACCEPTED",
        permission=Permission.APPEAL_APPROVE,
        zh="上一级受理",
        en="Accept the escalation",
        kind=AuditKind.APPEAL_ACKNOWLEDGED,
        guards=_BOUND,
        not_by=("take_up", "uphold", "lift_in_part"),
        effects=(effects.name_subject,),
        starts=(FINAL,),
        stops=(ACCEPT.name,),
    ),
    Transition(
        action="decline",
        source=("ESCALATED",),
        target="CLOSED",
        permission=Permission.APPEAL_APPROVE,
        zh="不予受理",
        en="Decline the escalation",
        kind=AuditKind.APPEAL_CLOSED,
        guards=_BOUND,
        not_by=("take_up", "uphold", "lift_in_part"),
        effects=(effects.name_subject, effects.uphold),
        stops=(ACCEPT.name,),
        needs_reason=True,
    ),
    Transition(
        action="uphold_finally",
        source=("ACCEPTED",),
        target="CLOSED",
        permission=Permission.APPEAL_APPROVE,
        zh="维持并办结",
        en="Uphold and close",
        kind=AuditKind.APPEAL_CLOSED,
        guards=_BOUND,
        not_by=("take_up", "uphold", "lift_in_part"),
        effects=(effects.name_subject, effects.uphold),
        stops=(FINAL.name,),
        needs_reason=True,
    ),
    Transition(
        action="lift_finally",
        source=("ACCEPTED",),
        target="LIFTED",
        permission=Permission.APPEAL_APPROVE,
        zh="解除限制",
        en="Lift",
        kind=AuditKind.APPEAL_LIFTED,
        guards=_BOUND,
        not_by=("take_up", "uphold", "lift_in_part"),
        effects=(effects.name_subject, effects.lift_at_once),
        stops=(FINAL.name,),
        needs_reason=True,
    ),
    Transition(
        action="go_to_court",
        source=("UPHELD", "PARTIAL", "CLOSED"),
        target="COURT",
        permission=Permission.APPEAL_APPROVE,
        zh="转行政复议或诉讼",
        en="Administrative review or court",
        kind=AuditKind.APPEAL_CLOSED,
        effects=(effects.name_subject, effects.close),
        needs_reason=True,
    ),
)

TABLE = Table(
    name="appeal",
    model="appeals.Appeal",
    initial="APPEALED",
    states=(
        State("APPEALED", zh="已提出", en="Filed"),
        State("ACKNOWLEDGED", zh="待复核", en="Awaiting review"),
        State("REVIEW", zh="复核中", en="Under review"),
        State("UPHELD", zh="维持", en="Upheld"),
        State("LIFTED", zh="已解除", en="Lifted"),
        State("PARTIAL", zh="部分成立", en="Allowed in part"),
        State("ESCALATED", zh="待上一级受理", en="Awaiting the upper desk"),
        State("ACCEPTED", zh="上一级复核中", en="Under review above"),
        State("COURT", zh="复议或诉讼", en="Administrative review or court"),
        State("CLOSED", zh="办结", en="Closed"),
    ),
    transitions=(*_FIRST, *_ABOVE),
)
