"""Random placings, lifts, renewals and changes of holder against a plain model: the lists are what the model says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.registry.conftest import NOW, Land, holding

from haodun.offices.organisations.services import system
from haodun.registry.restrictions import services
from haodun.registry.restrictions.services import LISTS, Basis, Measure, Source, Text
from haodun.registry.subscribers import services as subscribers
from haodun.registry.subscribers.services import NewHolding, SubscriberRefused

NUMBERS = (8613813800001, 8613813800002)
HOUR = timedelta(hours=1)
PEOPLE = tuple(uuid4() for _ in range(2))


@dataclass
class Placed:
    """A restriction of the model."""

    number: int
    measure: Measure
    start: int
    end: int
    holder: UUID | None
    lifted: int | None = None


class Model:
    """Hours since NOW; who holds a number is looked up hour by hour."""

    def __init__(self) -> None:
        self.held: dict[int, list[tuple[int, int, UUID]]] = {number: [] for number in NUMBERS}
        self.placed: list[Placed] = []

    def holder(self, number: int, hour: int) -> UUID | None:
        return next((who for start, end, who in self.held[number] if start <= hour < end), None)

    def opens(self, number: int, start: int, end: int) -> bool:
        return all(end <= other or start >= until for other, until, _ in self.held[number])

    def in_force(self, one: Placed, hour: int) -> bool:
        if not one.start <= hour < one.end or (one.lifted is not None and hour >= one.lifted):
            return False
        for between in range(one.start, hour + 1):
            if one.holder is not None and self.holder(one.number, between) != one.holder:
                return False
            begun = any(start == between > one.start for start, _, _ in self.held[one.number])
            if one.holder is None and begun:
                return False
        return True

    def lists(self, hour: int) -> dict[str, set[int]]:
        return {
            name: {one.number for one in self.placed if one.measure is measure and self.in_force(one, hour)}
            for measure, name in LISTS.items()
        }


number = st.sampled_from(NUMBERS)
step = st.one_of(
    st.tuples(st.just("place"), number, st.sampled_from(Measure), st.integers(1, 40)),
    st.tuples(st.just("lift"), st.integers(0, 9)),
    st.tuples(st.just("renew"), st.integers(0, 9), st.integers(1, 40)),
    st.tuples(st.just("open"), number, st.sampled_from(PEOPLE), st.integers(-6, 6), st.integers(1, 30)),
    st.tuples(st.just("close"), number),
    st.tuples(st.just("wait"), st.integers(1, 8)),
)


def at(hour: int) -> datetime:
    return NOW + hour * HOUR


@given(steps=st.lists(step, max_size=14))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_lists_are_what_a_plain_model_says(land: Land, steps: list[tuple[object, ...]]) -> None:
    with system(), transaction.atomic():
        _run(land, steps)
        transaction.set_rollback(True)


def _run(land: Land, steps: list[tuple[object, ...]]) -> None:
    model, now, ids = Model(), 0, list[UUID]()
    for count, (verb, *args) in enumerate(steps):
        match verb, args:
            case "place", [int(key), Measure() as measure, int(hours)]:
                made = services.place(
                    [key], measure=measure, basis=Basis.AFL_11, reason=Text("甲", "a"),
                    source=Source("rule", str(count)), until=at(now + hours), actor=land.officer, at=at(now),
                )  # fmt: skip
                ids.append(made[0].id)
                model.placed.append(Placed(key, measure, now, now + hours, model.holder(key, now)))
            case "lift", [int(which)] if ids:
                one = model.placed[which % len(ids)]
                services.lift(
                    [ids[which % len(ids)]], source=Source("appeal", "1"), reason="", actor=land.officer, at=at(now)
                )
                one.lifted = now if one.lifted is None else one.lifted
            case "renew", [int(which), int(hours)] if ids:
                one = model.placed[which % len(ids)]
                if model.in_force(one, now):
                    services.renew([ids[which % len(ids)]], until=at(now + hours), actor=land.officer, at=at(now))
                    one.end = now + hours
            case "open", [int(key), UUID() as who, int(shift), int(hours)]:
                _open(model, holding(land, key, subject=who, since=at(now + shift), until=at(now + shift + hours)))
            case "close", [int(key)]:
                _close(model, key, now)
            case "wait", [int(hours)]:
                now += hours
        for hour in (now, now + 5, now + 17):
            found = {name: set(column.numbers.tolist()) for name, column in services.active_lists(at(hour)).items()}
            assert found == model.lists(hour), (verb, args, hour)


def _open(model: Model, new: NewHolding) -> None:
    assert new.until is not None
    start, end = ((moment - NOW) // HOUR for moment in (new.since, new.until))
    if model.opens(new.number, start, end):
        subscribers.open_interval(new)
        model.held[new.number].append((start, end, new.subject))
    else:
        with pytest.raises(SubscriberRefused):
            subscribers.open_interval(new)


def _close(model: Model, key: int, now: int) -> None:
    for place, (start, end, who) in enumerate(model.held[key]):
        if start < now < end:
            subscribers.close_interval(key, at(now))
            model.held[key][place] = (start, now, who)
