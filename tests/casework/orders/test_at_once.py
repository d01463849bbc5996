"""Two people at the same moment: one order, one approval, one effect."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connections
from tests.casework.conftest import HELD, Country, filing, found_country

from haodun.casework.orders.models import Order
from haodun.casework.orders.services import file_order, preview_step, take
from haodun.console.database import Urls
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import Refused
from haodun.registry.restrictions.services import of_number


def at_once(*works: Callable[[], object]) -> list[object]:
    """What each returned, or the refusal it met; all begin together, each in a thread and connection of its own."""
    gate, found = threading.Barrier(len(works)), [None] * len(works)

    def run(place: int, work: Callable[[], object]) -> None:
        gate.wait()
        try:
            with system():
                found[place] = work()  # type: ignore[call-overload]
        except Refused as refused:
            found[place] = refused  # type: ignore[call-overload]
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return list(found)


@pytest.fixture
def land(committed_db: Urls) -> Country:
    with system():
        return found_country()


def test_one_document_filed_by_two_at_once_is_one_order(land: Country) -> None:
    given = filing(land)
    works = [
        lambda name=name: file_order(land.actor(name), given, key=uuid.uuid4().hex).order
        for name in ("police", "police_approver", "officer", "colleague")
    ]
    orders = at_once(*works)
    with system():
        assert set(orders) == set(Order.objects.values_list("id", flat=True))
        assert Order.objects.get().numbers.count() == 3


def test_of_two_approvals_at_once_one_is_done_and_the_other_refused(land: Country) -> None:
    with system():
        order = Order.objects.get(id=file_order(land.actor("police"), filing(land), key="f").order)
        blast = preview_step(land.actor("approver"), order, "approve").blast
    assert blast is not None
    seen = blast.digest()
    names = ("approver", "second_approver", "police_approver")
    works = [
        lambda name=name: take(land.actor(name), [order.id], "approve", key="a", seen=seen)[0].to_state
        for name in names
    ]
    found = at_once(*works)
    assert found.count("DISPATCHED") == 1
    assert sorted(one.code for one in found if isinstance(one, Refused)) == ["state", "state"]
    with system():
        assert len(of_number(HELD)) == 1
