"""What must hold before an order may go on; each refusal is one sentence in both languages."""

from __future__ import annotations

from haodun.casework.orders.documents import canonical
from haodun.casework.orders.models import NumberState, Order
from haodun.offices.organisations.services import Kind
from haodun.offices.transitions.services import Change, Refused, cap_of
from haodun.registry.policy_revisions.services import policy_source
from haodun.registry.restrictions.services import trusted_list

CAP = "orders.numbers"
"""Name of the cap on the numbers of one order (settings.HAODUN_CAPS)."""


def unit_has_authority(change: Change, row: Order) -> None:
    """Only police units order a shutdown (反电信网络诈骗法 art. 26). Refused `authority`."""
    if row.issuing_unit.kind != Kind.POLICE:
        raise Refused(
            "authority",
            "来文单位不是公安机关，无权要求关停；请改选来文的公安机关，或驳回。",
            "The issuing unit is no police unit and cannot order a shutdown; name the police unit, or reject.",
        )


def files_for_itself(change: Change, row: Order) -> None:
    """A police unit files its own documents; a bureau or the ministry those it got on paper. Refused `authority`."""
    if change.actor.system or change.actor.organisation_id == row.issuing_unit_id:
        return
    if row.filing_unit.kind not in (Kind.BUREAU, Kind.MINISTRY):
        raise Refused(
            "authority",
            "公安机关只能登记本单位的来文；其他单位的来文请由该单位或通信管理局登记。",
            "A police unit files its own documents only; let the unit that issued this one, or the bureau, file it.",
        )


def document_is_sound(change: Change, row: Order) -> None:
    """The document number is one, in its one spelling. Refused `document`."""
    if canonical(row.document) != row.document:
        raise Refused(
            "document",
            "文号格式不符；请写成“苏公网安关停〔2026〕1123-021”这样的形式。",
            "This is no document number; write it like 苏公网安关停〔2026〕1123-021 or MET-2026/77.",
        )


def has_numbers_within_the_cap(change: Change, row: Order) -> None:
    """At least one number is left, and no more than one order may hold. Refused `numbers` or `cap`."""
    check_count(row.numbers.exclude(state=NumberState.REJECTED).count())


def check_count(count: int) -> None:
    """The same for a count. Refused `numbers` or `cap`."""
    cap = cap_of(CAP)
    if count == 0:
        raise Refused(
            "numbers", "没有可以关停的号码；请检查号码清单。", "No number is left to shut down; check the list."
        )
    if count > cap:
        raise Refused(
            "cap",
            f"一件来文最多 {cap} 个号码，这里有 {count} 个；请分件登记。",
            f"One document holds at most {cap} numbers, this one has {count}; divide it.",
        )


def is_filing_unit(change: Change, row: Order) -> None:
    """Whoever entered the document corrects it. Refused `unit`."""
    if change.actor.organisation_id != row.filing_unit_id:
        raise Refused("unit", "只有登记单位可以补正这份来文。", "Only the unit that filed the document may correct it.")


def is_issuing_unit(change: Change, row: Order) -> None:
    """The result is acknowledged by the unit that asked. Refused `unit`."""
    if change.actor.organisation_id != row.issuing_unit_id:
        raise Refused(
            "unit",
            "只有来文单位可以确认反馈结果。",
            "Only the unit that issued the document may acknowledge the result.",
        )


def is_of_the_units(change: Change, row: Order) -> None:
    """Only the issuing or filing unit takes its document back. Refused `unit`."""
    if change.actor.organisation_id not in (row.issuing_unit_id, row.filing_unit_id):
        raise Refused(
            "unit",
            "只有来文单位或登记单位可以撤回；其他单位请退回或驳回。",
            "Only the unit that issued or filed the document may withdraw it; others send it back or reject it.",
        )


def is_approved_elsewhere(change: Change, row: Order) -> None:
    """Only an order of another node that names its approver goes on without one here. Refused `unapproved`."""
    if not row.origin_node or not row.approval.get("person"):
        raise Refused(
            "unapproved",
            "这件指令不是由其他节点批准后送来的，须由本单位复核人同意。",
            "This order did not come approved from another node; an approver here must decide.",
        )


def has_no_trusted_number(change: Change, row: Order) -> None:
    """A number of the trusted directory is never shut down by an order: its name is misused. Refused `trusted`."""
    directory = trusted_list(policy_source())
    at_ms = int(change.at.timestamp() * 1000)
    numbers = row.numbers.filter(state=NumberState.PENDING).values_list("number", flat=True)
    if directory is not None and any(directory.holds(number, at_ms) for number in numbers):
        raise Refused(
            "trusted",
            "其中有号码已列入可信号码目录，不能关停；请退回补正，将其剔除。",
            "One of the numbers is in the trusted directory and cannot be shut down; send the order back without it.",
        )
