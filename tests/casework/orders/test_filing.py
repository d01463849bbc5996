"""Filing a document: who may, what is refused, what happens when it comes twice."""

from __future__ import annotations

import uuid

import pytest
from tests.casework.conftest import ALLOCATED, FOREIGN, HELD, Country, MakeOrder, filing

from haodun.casework.orders.models import NumberState, Order, OrderNumber, Urgency
from haodun.casework.orders.services import BadNumbers, correct_order, file_order, take
from haodun.casework.orders.states import DEADLINES
from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import Refused, clocks_of, steps_of


def key() -> str:
    return uuid.uuid4().hex


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    assert refused.value.zh and refused.value.en
    return refused.value.code


def test_a_filed_document_is_received_validated_and_routed_by_the_system(make_order: MakeOrder) -> None:
    order = make_order()
    assert order.state == "ROUTED"
    steps = steps_of("order", order.id)
    assert [(step.action, step.role) for step in steps] == [
        ("file_urgent", "police_officer"),
        ("validate", "system"),
        ("route", "system"),
    ]


def test_each_number_is_routed_to_who_answers_for_it(make_order: MakeOrder, country: Country) -> None:
    order = make_order()
    routed = {row.number: (row.carrier_id, row.certainty, row.province) for row in order.numbers.all()}
    assert routed == {
        HELD: (country.carrier.id, "registered", "32"),
        ALLOCATED: (country.carrier.id, "allocated", routed[ALLOCATED][2]),
        FOREIGN: (None, "unknown", ""),
    }


@pytest.mark.parametrize(("urgency", "hours"), [(Urgency.URGENT, 2), (Urgency.NORMAL, 24)])
def test_the_clock_runs_from_receipt_by_urgency(make_order: MakeOrder, urgency: Urgency, hours: int) -> None:
    order = make_order(urgency=urgency)
    (clock,) = clocks_of("order", [order.id])
    assert (clock.due_at - order.created_at).total_seconds() == hours * 3600
    assert clock.source == DEADLINES[urgency].source
    assert clock.kind == "P"


def test_the_same_document_filed_again_is_the_order_that_is_there(make_order: MakeOrder, country: Country) -> None:
    order = make_order(document="宁公网安关停〔2026〕900")
    again = filing(country, document="宁公网安关停[2026]第900号", numbers="13912345678")
    filed = file_order(country.actor("police_approver"), again, key=key())
    assert (filed.order, filed.known) == (order.id, True)
    assert Order.objects.filter(document="宁公网安关停〔2026〕900").count() == 1
    assert order.numbers.count() == 3


def test_the_same_document_with_other_numbers_is_refused(make_order: MakeOrder, country: Country) -> None:
    order = make_order()
    with pytest.raises(Refused) as refused:
        file_order(country.actor("police"), filing(country, document=order.document, numbers="13700000001"), key=key())
    assert code_of(refused) == "document_differs"


def test_a_double_click_files_once(country: Country) -> None:
    given, once = filing(country), key()
    first = file_order(country.actor("police"), given, key=once)
    second = file_order(country.actor("police"), given, key=once)
    assert first.order == second.order
    assert OrderNumber.objects.filter(order=first.order).count() == 3


def test_a_later_document_adds_a_second_source_to_the_same_number(make_order: MakeOrder, country: Country) -> None:
    first, second = make_order(), make_order(numbers="13912345678")
    assert first.id != second.id
    assert OrderNumber.objects.filter(number=HELD).count() == 2


def test_a_bureau_files_what_came_on_paper_for_the_police_unit(make_order: MakeOrder, country: Country) -> None:
    order = make_order("officer")
    assert (order.issuing_unit_id, order.filing_unit_id) == (country.police.id, country.bureau.id)
    assert {country.police.id, country.bureau.id, country.ministry.id} <= set(order.readers)
    assert country.other_bureau.id not in order.readers


def test_a_document_that_another_unit_filed_is_not_shown_to_a_stranger(make_order: MakeOrder, country: Country) -> None:
    order = make_order()
    given = filing(country, document=order.document)
    with pytest.raises(Refused) as refused:
        file_order(country.actor("stranger"), given, key=key())
    assert code_of(refused) == "document"


def test_only_a_police_unit_has_authority(country: Country) -> None:
    with pytest.raises(Refused) as refused:
        file_order(country.actor("officer"), filing(country, issuing_unit=country.bureau.id), key=key())
    assert code_of(refused) == "authority"
    assert not Order.objects.exists()


@pytest.mark.parametrize("name", ["carrier", "auditor"])
def test_roles_without_the_right_file_nothing(country: Country, name: str) -> None:
    with pytest.raises(Refused) as refused:
        file_order(country.actor(name), filing(country), key=key())
    assert code_of(refused) == "permission"
    assert not Order.objects.exists()


def test_bad_entries_are_named_and_nothing_is_filed(country: Country) -> None:
    with pytest.raises(BadNumbers) as refused:
        file_order(country.actor("police"), filing(country, numbers="13912345678\n1391234567x\n\n12"), key=key())
    assert [bad.line for bad in refused.value.bad] == [2, 4]
    assert "1391234567" not in refused.value.zh + refused.value.en
    assert not Order.objects.exists()


def test_emergency_and_official_numbers_are_left_out_with_a_reason(make_order: MakeOrder) -> None:
    order = make_order(numbers="13912345678\n110\n10086\n96110")
    left_out = order.numbers.filter(state=NumberState.REJECTED)
    assert sorted(left_out.values_list("number", "reason")) == [
        (86110, "emergency"),
        (8610086, "official"),
        (8696110, "official"),
    ]


def test_a_document_of_nothing_but_untouchable_numbers_is_refused(country: Country) -> None:
    with pytest.raises(Refused) as refused:
        file_order(country.actor("police"), filing(country, numbers="110\n120"), key=key())
    assert code_of(refused) == "numbers"


def test_more_numbers_than_the_cap_are_refused(country: Country) -> None:
    many = "\n".join(f"139{number:08d}" for number in range(201))
    with pytest.raises(Refused) as refused:
        file_order(country.actor("police"), filing(country, numbers=many), key=key())
    assert code_of(refused) == "cap"


def test_a_corrected_order_is_routed_again_and_its_clock_goes_on(make_order: MakeOrder, country: Country) -> None:
    order = make_order()
    take(country.actor("officer"), [order.id], "send_back", key=key(), reason="第 2 个号码有误")
    (clock,) = clocks_of("order", [order.id])
    assert clock.paused_at is not None
    once = key()
    for _ in range(2):
        order.refresh_from_db()
        correct_order(country.actor("police"), order, numbers="13912345678\n13700000001", remark="", key=once)
    order.refresh_from_db()
    (clock,) = clocks_of("order", [order.id])
    states = dict(order.numbers.values_list("number", "state"))
    assert (order.state, clock.paused_at) == ("ROUTED", None)
    assert states == {
        HELD: "PENDING",
        8613700000001: "PENDING",
        ALLOCATED: "REJECTED",
        FOREIGN: "REJECTED",
    }
    assert order.numbers.get(number=8613700000001).certainty != ""


def test_only_the_filing_unit_corrects(make_order: MakeOrder, country: Country) -> None:
    order = make_order()
    take(country.actor("officer"), [order.id], "send_back", key=key(), reason="有误")
    with pytest.raises(Refused) as refused:
        correct_order(country.actor("officer"), order, numbers="13912345678", remark="", key=key())
    assert code_of(refused) == "unit"
    with system():
        assert order.numbers.count() == 3
