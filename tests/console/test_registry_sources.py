"""The number page and the desk hear of services, lines, trusted entries and real names, each for those who may read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from django.utils.translation import override
from tests.registry.conftest import Land, found_land, holding
from tests.registry.key_services.conftest import Cast, flagged
from tests.registry.key_services.test_life import closed
from tests.registry.trusted_numbers.conftest import Centre, found_centre, fresh_data, in_force, verify, written
from tests.registry.voice_lines.conftest import enforced, lines_cast

from haodun.console.number_sources import Answer, Question
from haodun.console.reader import Reader
from haodun.console.registry_desk import DESKS
from haodun.console.registry_sources import sources
from haodun.offices.organisations.models import User
from haodun.offices.organisations.services import actor_for, system
from haodun.registry.subscribers.services import RealName, open_interval, set_state
from haodun.registry.trusted_numbers.services import step

NUMBER, HELD = 862583100007, 8613912345009


def ask(user: User, number: int) -> Answer:
    """What the register's sources answer this person."""
    now = timezone.now()
    reader = Reader(user, actor_for(user, None), None, "order_check", "zh", "auto")
    whole = Answer()
    with override("zh-hans"):
        for source in sources():
            found = source.answer(Question(number, uuid4(), now - timedelta(days=900), now, reader))
            whole.lanes += found.lanes
            whole.happenings += found.happenings
    return whole


@pytest.fixture
def land(db: None) -> Iterator[Land]:
    fresh_data()
    with system():
        yield found_land()


@pytest.fixture
def cast(land: Land) -> Cast:
    return lines_cast(land)


@pytest.fixture
def centre(land: Land) -> Centre:
    return found_centre(land)


def lanes(user: User, number: int) -> dict[str, list[tuple[str, str]]]:
    return {one.name: [(part.words, part.tone) for part in one.intervals] for one in ask(user, number).lanes}


def test_a_key_service_shows_with_its_steps_and_at_the_number_its_calls_end_at(cast: Cast) -> None:
    service = flagged(cast)
    officer, rival = cast.people["officer"], cast.people["rival"]
    assert lanes(officer, service.number) == {"重点业务": [("400 号码 南京同仁食品有限公司（有缺陷）", "ser")]}
    steps = [one for one in ask(officer, service.number).happenings if one.address == f"/key-services/{service.id}/"]
    assert [one.title for one in steps][-1] == "登记缺陷" and len(steps) >= 4
    (landing,) = service.landings.all()
    assert next(words for words, _ in lanes(officer, landing.number)["重点业务"]).startswith("400 号码的落地号码")
    assert lanes(rival, service.number) == {} and ask(rival, service.number).happenings == []


def test_a_closed_service_ends_its_stretch(cast: Cast) -> None:
    service = closed(cast)
    (lane,) = [one for one in ask(cast.people["officer"], service.number).lanes if one.name == "重点业务"]
    assert [(one.end, one.tone) for one in lane.intervals] == [(service.closed_at, "neu")]


def test_a_line_shows_at_each_number_it_may_present(cast: Cast) -> None:
    line = enforced(cast)
    found = ask(cast.people["engineer"], NUMBER)
    assert [one.name for one in found.lanes] == ["语音专线"]
    assert {one.address for one in found.happenings} == {f"/voice-lines/{line.id}/"}
    assert lanes(cast.people["engineer"], NUMBER + 1000) == {}
    assert lanes(cast.people["rival"], NUMBER) == {}


def test_a_trusted_entry_shows_its_name_and_a_draft_does_not(centre: Centre) -> None:
    entry = in_force(centre, NUMBER)
    clerk = centre.user("clerk")
    assert lanes(clerk, NUMBER) == {"可信号码": [("顺达速递（有效）", "ok")]}
    assert [one.title for one in ask(clerk, NUMBER).happenings if one.address == f"/trusted/{entry.id}/"]
    written(centre, HELD)
    assert lanes(clerk, HELD) == {} and lanes(centre.user("owner"), HELD) == {}


def test_real_name_states_are_a_lane_and_each_change_an_event(cast: Cast, land: Land) -> None:
    held = open_interval(holding(land, HELD, status=RealName.INCOMPLETE))
    set_state([held.interval], since=timezone.now() - timedelta(days=3), status=RealName.VALID, source="check")
    shop, engineer = cast.people["shop"], cast.people["engineer"]
    assert lanes(shop, HELD) == {"实名": [("登记不全", "cau"), ("已实名", "ok")]}
    assert [one.title for one in ask(shop, HELD).happenings] == ["实名状态：已实名"]
    assert lanes(engineer, HELD) == {}


def waits(user: User) -> dict[str, list[tuple[str, str]]]:
    """What the register puts on this person's desk: list → (title, state) of its rows."""
    reader = Reader(user, actor_for(user, None), None, "", "zh", "auto")
    with override("zh-hans"):
        lists = [one for desk in DESKS for one in desk.lists(reader)]
    assert all(one.total == len(one.rows) for one in lists)
    return {one.title: [(row["document"], row["state"]) for row in one.rows] for one in lists}


def test_the_desk_has_the_services_that_wait_for_whoever_may_act_on_them(cast: Cast) -> None:
    flagged(cast)
    of_services = {"重点业务：待办理": [("南京同仁食品有限公司", "有缺陷")]}
    assert waits(cast.people["officer"]).items() >= of_services.items()
    assert waits(cast.people["rival"])["重点业务：待办理"] == []
    assert "重点业务：待办理" not in waits(cast.people["police"])


def test_the_desk_has_applications_for_clerks_and_not_for_applicants(centre: Centre) -> None:
    entry = written(centre, HELD)
    verify(centre, entry)
    assert waits(centre.user("clerk"))["可信号码申请：待办理"] == []
    step(centre.actor("owner"), [entry.id], "submit", key="submit")
    assert waits(centre.user("clerk"))["可信号码申请：待办理"] == [(entry.reference, "待核验")]
    assert waits(centre.user("owner")) == {}
