"""What the register puts on the 工作台: key services, the blacklist, trusted numbers, checks of resellers, policies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from haodun.console.desk import SHOWN, Waiting, add_desk
from haodun.console.reader import Reader
from haodun.offices.organisations.services import Permission
from haodun.registry.card_clusters.on_desk import clusters_waiting
from haodun.registry.key_services.on_desk import listings_waiting, services_waiting
from haodun.registry.policy_revisions.on_desk import revisions_waiting
from haodun.registry.resellers.on_desk import cases_waiting
from haodun.registry.trusted_numbers.on_desk import entries_waiting


@dataclass(frozen=True, slots=True)
class RegisterDesk:
    """One list for whoever may act on what is in it."""

    permissions: tuple[Permission, ...]
    """Any of them."""
    title: str | Promise
    nothing: str | Promise
    document_title: str | Promise
    url: str
    query: str
    waiting: Callable[[Any, int], tuple[list[dict[str, Any]], int]]

    def lists(self, reader: Reader) -> Sequence[Waiting]:
        """The list; () for others."""
        if reader.user is None or not any(map(reader.may, self.permissions)):
            return ()
        rows, total = self.waiting(reader.user, SHOWN)
        address = reverse(self.url) + self.query
        title, document, nothing = str(self.title), str(self.document_title), str(self.nothing)
        return (Waiting(title, rows, total, address, document, nothing, brief=True),)

    def approvals(self, reader: Reader) -> int:
        """None: the count beside the search is of shutdown orders."""
        return 0


DESKS = (
    RegisterDesk(
        (Permission.TRUSTED_CHECK, Permission.TRUSTED_APPROVE),
        _("可信号码申请：待办理"), _("没有待办理的可信号码申请。"), _("登记编号"),
        "trusted:desk", "?tab=todo", entries_waiting,
    ),
    RegisterDesk(
        (Permission.SERVICE_VERIFY, Permission.SERVICE_FLAG),
        _("重点业务：待办理"), _("没有待办理的重点业务。"), _("申请单位"),
        "key_services:home", "?tab=flagged", services_waiting,
    ),
    RegisterDesk(
        (Permission.BLACKLIST_APPROVE,),
        _("渠道黑名单：待复核"), _("没有待复核的黑名单提请。"), _("对象"),
        "key_services:blacklist", "?tab=todo", listings_waiting,
    ),
    RegisterDesk(
        (Permission.RESELLER_ANSWER, Permission.RESELLER_INSPECT, Permission.RESELLER_STOP),
        _("转售企业检查：未办结"), _("没有未办结的转售企业检查。"), _("转售企业"),
        "resellers:home", "?tab=open", cases_waiting,
    ),
    RegisterDesk(
        (Permission.CLUSTER_REVIEW, Permission.CLUSTER_CONFIRM),
        _("黑卡卡群：待复核"), _("没有待复核的卡群。"), _("卡群"),
        "card_clusters:home", "", clusters_waiting,
    ),
    RegisterDesk(
        (Permission.POLICY_APPROVE, Permission.POLICY_PUBLISH),
        _("策略：待复核与发布"), _("没有待复核或待发布的策略。"), _("策略版次"),
        "policies:home", "?tab=approve", revisions_waiting,
    ),
)  # fmt: skip


def connect() -> None:
    """Put them on the desk, after the casework's."""
    for desk in DESKS:
        add_desk(desk)
