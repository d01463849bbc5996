"""Envelopes between two nodes: order, once in effect, receipts, recall, narrowing, nobody."""

from __future__ import annotations

import pytest
from django.db import transaction
from tests.federation.nodes import CARRIER, KIND, MINISTRY, Two

from haodun.federation.models import Inbox, Outbox, Quarantine
from haodun.federation.services import CannotSend, FederationError, answers, narrow, recall, send, standings, why


def test_a_message_is_taken_once_and_its_receipts_come_back(two: Two) -> None:
    odd, even = two.send(1), two.send(2)
    two.rounds()
    assert two.effects == [1, 2]
    first, second = answers(odd)[0], answers(even)[0]
    assert (first.answer, first.executed_at) == ("accepted", None)
    assert second.answer == "accepted" and second.executed_at is not None and second.evidence == {"n": 2}
    assert first.received_at is not None and first.received_at <= second.executed_at
    assert Quarantine.objects.count() == 0


def test_a_message_of_a_transaction_that_is_undone_never_goes(two: Two) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        send(KIND, [CARRIER], {"n": 1}, own=MINISTRY)
        raise RuntimeError
    two.send(2)
    two.rounds()
    assert two.effects == [2] and two.taken() == [1]


def test_an_empty_audience_is_nobody(two: Two) -> None:
    with transaction.atomic():
        message = send(KIND, [], {"n": 1}, own=MINISTRY)
    two.rounds()
    assert two.effects == [] and answers(message) == []


def test_a_refusal_comes_back_with_its_reason_and_holds_up_nothing(two: Two) -> None:
    refused, next_one = two.send(-1), two.send(3)
    two.rounds()
    assert two.effects == [3]
    answer = answers(refused)[0]
    assert answer.answer == "refused" and answer.why is not None and answer.why.en == "a note is not negative"
    assert answers(next_one)[0].answer == "accepted"
    assert [(row.reason, row.size > 0) for row in Quarantine.objects.all()] == [("negative", True)]


def test_a_recall_undoes_and_says_so(two: Two) -> None:
    message = two.send(2)
    two.rounds()
    with transaction.atomic():
        (taken_back,) = recall(message, "sent in error", own=MINISTRY)
    two.rounds()
    assert two.undone == [message]
    assert answers(taken_back)[0].executed_at is not None
    row = Inbox.objects.get(message=message)
    assert row.recall_reason == "sent in error" and row.recalled_at is not None


def test_a_message_recalled_before_it_left_never_leaves(two: Two) -> None:
    message = two.send(2)
    with transaction.atomic():
        assert recall(message, "no", own=MINISTRY) == ()
    two.rounds()
    assert two.effects == [] and answers(message)[0].withdrawn


def test_narrowing_takes_it_back_from_those_left_out_and_never_adds(two: Two) -> None:
    message = two.send(2)
    two.rounds()
    with pytest.raises(FederationError), transaction.atomic():
        narrow(message, [CARRIER, "carrier-b"], own=MINISTRY)
    with transaction.atomic():
        narrow(message, [], own=MINISTRY)
    two.rounds()
    assert two.undone == [message]


def test_why_says_whether_it_goes_and_send_holds_to_it(two: Two) -> None:
    two.rounds()
    said = {one.node: one.code for one in why(KIND, [CARRIER, "nobody", MINISTRY], own=MINISTRY)}
    assert said == {CARRIER: "goes", "nobody": "unknown", MINISTRY: "itself"}
    assert why(KIND, [CARRIER], schema=2, own=MINISTRY)[0].code == "not_understood"
    assert why("other", [CARRIER], own=MINISTRY)[0].code == "not_granted"
    with pytest.raises(CannotSend), transaction.atomic():
        send("other", [CARRIER], {}, own=MINISTRY)
    assert not Outbox.objects.exclude(message__kind="receipt").exists()


def test_how_it_stands_is_told(two: Two) -> None:
    two.send(1)
    before = standings(MINISTRY)[0]
    assert (before.unsent, before.unanswered, before.oldest_unanswered) == (1, 0, two.now)
    two.rounds()
    after = standings(MINISTRY)[0]
    assert (after.unsent, after.unanswered, after.unexecuted, after.gaps) == (0, 0, 1, [])
    assert after.contact_at is not None and standings(CARRIER)[0].taken == 1
