"""The demonstration's holders and orders are made by the services, and leave the desk as the story needs it."""

from __future__ import annotations

from django.utils import timezone

from haodun.casework.orders.models import Order, OrderNumber
from haodun.console.demonstration import DOCUMENTS, furnish
from haodun.offices.organisations.seeding import seed_country
from haodun.offices.organisations.services import Kind, find, system
from haodun.registry.restrictions.services import in_force
from haodun.registry.subscribers.services import holder_at, intervals_of, rates

CALLERS = tuple(8613912340000 + index * 7 for index in range(300))
GUILTY = CALLERS[:120]


def test_documents_stand_where_the_story_wants_them(db: None) -> None:
    seed_country()
    now = timezone.now()
    made = furnish(callers=CALLERS, guilty=GUILTY, now=now)
    with system():
        states = {order.document.rpartition("-")[2]: order.state for order in Order.objects.all()}
        dispatched = set(OrderNumber.objects.filter(order__state="DISPATCHED").values_list("number", flat=True))
    assert made.orders == len(DOCUMENTS) == len(states)
    assert [states[number] for number in ("009", "021", "027", "028")] == [
        "DISPATCHED",
        "ROUTED",
        "SENT_BACK",
        "REJECTED",
    ]
    assert set(in_force(sorted(dispatched), timezone.now())) == dispatched
    used = sum(step.count for step in DOCUMENTS)
    assert set(made.free) <= set(GUILTY) and len(made.free) == len(GUILTY) - used


def test_every_caller_has_a_holder_and_some_had_another_before(db: None) -> None:
    seed_country()
    now = timezone.now()
    made = furnish(callers=CALLERS, guilty=GUILTY, now=now)
    assert all(holder_at(number, now) is not None for number in CALLERS)
    two = [number for number in CALLERS if len(intervals_of(number)) == 2]
    assert made.holders == len(CALLERS) + len(two)
    assert 0 < len(two) < len(CALLERS) // 2


def test_mobiles_of_the_story_belong_to_the_carrier_whose_officer_has_a_login(db: None) -> None:
    seed_country()
    now = timezone.now()
    furnish(callers=CALLERS, guilty=GUILTY, now=now)
    with system():
        carrier = find(kind=Kind.CARRIER, province="32").get(name_zh="甲网江苏公司").id
        routed = set(OrderNumber.objects.exclude(carrier=None).values_list("carrier_id", flat=True))
    assert routed == {carrier}
    assert {held.carrier for number in CALLERS if (held := holder_at(number, now)) is not None} == {carrier}


def test_most_holders_have_shown_a_document_and_some_have_not(db: None) -> None:
    seed_country()
    now = timezone.now()
    furnish(callers=CALLERS, guilty=GUILTY, now=now)
    (found,) = rates(timezone.localdate(now))
    assert found.numbers == len(CALLERS)
    assert 0.9 < found.valid / found.numbers < 1
