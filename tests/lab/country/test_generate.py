"""A country is what its scenario says, the same each time, and its truth fits its calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haodun.edge.cdr.record import CALLS_SCHEMA
from haodun.lab.country import (
    LABELS_SCHEMA,
    Campaign,
    Country,
    CountryError,
    Population,
    Scenario,
    generate,
    load_scenario,
)
from haodun.lab.country.country import budget

Query = Callable[[str], list[tuple[Any, ...]]]
GOLDEN = [(1772391394000, 6000, 5), (1772429263000, 74000, 1), (1772463509000, 60000, 3)]
"""Start, length and cause of the first calls of seed 1."""
Small = Callable[..., Scenario]


def test_the_same_seed_gives_the_same_country(shipped: Scenario) -> None:
    first, second = (generate(shipped, calls=5000, seed=9) for _ in range(2))
    assert first.calls.equals(second.calls)
    assert first.labels.equals(second.labels)
    assert first.trunks == second.trunks


def test_another_seed_gives_another_country(shipped: Scenario) -> None:
    first, second = (generate(shipped, calls=5000, seed=seed) for seed in (9, 10))
    assert not first.calls.equals(second.calls)


def test_the_words_of_a_country_are_those_of_every_machine(small: Small) -> None:
    """If this fails, countries of earlier versions cannot be made again: say so in the changelog."""
    calls = generate(small(), calls=3, seed=1).calls
    rows = [(row["start_ms"], row["end_ms"] - row["start_ms"], row["cause"]) for row in calls.to_pylist()]
    assert rows == GOLDEN


def test_a_campaign_more_moves_no_ordinary_call(shipped: Scenario) -> None:
    fewer = shipped.model_copy(update={"campaigns": shipped.campaigns[:-2]})
    ordinary = []
    for scenario in (shipped, fewer):
        country = generate(scenario, calls=20_000, seed=3)
        table = country.calls.filter(pc.is_null(country.labels["campaign"]))
        ordinary.append(set(zip(*(table[name].to_pylist() for name in ("call_id", "caller", "start_ms")), strict=True)))
    # People also ring campaigns back; those few calls go when their campaign goes.
    assert len(ordinary[0] ^ ordinary[1]) < 0.002 * len(ordinary[0])


def test_calls_have_the_published_schema_and_order(country: Country) -> None:
    assert country.calls.schema.equals(CALLS_SCHEMA, check_metadata=True)
    assert country.labels.schema.equals(LABELS_SCHEMA)
    country.calls.validate(full=True)
    starts = country.calls["start_ms"].to_numpy()
    assert (starts[1:] >= starts[:-1]).all()


def test_there_are_exactly_as_many_calls_as_asked_for_and_each_has_its_own_id(country: Country) -> None:
    assert len(country.calls) == 120_000
    assert pc.count_distinct(country.calls["call_id"]).as_py() == len(country.calls)


def test_labels_join_one_to_one_and_say_the_shown_caller(country: Country) -> None:
    assert country.labels["call_id"].equals(country.calls["call_id"])
    assert country.labels["caller"].equals(country.calls["caller"])


def test_the_truth_is_in_the_labels_alone(country: Country) -> None:
    names = [habit.name for habit in country.scenario.habits]
    for column in ("call_id", "leg_id", "trunk", "caller"):
        values = pc.unique(country.calls[column].combine_chunks()).to_pylist()
        assert not [value for value in values for name in names if name in str(value)]


def test_a_call_starts_before_it_is_answered_and_ends_last(query: Query) -> None:
    assert query("select count(*) from c where answer_ms < start_ms or end_ms < coalesce(answer_ms, start_ms)") == [
        (0,)
    ]
    assert query(
        "select count(*) from c where start_ms % 1000 + end_ms % 1000 + coalesce(answer_ms, 0) % 1000 > 0"
    ) == [(0,)]
    assert query("select count(*) from c where (answer_ms is null) = (cause = 1)") == [(0,)]


def test_every_population_and_campaign_has_about_its_share(shipped: Scenario, query: Query) -> None:
    found: dict[str, int] = dict(query("select coalesce(campaign, population), count(*) from c group by 1"))
    expected = budget(shipped, 120_000)
    for habit, calls in zip(shipped.habits, expected, strict=True):
        # Calls back to a group belong to the people who make them.
        lower = 0.75 if habit.callback else 0.99
        assert lower * calls <= found[habit.name] <= 1.1 * calls + 60, habit.name
    fraud = query("select count(*) from c where campaign is not null")[0][0]
    assert 0.017 <= fraud / 120_000 <= 0.0205


def test_the_ten_kinds_of_heavy_callers_are_there_and_marked(query: Query) -> None:
    heavy = {name for (name,) in query("select distinct population from c where heavy")}
    assert heavy == {
        "couriers", "banks", "hospitals", "schools", "taxi_dispatch", "call_centres", "hotlines", "festival_greetings",
        "conference_bridges", "number_change_notices",
    }  # fmt: skip
    assert query("select count(*) from c where heavy and campaign is not null") == [(0,)]


def test_days_have_two_peaks_and_a_quiet_night(query: Query) -> None:
    hours: dict[int, int] = dict(
        query("select (start_ms // 3600000 + 8) % 24, count(*) from c where campaign is null group by 1")
    )
    night = sum(hours.get(hour, 0) for hour in range(1, 5))
    assert night < 0.02 * sum(hours.values())
    noon, morning, evening = hours[13], hours[10], hours[17]
    assert noon < 0.85 * morning
    assert noon < 0.85 * evening


def test_light_callers_make_a_few_calls_a_day(query: Query) -> None:
    each = "select count(*) / 2 as n from c where population = 'residents' group by caller"
    median, most = query(f"select median(n), max(n) from ({each})")[0]
    assert 1 <= median <= 5
    assert most <= 75


@pytest.mark.parametrize(
    "name", ["residents", "couriers", "banks", "foreigners", "spoofed_police", "wangiri", "sequential"]
)
def test_answers_and_talk_are_those_of_the_scenario(name: str, shipped: Scenario, query: Query) -> None:
    habit = next(habit for habit in shipped.habits if habit.name == name)
    answers = query(
        "select population, avg((answer_ms is not null)::int), median(end_ms - answer_ms) / 1000, count(*) "
        "from c group by 1"
    )
    answered, talk, calls = {population: figures for population, *figures in answers}[name]
    band = 4 * (habit.answer * (1 - habit.answer) / calls) ** 0.5 + 0.01
    assert abs(answered - habit.answer) < band
    if answered * calls > 100:
        assert habit.talk.median / 1.4 <= talk <= habit.talk.median * 1.4


def test_talk_is_long_tailed(query: Query) -> None:
    median, most = query(
        "select median(end_ms - answer_ms), quantile_cont(end_ms - answer_ms, 0.99) from c "
        "where population = 'residents'"
    )[0]
    assert most > 8 * median


def test_missed_people_call_back(query: Query) -> None:
    back = query(
        "select count(*) from c as missed join c as back "
        "on back.caller = missed.callee and back.callee = missed.caller "
        "where missed.answer_ms is null and back.start_ms between missed.end_ms and missed.end_ms + 43200000"
    )[0][0]
    missed = query("select count(*) from c where answer_ms is null")[0][0]
    assert 0.15 < back / missed < 0.6


def test_people_mostly_call_the_same_few(query: Query) -> None:
    calls, pairs = query(
        "select sum(n), count(*) from "
        "(select count(*) as n from c where population = 'residents' group by caller, callee)"
    )[0]
    assert calls / pairs > 1.2


def test_a_person_is_on_one_call_at_a_time(query: Query) -> None:
    overlaps = query(
        "select avg((start_ms < before)::int) from (select start_ms, lag(end_ms) over "
        "(partition by caller order by start_ms) as before from c where population = 'couriers')"
    )[0][0]
    assert overlaps == 0


def test_sequential_dialling_counts_up(query: Query) -> None:
    share = query(
        "select avg((n = before + 1)::int) from (select callee::bigint as n, lag(callee::bigint) over "
        "(partition by caller order by start_ms) as before from c where campaign = 'sequential')"
    )[0][0]
    assert share > 0.9


def test_wangiri_rings_once(query: Query) -> None:
    assert query(
        "select quantile_cont(end_ms - start_ms, 0.9) <= 6000 from c where campaign = 'wangiri' and cause = 4"
    ) == [(True,)]


def test_no_number_is_both_criminal_and_ordinary_unless_it_is_forged(query: Query) -> None:
    shared = query(
        "select distinct a.caller from c as a join c as b using (caller) "
        "where a.campaign in ('robocalls', 'sim_box', 'slow_scam', 'sequential', 'irsf') and b.campaign is null "
        "and a.caller != 'anonymous'"
    )
    assert shared == []


@pytest.mark.parametrize("calls", [1, 2, 17, 999])
def test_any_number_of_calls_can_be_had(calls: int, shipped: Scenario) -> None:
    country = generate(shipped, calls=calls, seed=5)
    assert len(country.calls) == len(country.labels) == calls


def test_the_quiet_country_has_no_fraud() -> None:
    country = generate(load_scenario("quiet"), calls=3000, seed=1)
    assert country.labels["campaign"].null_count == 3000


def test_one_caller_can_make_all_calls(small: Small) -> None:
    scenario = small(habit={"calls_per_day": {"median": 5000}, "callback": 0.0})
    assert pc.count_distinct(generate(scenario, calls=500, seed=1).calls["caller"]).as_py() == 1


def test_more_calls_mean_more_callers_and_not_busier_ones(small: Small) -> None:
    each = [
        calls / pc.count_distinct(generate(small(habit={"callback": 0.0}), calls=calls, seed=1).calls["caller"]).as_py()
        for calls in (2000, 20_000)
    ]
    assert each[0] == pytest.approx(each[1], rel=0.1)


def test_progress_ends_at_the_number_asked_for(small: Small) -> None:
    told: list[tuple[int, int]] = []
    generate(small(), calls=700, seed=1, progress=lambda done, calls: told.append((done, calls)))
    assert told[-1] == (700, 700)


@pytest.mark.parametrize(("calls", "seed"), [(0, 1), (-5, 1), (100_000_001, 1), (5, -1), (5, 2**63)])
def test_numbers_out_of_bounds_are_refused(calls: int, seed: int, small: Small) -> None:
    with pytest.raises(CountryError, match="give a number from"):
        generate(small(), calls=calls, seed=seed)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_mix_of_parameters_gives_a_consistent_country(data: st.DataObject, shipped: Scenario) -> None:
    habit = data.draw(st.sampled_from(shipped.habits))
    share = st.floats(0, 1)
    changes = {
        "answer": data.draw(share),
        "callback": data.draw(share),
        "diverted": data.draw(share),
        "withheld": data.draw(share),
        "anonymous": data.draw(share),
        "one_line": data.draw(st.booleans()),
        "life_hours": data.draw(st.none() | st.integers(1, 60)),
        "calls_per_number": data.draw(st.integers(0, 9)),
    }
    varied = habit.model_copy(update=changes)
    update: dict[str, Any] = {"campaigns": [], "campaign_share": 0.0, "populations": [varied]}
    if isinstance(varied, Campaign):
        update = {"campaigns": [varied], "campaign_share": 1.0}
    scenario = shipped.model_copy(update=update)
    country = generate(scenario, calls=data.draw(st.integers(1, 400)), seed=data.draw(st.integers(0, 2**63 - 1)))
    country.calls.validate(full=True)
    rows = country.calls.to_pylist()
    assert all(row["start_ms"] <= (row["answer_ms"] or row["start_ms"]) <= row["end_ms"] for row in rows)
    assert len({row["call_id"] for row in rows}) == len(rows)
    assert {row["trunk"] for row in rows} <= set(country.trunks["trunks"])
    assert isinstance(varied, Population) or any(row is not None for row in country.labels["campaign"].to_pylist())
