"""Records and real-name states in two times; the one-ID limit; rates as of any day as known at any moment."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from tests.registry.conftest import DAY, NOW, Land, holding

from haodun.audit.models import Entry
from haodun.offices.organisations.models import User
from haodun.offices.organisations.services import Kind, Role, establish, reading_as, system
from haodun.offices.transitions.services import Actor
from haodun.registry.subscribers import figures
from haodun.registry.subscribers import services as subscribers
from haodun.registry.subscribers.models import PublishedFigure, Record
from haodun.registry.subscribers.rates import rates_on
from haodun.registry.subscribers.services import Document, DocumentKind, SubscriberRefused

FIRST = 8613800138000
PERSON = Document(DocumentKind.RESIDENT, "11010519491231002X")
FIRM = Document(DocumentKind.CREDIT_CODE, "91350100M000100Y43")
TODAY = date(2026, 11, 20)
LATER = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


def _count(at: date = TODAY, known_at: datetime | None = None) -> tuple[int, int]:
    found = subscribers.rates(at, known_at=known_at)[0]
    return found.valid, found.numbers


def _seen(user: User) -> tuple[int, int]:
    with reading_as(user):
        found = subscribers.rates(TODAY, user=user)[0]
    return found.valid, found.numbers


def _given_out(user: User) -> dict[int, figures.Published]:
    with reading_as(user):
        return {one.id: one for one in figures.given_out(user)}


def test_an_opening_keeps_the_document_sealed_and_finds_it_by_its_mark(land: Land) -> None:
    held = subscribers.open_interval(
        holding(land, FIRST, document=PERSON, address="南京市 某路1号", device="490154203237518", agent="NJ-7")
    )
    with system():
        row = Record.objects.get(interval=held.interval)
    everything = b"".join(bytes(one) for one in (row.document_sealed, row.address_sealed, row.document_mark))
    assert PERSON.number.encode() not in everything
    assert "某路".encode() not in everything
    record = subscribers.records_of([held.interval])[held.interval]
    assert record.document_mark == subscribers.document_mark(PERSON)
    assert record.address_mark == subscribers.address_mark("南京市某路1号")
    assert record.device_mark == subscribers.device_mark("490154203237517"), "the check digit makes no difference"
    assert (record.agent, record.personal, record.party) == ("NJ-7", True, land.mobile.id)


def test_a_persons_document_is_not_an_organisations(land: Land) -> None:
    with pytest.raises(SubscriberRefused, match="shows a person's document"):
        subscribers.open_interval(holding(land, FIRST, document=FIRM))


def test_the_sixth_card_of_a_document_is_refused_at_the_same_carrier_only(land: Land) -> None:
    for number in range(FIRST, FIRST + 5):
        subscribers.open_interval(holding(land, number, document=PERSON))
    with pytest.raises(SubscriberRefused, match="5 active cards") as refused:
        subscribers.open_interval(holding(land, FIRST + 5, document=PERSON))
    assert refused.value.code == "limit"
    household = Document(DocumentKind.HOUSEHOLD, PERSON.number)
    with pytest.raises(SubscriberRefused, match="5 active cards"):
        subscribers.open_interval(holding(land, FIRST + 5, document=household))
    subscribers.open_interval(holding(land, FIRST + 5, document=PERSON, carrier=land.unicom))
    subscribers.close_interval(FIRST, NOW)
    subscribers.open_interval(holding(land, FIRST + 6, document=PERSON, since=NOW))
    mark = subscribers.document_mark(PERSON)
    assert len(subscribers.active_cards(mark, at=NOW, party=land.mobile.id)) == 5
    assert len(subscribers.active_cards(mark, at=NOW)) == 6


def test_provincial_companies_of_one_group_count_together_and_a_reseller_apart(land: Land) -> None:
    with system():
        group = establish(kind=Kind.CARRIER_GROUP, name_zh="集团", name_en="Group", parent=land.ministry)
        one, two = (
            establish(kind=Kind.CARRIER, name_zh=f"省{n}", name_en=f"P{n}", parent=group, province="32") for n in "12"
        )
        reseller = establish(kind=Kind.RESELLER, name_zh="转售", name_en="Reseller", parent=land.ministry)
    for place in range(5):
        subscribers.open_interval(holding(land, FIRST + place, document=PERSON, carrier=one))
    with pytest.raises(SubscriberRefused, match="5 active cards"):
        subscribers.open_interval(holding(land, FIRST + 9, document=PERSON, carrier=two))
    subscribers.open_interval(holding(land, FIRST + 9, document=PERSON, carrier=two, reseller=reseller.id))


def test_organisations_have_no_limit(land: Land) -> None:
    firm: dict[str, Any] = {"document": FIRM, "kind": subscribers.HolderKind.ORGANISATION}
    for number in range(FIRST, FIRST + 7):
        subscribers.open_interval(holding(land, number, **firm))


def test_a_state_is_what_was_so_and_what_was_known(land: Land) -> None:
    held = subscribers.open_interval(holding(land, FIRST), recorded_at=NOW - 10 * DAY)
    subscribers.set_state(
        [held.interval], since=NOW - 5 * DAY, status="valid", source="reregistration", recorded_at=NOW - 4 * DAY
    )
    before = subscribers.state_of(held.interval, NOW - 6 * DAY)
    after = subscribers.state_of(held.interval, NOW)
    assert before and after
    assert (before.status, after.status) == ("none", "valid")
    then = subscribers.state_of(held.interval, NOW, known_at=NOW - 7 * DAY)
    assert then and then.status == "none"
    assert subscribers.state_of(held.interval, NOW - 500 * DAY) is None


def test_nothing_is_recorded_before_what_is_recorded_already(land: Land) -> None:
    held = subscribers.open_interval(holding(land, FIRST), recorded_at=NOW)
    with pytest.raises(SubscriberRefused, match="later state"):
        subscribers.set_state([held.interval], since=NOW, status="valid", source="check", recorded_at=NOW - DAY)
    with pytest.raises(SubscriberRefused, match="no real-name state"):
        subscribers.set_state([held.interval], since=NOW, status="perfect", source="check")


def test_a_closed_number_leaves_the_count_from_that_day_on(land: Land) -> None:
    subscribers.open_interval(holding(land, FIRST, document=PERSON), recorded_at=NOW - 9 * DAY)
    subscribers.open_interval(holding(land, FIRST + 1), recorded_at=NOW - 9 * DAY)
    assert _count() == (1, 2)
    subscribers.close_interval(FIRST, NOW - 2 * DAY, recorded_at=NOW)
    assert _count(known_at=LATER) == (0, 1)
    assert _count(TODAY - 3 * DAY, known_at=LATER) == (1, 2)
    assert _count(known_at=NOW - DAY) == (1, 2), "what was known yesterday stays what was known yesterday"


def test_rates_are_told_apart_and_each_sees_their_own(land: Land) -> None:
    subscribers.open_interval(holding(land, FIRST, document=PERSON, service="iot"))
    subscribers.open_interval(holding(land, FIRST + 1, carrier=land.unicom))
    by_carrier = {one.key: (one.valid, one.numbers) for one in subscribers.rates(TODAY, by="carrier")}
    assert by_carrier == {str(land.mobile.id): (1, 1), str(land.unicom.id): (0, 1)}
    assert [one.key for one in subscribers.rates(TODAY, by="service")] == ["iot", "mobile"]
    assert _seen(land.owner) == (1, 1)
    assert _seen(land.stranger) == (0, 1)
    assert _seen(land.colleague) == (1, 2), "the bureau sees its province"


def test_old_users_are_those_of_before_order_25(land: Land) -> None:
    edge = datetime(2013, 8, 31, 16, tzinfo=UTC)
    old = subscribers.open_interval(holding(land, FIRST, since=edge - timedelta(seconds=1)))
    subscribers.open_interval(holding(land, FIRST + 1, since=edge))
    found = subscribers.rates(TODAY)[0]
    assert (found.old, found.old_checked) == (1, 0)
    subscribers.set_state([old.interval], since=NOW, checked=True, source="check")
    assert subscribers.rates(TODAY)[0].old_checked == 1


def test_the_sums_equal_what_is_counted_from_the_states_one_by_one(land: Land) -> None:
    draw = random.Random(7)
    opened = [
        subscribers.open_interval(
            holding(
                land,
                FIRST + place,
                since=NOW - draw.randrange(1, 6000) * DAY - timedelta(hours=draw.randrange(24)),
                carrier=draw.choice((land.mobile, land.unicom)),
                document=draw.choice((None, Document(DocumentKind.PASSPORT, f"E{place:08d}"))),
            ),
            recorded_at=NOW + timedelta(minutes=place),
        )
        for place in range(20)
    ]
    for step in range(30):
        at, one = NOW + timedelta(hours=1 + step), draw.choice(opened)
        since = NOW - draw.randrange(0, 900) * DAY
        until = draw.choice((None, since + draw.randrange(1, 90) * DAY))
        subscribers.set_state(
            [one.interval], since=since, until=until, status=draw.choice(("none", "valid", "failed")),
            checked=draw.choice((None, True)), source="check", recorded_at=at,
        )  # fmt: skip
    subscribers.close_interval(opened[3].number, NOW - timedelta(hours=5), recorded_at=NOW + 3 * DAY)
    for known in (NOW, NOW + timedelta(minutes=10), NOW + timedelta(hours=15), NOW + 4 * DAY):
        for day in (date(2012, 1, 1), date(2025, 6, 1), TODAY - 2 * DAY, TODAY):
            for by in subscribers.DIMENSIONS:
                summed = subscribers.rates(day, known_at=known, by=by)
                assert summed == subscribers.counted_from_states(day, known_at=known, by=by), (known, day, by)


def test_several_days_are_counted_in_one_pass(land: Land) -> None:
    for place in range(4):
        subscribers.open_interval(
            holding(land, FIRST + place, since=NOW - 30 * place * DAY, document=None if place % 2 else PERSON)
        )
    days = [TODAY - place * 30 * DAY for place in range(5)]
    assert rates_on(days) == tuple(subscribers.rates(day)[0] for day in days)
    assert rates_on([]) == ()


def _bureau(land: Land) -> Actor:
    return Actor(user_id=land.colleague.id, organisation_id=land.bureau.id, role=Role.BUREAU_OFFICER)


def test_last_quarters_rate_computed_today_is_what_was_published_then(land: Land) -> None:
    """And what came late is a dated revision, never a silent change (RULES.md §4.6)."""
    quarter = date(2026, 9, 30)
    subscribers.open_interval(holding(land, FIRST, document=PERSON))
    subscribers.open_interval(holding(land, FIRST + 1))
    first = {one.figure.dimension: one for one in figures.publish(quarter, actor=_bureau(land))}["all"]
    assert (first.figure.value, first.figure.numerator, first.figure.denominator) == (5000, 1, 2)
    subscribers.open_interval(holding(land, FIRST + 2, since=NOW - 300 * DAY))  # entered late
    assert figures.recomputed(first.id) == first.figure
    with reading_as(land.colleague):
        now = figures.figures(quarter, user=land.colleague)[0]
    assert (now.numerator, now.denominator) == (1, 3)
    second = figures.revise(first.id, reason="补录一个号码", actor=_bureau(land))
    assert (second.figure.value, second.revises, second.reason) == (3333, first.id, "补录一个号码")
    assert figures.recomputed(first.id) == first.figure
    listed = _given_out(land.colleague)
    assert listed[first.id].revision == second.id
    assert Entry.objects.filter(kind="figure:published").count() == 2


def test_a_figure_is_published_once_and_nobody_edits_it(land: Land) -> None:
    subscribers.open_interval(holding(land, FIRST, document=PERSON))
    day = TODAY - 60 * DAY
    published = figures.publish(day, actor=_bureau(land))[0]
    with pytest.raises(SubscriberRefused, match="published already"):
        figures.publish(day, actor=_bureau(land))
    with pytest.raises(SubscriberRefused, match="once it is over"):
        figures.publish(date(2999, 1, 1), actor=_bureau(land))
    with pytest.raises(SubscriberRefused, match="why"):
        figures.revise(published.id, reason=" ", actor=_bureau(land))
    for statement in (
        "UPDATE subscribers_publishedfigure SET numerator = 9",
        "DELETE FROM subscribers_publishedfigure",
    ):
        with pytest.raises(Exception, match="stays as it is"), system(), transaction.atomic():
            connection.cursor().execute(statement)
    with system():
        assert PublishedFigure.objects.get(pk=published.id).numerator == 1


def test_each_publishes_what_it_may_read(land: Land) -> None:
    subscribers.open_interval(holding(land, FIRST, document=PERSON))
    subscribers.open_interval(holding(land, FIRST + 1, carrier=land.unicom))
    carrier = Actor(user_id=land.owner.id, organisation_id=land.mobile.id, role=Role.CARRIER_COMPLIANCE)
    own = {one.figure.dimension: one.figure for one in figures.publish(TODAY - 60 * DAY, actor=carrier)}
    assert own["all"].denominator == 1
    assert _given_out(land.stranger) == {}
    assert len(_given_out(land.colleague)) == len(_given_out(land.owner)) > 0


def test_the_staging_table_is_the_systems_alone(land: Land) -> None:
    with system(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO subscribers_staged (run, line) VALUES (%s, 1)", [uuid4()])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM subscribers_staged")
        assert cursor.fetchone() == (0,)
