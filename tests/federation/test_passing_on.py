"""A message passed on to a third node: only where its issuer allows, and taken back there by itself."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from tests.federation.nodes import CARRIER, KIND, MINISTRY, START, Two

from haodun.federation.exchanging import exchange_with
from haodun.federation.keys import add_peer_key, make_own_key, own_key
from haodun.federation.models import Inbox, Message, Peer
from haodun.federation.services import CannotSend, Received, answers, narrow, pass_on, recall

RESELLER, OTHER = "reseller-a", "reseller-b"


class Three:
    """The pair, and two resellers behind the carrier."""

    def __init__(self, two: Two) -> None:
        self.two = two
        for name in (RESELLER, OTHER):
            make_own_key(name, signs_from=START - timedelta(days=1))
            for own, other in ((CARRIER, name), (name, CARRIER)):
                peer = Peer.objects.create(
                    own=own, name=other, active=True, transport={"kind": "in_process"}, may_send=[KIND], may_get=[KIND]
                )
                add_peer_key(peer, bytes(own_key(other, at=START).public), at=START - timedelta(days=1))

    def rounds(self) -> None:
        """Everybody with everybody, until all is said."""
        for _ in range(4):
            self.two.now += timedelta(seconds=1)
            for peer in Peer.objects.order_by("own", "name"):
                exchange_with(peer, at=self.two.now)

    def received(self, message: UUID) -> Received:
        """The message as the carrier's handler saw it."""
        row = Inbox.objects.get(message=message, peer__own=CARRIER)
        return Received(
            id=message, issuer=MINISTRY, own=CARRIER, kind=KIND, schema=1, body={"n": 2}, time=START,
            sequence=row.sequence, origin=None,
        )  # fmt: skip

    def passed(self, message: UUID, *nodes: str) -> UUID:
        """The carrier passes it on."""
        with transaction.atomic():
            return pass_on(self.received(message), nodes)


@pytest.fixture
def three(two: Two) -> Three:
    return Three(two)


def stands(node: str, message: UUID) -> bool:
    """Whether the message was accepted at a node and not recalled."""
    return Inbox.objects.filter(
        peer__own=node, message=message, status=Inbox.Status.ACCEPTED, recalled_at=None
    ).exists()


def test_nobody_gets_it_unless_its_issuer_said_so(three: Three) -> None:
    silent, named = three.two.send(2), three.two.send(4, onward=[RESELLER])
    three.rounds()
    for message, node in ((silent, RESELLER), (named, OTHER)):
        with pytest.raises(CannotSend, match="does not let it go") as refused:
            three.passed(message, node)
        assert refused.value.code == "not_onward"
    passed = three.passed(named, RESELLER)
    three.rounds()
    assert stands(RESELLER, passed)
    assert Message.objects.get(id=passed).origin == named and Message.objects.get(id=passed).origin_issuer == MINISTRY


def test_a_recall_reaches_whoever_it_was_passed_on_to(three: Three) -> None:
    message = three.two.send(2, onward=[RESELLER, OTHER])
    three.rounds()
    passed = three.passed(message, RESELLER, OTHER)
    three.rounds()
    assert stands(RESELLER, passed) and stands(OTHER, passed)
    with transaction.atomic():
        recall(message, "sent in error", own=MINISTRY)
    three.rounds()
    assert not stands(RESELLER, passed) and not stands(OTHER, passed) and not stands(CARRIER, message)
    assert three.two.undone.count(passed) == 2 and three.two.undone.count(message) == 1
    with pytest.raises(CannotSend):
        three.passed(message, RESELLER)


def test_a_narrowing_takes_it_back_from_those_left_out_behind_a_node(three: Three) -> None:
    message = three.two.send(2, onward=[RESELLER, OTHER])
    three.rounds()
    passed = three.passed(message, RESELLER, OTHER)
    three.rounds()
    with transaction.atomic():
        told = narrow(message, [CARRIER], onward=[RESELLER], own=MINISTRY)
    three.rounds()
    assert stands(CARRIER, message) and stands(RESELLER, passed) and not stands(OTHER, passed)
    assert [answers(one)[0].executed_at is not None for one in told] == [True], "the narrowing was carried out"
    with pytest.raises(CannotSend):
        three.passed(message, OTHER)
