"""Every step of an order: who may take it, from where, and what it does."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from django.utils import timezone
from tests.casework.conftest import ALLOCATED, FOREIGN, HELD, Country, MakeOrder

from haodun.casework.orders.models import NumberState, Order
from haodun.casework.orders.services import deciders_of, order_of, orders_executed, preview_step, take
from haodun.casework.orders.states import TABLE
from haodun.offices.transitions.services import Actor, Refused, clocks_of, emit
from haodun.registry.policies.facts import SnapshotExecuted
from haodun.registry.restrictions.services import Source, by_source, in_force


def step(actor: Actor, order: Order, action: str, **changes: object) -> Order:
    take(actor, [order.id], action, key=uuid.uuid4().hex, **changes)  # type: ignore[arg-type]
    order.refresh_from_db()
    return order


def refused(actor: Actor, order: Order, action: str, **changes: object) -> str:
    with pytest.raises(Refused) as caught:
        step(actor, order, action, **changes)
    assert caught.value.zh and caught.value.en
    return caught.value.code


def seen(country: Country, order: Order, name: str = "approver") -> str:
    blast = preview_step(country.actor(name), order, "approve").blast
    assert blast is not None
    return blast.digest()


def approve(country: Country, order: Order, name: str = "approver") -> Order:
    return step(country.actor(name), order, "approve", seen=seen(country, order, name))


def executed(order: Order) -> None:
    emit(SnapshotExecuted(version=7, change=order.change, edges=1))
    order.refresh_from_db()


def test_approval_places_a_restriction_on_every_number(make_order: MakeOrder, country: Country) -> None:
    order = approve(country, make_order())
    assert order.state == "DISPATCHED"
    assert order.approved_by == country.user("approver").id
    assert sorted(in_force([HELD, ALLOCATED, FOREIGN], timezone.now())) == sorted([HELD, ALLOCATED, FOREIGN])
    placed = by_source(Source("order", str(order.id)))
    assert order.change == max(restriction.change for restriction in placed)
    assert {order_of(restriction.id) for restriction in placed} == {order}


def test_the_preview_counts_what_approval_would_hit(make_order: MakeOrder, country: Country) -> None:
    found = preview_step(country.actor("approver"), make_order(), "approve")
    assert found.refusal is None
    assert found.blast is not None
    assert (found.blast.numbers, found.blast.holders) == (3, 1)
    assert found.blast.carriers == {str(country.carrier.id): 2, "": 1}


def test_who_filed_may_not_approve_not_even_with_the_right(make_order: MakeOrder, country: Country) -> None:
    order = make_order("approver")
    assert refused(country.actor("approver"), order, "approve", seen="") == "second_person"
    assert approve(country, order, "second_approver").state == "DISPATCHED"


def test_who_acts_for_the_filer_may_not_approve(make_order: MakeOrder, country: Country) -> None:
    order = make_order("approver")
    delegate = replace(country.actor("second_approver"), on_behalf_of=country.user("approver").id)
    assert refused(delegate, order, "approve", seen="") == "second_person"


def test_approval_needs_a_second_proof(make_order: MakeOrder, country: Country) -> None:
    order = make_order()
    assert refused(country.actor("approver", sudo=False), order, "approve", seen=seen(country, order)) == "sudo"


def test_approval_of_something_else_than_was_shown_is_refused(make_order: MakeOrder, country: Country) -> None:
    assert refused(country.actor("approver"), make_order(), "approve", seen="0" * 64) == "seen"
    assert not in_force([HELD], timezone.now())


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("police", "permission"),
        ("officer", "permission"),
        ("auditor", "permission"),
        ("carrier", "permission"),
        ("stranger", "absent"),
        ("other_police", "absent"),
    ],
)
def test_others_may_not_approve(make_order: MakeOrder, country: Country, name: str, code: str) -> None:
    assert refused(country.actor(name), make_order(), "approve", seen="") == code


@pytest.mark.parametrize("name", ["approver", "second_approver", "police_approver", "supervisor"])
def test_approvers_of_police_bureau_and_ministry_may(make_order: MakeOrder, country: Country, name: str) -> None:
    assert approve(country, make_order(), name).state == "DISPATCHED"


def test_execution_at_every_edge_completes_and_reports(make_order: MakeOrder, country: Country) -> None:
    order = approve(country, make_order())
    executed(order)
    assert order.state == "REPORTED"
    states = dict(order.numbers.values_list("number", "state"))
    assert states == {HELD: "EXECUTED", ALLOCATED: "EXECUTED", FOREIGN: "NOT_OURS"}
    (clock,) = clocks_of("order", [order.id])
    assert clock.met is True
    assert order.executed_at is not None


def test_a_snapshot_without_the_last_change_completes_nothing(make_order: MakeOrder, country: Country) -> None:
    order = approve(country, make_order())
    assert orders_executed(change=order.change - 1, version=7) == 0
    order.refresh_from_db()
    assert order.state == "DISPATCHED"


def test_a_receipt_that_comes_twice_does_nothing_twice(make_order: MakeOrder, country: Country) -> None:
    order = approve(country, make_order())
    executed(order)
    version = order.version
    executed(order)
    assert order.version == version


def test_a_number_already_shut_gets_the_second_document_as_well(make_order: MakeOrder, country: Country) -> None:
    first, second = approve(country, make_order()), make_order(numbers="13912345678")
    approve(country, second)
    assert second.numbers.get().state == NumberState.ALREADY_CLOSED
    step(country.actor("second_approver"), first, "recall", reason="误报")
    assert list(in_force([HELD, ALLOCATED], timezone.now())) == [HELD]


def test_the_police_unit_acknowledges_the_result_and_nobody_else(make_order: MakeOrder, country: Country) -> None:
    order = approve(country, make_order("officer"))
    executed(order)
    assert refused(country.actor("approver"), order, "acknowledge") in ("permission", "unit")
    assert step(country.actor("police"), order, "acknowledge").state == "FED_BACK"


def test_recall_lifts_everything_and_is_not_for_the_approver(make_order: MakeOrder, country: Country) -> None:
    order = approve(country, make_order())
    executed(order)
    assert refused(country.actor("approver"), order, "recall", reason="误报") == "second_person"
    assert refused(country.actor("second_approver"), order, "recall", reason=" ") == "reason"
    assert refused(country.actor("second_approver", sudo=False), order, "recall", reason="误报") == "sudo"
    step(country.actor("second_approver"), order, "recall", reason="误报")
    assert order.state == "REVERSED"
    assert not in_force([HELD, ALLOCATED, FOREIGN], timezone.now())
    assert set(order.numbers.values_list("state", "reason")) == {("REVERSED", "recalled")}
    assert order.note == "误报"


def test_a_withdrawn_order_touches_nobody_and_stops_its_clock(make_order: MakeOrder, country: Country) -> None:
    order = step(country.actor("police"), make_order(), "withdraw", reason="重复发文")
    assert order.state == "WITHDRAWN"
    assert set(order.numbers.values_list("state", "reason")) == {("REJECTED", "withdrawn")}
    (clock,) = clocks_of("order", [order.id])
    assert clock.stopped_at is not None
    assert refused(country.actor("approver"), order, "approve", seen="") == "state"


def test_only_the_unit_itself_withdraws(make_order: MakeOrder, country: Country) -> None:
    assert refused(country.actor("approver"), make_order(), "withdraw", reason="x") == "unit"


def test_a_bureau_rejects_with_a_reason(make_order: MakeOrder, country: Country) -> None:
    order = make_order()
    assert refused(country.actor("officer"), order, "reject") == "reason"
    assert refused(country.actor("police_approver"), order, "reject", reason="x") == "permission"
    assert step(country.actor("officer"), order, "reject", reason="无权来文").state == "REJECTED"


def test_who_filed_may_not_send_back_or_reject(make_order: MakeOrder, country: Country) -> None:
    order = make_order("officer")
    assert refused(country.actor("officer"), order, "send_back", reason="x") == "second_person"
    assert refused(country.actor("officer"), order, "reject", reason="x") == "second_person"
    assert step(country.actor("colleague"), order, "send_back", reason="x").state == "SENT_BACK"


def test_an_effect_that_fails_leaves_the_order_as_it_was(
    make_order: MakeOrder, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order()
    digest = seen(country, order)

    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("haodun.casework.orders.effects.place", breaks)
    with pytest.raises(RuntimeError):
        step(country.actor("approver"), order, "approve", seen=digest)
    order.refresh_from_db()
    assert (order.state, order.dispatched_at) == ("ROUTED", None)


def test_deciders_are_who_filed_and_who_approved(make_order: MakeOrder, country: Country) -> None:
    order = approve(country, make_order())
    assert deciders_of(order.id) == {country.user("police").id, country.user("approver").id}


def test_each_pair_of_state_and_action_that_the_table_lacks_is_refused(make_order: MakeOrder, country: Country) -> None:
    order = make_order()
    moving = {transition.action for transition in TABLE.transitions if transition.source}
    legal = {t.action for t in TABLE.transitions if order.state in t.source}
    people = {"acknowledge": "police", "correct": "police", "recall": "second_approver"}
    for action in sorted(moving - legal):
        who = country.actor(people.get(action, "approver"))
        assert refused(who, order, action, reason="x") in ("state", "permission"), action
