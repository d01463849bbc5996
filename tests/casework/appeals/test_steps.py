"""Every step of an appeal: who decides, what is lifted, what the appellant hears."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.casework.appeals.conftest import restriction_of
from tests.casework.conftest import ALLOCATED, HELD, Country

from haodun.casework.appeals.models import Appeal, FalsePositive
from haodun.casework.appeals.services import Claim, decide, file_appeal, restrictions_in
from haodun.casework.orders.models import NumberState, Order
from haodun.offices.transitions.services import Actor, Refused, clocks_of
from haodun.registry.outgoing.models import Message
from haodun.registry.outgoing.services import TASK, perform
from haodun.registry.restrictions.services import Measure, in_force


def step(actor: Actor, appeal: Appeal, action: str, **changes: object) -> Appeal:
    decide(actor, [appeal.id], action, key=uuid.uuid4().hex, **changes)  # type: ignore[arg-type]
    appeal.refresh_from_db()
    return appeal


def refused(actor: Actor, appeal: Appeal, action: str, **changes: object) -> str:
    with pytest.raises(Refused) as caught:
        step(actor, appeal, action, **changes)
    assert caught.value.zh and caught.value.en
    return caught.value.code


def outbox(data: Path) -> list[dict[str, str]]:
    """What the operator's sender was given, once the waiting jobs of this context have run."""
    for job in ProcrastinateJob.objects.filter(task_name=TASK, status="todo"):
        perform(job.args["message"])
    path = data / "messages" / "outbox.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def said(data: Path, kind: str) -> list[str]:
    return [line["text"] for line in outbox(data) if line["kind"] == f"appeal:{kind}"]


def test_an_appeal_is_acknowledged_at_once_and_its_clocks_run(appeal: Appeal, data: Path) -> None:
    assert appeal.state == "ACKNOWLEDGED"
    clocks = {clock.name: clock for clock in clocks_of("appeal", [appeal.id])}
    assert clocks["appeal_acknowledge"].met is True
    assert (clocks["appeal_review"].due_at - appeal.created_at).total_seconds() == 24 * 3600
    assert (clocks["appeal_outer"].kind, clocks["appeal_outer"].amount) == ("L", 15)
    (text,) = said(data, "acknowledged")
    assert appeal.reference[:7] in text


def test_the_order_behind_a_restriction_is_found(appeal: Appeal, shut: Order) -> None:
    assert appeal.order_id == shut.id
    assert set(shut.readers) <= set(appeal.readers)


@pytest.mark.parametrize(("name", "code"), [("approver", "second_person"), ("police", "permission")])
def test_the_first_deciders_may_not_review(appeal: Appeal, country: Country, name: str, code: str) -> None:
    assert refused(country.actor(name), appeal, "take_up") == code


def test_who_filed_the_order_may_not_review_even_at_the_bureau(appeal: Appeal, country: Country) -> None:
    assert appeal.order is not None
    proposer = replace(country.actor("officer"), user_id=appeal.order.filed_by)
    assert refused(proposer, appeal, "take_up") == "second_person"


def test_who_acts_for_a_first_decider_may_not_review(appeal: Appeal, country: Country) -> None:
    giver = country.user("approver").id
    delegate = replace(country.actor("colleague"), lent={"casework:order:approve": giver})
    assert refused(delegate, appeal, "take_up") == "second_person"


@pytest.mark.parametrize(
    ("name", "code"), [("carrier", "authority"), ("auditor", "permission"), ("stranger", "absent")]
)
def test_others_may_not_review(appeal: Appeal, country: Country, name: str, code: str) -> None:
    assert refused(country.actor(name), appeal, "take_up") == code


def test_a_decision_needs_the_review_to_have_begun(appeal: Appeal, country: Country) -> None:
    assert refused(country.actor("officer"), appeal, "lift", reason="查实被冒用") == "state"


def test_a_lift_frees_the_number_at_once_and_only_it(appeal: Appeal, shut: Order, country: Country, data: Path) -> None:
    officer = country.actor("officer")
    step(officer, appeal, "take_up")
    step(officer, appeal, "lift", reason="查实被冒用")
    assert (appeal.state, appeal.outcome_reason, appeal.reviewer) == ("LIFTED", "查实被冒用", officer.user_id)
    assert appeal.closed_at is not None
    assert list(in_force([HELD, ALLOCATED], timezone.now())) == [ALLOCATED]
    states = dict(shut.numbers.values_list("number", "state"))
    assert (states[HELD], states[ALLOCATED]) == (NumberState.REVERSED, NumberState.PENDING)
    assert FalsePositive.objects.filter(kind="order", cause=str(shut.id)).count() == 1
    assert all(clock.stopped_at for clock in clocks_of("appeal", [appeal.id]))
    (text,) = said(data, "lifted")
    assert "已解除" in text


def test_an_upheld_appeal_keeps_the_measure_and_tells_why(appeal: Appeal, country: Country, data: Path) -> None:
    officer = country.actor("officer")
    step(officer, appeal, "take_up")
    assert refused(officer, appeal, "uphold") == "reason"
    step(officer, appeal, "uphold", reason="通话记录与报案一致。")
    assert list(in_force([HELD], timezone.now())) == [HELD]
    (text,) = said(data, "upheld")
    assert "通话记录与报案一致" in text
    assert not FalsePositive.objects.exists()


def test_a_decision_in_part_leaves_a_milder_measure(appeal: Appeal, country: Country) -> None:
    officer = country.actor("officer")
    step(officer, appeal, "take_up")
    assert refused(officer, appeal, "lift_in_part", reason="x", data={"measure": "both_ways"}) == "measure"
    before = in_force([HELD], timezone.now())[HELD][0]
    step(officer, appeal, "lift_in_part", reason="改为提示", data={"measure": "tip"})
    (after,) = in_force([HELD], timezone.now())[HELD]
    assert (after.measure, after.ends) == (Measure.TIP, before.ends)
    assert appeal.state == "PARTIAL"


def escalated(appeal: Appeal, country: Country) -> Appeal:
    officer = country.actor("officer")
    step(officer, appeal, "take_up")
    step(officer, appeal, "uphold", reason="有据")
    decide(replace(officer, system=True), [appeal.id], "escalate", key=uuid.uuid4().hex)
    appeal.refresh_from_db()
    return appeal


def test_an_escalation_runs_on_legal_clocks_and_is_not_for_the_first_reviewer(appeal: Appeal, country: Country) -> None:
    escalated(appeal, country)
    clocks = {clock.name: clock for clock in clocks_of("appeal", [appeal.id])}
    accept = clocks["appeal_accept"]
    assert (accept.amount, accept.unit, accept.kind) == (5, "working_days", "L")
    assert refused(country.actor("approver"), appeal, "accept") == "second_person"
    assert refused(country.actor("officer"), appeal, "accept") == "permission"
    step(country.actor("second_approver"), appeal, "accept")
    assert {c.name: c for c in clocks_of("appeal", [appeal.id])}["appeal_final"].amount == 30
    step(country.actor("supervisor"), appeal, "lift_finally", reason="改判")
    assert appeal.state == "LIFTED"
    assert not in_force([HELD], timezone.now())


def test_a_final_decision_may_uphold_and_go_to_court(appeal: Appeal, country: Country) -> None:
    escalated(appeal, country)
    step(country.actor("supervisor"), appeal, "accept")
    step(country.actor("supervisor"), appeal, "uphold_finally", reason="有据")
    assert (appeal.state, appeal.closed_at is not None) == ("CLOSED", True)
    step(country.actor("supervisor"), appeal, "go_to_court", reason="当事人起诉")
    assert appeal.state == "COURT"


def test_one_open_appeal_a_restriction(appeal: Appeal, shut: Order) -> None:
    with pytest.raises(Refused) as caught:
        file_appeal(
            Claim(HELD, restriction=restriction_of(shut)), statement="再次", contact="", language="en", key="other"
        )
    assert caught.value.code == "open"


def test_the_same_request_files_once(shut: Order) -> None:
    claim = Claim(HELD, restriction=restriction_of(shut))
    first, second = (
        file_appeal(claim, statement="号码被冒用", contact="", language="en", key="once") for _ in range(2)
    )
    assert first == second
    assert Appeal.objects.count() == 1


def test_statement_contact_and_messages_lie_as_ciphertext(appeal: Appeal, data: Path) -> None:
    assert "冒用".encode() not in bytes(appeal.statement)
    message = Message.objects.get()
    assert str(HELD).encode() not in bytes(message.to)
    outbox(data)
    message.refresh_from_db()
    assert (bytes(message.to), bytes(message.text)) == (b"", b"")


def test_a_message_is_handed_over_once_however_often_the_job_runs(appeal: Appeal, data: Path) -> None:
    before = outbox(data)
    Message.objects.update(handed_over_at=None)  # as if the first run had been killed before its commit
    perform(before[-1]["id"])
    assert outbox(data) == before


def test_restrictions_of_a_former_holder_are_not_shown(shut: Order) -> None:
    from haodun.registry.subscribers.services import HolderKind, NewHolding, close_interval, open_interval

    now = timezone.now()
    assert len(restrictions_in(HELD, now - timedelta(hours=1), now)) == 1
    ended = close_interval(HELD, now)
    open_interval(
        NewHolding(HELD, since=now, carrier=ended.carrier, subject=uuid.uuid4(), kind=HolderKind.PERSON, name="李四")
    )
    assert restrictions_in(HELD, now - timedelta(hours=1), now) == []
