"""The states of a line (RULES.md W3b) and of a report of a forbidden device (AFL art. 14); nowhere else."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from haodun.audit.services import AuditKind
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.services import ClockKind, ClockSpec, State, Table, Transition, Unit
from haodun.registry.voice_lines import effects, guards

LIVE = ("REGISTERED", "TESTED", "ENFORCED", "EXCEPTION", "UNAUTHENTICATED")
REPORT = ClockSpec(
    name="device_report",
    zh="报告公安和主管部门",
    en="Report to police and regulator",
    amount=24,
    unit=Unit.HOURS,
    source=gettext_noop("《反电信网络诈骗法》第十四条：及时报告；时数为平台规则"),
    kind=ClockKind.POLICY,
)

TABLE = Table(
    name="voice_line",
    model="voice_lines.VoiceLine",
    initial="REGISTERED",
    states=(
        State("REGISTERED", zh="已登记", en="Registered"),
        State("TESTED", zh="测试通过", en="Tested"),
        State("ENFORCED", zh="已鉴权", en="Enforced"),
        State("EXCEPTION", zh="例外", en="Exception"),
        State("UNAUTHENTICATED", zh="未鉴权", en="Unauthenticated"),
        State("CLOSED", zh="已关停", en="Closed"),
    ),
    transitions=(
        Transition(
            action="register",
            source=(),
            target="REGISTERED",
            permission=Permission.VOICE_LINE_EDIT,
            zh="登记线路",
            en="Register a line",
            kind=AuditKind.LINE_REGISTERED,
            guards=(guards.holder_not_blacklisted,),
        ),
        Transition(
            action="pass_test",
            source=("REGISTERED", "UNAUTHENTICATED"),
            target="TESTED",
            permission=Permission.VOICE_LINE_TEST,
            zh="鉴权测试通过",
            en="Test passed",
            kind=AuditKind.LINE_TESTED,
            guards=(guards.has_permits, guards.passed_a_test),
            effects=(effects.note_move, effects.note_test),
        ),
        Transition(
            action="enforce",
            source=("TESTED",),
            target="ENFORCED",
            permission=Permission.VOICE_LINE_EDIT,
            zh="实施主叫鉴权",
            en="Enforce",
            kind=AuditKind.LINE_ENFORCED,
            guards=(
                guards.has_holder,
                guards.holder_not_blacklisted,
                guards.has_permits,
                guards.hiding_is_off,
                guards.passed_a_test,
            ),
            not_by=("pass_test",),
            effects=(effects.note_move, effects.tell_snapshot),
        ),
        Transition(
            action="except_for",
            source=("ENFORCED",),
            target="EXCEPTION",
            permission=Permission.VOICE_LINE_CLOSE,
            zh="批准例外",
            en="Grant an exception",
            kind=AuditKind.LINE_EXCEPTED,
            guards=(guards.names_an_end,),
            not_by=("enforce",),
            effects=(effects.note_move, effects.set_exception, effects.tell_snapshot),
            needs_reason=True,
        ),
        Transition(
            action="end_exception",
            source=("EXCEPTION",),
            target="ENFORCED",
            permission=Permission.VOICE_LINE_EDIT,
            zh="例外结束",
            en="End the exception",
            kind=AuditKind.LINE_ENFORCED,
            effects=(effects.note_move, effects.end_exception, effects.tell_snapshot),
        ),
        Transition(
            action="fail",
            source=("REGISTERED", "TESTED", "ENFORCED", "EXCEPTION"),
            target="UNAUTHENTICATED",
            permission=Permission.VOICE_LINE_TEST,
            zh="鉴权测试未通过",
            en="Test failed",
            kind=AuditKind.LINE_TESTED,
            effects=(effects.note_move, effects.end_exception, effects.tell_snapshot),
            needs_reason=True,
        ),
        Transition(
            action="close",
            source=("UNAUTHENTICATED",),
            target="CLOSED",
            permission=Permission.VOICE_LINE_CLOSE,
            zh="关停线路",
            en="Close the line",
            kind=AuditKind.LINE_CLOSED,
            not_by=("fail",),
            needs_sudo=True,
            blast=effects.radius_of,
            effects=(effects.note_move, effects.close, effects.tell_snapshot),
            needs_reason=True,
        ),
    ),
)

DEVICE = Table(
    name="device_report",
    model="voice_lines.DeviceReport",
    initial="FOUND",
    states=(
        State("FOUND", zh="已发现", en="Found"),
        State("REPORTED", zh="已报告并移送", en="Reported and handed over"),
        State("ACKNOWLEDGED", zh="公安已签收", en="Acknowledged by the police"),
        State("UNFOUNDED", zh="不成立", en="Unfounded"),
    ),
    transitions=(
        Transition(
            action="find",
            source=(),
            target="FOUND",
            permission=Permission.DEVICE_REPORT,
            zh="登记发现",
            en="Record the finding",
            kind=AuditKind.DEVICE_FOUND,
            starts=(REPORT,),
        ),
        Transition(
            action="report",
            source=("FOUND",),
            target="REPORTED",
            permission=Permission.DEVICE_REPORT,
            zh="报告主管部门并移送公安",
            en="Report to the regulator, hand to the police",
            kind=AuditKind.DEVICE_REPORTED,
            guards=(guards.names_the_police,),
            effects=(effects.hand_to_police,),
            stops=(REPORT.name,),
        ),
        Transition(
            action="acknowledge",
            source=("REPORTED",),
            target="ACKNOWLEDGED",
            permission=Permission.DEVICE_ACKNOWLEDGE,
            zh="签收",
            en="Acknowledge",
            kind=AuditKind.DEVICE_ACKNOWLEDGED,
            guards=(guards.is_theirs,),
            effects=(effects.note_move,),
        ),
        Transition(
            action="dismiss",
            source=("FOUND",),
            target="UNFOUNDED",
            permission=Permission.DEVICE_REPORT,
            zh="不成立",
            en="Dismiss",
            kind=AuditKind.DEVICE_FOUND,
            not_by=("find",),
            effects=(effects.note_move,),
            stops=(REPORT.name,),
            needs_reason=True,
        ),
    ),
)
