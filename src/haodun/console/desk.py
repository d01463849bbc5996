"""工作台: what is due, what waits for my approval, what came back; each list says where the rest is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.urls import reverse
from django.utils.translation import gettext as _

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
        """The three lists for those who may read orders; the second only for those who may approve."""
        if reader.user is None or not reader.may(Permission.ORDER_READ):
            return ()
        tabs = [("todo", _("将到期与已逾期"), _("没有待办的关停指令。"))]
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
        return orders.waiting(reader.user, reader.user.pk, tab="approve", limit=1)[1]

    def find(self, text: str, reader: Reader) -> Group:
        """Orders by document number."""
        hits: list[Hit] = []
        if reader.may(Permission.ORDER_READ):
            found = orders.by_document(reader.user, text, limit=MAX_HITS)
            hits = [Hit(document, unit, address, exact) for document, unit, address, exact in found]
        return Group(_("关停指令"), "ban", tuple(hits))


def _late_orders(request: Any) -> Count:
    reader = reader_of(request)
    if reader.user is None or not reader.may(Permission.ORDER_READ):
        return Count()
    open_, late = (orders.waiting(reader.user, reader.user.pk, tab=tab, limit=1)[1] for tab in ("todo", "late"))
    return Count(open_, late)


def connect() -> None:
    """Put the contexts that exist here on the desk, into the search and beside their rail entries."""
    desk = Orders()
    add_desk(desk)
    add_finder(desk)
    count_with("orders:desk", _late_orders)
