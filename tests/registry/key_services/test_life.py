"""A service from application to closure, by the table alone; restrictions, clocks, facts, the number of notices."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from tests.registry.key_services.conftest import Cast, active, applied, code, existing, flagged, key, prove, step

from haodun.offices.transitions.services import Actor, Refused, clocks_of, emit, steps_of, subscribe, unsubscribe
from haodun.registry.key_services.facts import NumbersCleared, NumbersInvolved, ServiceClosed, ServiceFlagged
from haodun.registry.key_services.keeping_shut import renew_closed
from haodun.registry.key_services.models import Involved, Service
from haodun.registry.key_services.services import (
    AGENT,
    LISTING,
    TABLE,
    Breach,
    PersonSeen,
    is_listed,
    preview_step,
    propose_agent,
    register_agent,
    service_of,
    take,
)
from haodun.registry.restrictions.services import Measure, in_force

LEGAL = PersonSeen("王建国", "11010519491231002X")


def seen(actor: Actor, service: Service, action: str) -> str:
    blast = preview_step(actor, service, action).blast
    assert blast is not None
    return blast.digest()


def suspended(cast: Cast) -> Service:
    service = flagged(cast)
    actor = cast["officer"]
    return step(actor, service, "suspend", reason="拒不整改", seen=seen(actor, service, "suspend"))


def closed(cast: Cast) -> Service:
    service = suspended(cast)
    actor = cast["approver"]
    return step(actor, service, "close", reason="情节严重", seen=seen(actor, service, "close"))


def test_the_way_to_use_and_through_rectification(cast: Cast) -> None:
    service = active(cast)
    facts: list[object] = []
    subscribe(ServiceFlagged, facts.append)
    try:
        flagged(cast, service)
    finally:
        unsubscribe(ServiceFlagged, facts.append)
    assert facts == [ServiceFlagged(service.id, "use_differs")]
    step(cast["officer"], service, "order_rectification")
    [clock] = clocks_of(TABLE.name, [service.id])
    assert clock.name == "service_rectify" and clock.stopped_at is None
    assert timezone.localdate(clock.due_at) >= service.due_on  # type: ignore[operator]
    step(cast["shop"], service, "rectify", reason="已停止推销并重新登记用途")
    with pytest.raises(Refused) as refused:
        step(cast["shop"], service, "accept")
    assert refused.value.code == "second_person"
    step(cast["officer"], service, "accept")
    assert (service.state, service.defect, service.due_on) == ("ACTIVE", "", None)
    [clock] = clocks_of(TABLE.name, [service.id])
    assert clock.met is True


def test_a_defect_needs_its_code_and_what_shows_it(cast: Cast) -> None:
    service = active(cast)
    for data in ({}, {"defect": "ugly", "note": "x"}, {"defect": "false", "note": " "}):
        with pytest.raises(Refused) as refused:
            step(cast["officer"], service, "flag", data=data)
        assert refused.value.code == "defect"


def test_what_lacks_a_person_is_not_rectified_until_it_has_one(cast: Cast) -> None:
    service = existing(cast, handler=PersonSeen("", ""))
    flagged(cast, service, "incomplete")
    step(cast["officer"], service, "order_rectification")
    with pytest.raises(Refused) as refused:
        step(cast["shop"], service, "rectify", reason="已补")
    assert refused.value.code == "handler"


def test_closing_takes_a_second_person_a_proof_and_the_radius_that_was_seen(cast: Cast) -> None:
    service = suspended(cast)
    [restriction] = in_force([service.number], timezone.now())[service.number]
    assert restriction.measure is Measure.OUTGOING
    with pytest.raises(Refused) as refused:
        step(cast["approver"], service, "close", reason="情节严重", seen="0" * 64)
    assert refused.value.code == "seen"
    actor = cast["approver"]
    plain = Actor(actor.user_id, actor.organisation_id, actor.role, actor.permissions)
    with pytest.raises(Refused) as refused:
        step(plain, service, "close", reason="情节严重", seen=seen(plain, service, "close"))
    assert refused.value.code == "sudo"
    step(actor, service, "close", reason="情节严重", seen=seen(actor, service, "close"))
    [restriction] = in_force([service.number], timezone.now())[service.number]
    assert (restriction.measure, restriction.source.kind) == (Measure.BOTH_WAYS, "key-service")
    assert service.state == "CLOSED" and service.closed_at is not None


def test_who_suspended_may_not_close(cast: Cast) -> None:
    service = flagged(cast)
    approver = cast["approver"]
    step(approver, service, "suspend", reason="拒不整改", seen=seen(approver, service, "suspend"))
    with pytest.raises(Refused) as refused:
        step(approver, service, "close", reason="情节严重", seen=seen(approver, service, "close"))
    assert refused.value.code == "second_person"
    other = cast["approver2"]
    facts: list[object] = []
    subscribe(ServiceClosed, facts.append)
    try:
        step(other, service, "close", reason="情节严重", seen=seen(other, service, "close"))
    finally:
        unsubscribe(ServiceClosed, facts.append)
    assert facts == [ServiceClosed(service.id, service.number, "use_differs")]


def test_resuming_frees_the_number_at_once_and_a_second_suspension_restricts_again(cast: Cast) -> None:
    service = suspended(cast)
    step(cast["approver"], service, "resume", reason="已提出整改方案")
    assert not in_force([service.number], timezone.now())
    officer = cast["officer"]
    step(officer, service, "suspend", reason="又犯", seen=seen(officer, service, "suspend"))
    assert in_force([service.number], timezone.now())


def test_a_closed_number_stays_shut_and_one_that_an_appeal_freed_stays_free(cast: Cast) -> None:
    service = closed(cast)
    later = timezone.now() + timedelta(days=85)
    assert renew_closed(timezone.now()) == 0
    assert renew_closed(later) == 1
    assert in_force([service.number], later + timedelta(days=60))
    assert renew_closed(later) == 0


def test_the_number_of_a_closed_service_may_be_applied_for_again(cast: Cast) -> None:
    service = closed(cast)
    again = applied(cast, number=str(service.number)[2:], uscc=code(7))
    assert again.id != service.id


def test_who_the_service_was_at_a_time(cast: Cast) -> None:
    service = active(cast)
    found = service_of(service.number, timezone.now())
    assert found is not None and (found.id, found.landing) == (service.id, (862583123456,))
    assert service_of(service.number, datetime(2020, 1, 1, tzinfo=UTC)) is None
    assert service_of(864009999999, timezone.now()) is None


def agent(cast: Cast, **changes: object) -> uuid.UUID:
    given = {
        "name": "快通代理", "uscc": code(50), "legal": LEGAL, "committed_on": timezone.localdate(), **changes
    }  # fmt: skip
    return register_agent(cast["shop"], key=key(), **given)  # type: ignore[arg-type]


def test_an_agent_signs_before_it_takes_on_anybody(cast: Cast) -> None:
    for changes, wanted in (
        ({"committed_on": None}, "commitment"),
        ({"committed_on": timezone.localdate() + timedelta(days=2)}, "commitment"),
        ({"uscc": "91320100"}, "uscc"),
        ({"name": " "}, "words"),
    ):
        with pytest.raises(Refused) as refused:
            agent(cast, **changes)
        assert refused.value.code == wanted


def test_an_agent_in_breach_is_revoked_listed_by_two_and_refused_everywhere_until_reviewed(cast: Cast) -> None:
    from haodun.registry.key_services.models import Agent

    made = agent(cast)
    shop, officer, approver = cast["shop"], cast["officer"], cast["approver"]
    take(
        shop, [made], "find_breach", table=AGENT, key=key(), data={"breach": "bulk_opening", "note": "一日开卡 300 张"}
    )
    row = Agent.objects.get(id=made)
    with pytest.raises(Refused):
        propose_agent(shop, row, key=key())
    take(shop, [made], "revoke", table=AGENT, key=key(), reason="批量开卡")
    row.refresh_from_db()
    listing = propose_agent(shop, row, key=key())
    assert is_listed(code(50)) is None
    with pytest.raises(Refused) as refused:
        take(shop, [listing], "list", table=LISTING, key=key())
    assert refused.value.code == "permission"
    take(approver, [listing], "list", table=LISTING, key=key())
    row.refresh_from_db()
    assert row.state == "BLACKLISTED"
    found = is_listed(code(50))
    assert found is not None and found.breach is Breach.BULK_OPENING
    assert is_listed(LEGAL.document) == found
    with pytest.raises(Refused) as refused:
        register_agent(
            cast["rival"], name="新代理", uscc=code(51), legal=LEGAL, committed_on=timezone.localdate(), key=key()
        )
    assert refused.value.code == "blacklisted"
    take(approver, [listing], "ask_review", table=LISTING, key=key(), reason="法院改判")
    assert is_listed(code(50)) is not None
    with pytest.raises(Refused) as refused:
        take(approver, [listing], "remove", table=LISTING, key=key(), reason="改判")
    assert refused.value.code == "second_person"
    take(cast["approver2"], [listing], "remove", table=LISTING, key=key(), reason="改判")
    assert is_listed(code(50)) is None and officer
    row.refresh_from_db()
    assert row.state == "REVOKED"


def test_the_rival_reads_a_listing_once_it_is_shared_and_not_before(cast: Cast) -> None:
    from haodun.registry.key_services.models import Agent, Listing

    made = agent(cast)
    take(cast["shop"], [made], "find_breach", table=AGENT, key=key(), data={"breach": "card_farming", "note": "养卡"})
    take(cast["shop"], [made], "revoke", table=AGENT, key=key(), reason="养卡")
    listing = propose_agent(cast["shop"], Agent.objects.get(id=made), key=key())
    rival = cast.people["rival"]
    assert not Listing.objects.scoped_to(rival).exists()
    take(cast["approver"], [listing], "list", table=LISTING, key=key())
    assert Listing.objects.scoped_to(rival).count() == 1
    assert not Agent.objects.scoped_to(rival).exists()


def test_400_numbers_of_a_notice_are_kept_once_and_leave_when_it_is_recalled(cast: Cast) -> None:
    service = active(cast)
    notice, at = uuid.uuid4(), datetime(2016, 5, 3, tzinfo=UTC)
    fact = NumbersInvolved(notice, at, (service.number, 8613912345678, 864009999999), (cast.land.police.id,))
    for _ in range(2):
        emit(fact)
    rows = {row.number: row for row in Involved.objects.all()}
    assert sorted(rows) == [service.number, 864009999999] or sorted(rows) == [864009999999, service.number]
    assert rows[service.number].service_id == service.id and rows[864009999999].service_id is None
    assert cast.land.mobile.id in rows[service.number].readers
    emit(NumbersCleared(notice, (service.number,), timezone.now()))
    rows = {row.number: row for row in Involved.objects.all()}
    assert rows[service.number].withdrawn_at is not None and rows[864009999999].withdrawn_at is None


def test_each_step_stands_in_the_history_and_nobody_writes_the_state_otherwise(cast: Cast) -> None:
    service = applied(cast)
    prove(cast, service)
    step(cast["checker"], service, "verify")
    assert [one.action for one in steps_of(TABLE.name, service.id)] == ["apply", "verify"]
