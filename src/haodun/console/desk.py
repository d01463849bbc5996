"""工作台: what is due, what waits for my approval, what came back; each list says where the rest is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.urls import reverse
from django.utils.translation import gettext as _

from haodun.casework.appeals import services as appeals
from haodun.casework.orders import services as orders
from haodun.console.navigation import Count, count_with
from haodun.console.reader import Reader, reader_of
from haodun.console.search_views import MAX_HITS, Group, Hit, add_finder
from haodun.offices.organisations.services import Permission

SHOWN = 8
"""Rows of one list on the desk."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One list of the desk."""

    title: str
    rows: Sequence[dict[str, Any]]
    total: int
    address: str
    """Where the whole list is."""
    document_title: str
    nothing: str
    """What is said where it is empty."""
    brief: bool = False
    """Its rows have no numbers to count and no receipts: both columns are left out."""


class Desk(Protocol):
    """A context that gives people work."""

    def lists(self, reader: Reader) -> Sequence[Waiting]:
        """Its lists for this person, most urgent first; () where the role has none."""

    def approvals(self, reader: Reader) -> int:
        """How many things wait for this person as the second one."""


_desks: list[Desk] = []


def add_desk(desk: Desk) -> None:
    """Show this context's lists too; once each."""
    if desk not in _desks:
        _desks.append(desk)


def lists(reader: Reader) -> list[Waiting]:
    """All lists of the person's desk."""
    return [one for desk in _desks for one in desk.lists(reader)]


def approvals(reader: Reader) -> int:
    """What waits for this person's approval, in all contexts."""
    return sum(desk.approvals(reader) for desk in _desks)


class Orders:
    """Shutdown orders: due, for my approval, sent back."""

    def lists(self, reader: Reader) -> Sequence[Waiting]:
        """For a carrier what is to be executed; for others what is due, what they may approve, what came back."""
        if reader.user is None or not reader.may(Permission.ORDER_READ):
            return ()
        tabs = [("todo", _("将到期与已逾期"), _("没有待办的关停指令。"))]
        if reader.may(Permission.ORDER_EXECUTE):
            tabs = [("receipts", _("要执行的关停指令，等回执"), _("没有等待回执的关停指令。"))]
        if reader.may(Permission.ORDER_APPROVE):
            tabs.append(("approve", _("待我复核"), _("没有等您复核的指令。")))
        tabs.append(("sent_back", _("退回的"), _("没有退回的指令。")))
        return [self._list(reader, tab, title, nothing) for tab, title, nothing in tabs]

    def _list(self, reader: Reader, tab: str, title: str, nothing: str) -> Waiting:
        user = reader.user
        rows, total = orders.waiting(user, user.pk, tab=tab, limit=SHOWN) if user else ([], 0)
        return Waiting(title, rows, total, f"{reverse('orders:desk')}?tab={tab}", _("文号"), nothing)

    def approvals(self, reader: Reader) -> int:
        """Orders that this person did not propose and may approve."""
        if reader.user is None or not reader.may(Permission.ORDER_APPROVE):
            return 0
        return orders.how_many(reader.user, reader.user.pk, "approve")[0]

    def find(self, text: str, reader: Reader) -> Group:
        """Orders by document number."""
        hits: list[Hit] = []
        if reader.may(Permission.ORDER_READ):
            found = orders.by_document(reader.user, text, limit=MAX_HITS)
            hits = [Hit(document, unit, address, exact) for document, unit, address, exact in found]
        return Group(_("关停指令"), "ban", tuple(hits))


class Appeals:
    """Appeals: due, and waiting for somebody who took no part in the first decision."""

    def lists(self, reader: Reader) -> Sequence[Waiting]:
        """Both lists for those who may read appeals; the second only for those who may decide them."""
        if reader.user is None or not reader.may(Permission.APPEAL_READ):
            return ()
        tabs = [("todo", _("申诉：将到期与已逾期"), _("没有待办的申诉。"))]
        if reader.may(Permission.APPEAL_DECIDE):
            tabs.append(("review", _("申诉：等待复核"), _("没有等待复核的申诉。")))
        return [self._list(reader, tab, title, nothing) for tab, title, nothing in tabs]

    def _list(self, reader: Reader, tab: str, title: str, nothing: str) -> Waiting:
        rows, total = appeals.waiting(reader.user, tab=tab, limit=SHOWN)
        address = f"{reverse('appeals:desk')}?tab={tab}"
        return Waiting(title, rows, total, address, _("申诉编号"), nothing, brief=True)

    def approvals(self, reader: Reader) -> int:
        """None: an appeal is decided by one person, who took no part in what it is against."""
        return 0

    def find(self, text: str, reader: Reader) -> Group:
        """The appeal of a reference."""
        hits: list[Hit] = []
        if reader.may(Permission.APPEAL_READ):
            found = appeals.by_reference(reader.user, text)
            hits = [Hit(reference, state, address, True) for reference, state, address in found]
        return Group(_("申诉"), "undo-2", tuple(hits))


def _late_appeals(request: Any) -> Count:
    reader = reader_of(request)
    if reader.user is None or not reader.may(Permission.APPEAL_READ):
        return Count()
    return Count(*appeals.open_and_late(reader.user))


def _late_orders(request: Any) -> Count:
    reader = reader_of(request)
    if reader.user is None or not reader.may(Permission.ORDER_READ):
        return Count()
    return Count(*orders.how_many(reader.user, reader.user.pk, "todo", "late"))


def connect() -> None:
    """Put the contexts that exist here on the desk, into the search and beside their rail entries."""
    for desk in (Orders(), Appeals()):
        add_desk(desk)
        add_finder(desk)
    count_with("orders:desk", _late_orders)
    count_with("appeals:desk", _late_appeals)
