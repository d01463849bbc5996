"""Numbers are written as switches write them, exist in their plans, and come in by trunks that may carry them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from haodun.lab.country import Country, Scenario, generate
from haodun.lab.country.numbers import Lettering
from haodun.lab.country.places import CARRIERS, PROVINCES, foreign_blocks, places
from haodun.numbering import Allocation, IngressClass, Kind, Number, load_plan, parse

Query = Callable[[str], list[tuple[Any, ...]]]
Small = Callable[..., Scenario]


@pytest.fixture(scope="module")
def ingress(country: Country) -> dict[str, IngressClass]:
    return {name: IngressClass[entry["class"].upper()] for name, entry in country.trunks["trunks"].items()}


@pytest.fixture(scope="module")
def callers(query: Query, ingress: dict[str, IngressClass]) -> list[tuple[str, str, str, Number]]:
    """Population, text, trunk and number of each caller."""
    rows = query(
        "select distinct population, caller, trunk from c where population != 'residents' or hash(call_id) % 20 = 0"
    )
    return [(population, text, trunk, parse(text, ingress[trunk])) for population, text, trunk in rows]


KINDS = {
    "residents": {Kind.MOBILE, Kind.FIXED, Kind.MVNO_MOBILE},
    "resold_users": {Kind.MVNO_MOBILE},
    "offices": {Kind.FIXED},
    "roamers": {Kind.MOBILE},
    "foreigners": {Kind.FOREIGN, Kind.UNKNOWN},
    "couriers": {Kind.MOBILE, Kind.MVNO_MOBILE},
    "banks": {Kind.SERVICE_95},
    "hospitals": {Kind.FIXED},
    "call_centres": {Kind.FIXED},
    "fake_400": {Kind.SERVICE_400},
    "wangiri": {Kind.FOREIGN},
    "sim_box": {Kind.MOBILE, Kind.MVNO_MOBILE},
}


def test_each_population_shows_numbers_of_its_kind(callers: list[tuple[str, str, str, Number]]) -> None:
    found: dict[str, set[Kind]] = {}
    for population, _, _, number in callers:
        found.setdefault(population, set()).add(number.kind)
    for population, kinds in KINDS.items():
        assert found[population] <= kinds, population


def test_ordinary_numbers_are_allocated(callers: list[tuple[str, str, str, Number]], country: Country) -> None:
    genuine = {population.name for population in country.scenario.populations}
    plan = load_plan("CN")
    wrong = [
        (text, number)
        for population, text, _, number in callers
        if population in genuine and number.is_number and plan.facts(number).allocation is Allocation.UNALLOCATED
    ]
    assert wrong == []


def test_called_numbers_are_numbers(query: Query, ingress: dict[str, IngressClass]) -> None:
    rows = query("select distinct callee, trunk from c where hash(call_id) % 10 = 0 and campaign is null")
    assert [text for text, trunk in rows if not parse(text, ingress[trunk]).is_number] == []


def test_numbers_from_abroad_keep_their_00_or_plus(query: Query) -> None:
    rows = query(
        "select distinct caller from c where population in ('roamers', 'foreigners', 'wangiri') "
        "and caller != 'anonymous'"
    )
    heads = Counter("+" if text.startswith("+") else text[:2] for (text,) in rows)
    assert set(heads) == {"+", "00"}


def test_at_home_numbers_are_written_as_dialled(query: Query) -> None:
    rows = query("select distinct caller from c where population in ('residents', 'couriers', 'offices')")
    assert all(text.isascii() and text[0] in "01" and text[:2] != "00" for (text,) in rows)


def test_spoofed_police_comes_from_abroad_in_several_disguises(query: Query, country: Country) -> None:
    rows = query("select distinct caller, trunk from c where campaign = 'spoofed_police'")
    assert {country.trunks["trunks"][trunk]["class"] for _, trunk in rows} == {"international"}
    assert len({text[:3] for text, _ in rows}) > 1


def test_a_trunk_class_fits_what_uses_it(query: Query, country: Country) -> None:
    trunks = country.trunks["trunks"]
    entry = {habit.name: habit.enters for habit in country.scenario.habits}
    allowed = {
        "subscriber": {"inter_network", "intra_network"},
        "voice_line": {"voice_line"},
        "access": {"access"},
        "international": {"international"},
    }
    for population, trunk in query("select distinct population, trunk from c"):
        assert trunks[trunk]["class"] in allowed[entry[population]], (population, trunk)


def test_only_lines_carry_permits_and_every_roaming_is_unknown(country: Country) -> None:
    for entry in country.trunks["trunks"].values():
        line = entry["class"] in ("voice_line", "access")
        assert ("permits" in entry) is line
        assert ("default" in entry) is line
        assert entry["roaming"] == "unknown"


def permitted(entry: dict[str, Any], key: int) -> bool:
    for text in entry["permits"]:
        first, _, last = text.partition("-")
        if int(first[1:]) <= key <= int((last or first)[1:]):
            return True
    return False


def test_ordinary_lines_show_permitted_numbers_and_abused_ones_do_not(
    callers: list[tuple[str, str, str, Number]], country: Country
) -> None:
    trunks = country.trunks["trunks"]
    on_lines = [row for row in callers if "permits" in trunks[row[2]]]
    found = {population: set[bool]() for population, *_ in on_lines}
    for population, _, trunk, number in on_lines:
        found[population].add(permitted(trunks[trunk], number.key))
    for population in ("banks", "hospitals", "call_centres", "taxi_dispatch", "hotlines", "conference_bridges"):
        assert found[population] == {True}, population
    assert found["line_abuse"] == {False}
    assert found["fake_400"] == {False}


def test_an_abused_line_changes_its_number(query: Query) -> None:
    lines = query("select trunk, count(distinct caller), count(*) from c where campaign = 'line_abuse' group by 1")
    assert all(calls / numbers <= 26 for _, numbers, calls in lines)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_what_the_record_knows_of_roaming_is_a_parameter(share: float, shipped: Scenario) -> None:
    genuine = next(population for population in shipped.populations if population.name == "roamers")
    forged = shipped.campaigns[0].model_copy(update={"numbers": genuine.numbers})
    update = {"roaming_known": share, "populations": [genuine], "campaigns": [forged], "campaign_share": 0.5}
    country = generate(shipped.model_copy(update=update), calls=2000, seed=2)
    columns = (country.labels["population"], country.calls["roaming"], country.calls["trunk"])
    rows = zip(*(column.to_pylist() for column in columns), strict=True)
    found = {(population, roaming) for population, roaming, trunk in rows if trunk.startswith("igw")}
    assert found == {("roamers", 2 if share else 0), ("spoofed_police", 1 if share else 0)}


def test_withheld_and_anonymous_callers_are_marked(small: Small) -> None:
    withheld = generate(small(habit={"withheld": 1.0}), calls=300, seed=1).calls.to_pylist()
    assert {row["presentation"] for row in withheld} == {1}
    anonymous = generate(small(habit={"anonymous": 1.0}), calls=300, seed=1).calls.to_pylist()
    assert {(row["caller"], row["presentation"]) for row in anonymous} == {("anonymous", 2)}


def test_diverted_calls_name_the_number_that_was_called(small: Small) -> None:
    rows = generate(small(habit={"diverted": 1.0, "callback": 0.0}), calls=300, seed=1).calls.to_pylist()
    assert all(row["diversion"] and row["diversion"] != row["callee"] for row in rows)


def test_carriers_have_about_their_shares(query: Query) -> None:
    rows = query(
        "select split_part(trunk, '-', 1) = 'msc', count(distinct caller) from c "
        "where population = 'residents' group by 1"
    )
    ours: dict[bool, int] = dict(rows)
    assert 0.5 < ours[True] / (ours[True] + ours[False]) < 0.62


def test_places_know_every_province_and_a_range_for_every_seller_and_city() -> None:
    known = places()
    assert len(known.provinces) == len(PROVINCES) == 31
    assert set(np.unique(known.city_province)) == set(range(31))
    assert known.ranges.count.shape == (2 * len(CARRIERS), len(known.city_area))
    assert (known.ranges.count >= 1).all()
    assert set(np.unique(known.city_local_digits)) == {7, 8}


@pytest.mark.parametrize("region", ["US", "HK", "GB", "KH", "MM", "LV", "JP"])
def test_blocks_abroad_hold_valid_numbers(region: str) -> None:
    blocks = foreign_blocks(region)
    assert len(blocks) >= 4
    assert all(
        parse(f"+{block}{tail:04d}", IngressClass.INTERNATIONAL).kind is Kind.FOREIGN
        for block in blocks
        for tail in (7, 5555)
    )


@pytest.mark.parametrize("text", ["110", "+86110", "0086110", "0010110", "+0086110", "02112345678"])
def test_a_literal_number_is_shown_as_it_was_given(text: str) -> None:
    lettering = Lettering()
    prefix, digits = lettering.literal(text)
    assert f"{lettering.prefixes[prefix]}{digits}" == text
