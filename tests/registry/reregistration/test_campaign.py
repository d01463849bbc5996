"""A campaign from draft to release: restrictions on the snapshot's lists, lifted on registration; plan and targets."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone
from tests.registry.conftest import Land, found_land, holding
from tests.registry.key_services.conftest import Cast, cast_of

from haodun.offices.organisations.services import system
from haodun.offices.transitions.services import Actor, Refused
from haodun.registry.reregistration.models import Campaign, Card, Target
from haodun.registry.reregistration.services import (
    Dimension,
    NewCampaign,
    NewTarget,
    advance,
    counts_of,
    draft_campaign,
    plan_of,
    preview_step,
    set_target,
    standings,
    take,
)
from haodun.registry.restrictions.services import active_lists
from haodun.registry.subscribers import services as subscribers
from haodun.registry.subscribers.services import Document, DocumentKind

FIRST = 8613800138000
PERSON = Document(DocumentKind.RESIDENT, "11010519491231002X")
DAY = timedelta(days=1)
DAYS = {"remind_after": 5, "one_way_after": 10, "two_way_after": 20, "release_after": 30}


@pytest.fixture
def cast(db: None) -> Iterator[Cast]:
    with system():
        yield cast_of(found_land())


def cards(land: Land, count: int = 3) -> list[int]:
    """Numbers without a registration, one with, and one at the other carrier."""
    subscribers.import_intervals(
        [
            *(holding(land, FIRST + place) for place in range(count)),
            holding(land, FIRST + 90, document=PERSON),
            holding(land, FIRST + 91, carrier=land.unicom),
        ]
    )
    return [FIRST + place for place in range(count)]


def drafted(actor: Actor, **changes: object) -> Campaign:
    new = NewCampaign(title="二〇一六年补登记", starts_on=timezone.localdate())
    made = draft_campaign(actor, replace(new, **{**DAYS, **changes}), key=uuid.uuid4().hex)  # type: ignore[arg-type]
    return Campaign.objects.get(id=made)


def step(actor: Actor, campaign: Campaign, action: str, **more: object) -> None:
    if action == "approve" and "seen" not in more:
        blast = preview_step(actor, campaign, action).blast
        more["seen"] = blast.digest() if blast else ""
    take(actor, [campaign.id], action, key=uuid.uuid4().hex, **more)  # type: ignore[arg-type]
    campaign.refresh_from_db()


def running(cast: Cast) -> Campaign:
    campaign = drafted(cast["shop"])
    step(cast["approver"], campaign, "approve")
    step(cast["shop"], campaign, "start")
    return campaign


def listed(name: str, at: datetime) -> set[int]:
    column = active_lists(at)[name]
    return set(column.numbers.tolist())


def test_whoever_drafts_does_not_approve_and_the_radius_is_counted_and_capped(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards(cast.land)
    campaign = drafted(cast["shop"])
    with pytest.raises(Refused) as refused:
        step(cast["shop"], campaign, "approve")
    assert refused.value.code == "second_person"
    found = preview_step(cast["checker"], campaign, "approve")
    assert found.blast is not None and found.blast.numbers == 3
    with pytest.raises(Refused) as refused:
        step(cast["checker"], campaign, "approve", seen="0" * 64)
    assert refused.value.code == "seen"
    monkeypatch.setattr(settings, "HAODUN_CAPS", {"reregistration": 2}, raising=False)
    with pytest.raises(Refused) as refused:
        step(cast["checker"], campaign, "approve")
    assert refused.value.code == "cap"
    monkeypatch.setattr(settings, "HAODUN_CAPS", {}, raising=False)
    step(cast["checker"], campaign, "approve")
    assert (campaign.state, campaign.approved_numbers) == ("APPROVED", 3)


def test_nothing_is_approved_where_all_are_registered_and_nothing_starts_before_its_day(cast: Cast) -> None:
    empty = drafted(cast["shop"])
    with pytest.raises(Refused) as refused:
        step(cast["approver"], empty, "approve")
    assert refused.value.code == "nothing"
    cards(cast.land)
    later = drafted(cast["shop"], starts_on=timezone.localdate() + 2 * DAY)
    step(cast["approver"], later, "approve")
    with pytest.raises(Refused) as refused:
        step(cast["shop"], later, "start")
    assert refused.value.code == "early"


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [({"title": " "}, "title"), ({"remind_after": 0}, "days"), ({"two_way_after": 81}, "days"),
     ({"reseller": uuid.uuid4()}, "reseller")],
)  # fmt: skip
def test_what_is_no_campaign_is_refused(cast: Cast, changes: dict[str, object], wanted: str) -> None:
    with pytest.raises(Refused) as refused:
        drafted(cast["shop"], **changes)
    assert refused.value.code == wanted


def test_cards_go_from_notice_to_release_and_the_number_is_held_back(cast: Cast) -> None:
    numbers = cards(cast.land)
    campaign = running(cast)
    start = timezone.now()
    advance(start)
    assert counts_of(campaign) == {"NOTIFIED": 3}
    at, seen = start, []
    for wait in DAYS.values():
        advance(at + timedelta(days=wait) - timedelta(hours=1))
        at += timedelta(days=wait)
        advance(at)
        seen.append((*counts_of(campaign), len(listed("black", at)), len(listed("orders", at))))
    assert seen == [
        ("REMINDED", 0, 0),
        ("ONE_WAY_STOP", 3, 0),
        ("TWO_WAY_STOP", 3, 3),
        ("RELEASED", 0, 0),
    ]
    for number in numbers:
        assert subscribers.holder_at(number, at) is None
    again = holding(cast.land, numbers[0], since=at + 89 * DAY, document=PERSON)
    with pytest.raises(subscribers.SubscriberRefused) as refused:
        subscribers.open_interval(again)
    assert refused.value.code == "quarantine"
    with pytest.raises(subscribers.SubscriberRefused):
        subscribers.import_intervals([again])
    assert subscribers.open_interval(replace(again, since=at + 90 * DAY)).number == numbers[0]


def test_a_card_that_is_registered_is_set_free_at_once_and_the_others_are_not(cast: Cast) -> None:
    numbers = cards(cast.land)
    campaign = running(cast)
    at = timezone.now() - 40 * DAY
    Campaign.objects.filter(id=campaign.id).update(approved_at=at)
    for days in (0, 5, 15, 35):
        advance(at + days * DAY)
    assert counts_of(campaign) == {"TWO_WAY_STOP": 3}
    card = Card.objects.get(number=numbers[0])
    with transaction.atomic():
        subscribers.set_state([card.interval_id], since=timezone.now() - DAY, status="valid", source="reregistration")
    now = timezone.now()
    assert counts_of(campaign) == {"TWO_WAY_STOP": 2, "REGISTERED": 1}
    assert listed("orders", now) == listed("black", now) == set(numbers[1:])
    advance(now + 365 * DAY)
    card.refresh_from_db()
    assert card.state == "REGISTERED" and subscribers.holder_at(numbers[0], now + 366 * DAY) is not None


def test_an_ended_campaign_goes_no_further_but_still_sets_free(cast: Cast) -> None:
    cards(cast.land, 2)
    campaign = running(cast)
    start = timezone.now()
    for days in (0, 5, 15):
        advance(start + days * DAY)
    step(cast["shop"], campaign, "end", reason="目标已经达到")
    advance(start + 60 * DAY)
    assert counts_of(campaign) == {"ONE_WAY_STOP": 2} and plan_of(campaign) == ()
    card = Card.objects.order_by("number")[0]
    later = start + 61 * DAY
    with transaction.atomic():
        subscribers.set_state([card.interval_id], since=start, status="valid", source="reregistration")
    assert counts_of(campaign) == {"ONE_WAY_STOP": 1, "REGISTERED": 1}
    assert listed("black", later) == {FIRST + 1}


def test_cards_opened_after_the_approval_are_not_in_it_and_given_up_ones_lapse(cast: Cast) -> None:
    numbers = cards(cast.land, 2)
    campaign = running(cast)
    subscribers.open_interval(holding(cast.land, FIRST + 50, since=timezone.now()))
    advance()
    assert counts_of(campaign) == {"NOTIFIED": 2}
    subscribers.close_interval(numbers[0], timezone.now())
    advance()
    assert counts_of(campaign) == {"NOTIFIED": 1, "LAPSED": 1}


def test_the_plan_says_how_many_cards_stand_in_each_step_at_which_date(cast: Cast) -> None:
    cards(cast.land)
    campaign = drafted(cast["shop"])
    today = timezone.localdate()
    whole = [(row.day - today, row.counts) for row in plan_of(campaign)]
    assert whole == [
        (0 * DAY, (3, 0, 0, 0, 0)),
        (5 * DAY, (0, 3, 0, 0, 0)),
        (15 * DAY, (0, 0, 3, 0, 0)),
        (35 * DAY, (0, 0, 0, 3, 0)),
        (65 * DAY, (0, 0, 0, 0, 3)),
    ]
    step(cast["approver"], campaign, "approve")
    step(cast["shop"], campaign, "start")
    advance()
    assert [(row.day - today, row.counts) for row in plan_of(campaign)] == whole


def test_a_target_is_replaced_by_a_version_with_its_reason_and_never_edited(cast: Cast) -> None:
    cards(cast.land)
    mobile = str(cast.land.mobile.id)
    first = NewTarget(Dimension.CARRIER, mobile, 9_600, date(2016, 10, 31), "2016 年 5 月通知")
    with pytest.raises(Refused) as refused:
        set_target(cast["shop"], first)
    assert refused.value.code == "unit"
    made = set_target(cast["supervisor"], first)
    with pytest.raises(Refused) as refused:
        set_target(cast["supervisor"], replace(first, reason="又一次"))
    assert refused.value.code == "stale"
    second = set_target(
        cast["supervisor"], replace(first, basis_points=10_000, due=date(2016, 12, 31), reason="加快", before=1)
    )
    assert (made.version, second.version) == (1, 2)
    with pytest.raises(DatabaseError), transaction.atomic():
        Target.objects.filter(id=made.id).update(basis_points=1)
    (found,) = standings(cast.people["supervisor"])
    assert found.target.id == second.id and found.forecast.missing == 3
    assert found.forecast.share is not None and found.forecast.reached_on is None, "the rate is 0: no date"
