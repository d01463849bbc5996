"""The queue by its clocks: read whole where it is short, walked where it is long, the same rows either way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.casework.conftest import Country, MakeOrder

from haodun.casework.orders import clocked, queries
from haodun.casework.orders.models import Order, Urgency
from haodun.casework.orders.queries import TABS, Filters
from haodun.casework.orders.services import take
from haodun.casework.orders.states import TABLE
from haodun.offices.transitions.services import Clock


def filed(country: Country, make_order: MakeOrder) -> list[Order]:
    """Seven orders with clocks in no order, one of them overdue, one sent back (its clock stands still)."""
    orders = [make_order(urgency=urgency) for urgency in (Urgency.NORMAL, Urgency.URGENT, Urgency.URGENT) * 2]
    for place, order in enumerate(orders):
        for clock in Clock.objects.filter(object_type=TABLE.name, object_id=order.id):
            clock.due_at += timedelta(minutes=(place * 5) % 7)
            clock.started_at -= timedelta(days=2 * (place == 3))
            clock.due_at -= timedelta(days=2 * (place == 3))
            clock.save()
    back = make_order()
    take(country.actor("officer"), [back.id], "send_back", key="back", reason="请核对后补正")
    return [*orders, back]


def read_through(country: Country, tab: str, *, size: int) -> list[Any]:
    """All pages of a tab, one after the other."""
    user, rows, cursor = country.user("officer"), [], ""
    for _ in range(20):
        page = queries.page(user, user.pk, tab=tab, filters=Filters(), cursor=cursor, size=size)
        assert len(page.rows) <= size
        rows += page.rows
        cursor = page.after
        if not cursor:
            return rows
    raise AssertionError("the pages never end")


@pytest.mark.parametrize("count_to", [3, 1001])
@pytest.mark.parametrize("size", [1, 3, 50])
def test_every_page_together_is_the_queue_in_the_order_of_its_clocks(
    country: Country, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch, count_to: int, size: int
) -> None:
    orders = filed(country, make_order)
    monkeypatch.setattr(clocked, "COUNT_TO", count_to)
    running = {one.object_id: one.due_at for one in clocked.running(TABLE.name)}
    wanted = sorted(orders, key=lambda order: (running.get(order.id, clocked.NEVER), order.id.int))
    rows = read_through(country, "todo", size=size)
    assert [row.id for row in rows] == [order.id for order in wanted]
    assert [row.due for row in rows] == [running.get(order.id, clocked.NEVER) for order in wanted]


@pytest.mark.parametrize("count_to", [1, 1001])
def test_each_tab_holds_what_it_says(
    country: Country, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch, count_to: int
) -> None:
    orders = filed(country, make_order)
    monkeypatch.setattr(clocked, "COUNT_TO", count_to)
    found = {tab: {row.id for row in read_through(country, tab, size=2)} for tab in TABS}
    every = {order.id for order in orders}
    assert found["todo"] == found["all"] == every
    assert found["late"] == {orders[3].id}
    assert found["approve"] == every - {orders[-1].id}
    assert found["sent_back"] == {orders[-1].id}
    assert found["done"] == found["receipts"] == set()


def test_a_colleague_reads_the_same_queue_and_a_stranger_nothing(country: Country, make_order: MakeOrder) -> None:
    filed(country, make_order)
    own, other = (
        queries.page(country.user(name), country.user(name).pk, tab="todo", filters=Filters()).total
        for name in ("colleague", "stranger")
    )
    assert (own, other) == (7, 0)
