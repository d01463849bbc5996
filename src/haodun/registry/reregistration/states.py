"""The states of a campaign and of each of its cards (RULES.md W2b); nowhere else."""

from __future__ import annotations

from typing import Any

from haodun.audit.services import AuditKind
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.services import State, Table, Transition
from haodun.registry.reregistration import effects, guards
from haodun.registry.reregistration.handing_over import owe_notices
from haodun.registry.reregistration.values import OPEN

CAP = "reregistration"
CAMPAIGN = Table(
    name="reregistration",
    model="reregistration.Campaign",
    initial="DRAFT",
    states=(
        State("DRAFT", zh="待复核", en="Awaits approval"),
        State("APPROVED", zh="已批准", en="Approved"),
        State("RUNNING", zh="进行中", en="Running"),
        State("ENDED", zh="已结束", en="Ended"),
    ),
    transitions=(
        Transition(
            action="draft",
            source=(),
            target="DRAFT",
            permission=Permission.REREGISTRATION_PLAN,
            zh="拟定",
            en="Draft",
            kind=AuditKind.REREGISTRATION_PLANNED,
        ),
        Transition(
            action="approve",
            source=("DRAFT",),
            target="APPROVED",
            permission=Permission.REREGISTRATION_APPROVE,
            zh="批准",
            en="Approve",
            kind=AuditKind.REREGISTRATION_PLANNED,
            guards=(guards.has_cards,),
            not_by=("draft",),
            needs_sudo=True,
            blast=effects.radius_of,
            cap=CAP,
            effects=(effects.note_approval,),
        ),
        Transition(
            action="start",
            source=("APPROVED",),
            target="RUNNING",
            permission=Permission.REREGISTRATION_PLAN,
            zh="开始",
            en="Start",
            kind=AuditKind.REREGISTRATION_PLANNED,
            guards=(guards.begins_by_now,),
            effects=(effects.note_move,),
        ),
        Transition(
            action="end",
            source=("DRAFT", "APPROVED", "RUNNING"),
            target="ENDED",
            permission=Permission.REREGISTRATION_PLAN,
            zh="结束",
            en="End",
            kind=AuditKind.REREGISTRATION_PLANNED,
            effects=(effects.note_move,),
            needs_reason=True,
        ),
    ),
)


def _step(action: str, source: tuple[str, ...], target: str, zh: str, en: str, *more: Any) -> Transition:
    """A step of a card; only the system takes it, as its campaign was approved."""
    return Transition(
        action=action,
        source=source,
        target=target,
        permission=None,
        zh=zh,
        en=en,
        kind=AuditKind.REREGISTRATION_CARD,
        effects=(effects.name_cards, *more, effects.set_due),
    )


CARD = Table(
    name="reregistration_card",
    model="reregistration.Card",
    initial="NOTIFIED",
    states=(
        State("NOTIFIED", zh="已通知", en="Notified"),
        State("REMINDED", zh="已提醒", en="Reminded"),
        State("ONE_WAY_STOP", zh="单停", en="One-way stop"),
        State("TWO_WAY_STOP", zh="双停", en="Two-way stop"),
        State("RELEASED", zh="已回收", en="Released"),
        State("REGISTERED", zh="已补登记", en="Registered"),
        State("LAPSED", zh="已不再持有", en="No longer held"),
    ),
    transitions=(
        _step("notify", (), "NOTIFIED", "通知", "Notify", owe_notices),
        _step("remind", ("NOTIFIED",), "REMINDED", "提醒", "Remind", owe_notices),
        _step("stop_one_way", ("REMINDED",), "ONE_WAY_STOP", "单停", "Stop one way", effects.stop_one_way),
        _step("stop_two_way", ("ONE_WAY_STOP",), "TWO_WAY_STOP", "双停", "Stop both ways", effects.stop_two_way),
        _step("release", ("TWO_WAY_STOP",), "RELEASED", "回收", "Release", effects.release),
        _step("registered", OPEN, "REGISTERED", "补登记", "Registered", effects.set_free),
        _step("lapse", OPEN, "LAPSED", "不再持有", "No longer held"),
    ),
)

RECORDING = Table(
    name="reregistration_recording",
    model="reregistration.Recording",
    initial="RECORDED",
    states=(State("RECORDED", zh="已补登记", en="Re-registered"),),
    transitions=(
        Transition(
            action="record",
            source=(),
            target="RECORDED",
            permission=Permission.SUBSCRIBER_EDIT,
            zh="补登记",
            en="Re-register",
            kind=AuditKind.REREGISTRATION_RECORDED,
            effects=(effects.name_recordings,),
        ),
        Transition(
            action="bring_in",
            source=(),
            target="RECORDED",
            permission=None,
            zh="按表补登记",
            en="Re-register from a file",
            kind=AuditKind.REREGISTRATION_RECORDED,
            effects=(effects.name_recordings,),
        ),
    ),
)
_EDIT = Permission.SUBSCRIBER_EDIT
SHEET = Table(
    name="reregistration_sheet",
    model="reregistration.Sheet",
    initial="UPLOADED",
    states=(
        State("UPLOADED", zh="核对中", en="Being checked"),
        State("UNREADABLE", zh="读不通", en="Cannot be read"),
        State("CHECKED", zh="待复核", en="Awaits the second look"),
        State("APPLYING", zh="登记中", en="Being recorded"),
        State("APPLIED", zh="已登记", en="Recorded"),
        State("DISCARDED", zh="已作废", en="Discarded"),
    ),
    transitions=(
        Transition(
            action="upload",
            source=(),
            target="UPLOADED",
            permission=_EDIT,
            zh="上传",
            en="Upload",
            kind=AuditKind.REREGISTRATION_SHEET,
            effects=(effects.check_later,),
        ),
        Transition(
            action="checked",
            source=("UPLOADED",),
            target="CHECKED",
            permission=None,
            zh="核对完毕",
            en="Checked",
            kind=AuditKind.REREGISTRATION_SHEET,
            effects=(effects.count_sheet,),
        ),
        Transition(
            action="unreadable",
            source=("UPLOADED",),
            target="UNREADABLE",
            permission=None,
            zh="读不通",
            en="Cannot be read",
            kind=AuditKind.REREGISTRATION_SHEET,
            effects=(effects.finish_sheet,),
        ),
        Transition(
            action="apply",
            source=("CHECKED",),
            target="APPLYING",
            permission=_EDIT,
            zh="复核并登记",
            en="Look again and record",
            kind=AuditKind.REREGISTRATION_SHEET,
            guards=(guards.has_good_rows,),
            not_by=("upload",),
            blast=effects.sheet_radius,
            effects=(effects.count_sheet, effects.apply_later),
        ),
        Transition(
            action="applied",
            source=("APPLYING",),
            target="APPLIED",
            permission=None,
            zh="登记完毕",
            en="Recorded",
            kind=AuditKind.REREGISTRATION_SHEET,
            effects=(effects.count_sheet, effects.finish_sheet),
        ),
        Transition(
            action="discard",
            source=("UPLOADED", "CHECKED"),
            target="DISCARDED",
            permission=_EDIT,
            zh="作废",
            en="Discard",
            kind=AuditKind.REREGISTRATION_SHEET,
            effects=(effects.forget_sheet, effects.finish_sheet),
            needs_reason=True,
        ),
    ),
)
