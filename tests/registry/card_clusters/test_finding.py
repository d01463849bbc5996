"""Planted clusters are found, a family and a company's fleet are not; each number can be traced; people decide."""

from __future__ import annotations

import uuid
from datetime import date

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.registry.card_clusters.conftest import MINUTE, Planter
from tests.registry.conftest import DAY, NOW, holding

from haodun.offices.transitions.services import Refused, clocks_of, preview
from haodun.registry.card_clusters.finding import NEWS
from haodun.registry.card_clusters.graph import components
from haodun.registry.card_clusters.models import Cluster, ClusterCard
from haodun.registry.card_clusters.searching import groups
from haodun.registry.card_clusters.services import TABLE, Shared, ask_look, look, rules_at, take
from haodun.registry.card_clusters.values import Group
from haodun.registry.restrictions.services import Basis, Source, by_source
from haodun.registry.subscribers.services import (
    Document,
    DocumentKind,
    HolderKind,
    close_interval,
    open_interval,
)

FIRM = Document(DocumentKind.CREDIT_CODE, "91350100M000100Y43")


def refusal(code: str) -> pytest.RaisesExc[Refused]:
    return pytest.RaisesExc(Refused, check=lambda error: error.code == code)


def numbers_of(cluster: uuid.UUID) -> list[int]:
    return sorted(set(ClusterCard.objects.filter(cluster=cluster).values_list("number", flat=True)))


def test_cards_of_many_people_on_one_device_are_found_with_their_reasons(plant: Planter) -> None:
    gang = plant.gang(7)
    plant.many(3)
    (found,) = look(NOW)
    row = Cluster.objects.get(id=found)
    assert numbers_of(found) == gang
    assert (row.cards, row.documents, row.state) == (7, 7, "FOUND")
    assert row.reasons == [
        {"shared": "device", "groups": 1, "cards": 7, "documents": 7, "points": 50},
        {"shared": "agent", "groups": 1, "cards": 7, "documents": 7, "points": 10},
    ]
    assert row.score == 60
    assert row.rules == date(2016, 9, 23)


def test_a_burst_at_one_agent_with_one_address_is_found(plant: Planter) -> None:
    planted = plant.many(14, apart=2 * MINUTE, address="南京市某路 9 号 301 室")
    (found,) = look(NOW)
    assert numbers_of(found) == planted
    kinds = {one["shared"] for one in Cluster.objects.get(id=found).reasons}
    assert kinds == {"burst", "address", "agent"}


def test_one_document_across_operators_is_found_from_ten_cards_on(plant: Planter) -> None:
    held = plant.document()
    cards = [plant.open(document=held, carrier=one) for one in (plant.land.mobile, plant.land.unicom) for _ in range(4)]
    assert look(NOW) == [], "eight cards are 40 points and 10 for the agent only where one agent opened most"
    cards += [plant.open(document=held, carrier=one, agent="") for one in (plant.land.mobile, plant.land.unicom)]
    (found,) = look(NOW)
    assert numbers_of(found) == sorted(cards)


def test_groups_with_a_card_in_common_are_one_cluster_and_others_are_not(plant: Planter) -> None:
    first = plant.many(5, device="49015420323751", agent="")
    plant.open(device="35209900176148", agent="")
    both = plant.open(device="49015420323751", address="乙地", agent="")
    second = plant.many(8, address="乙地", agent="", apart=3 * DAY)
    other = plant.many(7, device="86012345678901", agent="")
    found = {tuple(numbers_of(one)) for one in look(NOW)}
    assert found == {tuple(sorted([*first, both, *second])), tuple(other)}


def test_a_family_with_three_cards_is_not_found(plant: Planter) -> None:
    for _ in range(3):
        plant.open(address="南京市某小区 1 幢 101 室", device="49015420323751")
    mother = plant.document()
    for _ in range(3):
        plant.open(document=mother, address="南京市某小区 1 幢 102 室", device="35209900176148")
    assert groups(NOW, rules_at(NOW.date())) == []
    assert look(NOW) == []


def test_a_companys_fleet_is_not_found(plant: Planter) -> None:
    for place in range(40):
        plant.open(
            document=FIRM, kind=HolderKind.ORGANISATION, name="某物流公司", since=NOW - DAY + place * MINUTE,
            address="南京市物流园 1 号", device="49015420323751",
        )  # fmt: skip
    assert look(NOW) == []


def test_a_busy_shop_and_a_dormitory_alone_are_not_found(plant: Planter) -> None:
    plant.many(60, apart=MINUTE)
    plant.many(60, address="南京市某大学宿舍", apart=DAY, agent="CAMPUS")
    kinds = {one.shared for one in groups(NOW, rules_at(NOW.date()))}
    assert kinds == {Shared.BURST, Shared.ADDRESS}
    assert look(NOW) == []


def test_openings_further_apart_than_the_window_are_no_burst(plant: Planter) -> None:
    plant.many(12, apart=10 * MINUTE, agent="SLOW")
    plant.many(10, apart=7 * MINUTE, agent="CLOSE")
    plant.many(10, apart=6 * MINUTE, agent="DENSE")
    plant.many(5, apart=MINUTE, agent="TWO", carrier=plant.land.mobile)
    plant.many(5, apart=MINUTE, agent="TWO", carrier=plant.land.unicom)
    bursts = [one for one in groups(NOW, rules_at(NOW.date())) if one.shared is Shared.BURST]
    assert [one.mark.split(":")[1] for one in bursts] == ["DENSE"]
    assert len(bursts[0].cards) == 10


def test_closed_cards_and_old_openings_do_not_count(plant: Planter) -> None:
    gang = plant.gang(5)
    plant.many(9, device="35209900176148", since=NOW - 200 * DAY)
    close_interval(gang[0], NOW - DAY)
    assert look(NOW) == []


def test_each_number_can_be_traced_to_what_it_shares(plant: Planter) -> None:
    plant.many(14, apart=2 * MINUTE, address="南京市某路 9 号 301 室")
    (found,) = look(NOW)
    rows = ClusterCard.objects.filter(cluster=found)
    assert {(one.shared, one.group) for one in rows} == {("address", 1), ("burst", 1)}
    assert rows.count() == 28
    one = rows.first()
    assert one is not None
    assert (one.agent, one.carrier_id) == ("A1", plant.land.mobile.id)


def test_only_who_may_read_every_card_reads_the_cluster(plant: Planter) -> None:
    plant.gang(7)
    plant.many(4, device="35209900176148")
    plant.many(4, device="35209900176148", carrier=plant.land.unicom)
    own, mixed = sorted(look(NOW), key=lambda one: len(Cluster.objects.get(id=one).readers), reverse=True)
    assert plant.land.mobile.id in Cluster.objects.get(id=own).readers
    readers = set(Cluster.objects.get(id=mixed).readers)
    assert not readers & {plant.land.mobile.id, plant.land.unicom.id}
    assert {plant.land.bureau.id, plant.land.ministry.id} <= readers


def test_looking_again_finds_nothing_new_and_growth_replaces_what_nobody_took_up(plant: Planter) -> None:
    gang = plant.gang(7)
    (first,) = look(NOW)
    assert look(NOW + DAY) == []
    gang.append(plant.open(device="49015420323751"))
    (second,) = look(NOW + DAY)
    assert Cluster.objects.get(id=first).state == "SUPERSEDED"
    assert numbers_of(second) == sorted(gang)
    take(plant.cast["shop"], [second], "review", key="r")
    plant.gang(3)
    assert look(NOW + DAY) == [], "what is in review is not replaced under the reviewer's hands"


def test_what_was_dismissed_stays_so_until_enough_is_new(plant: Planter) -> None:
    plant.gang(7)
    (first,) = look(NOW)
    take(plant.cast["shop"], [first], "review", key="r")
    with refusal("reason"):
        take(plant.cast["shop"], [first], "dismiss", key="d0")
    take(plant.cast["shop"], [first], "dismiss", key="d", reason="维修店的测试机，已核实")
    plant.gang(NEWS - 1)
    assert look(NOW + DAY) == []
    plant.gang(1)
    assert len(look(NOW + DAY)) == 1
    assert Cluster.objects.get(id=first).state == "DISMISSED"


def test_a_confirmation_is_by_a_second_person_who_saw_what_it_hits(plant: Planter) -> None:
    gang = plant.gang(7)
    (found,) = look(NOW)
    shop, checker = plant.cast["shop"], plant.cast["checker"]
    take(shop, [found], "review", key="r")
    seen = preview(checker, TABLE, [found], "confirm").blast
    assert seen is not None
    assert seen.numbers == 7
    with refusal("second_person"):
        take(shop, [found], "confirm", key="c1", reason="猫池养卡", seen=seen.digest())
    with refusal("seen"):
        take(checker, [found], "confirm", key="c2", reason="猫池养卡")
    with refusal("absent"):
        take(plant.cast["rival"], [found], "confirm", key="c3", reason="猫池养卡", seen=seen.digest())
    take(checker, [found], "confirm", key="c4", reason="猫池养卡", seen=seen.digest())
    placed = by_source(Source("card-cluster", str(found)))
    assert sorted(one.number for one in placed) == gang
    assert {one.basis for one in placed} == {Basis.AFL_11}
    assert Cluster.objects.get(id=found).state == "CONFIRMED"
    assert all(clock.stopped_at for clock in clocks_of(TABLE.name, [found]))


def test_who_got_the_number_since_is_not_restricted(plant: Planter) -> None:
    gang = plant.gang(7)
    (found,) = look(NOW)
    close_interval(gang[0], NOW + MINUTE)
    open_interval(holding(plant.land, gang[0], since=NOW + 2 * MINUTE))
    take(plant.cast["shop"], [found], "review", key="r", at=NOW + DAY)
    seen = preview(plant.cast["checker"], TABLE, [found], "confirm", at=NOW + DAY).blast
    assert seen is not None
    take(plant.cast["checker"], [found], "confirm", key="c", reason="猫池", seen=seen.digest(), at=NOW + DAY)
    assert sorted(one.number for one in by_source(Source("card-cluster", str(found)))) == gang[1:]


def test_a_person_asks_for_a_look_now_and_the_job_waits_once(plant: Planter) -> None:
    for _ in range(2):
        ask_look(plant.cast["officer"])
    assert ProcrastinateJob.objects.filter(task_name="card_clusters.look", status="todo").count() == 1


def test_components_join_chains_of_groups() -> None:
    def group(*cards: int) -> Group:
        return Group(Shared.DEVICE, str(cards), frozenset(cards))

    one, two, three, four = group(1, 2), group(3, 4), group(2, 3), group(5)
    assert components([one, two, three, four]) == [(one, two, three), (four,)]
    assert components([]) == []
