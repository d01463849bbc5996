"""The states of an import and of a card above the one-ID limit. Every change of both stands here and nowhere else."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from haodun.audit.services import AuditKind
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.services import ClockKind, ClockSpec, State, Table, Transition, Unit
from haodun.registry.subscribers import effects, guards

EDIT = Permission.SUBSCRIBER_EDIT

IMPORT = Table(
    name="import_run",
    model="subscribers.ImportRun",
    initial="UPLOADED",
    states=(
        State("UPLOADED", zh="核对中", en="Being checked"),
        State("UNREADABLE", zh="读不通", en="Cannot be read"),
        State("CHECKED", zh="待复核", en="Awaits the second look"),
        State("APPLYING", zh="生效中", en="Being applied"),
        State("APPLIED", zh="已生效", en="Applied"),
        State("DISCARDED", zh="已作废", en="Discarded"),
    ),
    transitions=(
        Transition(
            action="upload",
            source=(),
            target="UPLOADED",
            permission=EDIT,
            zh="上传",
            en="Upload",
            kind=AuditKind.IMPORT_UPLOADED,
            effects=(effects.check_later,),
        ),
        Transition(
            action="checked",
            source=("UPLOADED",),
            target="CHECKED",
            permission=None,
            zh="核对完毕",
            en="Checked",
            kind=AuditKind.IMPORT_CHECKED,
            effects=(effects.count_import,),
        ),
        Transition(
            action="unreadable",
            source=("UPLOADED",),
            target="UNREADABLE",
            permission=None,
            zh="读不通",
            en="Cannot be read",
            kind=AuditKind.IMPORT_CHECKED,
            effects=(effects.finish,),
        ),
        Transition(
            action="apply",
            source=("CHECKED",),
            target="APPLYING",
            permission=EDIT,
            zh="复核并生效",
            en="Look again and apply",
            kind=AuditKind.IMPORT_APPLIED,
            guards=(guards.has_good_rows,),
            not_by=("upload",),
            blast=effects.import_radius,
            effects=(effects.count_import, effects.apply_later),
        ),
        Transition(
            action="applied",
            source=("APPLYING",),
            target="APPLIED",
            permission=None,
            zh="生效完毕",
            en="Applied",
            kind=AuditKind.IMPORT_APPLIED,
            effects=(effects.count_import, effects.finish),
        ),
        Transition(
            action="discard",
            source=("UPLOADED", "CHECKED"),
            target="DISCARDED",
            permission=EDIT,
            zh="作废",
            en="Discard",
            kind=AuditKind.IMPORT_DISCARDED,
            effects=(effects.drop, effects.finish),
            needs_reason=True,
        ),
    ),
)

VERIFY = ClockSpec(
    name="excess_verify",
    zh="超限卡逐一核验",
    en="Verify the card above the limit",
    amount=30,
    unit=Unit.DAYS,
    source=gettext_noop("平台规则：六部门 2016-09-23 通告要求逐一核验，未定日数，本平台定为 30 日"),
    kind=ClockKind.POLICY,
)
EXCESS = Table(
    name="excess_card",
    model="subscribers.ExcessCard",
    initial="PENDING",
    states=(
        State("PENDING", zh="待核验", en="To be verified"),
        State("CONFIRMED", zh="本人持有，保留", en="Held by the person, kept"),
        State("GIVEN_UP", zh="本人同意销户", en="Given up by the person"),
        State("REFUSED", zh="核验不通过", en="Not confirmed"),
        State("LAPSED", zh="已不超限", en="Above the limit no more"),
    ),
    transitions=(
        Transition(
            action="find",
            source=(),
            target="PENDING",
            permission=None,
            zh="发现超限",
            en="Found above the limit",
            kind=AuditKind.EXCESS_FOUND,
            effects=(effects.name_card,),
            starts=(VERIFY,),
        ),
        Transition(
            action="confirm",
            source=("PENDING",),
            target="CONFIRMED",
            permission=EDIT,
            zh="核验通过，保留",
            en="Confirm and keep",
            kind=AuditKind.EXCESS_DECIDED,
            guards=(guards.within_the_limit,),
            effects=(effects.name_card, effects.confirm_card),
            stops=(VERIFY.name,),
            needs_reason=True,
        ),
        Transition(
            action="give_up",
            source=("PENDING",),
            target="GIVEN_UP",
            permission=EDIT,
            zh="本人同意，销户",
            en="Close with the holder's consent",
            kind=AuditKind.EXCESS_DECIDED,
            effects=(effects.name_card, effects.close_card),
            stops=(VERIFY.name,),
            needs_reason=True,
        ),
        Transition(
            action="refuse",
            source=("PENDING",),
            target="REFUSED",
            permission=EDIT,
            zh="核验不通过",
            en="Not confirmed",
            kind=AuditKind.EXCESS_DECIDED,
            effects=(effects.name_card, effects.refuse_card),
            stops=(VERIFY.name,),
            needs_reason=True,
        ),
        Transition(
            action="lapse",
            source=("PENDING",),
            target="LAPSED",
            permission=None,
            zh="已不超限",
            en="Above the limit no more",
            kind=AuditKind.EXCESS_DECIDED,
            effects=(effects.name_card, effects.decide),
            stops=(VERIFY.name,),
        ),
    ),
)
