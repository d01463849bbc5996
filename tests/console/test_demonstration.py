"""The demonstration's holders and orders are made by the services, and leave the desk as the story needs it."""

from __future__ import annotations

from django.utils import timezone

from haodun.casework.orders.models import Order, OrderNumber
from haodun.console.demonstration import DOCUMENTS, STORY, furnish
from haodun.console.demonstration_register import LINES, SERVICES, furnish_register
from haodun.offices.organisations.seeding import seed_country
from haodun.offices.organisations.services import Kind, find, system
from haodun.registry.key_services.models import Service
from haodun.registry.resellers.models import ResellerCase
from haodun.registry.restrictions.services import in_force
from haodun.registry.subscribers.services import holder_at, intervals_of, rates
from haodun.registry.voice_lines.models import VoiceLine

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


def test_the_register_stands_in_the_states_it_gets_into(db: None) -> None:
    seed_country()
    furnish_register(province=STORY, now=timezone.now())
    with system():
        bureau = find(kind=Kind.BUREAU, province=STORY)[0].id
        services = list(Service.objects.order_by("number"))
        lines = {line.trunk: line.state for line in VoiceLine.objects.all()}
        cases = [case.state for case in ResellerCase.objects.all()]
    assert len(services) == len(SERVICES)
    assert {one.applicant[:2]: one.state for one in services} == {
        "南京": "ACTIVE", "苏州": "ACTIVE", "无锡": "RECTIFY_ORDERED", "徐州": "SUSPENDED", "扬州": "ACTIVE",
        "常州": "FLAGGED", "南通": "ACTIVE",
    }  # fmt: skip
    assert all(bureau in one.readers for one in services), "the bureau reads them"
    assert len(lines) == len(LINES) and lines["js-line-01"] == "ENFORCED"
    assert (lines["js-gw-07"], lines["js-line-03"]) == ("REGISTERED", "UNAUTHENTICATED")
    assert cases == ["NOTIFIED"]
