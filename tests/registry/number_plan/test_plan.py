"""Allocations as rectangles of numbers × time, porting by the set, the porting database, holders at a time."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from tests.registry.conftest import DAY, NOW, Land, found_land

from haodun.audit.models import Entry
from haodun.offices.organisations.services import Role
from haodun.offices.transitions.services import Actor
from haodun.registry.number_plan import services
from haodun.registry.number_plan.models import Allocation, Porting, PortingAnswer
from haodun.registry.number_plan.services import Certainty, NewAllocation, NewPorting, PlanRefused, State
from haodun.registry.subscribers import services as subscribers
from haodun.registry.subscribers.services import Certainty as Routed

FIRST, LAST = 8613913800000, 8613913809999
NUMBER = 8613913801234


def clerk(land: Land) -> Actor:
    return Actor(user_id=land.colleague.id, organisation_id=land.bureau.id, role=Role.BUREAU_OFFICER)


def given_to(
    organisation: UUID | None, *, since: datetime = NOW - 900 * DAY, first: int = FIRST, last: int = LAST,
    state: State = State.ALLOCATED, until: datetime | None = None,
) -> NewAllocation:  # fmt: skip
    return NewAllocation(first, last, state, organisation, since, "工信部电管函〔2024〕1号", until)


def test_a_range_names_its_holder_from_its_day_on_and_not_before(land: Land) -> None:
    services.allocate([given_to(land.mobile.id, since=NOW - 10 * DAY)], actor=clerk(land))
    found = services.holder_of(NUMBER, NOW)
    assert (found.organisation, found.certainty, found.since) == (land.mobile.id, Certainty.ALLOCATED, NOW - 10 * DAY)
    before = services.holder_of(NUMBER, NOW - 11 * DAY)
    assert (before.certainty, before.since) == (Certainty.BY_PREFIX, None)


def test_a_part_that_is_given_back_rests_and_the_rest_stays(land: Land) -> None:
    services.allocate([given_to(land.mobile.id)], actor=clerk(land))
    back = given_to(land.mobile.id, first=NUMBER, last=NUMBER + 9, since=NOW - DAY, state=State.RECYCLED)
    services.allocate([back], actor=clerk(land))
    assert services.holder_of(NUMBER, NOW).certainty is Certainty.RECYCLED
    assert services.holder_of(NUMBER, NOW - 2 * DAY).certainty is Certainty.ALLOCATED
    assert services.holder_of(NUMBER + 10, NOW).certainty is Certainty.ALLOCATED
    assert [one.certainty for one in services.history(NUMBER)] == [Certainty.ALLOCATED, Certainty.RECYCLED]


def test_the_same_statement_again_changes_nothing(land: Land) -> None:
    assert services.allocate([given_to(land.mobile.id)], actor=clerk(land)) == 1
    rows, entries = list(Allocation.objects.values()), Entry.objects.count()
    assert services.allocate([given_to(land.mobile.id)], actor=clerk(land)) == 0
    assert (list(Allocation.objects.values()), Entry.objects.count()) == (rows, entries)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"first": LAST, "last": FIRST}, "range"),
        ({"first": 0}, "range"),
        ({"state": State.UNALLOCATED}, "organisation"),
        ({"organisation": None}, "organisation"),
        ({"until": NOW - 1000 * DAY}, "term"),
        ({"source": ""}, "source"),
    ],
)
def test_a_bad_statement_is_refused_and_those_before_it_are_not_kept(
    land: Land, change: dict[str, object], code: str
) -> None:
    values: dict[str, object] = {
        "first": FIRST, "last": LAST, "state": State.ALLOCATED, "organisation": land.mobile.id,
        "since": NOW - 900 * DAY, "source": "x", "until": None,
    }  # fmt: skip
    bad = NewAllocation(**{**values, **change})  # type: ignore[arg-type]
    with pytest.raises(PlanRefused) as refused:
        services.allocate([given_to(land.mobile.id), bad], actor=clerk(land))
    assert refused.value.code == code
    assert not Allocation.objects.exists()


class Rectangles(TestCase):
    """Any sequence of statements reads like a table painted cell by cell."""

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.integers(0, 6),
                st.integers(0, 6),
                st.integers(0, 6),
                st.integers(1, 7) | st.none(),
                st.integers(0, 2),
            ),
            max_size=6,
        )
    )
    def test_later_statements_win_where_they_speak_and_nowhere_else(
        self, said: list[tuple[int, int, int, int | None, int]]
    ) -> None:
        land = found_land()
        owners = (land.mobile.id, land.unicom.id, None)
        painted: dict[tuple[int, int], UUID | None] = {}
        for low, high, start, end, who in said:
            if high < low or (end is not None and end <= start):
                continue
            until = None if end is None else NOW + end * DAY
            state = State.UNALLOCATED if owners[who] is None else State.ALLOCATED
            one = given_to(
                owners[who], since=NOW + start * DAY, first=FIRST + low, last=FIRST + high, state=state, until=until
            )
            services.allocate([one], actor=clerk(land))
            cells = [(n, d) for n in range(low, high + 1) for d in range(start, 8 if end is None else end)]
            painted |= dict.fromkeys(cells, owners[who])
        for number in range(7):
            for day in range(8):
                held = services.holder_of(FIRST + number, NOW + day * DAY + timedelta(hours=1))
                if (number, day) in painted:
                    assert held.organisation == painted[number, day]
                    assert held.certainty in (Certainty.ALLOCATED, Certainty.UNALLOCATED)
                else:
                    assert held.certainty is Certainty.BY_PREFIX


def test_a_ported_number_names_both_networks_and_goes_back(land: Land) -> None:
    services.allocate([given_to(land.mobile.id)], actor=clerk(land))
    moved = NewPorting(NUMBER, land.unicom.id, NOW - 30 * DAY, "携转 2026-10")
    assert services.port([moved], actor=clerk(land)) == 1
    held = services.holder_of(NUMBER, NOW)
    assert (held.organisation, held.before, held.certainty) == (land.unicom.id, land.mobile.id, Certainty.PORTED)
    services.end_porting(NUMBER, NOW - DAY, actor=clerk(land))
    assert services.holder_of(NUMBER, NOW).organisation == land.mobile.id
    assert services.holder_of(NUMBER, NOW - 2 * DAY).organisation == land.unicom.id
    with pytest.raises(PlanRefused):
        services.end_porting(NUMBER, NOW, actor=clerk(land))


def test_porting_twice_is_one_porting_and_onwards_is_a_second(land: Land) -> None:
    first = NewPorting(NUMBER, land.unicom.id, NOW - 30 * DAY, "a")
    assert services.port([first], actor=clerk(land)) == 1
    assert services.port([first], actor=clerk(land)) == 0
    assert services.port([NewPorting(NUMBER, land.mobile.id, NOW - DAY, "b")], actor=clerk(land)) == 1
    assert [(row.organisation_id, row.before_id) for row in Porting.objects.order_by("valid")] == [
        (land.unicom.id, None), (land.mobile.id, land.unicom.id),
    ]  # fmt: skip


@pytest.mark.parametrize("bad", ["twice", "older"])
def test_what_contradicts_itself_or_the_record_takes_nothing(land: Land, bad: str) -> None:
    services.port([NewPorting(NUMBER, land.unicom.id, NOW - 10 * DAY, "a")], actor=clerk(land))
    other = NewPorting(NUMBER + 1, land.unicom.id, NOW, "c")
    again = NewPorting(NUMBER, land.mobile.id, NOW - 20 * DAY, "b") if bad == "older" else other
    with pytest.raises(PlanRefused) as refused:
        services.port([other, again], actor=clerk(land))
    assert "1234" in refused.value.zh or "1235" in refused.value.zh
    assert str(NUMBER)[2:] not in refused.value.zh
    assert Porting.objects.count() == 1


def test_an_order_goes_to_the_network_that_took_the_number_over(land: Land) -> None:
    services.allocate([given_to(land.mobile.id)], actor=clerk(land))
    services.port([NewPorting(NUMBER, land.unicom.id, NOW - DAY, "a")], actor=clerk(land))
    routes = subscribers.route([NUMBER, NUMBER + 1], NOW)
    assert {carrier: [one.certainty for one in ones] for carrier, ones in routes.items()} == {
        land.unicom.id: [Routed.PORTED], land.mobile.id: [Routed.ALLOCATED],
    }  # fmt: skip


def test_a_number_at_rest_is_answered_for_by_nobody(land: Land) -> None:
    services.allocate([given_to(land.mobile.id, state=State.RECYCLED)], actor=clerk(land))
    assert subscribers.route([NUMBER], NOW)[None][0].certainty is Routed.UNALLOCATED


@pytest.fixture
def database(land: Land, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A porting database that says of one number that it went to the other carrier; what it was asked."""
    asked: list[int] = []
    land.unicom.uscc = "91320000MA1NYK5W6X"
    land.unicom.save()

    def ask(number: int) -> tuple[str, datetime | None] | None:
        asked.append(number)
        if number == NUMBER + 2:
            raise services.MnpError
        return ("91320000MA1NYK5W6X", NOW - 5 * DAY) if number == NUMBER else None

    module = types.ModuleType("made_up_mnp")
    module.ask = ask  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "made_up_mnp", module)
    monkeypatch.setenv("HAODUN_MNP", "made_up_mnp:ask")
    return iter([asked])


def test_the_porting_database_is_asked_once_a_day_and_routes_an_order(
    land: Land, database: Iterator[list[int]]
) -> None:
    (asked,) = database
    for _ in range(2):
        routes = subscribers.route([NUMBER, NUMBER + 1], NOW)
        assert routes[land.unicom.id][0].certainty is Routed.PORTED
        assert routes[land.mobile.id][0].certainty is Routed.ALLOCATED
    assert asked == [NUMBER, NUMBER + 1]
    subscribers.route([NUMBER], NOW + 2 * DAY)
    assert asked == [NUMBER, NUMBER + 1, NUMBER]
    assert services.forget_answers(NOW + 2 * DAY) == 1


def test_a_silent_porting_database_is_no_answer_and_is_asked_again(land: Land, database: Iterator[list[int]]) -> None:
    (asked,) = database
    assert subscribers.route([NUMBER + 2], NOW)[land.mobile.id][0].certainty is Routed.ALLOCATED
    assert not PortingAnswer.objects.exists()
    subscribers.route([NUMBER + 2], NOW)
    assert asked == [NUMBER + 2] * 2


def test_a_hook_that_is_not_there_says_so(land: Land, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HAODUN_MNP", "nowhere.at_all:ask")
    with pytest.raises(PlanRefused) as refused:
        services.query_porting(NUMBER)
    assert "HAODUN_MNP=nowhere.at_all:ask" in refused.value.en
