"""The states of a reseller's case (RULES.md W2e); nowhere else."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from haodun.audit.services import AuditKind
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.services import ClockKind, ClockSpec, State, Table, Transition, Unit
from haodun.registry.resellers import effects, guards

RECTIFY = ClockSpec(
    name="reseller_rectify",
    zh="整改",
    en="Put right",
    amount=30,
    unit=Unit.DAYS,
    source=gettext_noop("2016 年 4 月移动通信转售业务通知：一个月内整改；按 30 日计为平台规则"),
    kind=ClockKind.LEGAL,
)
EXECUTE = ClockSpec(
    name="reseller_execute",
    zh="基础运营商执行",
    en="Carried out by the host carrier",
    amount=24,
    unit=Unit.HOURS,
    source=gettext_noop("平台规则：基础运营商 24 小时内停止供号"),
    kind=ClockKind.POLICY,
)
_PROPOSERS = ("record", "notify")
_STEP = (effects.note_move,)

TABLE = Table(
    name="reseller_case",
    model="resellers.ResellerCase",
    initial="RECORDED",
    states=(
        State("RECORDED", zh="已检查", en="Inspected"),
        State("CLEAR", zh="合格", en="Passed"),
        State("NOTIFIED", zh="限期整改", en="Told to put right"),
        State("SUPPLY_ORDERED", zh="决定停止供号", en="Number supply to be stopped"),
        State("SUPPLY_STOPPED", zh="已停止供号", en="Number supply stopped"),
        State("USERS_STOPPED", zh="停止发展新用户", en="New users stopped"),
        State("LICENCE_PROPOSED", zh="建议处理许可", en="Licence action proposed"),
        State("RECTIFIED", zh="整改完成", en="Put right"),
    ),
    transitions=(
        Transition(
            action="record", source=(), target="RECORDED", permission=Permission.RESELLER_INSPECT,
            zh="登记检查", en="Record an inspection", kind=AuditKind.RESELLER_INSPECTED,
        ),
        Transition(
            action="clear", source=("RECORDED",), target="CLEAR", permission=Permission.RESELLER_INSPECT,
            zh="合格结案", en="End: passed", kind=AuditKind.RESELLER_CLEARED,
            guards=(guards.of_inspector, guards.meets_target), effects=_STEP,
        ),
        Transition(
            action="notify", source=("RECORDED",), target="NOTIFIED", permission=Permission.RESELLER_INSPECT,
            zh="通知整改", en="Give notice", kind=AuditKind.RESELLER_NOTIFIED,
            guards=(guards.of_inspector, guards.falls_short), effects=(*_STEP, effects.tell_parties),
            starts=(RECTIFY,),
        ),
        Transition(
            action="stop_supply", source=("NOTIFIED",), target="SUPPLY_ORDERED", permission=Permission.RESELLER_STOP,
            zh="停止供号", en="Stop number supply", kind=AuditKind.RESELLER_STOPPED,
            guards=(guards.of_inspector,), not_by=_PROPOSERS, needs_sudo=True, needs_reason=True,
            effects=(*_STEP, effects.stop_numbers), starts=(EXECUTE,), stops=(RECTIFY.name,),
        ),
        Transition(
            action="confirm", source=("SUPPLY_ORDERED",), target="SUPPLY_STOPPED",
            permission=Permission.RESELLER_ANSWER, zh="确认已停止供号", en="Confirm that supply is stopped",
            kind=AuditKind.RESELLER_STOPPED, guards=(guards.is_host,), effects=_STEP, stops=(EXECUTE.name,),
        ),
        Transition(
            action="stop_users", source=("SUPPLY_ORDERED", "SUPPLY_STOPPED"), target="USERS_STOPPED",
            permission=Permission.RESELLER_STOP, zh="停止发展新用户", en="Stop new users",
            kind=AuditKind.RESELLER_STOPPED, guards=(guards.of_inspector,), not_by=_PROPOSERS, needs_sudo=True,
            needs_reason=True, effects=(*_STEP, effects.stop_users), stops=(EXECUTE.name,),
        ),
        Transition(
            action="propose_licence", source=("USERS_STOPPED",), target="LICENCE_PROPOSED",
            permission=Permission.RESELLER_STOP, zh="建议处理许可", en="Propose action on the licence",
            kind=AuditKind.RESELLER_STOPPED, guards=(guards.of_inspector,), not_by=_PROPOSERS, needs_sudo=True,
            needs_reason=True, effects=_STEP,
        ),
        Transition(
            action="withdraw_proposal", source=("LICENCE_PROPOSED",), target="USERS_STOPPED",
            permission=Permission.RESELLER_INSPECT, zh="撤回许可处理建议", en="Withdraw the proposal",
            kind=AuditKind.RESELLER_LIFTED, guards=(guards.of_inspector, guards.proved), effects=_STEP,
        ),
        Transition(
            action="lift_users", source=("USERS_STOPPED",), target="SUPPLY_STOPPED",
            permission=Permission.RESELLER_INSPECT, zh="恢复发展新用户", en="New users again",
            kind=AuditKind.RESELLER_LIFTED, guards=(guards.of_inspector, guards.proved),
            effects=(*_STEP, effects.take_users),
        ),
        Transition(
            action="lift_supply", source=("SUPPLY_ORDERED", "SUPPLY_STOPPED"), target="RECTIFIED",
            permission=Permission.RESELLER_INSPECT, zh="恢复供号", en="Supply numbers again",
            kind=AuditKind.RESELLER_LIFTED, guards=(guards.of_inspector, guards.proved),
            effects=(*_STEP, effects.give_numbers), stops=(EXECUTE.name,),
        ),
        Transition(
            action="close", source=("NOTIFIED",), target="RECTIFIED", permission=Permission.RESELLER_INSPECT,
            zh="整改完成", en="End: put right", kind=AuditKind.RESELLER_CLEARED,
            guards=(guards.of_inspector, guards.proved), effects=_STEP, stops=(RECTIFY.name,),
        ),
    ),
)  # fmt: skip
