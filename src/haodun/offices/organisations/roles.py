"""Every role there is: what it may do, at which kinds of organisation it exists, whether it needs a second factor."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from haodun.offices.organisations.kinds import Kind
from haodun.offices.organisations.permissions import Permission

P = Permission


class Role(TextChoices):
    """What a person is at an organisation (CONSOLE.md §7)."""

    ADMINISTRATOR = "administrator", _("单位管理员")
    ASSOCIATION_CLERK = "association_clerk", _("协会经办人")
    AUDITOR = "auditor", _("审计员")
    BUREAU_APPROVER = "bureau_approver", _("管局审批人")
    BUREAU_OFFICER = "bureau_officer", _("管局经办人")
    CARRIER_COMPLIANCE = "carrier_compliance", _("运营商合规专员")
    CARRIER_ENGINEER = "carrier_engineer", _("运营商工程师")
    ENTERPRISE = "enterprise", _("企业用户")
    PLATFORM_OPERATOR = "platform_operator", _("互联网企业经办人")
    POLICE_APPROVER = "police_approver", _("公安审批人")
    POLICE_OFFICER = "police_officer", _("公安经办人")
    PRESS = "press", _("新闻联络人")
    RESELLER_OFFICER = "reseller_officer", _("转售企业经办人")
    SUPERVISOR = "supervisor", _("部级督导")


@dataclass(frozen=True, slots=True)
class Charter:
    """What a role is made of."""

    permissions: frozenset[str]
    """Values of `Permission`."""
    kinds: frozenset[str]
    """Kinds of organisation at which the role exists."""
    second_factor: bool = True
    """A login in this role needs a second factor (GB/T 22239-2019 level 3)."""


def _charter(kinds: tuple[Kind, ...], *permissions: P, second_factor: bool = True) -> Charter:
    return Charter(
        frozenset(item.value for item in (P.ORGANISATION_READ, *permissions)),
        frozenset(kind.value for kind in kinds),
        second_factor,
    )


_LOOKS = (P.NUMBER_LOOKUP, P.RESTRICTION_READ, P.NOTICE_READ)
_OFFICE = (P.SITUATION_READ, P.VERDICT_READ, P.SUBSCRIBER_READ, P.POLICY_READ, P.SNAPSHOT_READ, P.EDGE_READ)
_DESK = (P.ORDER_READ, P.APPEAL_READ, P.MEMBERSHIP_READ, P.DELEGATION_GRANT)
_REGISTER = (
    P.PLAN_READ, P.SERVICE_READ, P.AGENT_READ, P.BLACKLIST_READ, P.VOICE_LINE_READ, P.TRUSTED_READ, P.DEVICE_READ,
    P.REREGISTRATION_READ,
    P.RESELLER_READ,
    P.CARDS_READ, P.CLUSTER_READ,
)  # fmt: skip
"""Reads of the registers that a bureau keeps an eye on and a carrier answers for."""
_BUREAU_REGISTER = (
    *_REGISTER, P.SERVICE_FLAG, P.BLACKLIST_EDIT, P.PLAN_EDIT, P.NODE_READ, P.FIGURE_PUBLISH,
    P.RESELLER_INSPECT, P.CLUSTER_REVIEW,
)  # fmt: skip
_APPROVES_REGISTER = (
    P.SERVICE_CLOSE, P.BLACKLIST_APPROVE, P.VOICE_LINE_CLOSE, P.REREGISTRATION_APPROVE, P.RESELLER_STOP,
    P.CLUSTER_CONFIRM,
)  # fmt: skip
_BUREAU = (
    *_LOOKS, *_OFFICE, *_DESK, P.ORDER_VALIDATE, P.ORDER_ROUTE, P.ORDER_REJECT, P.ORDER_EXTEND,
    P.APPEAL_ACCEPT, P.APPEAL_DECIDE, P.POLICY_DRAFT, P.NUMBER_UNMASK, P.ORDER_FILE,
)  # fmt: skip
_APPROVES = (P.ORDER_APPROVE, P.ORDER_CANCEL, P.ORDER_REVERSE, P.BREAK_GLASS, P.DUTY_PLAN)
_POLICE = (
    *_LOOKS, *_DESK, P.ORDER_FILE, P.ORDER_CANCEL, P.ORDER_VALIDATE, P.ORDER_ROUTE, P.ORDER_ACKNOWLEDGE,
    P.NUMBER_UNMASK, P.DEVICE_READ, P.DEVICE_ACKNOWLEDGE,
)  # fmt: skip
_CARRIER = (*_LOOKS, *_DESK, P.VERDICT_READ, P.SNAPSHOT_READ, P.EDGE_READ, P.POLICY_READ)
_EVERY_KIND = tuple(Kind)

CHARTERS: dict[str, Charter] = {
    Role.ADMINISTRATOR: _charter(
        _EVERY_KIND, P.MEMBERSHIP_GRANT, P.MEMBERSHIP_READ, P.ORGANISATION_EDIT, P.ORGANISATION_MOVE, P.DUTY_PLAN,
        P.EDGE_ENROL, P.EDGE_READ, P.EDGE_REVOKE, P.JOB_READ, P.SNAPSHOT_READ,
        P.NODE_READ, P.NODE_ENROL, P.NODE_APPROVE, P.TOKEN_ISSUE,
    ),
    Role.ASSOCIATION_CLERK: _charter(
        (Kind.ASSOCIATION,), *_LOOKS, P.APPEAL_READ, P.APPEAL_ACCEPT, P.APPEAL_FILE,
        P.TRUSTED_READ, P.TRUSTED_CHECK, P.TRUSTED_APPROVE,
    ),
    Role.AUDITOR: _charter(
        (Kind.MINISTRY, Kind.BUREAU, Kind.POLICE, Kind.CARRIER_GROUP, Kind.CARRIER, Kind.TECHNICAL_CENTRE),
        P.AUDIT_READ, P.AUDIT_EXPORT, P.AUDIT_VERIFY, P.AUDIT_REVIEW, P.AUDIT_ERASE, P.NUMBER_LOOKUP,
        P.RESTRICTION_READ, P.MEMBERSHIP_READ, P.ORDER_READ, P.APPEAL_READ, P.JOB_READ, P.SNAPSHOT_READ,
        *_REGISTER, P.NODE_READ,
    ),
    Role.BUREAU_APPROVER: _charter(
        (Kind.BUREAU, Kind.MINISTRY), *_BUREAU, *_APPROVES, P.APPEAL_APPROVE, P.POLICY_APPROVE, P.POLICY_PUBLISH,
        P.POLICY_ROLL_BACK, P.SNAPSHOT_PUBLISH, P.RESTRICTION_IMPOSE, P.RESTRICTION_LIFT,
        *_BUREAU_REGISTER, *_APPROVES_REGISTER,
    ),
    Role.BUREAU_OFFICER: _charter((Kind.BUREAU, Kind.MINISTRY), *_BUREAU, P.RESTRICTION_LIFT, *_BUREAU_REGISTER),
    Role.CARRIER_COMPLIANCE: _charter(
        (Kind.CARRIER, Kind.CARRIER_GROUP), *_CARRIER, P.ORDER_ACKNOWLEDGE, P.ORDER_EXECUTE, P.ORDER_REJECT,
        P.SUBSCRIBER_READ, P.SUBSCRIBER_EDIT, P.NUMBER_UNMASK, P.APPEAL_ACCEPT, P.APPEAL_DECIDE, P.RESTRICTION_LIFT,
        *_REGISTER, P.SERVICE_APPLY, P.SERVICE_VERIFY, P.SERVICE_FLAG, P.SERVICE_CLOSE, P.AGENT_EDIT,
        P.BLACKLIST_EDIT, P.VOICE_LINE_EDIT, P.VOICE_LINE_CLOSE, P.PLAN_EDIT, P.FIGURE_PUBLISH, P.DEVICE_REPORT,
        P.REREGISTRATION_PLAN, P.REREGISTRATION_APPROVE,
        P.RESELLER_ANSWER,
        P.CARDS_ASK, P.CLUSTER_REVIEW, P.CLUSTER_CONFIRM,
    ),
    Role.CARRIER_ENGINEER: _charter(
        (Kind.CARRIER, Kind.CARRIER_GROUP, Kind.TECHNICAL_CENTRE), P.VERDICT_READ, P.SNAPSHOT_READ, P.POLICY_READ,
        P.EDGE_READ, P.EDGE_ENROL, P.EDGE_REVOKE, P.JOB_READ, P.SITUATION_READ,
        P.VOICE_LINE_READ, P.VOICE_LINE_TEST, P.VOICE_LINE_EDIT, P.DEVICE_READ, P.DEVICE_REPORT,
        P.PLAN_READ, P.NODE_READ, P.TRUSTED_READ,
        P.POLICY_DRAFT,
    ),
    Role.ENTERPRISE: _charter(
        (Kind.ENTERPRISE,), *_LOOKS, P.APPEAL_FILE, P.APPEAL_READ, P.TRUSTED_READ, P.TRUSTED_APPLY, P.SERVICE_READ,
        P.VOICE_LINE_READ, second_factor=False,
    ),
    Role.PLATFORM_OPERATOR: _charter((Kind.PLATFORM,), P.NUMBER_LOOKUP, P.ORDER_READ, P.ORDER_ACKNOWLEDGE),
    Role.POLICE_APPROVER: _charter((Kind.POLICE,), *_POLICE, *_APPROVES),
    Role.POLICE_OFFICER: _charter((Kind.POLICE,), *_POLICE),
    Role.PRESS: _charter((Kind.PRESS,), second_factor=False),
    Role.RESELLER_OFFICER: _charter(
        (Kind.RESELLER,), *_LOOKS, *_DESK, P.ORDER_ACKNOWLEDGE, P.ORDER_EXECUTE, P.ORDER_REJECT, P.SUBSCRIBER_READ,
        P.SUBSCRIBER_EDIT, P.NUMBER_UNMASK, P.AGENT_READ, P.AGENT_EDIT, P.BLACKLIST_READ, P.PLAN_READ, P.FIGURE_PUBLISH,
        P.REREGISTRATION_READ, P.REREGISTRATION_PLAN, P.REREGISTRATION_APPROVE,
        P.RESELLER_READ, P.RESELLER_ANSWER,
        P.CARDS_READ, P.CARDS_ASK,
    ),
    Role.SUPERVISOR: _charter(
        (Kind.MINISTRY,), *_LOOKS, *_OFFICE, *_DESK, *_APPROVES, P.APPEAL_APPROVE, P.POLICY_APPROVE,
        P.POLICY_PUBLISH, P.POLICY_ROLL_BACK, P.SNAPSHOT_PUBLISH, P.NUMBER_UNMASK, P.AUDIT_REVIEW, P.JOB_READ,
        *_REGISTER, *_APPROVES_REGISTER, P.NODE_READ, P.FIGURE_PUBLISH,
    ),
}  # fmt: skip
"""What each role holds."""
