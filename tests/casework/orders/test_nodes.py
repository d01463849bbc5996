"""An order and other nodes: what is sent where, what comes back, what may come in; over the in-process transport."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from tests.casework.conftest import ALLOCATED, FOREIGN, HELD, Country, MakeOrder

from haodun.casework.orders.messages import send_unsent
from haodun.casework.orders.models import AtNode, Order
from haodun.casework.orders.services import TABLE, orders_executed, preview_step, reverse_numbers, take
from haodun.federation import receipts
from haodun.federation.exchanging import exchange_with
from haodun.federation.keys import add_peer_key, make_own_key, own_key
from haodun.federation.models import Inbox, Message, Peer
from haodun.federation.sending import send
from haodun.federation.services import answers
from haodun.federation.transports import InProcess
from haodun.offices.organisations.models import Organisation
from haodun.offices.peering.services import run_by
from haodun.offices.transitions.services import SYSTEM, Change, Refused, act
from haodun.registry.policies.services import executed_everywhere
from haodun.registry.restrictions.models import RestrictionRow

HERE, THERE = "ministry", "carrier-a"
KINDS = ["order", "order.lift"]


@pytest.fixture
def linked(country: Country, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Country]:
    """This node and the carrier's; the carrier of HELD and ALLOCATED lives there, but is not enrolled yet."""
    monkeypatch.setattr(settings, "HAODUN_NODE", HERE)
    monkeypatch.setattr(settings, "HAODUN_DATA", tmp_path)
    InProcess.queues.clear()
    for own in (HERE, THERE):
        make_own_key(own, signs_from=timezone.now() - timedelta(days=1))
    Organisation.objects.filter(id=country.carrier.id).update(home_node=THERE)
    run_by(country.ministry.id)
    yield country


def enrol() -> None:
    """Each side knows the other."""
    for own, other in ((HERE, THERE), (THERE, HERE)):
        peer = Peer.objects.create(
            own=own, name=other, active=True, transport={"kind": "in_process"}, may_send=KINDS, may_get=KINDS
        )
        add_peer_key(peer, bytes(own_key(other).public), at=timezone.now() - timedelta(days=1))


def approve(country: Country, order: Order) -> None:
    actor = country.actor("approver")
    blast = preview_step(actor, order, "approve").blast
    assert blast is not None
    take(actor, [order.id], "approve", key=uuid.uuid4().hex, seen=blast.digest())


def rounds(*ends: str) -> None:
    for own in ends or (HERE, THERE, HERE, THERE):
        exchange_with(Peer.objects.get(own=own))


def there_says(status: str, message: Any, **more: Any) -> None:
    """The other node gives a receipt, without this test being that node's console."""
    peer = Peer.objects.get(own=THERE)
    with transaction.atomic():
        receipts.give(peer, message, status, at=timezone.now(), **more)
    rounds(THERE, HERE)


def silent() -> None:
    """The order is lost on its way, so that the other node, which shares this database, does not take it."""
    InProcess.queues.clear()


def test_a_node_that_is_not_enrolled_is_noted_and_tried_again(linked: Country, make_order: MakeOrder) -> None:
    order = make_order()
    approve(linked, order)
    row = AtNode.objects.get()
    assert (row.state, row.code, row.numbers) == ("UNSENT", "unknown", 2)
    assert send_unsent() == 0
    enrol()
    assert send_unsent() == 1
    row.refresh_from_db()
    said = Message.objects.get(id=row.message or uuid.UUID(int=0))
    assert row.state == "SENT" and f"+{HELD}" in said.body and f"+{ALLOCATED}" in said.body
    assert f"+{FOREIGN}" not in said.body, "only the numbers of that node's carriers"
    assert str(linked.user("approver").id) in said.body


def test_it_waits_for_the_node_and_for_the_edges_here(linked: Country, make_order: MakeOrder) -> None:
    enrol()
    order = make_order()
    approve(linked, order)
    message = AtNode.objects.get().message
    rounds(HERE)
    silent()
    order.refresh_from_db()
    assert orders_executed(change=order.change, version=1) == 0, "the edges here have it, the node does not yet"
    there_says("accepted", message)
    states = {f"+{HELD}": "EXECUTED", f"+{ALLOCATED}": "ALREADY_CLOSED", f"+{FOREIGN}": "REJECTED", "x": "EXECUTED"}
    there_says("executed", message, evidence={"numbers": states})
    order.refresh_from_db()
    assert order.state == "REPORTED" and AtNode.objects.get().state == "EXECUTED"
    assert dict(order.numbers.values_list("number", "state")) == {
        HELD: "EXECUTED", ALLOCATED: "ALREADY_CLOSED", FOREIGN: "NOT_OURS",
    }  # fmt: skip


def test_a_refusal_is_kept_with_its_sentence_and_the_order_waits(linked: Country, make_order: MakeOrder) -> None:
    enrol()
    order = make_order()
    approve(linked, order)
    rounds(HERE)
    silent()
    there_says("refused", AtNode.objects.get().message, code="trusted", sentence="one is a trusted number")
    row = AtNode.objects.get()
    assert (row.state, row.code, row.sentence) == ("REFUSED", "trusted", "one is a trusted number")
    order.refresh_from_db()
    assert orders_executed(change=order.change, version=1) == 0 and order.state == "DISPATCHED"


def test_a_recall_and_a_lift_of_one_number_follow_the_order(linked: Country, make_order: MakeOrder) -> None:
    enrol()
    order = make_order()
    approve(linked, order)
    rounds(HERE)
    first = AtNode.objects.get().message
    number = order.numbers.get(number=HELD)
    with transaction.atomic():
        change = Change(actor=SYSTEM, table=TABLE, action="recall", rows=[order], at=timezone.now())
        assert number.restriction is not None
        reverse_numbers([number.restriction], reason="appeal", change=change)
        for fact in change.facts():
            from haodun.offices.transitions.services import emit

            emit(fact)
    lifted = Message.objects.get(kind="order.lift")
    assert f"+{HELD}" in lifted.body and f"+{ALLOCATED}" not in lifted.body
    take(linked.actor("second_approver"), [order.id], "recall", key=uuid.uuid4().hex, reason="误登记")
    recalled = Message.objects.get(kind="recall")
    assert str(first) in recalled.body and AtNode.objects.get().state == "RECALLED"


def body(country: Country, **changes: Any) -> dict[str, Any]:
    """What an order of another node says; its police unit is known here as an address only."""
    unit = {
        "id": str(uuid.uuid4()), "kind": "police", "name_en": "Suzhou Police", "name_zh": "苏州公安", "place": "",
        "province": "32", "uscc": "",
    }  # fmt: skip
    now = timezone.now().isoformat(timespec="milliseconds")
    approval = {"at": now, "entry": 7, "organisation": None, "person": str(uuid.uuid4()), "role": "police_approver"}
    said = {
        "approval": approval, "basis": "miit-police-2015-11", "category": "authority",
        "document": "苏公网安关停〔2026〕77", "numbers": [f"+{HELD}", f"+{FOREIGN}"], "order": str(uuid.uuid4()),
        "received_at": now, "remark": "", "unit": unit, "urgency": "urgent",
    }  # fmt: skip
    return said | changes


def from_there(kind: str, said: Mapping[str, Any]) -> Any:
    with transaction.atomic():
        message = send(kind, [HERE], said, own=THERE)
    rounds(THERE, HERE, THERE)
    return message


def test_an_order_of_another_node_is_dispatched_without_a_second_approval(linked: Country) -> None:
    enrol()
    said = body(linked)
    message = from_there("order", said)
    order = Order.objects.get()
    assert (order.state, order.origin_node, order.origin_message) == ("DISPATCHED", THERE, message)
    assert str(order.approved_by) == said["approval"]["person"] and order.document == said["document"]
    assert order.issuing_unit.home_node == THERE and order.issuing_unit.name_zh == "苏州公安"
    assert RestrictionRow.objects.count() == 2 and not AtNode.objects.exists(), "it is not sent on"
    assert answers(message)[0].answer == "accepted" and answers(message)[0].executed_at is None
    orders_executed(change=order.change, version=3)
    rounds()
    answer = answers(message)[0]
    assert answer.executed_at is not None and answer.evidence["snapshot"] == 3
    assert answer.evidence["numbers"] == {f"+{HELD}": "EXECUTED", f"+{FOREIGN}": "NOT_OURS"}
    assert Inbox.objects.get(message=message).signature, "the approval's proof stays"
    assert executed_everywhere(order.change).executed == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"unit": "of this node"}, "authority"),
        ({"unit": {"kind": "carrier"}}, "authority"),
        ({"numbers": ["13912345678"]}, "numbers"),
        ({"numbers": []}, "numbers"),
        ({"numbers": ["+86110"]}, "numbers"),
        ({"document": "no number"}, "document"),
        ({"basis": "none"}, "bad_body"),
        ({"approval": None}, "bad_body"),
        ({"extra": 1}, "bad_body"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_may_not_come_in_is_refused_and_does_nothing(linked: Country, change: dict[str, Any], code: str) -> None:
    enrol()
    said = body(linked)
    if change.get("unit") == "of this node":
        said["unit"]["id"] = str(linked.police.id)
    elif "unit" in change:
        said["unit"] |= change["unit"]
    else:
        said |= change
    answer = answers(from_there("order", said))[0]
    row = Inbox.objects.get(peer__own=HERE, kind="order")
    assert (answer.answer, row.code) == ("refused", code)
    assert not Order.objects.exists() and not RestrictionRow.objects.exists()


def test_a_document_on_file_is_not_taken_twice(linked: Country) -> None:
    enrol()
    said = body(linked)
    from_there("order", said)
    assert answers(from_there("order", said))[0].answer == "refused" and Order.objects.count() == 1


def test_an_order_filed_here_cannot_be_adopted(linked: Country, make_order: MakeOrder) -> None:
    order = make_order()
    with pytest.raises(Refused) as told:
        act(SYSTEM, TABLE, [order.id], "adopt", key=uuid.uuid4().hex)
    assert told.value.code == "unapproved"
