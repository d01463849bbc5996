"""A synthetic country from a scenario: budgets, lives, one sorted table, and the truth apart."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from haodun.lab.country.errors import CountryError
from haodun.lab.country.frame import Frame, Names, join, render
from haodun.lab.country.lives import Job, group_of, live, share_of_backs
from haodun.lab.country.people import World
from haodun.lab.country.scenario import Campaign, Habit, Scenario
from haodun.lab.country.times import table_of

MAX_CALLS = 100_000_000
MAX_SEED = 2**63 - 1
_SPARE_PEOPLE = 1.25
"""People for each one who calls: some are only called."""


@dataclass(frozen=True)
class Country:
    """Calls, and the truth about them."""

    calls: pa.Table
    """`haodun.edge.cdr.CALLS_SCHEMA`, sorted by start."""
    labels: pa.Table
    """`LABELS_SCHEMA`: one row for each call, in the same order. Its metadata tell scenario and seed."""
    trunks: dict[str, Any]
    """The content of trunks.yaml."""
    scenario: Scenario
    seed: int


def generate(
    scenario: Scenario, *, calls: int, seed: int, progress: Callable[[int, int], None] | None = None
) -> Country:
    """Exactly `calls` calls of the scenario; the same for the same scenario, number, seed and range tables.

    `calls` scales how many callers there are, never how much each of them calls. `progress` is told calls done and
    calls in all. Raises CountryError where a number is out of its bounds.
    """
    _check(scenario, calls=calls, seed=seed)
    budgets = budget(scenario, calls)
    world = World(scenario, seed=seed, people=_people(scenario, budgets))
    people_pool = next((n for n, habit in enumerate(scenario.habits) if habit.numbers[0].kind == "subscriber"), 0)
    frames: list[Frame] = []
    done = 0
    for pool, habit in enumerate(scenario.habits):
        for frame in live(world, Job(habit=habit, pool=pool, neighbours=people_pool, calls=budgets[pool])):
            frames.append(frame)
            done += len(frame)
            if progress is not None:
                progress(done, calls)
    table, labels = render(join(frames), _names(world))
    metadata = {
        **(labels.schema.metadata or {}),
        b"haodun.scenario_sha256": hashlib.sha256(scenario.model_dump_json().encode("utf-8")).hexdigest().encode(),
        b"haodun.seed": str(seed).encode(),
    }
    return Country(table, labels.replace_schema_metadata(metadata), world.trunks.content(), scenario, seed)


def budget(scenario: Scenario, calls: int) -> list[int]:
    """How many calls each population and campaign gets: by largest remainder, so that they sum to `calls`."""
    fraud = int(calls * scenario.campaign_share + 0.5) if scenario.campaigns else 0
    ordinary = _apportion([population.share for population in scenario.populations], calls - fraud)
    return [*ordinary, *_apportion([campaign.weight for campaign in scenario.campaigns], fraud)]


def _apportion(weights: list[float], calls: int) -> list[int]:
    total = sum(weights)
    if not weights:
        return []
    quotas = [calls * weight / total if total > 0 else calls / len(weights) for weight in weights]
    whole = [int(quota) for quota in quotas]
    by_remainder = sorted(range(len(quotas)), key=lambda n: (whole[n] - quotas[n], n))
    for position in by_remainder[: calls - sum(whole)]:
        whole[position] += 1
    return whole


def _people(scenario: Scenario, budgets: list[int]) -> int:
    """How many people the country needs, so that each caller of a population of people is somebody."""
    needed = 0.0
    for habit, calls in zip(scenario.habits, budgets, strict=True):
        if habit.numbers[0].kind == "subscriber":
            needed += calls * (1 - share_of_backs(habit)) / max(0.1, _calls_each(scenario, habit))
    return int(needed * _SPARE_PEOPLE) + 1


def _calls_each(scenario: Scenario, habit: Habit) -> float:
    table = table_of(habit.calls_per_day)
    days = min(scenario.days, (habit.life_hours or 24 * scenario.days) / 24)
    return float(int(table.sum())) / len(table) / 1000 * days


def _names(world: World) -> Names:
    habits = world.scenario.habits
    return Names(
        prefixes=world.maker.lettering.prefixes,
        trunks=world.trunks.names,
        pools=[habit.name for habit in habits],
        campaigns=[isinstance(habit, Campaign) for habit in habits],
        heavy=[getattr(habit, "heavy", False) for habit in habits],
        origins=[*world.origins, *(habit.true_origin or "" for habit in habits)],
    )


def _check(scenario: Scenario, *, calls: int, seed: int) -> None:
    if not 1 <= calls <= MAX_CALLS:
        raise CountryError(f"--calls {calls}: give a number from 1 to {MAX_CALLS:,}.")
    if not 0 <= seed <= MAX_SEED:
        raise CountryError(f"--seed {seed}: give a number from 0 to {MAX_SEED}.")
    groups: dict[int, str] = {}
    for habit in scenario.habits:
        other = groups.setdefault(group_of(habit.name), habit.name)
        if other != habit.name:
            raise CountryError(f"{habit.name} and {other} would share call ids; rename one of them.")
