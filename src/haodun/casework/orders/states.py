"""The states of a shutdown order (RULES.md W4a). Every change of `Order.state` stands in this table, nowhere else."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from haodun.audit.services import AuditKind
from haodun.casework.orders import effects, guards
from haodun.casework.orders.models import Urgency
from haodun.offices.organisations.services import Permission
from haodun.offices.transitions.services import ClockKind, ClockSpec, State, Table, Transition, Unit

DEADLINES = {
    Urgency.URGENT: ClockSpec(
        name="shutdown_urgent",
        zh="紧急关停",
        en="Urgent shutdown",
        amount=2,
        unit=Unit.HOURS,
        source=gettext_noop("平台规则：紧急来文 2 小时内在全网生效"),
        kind=ClockKind.POLICY,
    ),
    Urgency.NORMAL: ClockSpec(
        name="shutdown_normal",
        zh="关停",
        en="Shutdown",
        amount=24,
        unit=Unit.HOURS,
        source=gettext_noop("平台规则：普通来文 24 小时内在全网生效"),
        kind=ClockKind.POLICY,
    ),
}
"""From receipt to effect at every edge, by urgency."""
CLOCKS = tuple(spec.name for spec in DEADLINES.values())

OPEN = ("RECEIVED", "VALIDATED", "ROUTED")
IN_EFFECT = ("DISPATCHED", "EXECUTED", "REPORTED", "FED_BACK")
DONE = ("FED_BACK", "REJECTED", "WITHDRAWN", "REVERSED")

FILING = {Urgency.NORMAL: "file", Urgency.URGENT: "file_urgent"}
"""The creating action by urgency: each starts its own clock."""
PROPOSERS = ("file", "file_urgent", "correct")


def _filing(urgency: Urgency, zh: str, en: str) -> Transition:
    return Transition(
        action=FILING[urgency],
        source=(),
        target="RECEIVED",
        permission=Permission.ORDER_FILE,
        zh=zh,
        en=en,
        kind=AuditKind.ORDER_FILED,
        guards=(guards.unit_has_authority, guards.files_for_itself, guards.document_is_sound),
        starts=(DEADLINES[urgency],),
    )


_BEFORE_DISPATCH = (
    _filing(Urgency.NORMAL, "登记来文", "File"),
    _filing(Urgency.URGENT, "登记紧急来文", "File as urgent"),
    Transition(
        action="validate",
        source=("RECEIVED",),
        target="VALIDATED",
        permission=None,
        zh="核验",
        en="Validate",
        kind=AuditKind.ORDER_VALIDATED,
        guards=(guards.unit_has_authority, guards.document_is_sound, guards.has_numbers_within_the_cap),
        effects=(effects.name_subjects,),
    ),
    Transition(
        action="route",
        source=("VALIDATED",),
        target="ROUTED",
        permission=None,
        zh="分派",
        en="Route",
        kind=AuditKind.ORDER_ROUTED,
        effects=(effects.route_numbers,),
    ),
    Transition(
        action="send_back",
        source=OPEN,
        target="SENT_BACK",
        permission=Permission.ORDER_VALIDATE,
        zh="退回补正",
        en="Send back",
        kind=AuditKind.ORDER_SENT_BACK,
        not_by=PROPOSERS,
        effects=(effects.keep_note,),
        pauses=CLOCKS,
        needs_reason=True,
    ),
    Transition(
        action="correct",
        source=("SENT_BACK",),
        target="RECEIVED",
        permission=Permission.ORDER_FILE,
        zh="补正",
        en="Correct",
        kind=AuditKind.ORDER_FILED,
        guards=(guards.is_filing_unit,),
        resumes=CLOCKS,
    ),
    Transition(
        action="reject",
        source=(*OPEN, "SENT_BACK"),
        target="REJECTED",
        permission=Permission.ORDER_REJECT,
        zh="驳回",
        en="Reject",
        kind=AuditKind.ORDER_REJECTED,
        not_by=PROPOSERS,
        effects=(effects.keep_note, effects.give_up_numbers),
        stops=CLOCKS,
        needs_reason=True,
    ),
    Transition(
        action="withdraw",
        source=(*OPEN, "SENT_BACK"),
        target="WITHDRAWN",
        permission=Permission.ORDER_CANCEL,
        zh="撤回",
        en="Withdraw",
        kind=AuditKind.ORDER_REVERSED,
        guards=(guards.is_of_the_units,),
        effects=(effects.keep_note, effects.give_up_numbers),
        stops=CLOCKS,
        needs_reason=True,
    ),
)
_FROM_DISPATCH = (
    Transition(
        action="approve",
        source=("ROUTED",),
        target="DISPATCHED",
        permission=Permission.ORDER_APPROVE,
        zh="同意下发",
        en="Approve",
        kind=AuditKind.ORDER_APPROVED,
        guards=(guards.has_numbers_within_the_cap, guards.has_no_trusted_number),
        not_by=PROPOSERS,
        needs_sudo=True,
        blast=effects.blast_radius_of,
        cap=guards.CAP,
        effects=(effects.dispatch,),
    ),
    Transition(
        action="adopt",
        source=("ROUTED",),
        target="DISPATCHED",
        permission=None,
        zh="采用来源节点的批准",
        en="Adopt the approval of the issuing node",
        kind=AuditKind.ORDER_APPROVED,
        guards=(guards.is_approved_elsewhere, guards.has_numbers_within_the_cap, guards.has_no_trusted_number),
        blast=effects.blast_radius_of,
        cap=guards.CAP,
        effects=(effects.dispatch, effects.keep_approver),
    ),
    Transition(
        action="execute",
        source=("DISPATCHED",),
        target="EXECUTED",
        permission=None,
        zh="执行完毕",
        en="Executed",
        kind=AuditKind.ORDER_EXECUTED,
        effects=(effects.mark_executed,),
        stops=CLOCKS,
    ),
    Transition(
        action="report",
        source=("EXECUTED",),
        target="REPORTED",
        permission=None,
        zh="上报",
        en="Report",
        kind=AuditKind.ORDER_REPORTED,
    ),
    Transition(
        action="acknowledge",
        source=("REPORTED",),
        target="FED_BACK",
        permission=Permission.ORDER_ACKNOWLEDGE,
        zh="确认反馈",
        en="Acknowledge the result",
        kind=AuditKind.ORDER_FED_BACK,
        guards=(guards.is_issuing_unit,),
    ),
    Transition(
        action="recall",
        source=IN_EFFECT,
        target="REVERSED",
        permission=Permission.ORDER_REVERSE,
        zh="撤销并解除",
        en="Recall and lift",
        kind=AuditKind.ORDER_REVERSED,
        not_by=("approve",),
        needs_sudo=True,
        effects=(effects.keep_note, effects.lift_all),
        stops=CLOCKS,
        needs_reason=True,
    ),
)

TABLE = Table(
    name="order",
    model="orders.Order",
    initial="RECEIVED",
    states=(
        State("RECEIVED", zh="已收文", en="Received"),
        State("VALIDATED", zh="已核验", en="Validated"),
        State("ROUTED", zh="待复核", en="Awaiting approval"),
        State("DISPATCHED", zh="待回执", en="Awaiting receipts"),
        State("EXECUTED", zh="已执行", en="Executed"),
        State("REPORTED", zh="待公安确认", en="Awaiting the police"),
        State("FED_BACK", zh="已反馈公安", en="Police informed"),
        State("SENT_BACK", zh="退回补正", en="Sent back"),
        State("REJECTED", zh="已驳回", en="Rejected"),
        State("WITHDRAWN", zh="已撤回", en="Withdrawn"),
        State("REVERSED", zh="已撤销", en="Recalled"),
    ),
    transitions=(*_BEFORE_DISPATCH, *_FROM_DISPATCH),
)
