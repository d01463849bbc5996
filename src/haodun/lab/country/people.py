"""The people of the country, as numbers that are called: towns, circles of contacts, and who calls back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from haodun.lab.country.draws import (
    Bools,
    Ints,
    Stream,
    Words,
    amount,
    below,
    chance,
    cumulate,
    hashed,
    mix,
    pick,
    salt,
)
from haodun.lab.country.numbers import Maker, Numbers, empty
from haodun.lab.country.places import CARRIERS, places
from haodun.lab.country.scenario import Callees, Scenario
from haodun.lab.country.trunks import Trunks

TOWN = 1024
"""People of one town; all of them live in one city."""
FEWEST = 1024
PEOPLE, ORDINARY, CRIMINAL = range(3)
"""Owners of numbers, see `numbers.OWN_BLOCKS`."""
_FAR = 5
"""One contact in so many lives elsewhere."""


@dataclass(frozen=True)
class Called:
    """A column of called numbers."""

    numbers: Numbers
    person: Ints
    """Which of the people it is, -1 if none."""

    def take(self, rows: Ints) -> Called:
        """Some of the rows."""
        return Called(self.numbers.take(rows), self.person[rows])


class World:
    """What all populations of one country share."""

    def __init__(self, scenario: Scenario, *, seed: int, people: int) -> None:
        self.scenario = scenario
        self.seed = seed
        self.size = 1 << (max(people, FEWEST) - 1).bit_length()
        """How many people there are: a power of two, so that circles are mutual."""
        regions = {
            *scenario.foreign,
            *scenario.premium,
            *(r for h in scenario.habits for s in h.numbers for r in s.regions),
        }
        self.origins = [*(f"CN-{code}" for code in places().provinces), *sorted(regions)]
        self.maker = Maker(scenario, origins=self.origins)
        self.trunks = Trunks(scenario)
        self._key = salt(seed, "people")
        self._services = [self.maker.lettering.literal(text) for text in scenario.services]
        self._service_weights = cumulate(list(scenario.services.values()))

    def of_callers(self, callers: Ints) -> Ints:
        """Which person each caller of the people's population is; distinct while there are enough people."""
        return (callers * 0x9E3779B1 + int(self._key >> np.uint64(40))) % self.size

    def towns(self, people: Ints) -> Ints:
        """The city where each person lives."""
        return self.maker.cities(hashed(self._key ^ np.uint64(1), people // TOWN))

    def numbers(self, people: Ints) -> Numbers:
        """The number of each person: mobile, resold mobile or fixed."""
        habits = self.scenario.subscribers
        keys = hashed(self._key ^ np.uint64(2), people)
        city = self.towns(people)
        resold = chance(hashed(np.uint64(31), keys), habits.resold)
        numbers = self.maker.mobiles(keys, city=city, resold=resold, owner=PEOPLE)
        fixed = chance(hashed(np.uint64(32), keys), habits.fixed)
        numbers.put(fixed, self.maker.fixed(keys[fixed], city=city[fixed], owner=PEOPLE))
        return numbers

    def served_by(self, numbers: Numbers) -> Ints:
        """Whose network serves each number: the holder of its range, or another after porting."""
        words = hashed(self._key ^ np.uint64(3), numbers.digits)
        other = self.maker.carriers(mix(words))
        return np.where(chance(words, self.scenario.subscribers.portability), other, numbers.carrier)

    def home_trunks(self, numbers: Numbers) -> Ints:
        """The trunk by which a subscriber's calls come in: our own network's, or the interconnection with another's."""
        own = CARRIERS.index(self.scenario.operator)
        carrier = self.served_by(numbers)
        province = np.minimum(numbers.place, len(places().provinces) - 1)
        return self.trunks.subscriber(province, carrier=carrier, own=own)

    def contacts(self, anchors: Ints, *, callees: Callees, words: Words) -> Ints:
        """Somebody of each caller's circle. Circles are mutual: who is in mine has me in theirs."""
        weights = [1 / (rank + 1) for rank in range(callees.circle)] if callees.favourites else [1.0] * callees.circle
        rank = pick(words, cumulate(weights))
        far = hashed(self._key ^ np.uint64(4), rank)
        mask = np.where(rank % _FAR == _FAR - 1, 1 + below(far, self.size - 1), (rank + 1) % self.size)
        return anchors ^ np.maximum(mask, 1)

    def strangers(self, anchors: Ints, *, local: float, stream: Stream) -> Ints:
        """Somebody for each caller, from the own town or from anywhere."""
        words = stream.words(len(anchors))
        anywhere = below(stream.words(len(anchors)), self.size)
        return np.where(chance(words, local), anchors // TOWN * TOWN + anywhere % TOWN, anywhere)

    def called(self, people: Ints) -> Called:
        """People as a column of called numbers."""
        return Called(self.numbers(people), people)

    def services(self, words: Words) -> Numbers:
        """A service for each word, as people dial it."""
        parts = np.array(self._services, dtype=np.int64)[pick(words, self._service_weights)]
        zeros = np.zeros(len(words), dtype=np.int64)
        return Numbers(parts[:, 0], parts[:, 1], zeros, zeros)


def callees(world: World, spec: Callees, *, anchors: Ints, caller: Ints, rank: Ints, name: str) -> Called:
    """Whom each call goes to. `rank` numbers the calls of each caller in the order of time."""
    stream = Stream(world.seed, name, "callees")
    count = len(anchors)
    shares = (spec.contacts, spec.strangers, spec.services, spec.foreign, spec.premium, spec.sequential)
    kind = pick(stream.words(count), cumulate(shares))
    words = stream.words(count)
    numbers, person = empty(count), np.full(count, -1, dtype=np.int64)
    chosen = world.contacts(anchors, callees=spec, words=words)
    chosen = np.where(kind == 1, world.strangers(anchors, local=spec.local, stream=stream), chosen)
    known = kind <= 1
    person[known] = chosen[known]
    numbers.put(known, world.numbers(chosen[known]))
    makers: dict[int, Callable[[Bools], Numbers]] = {
        2: lambda rows: world.services(words[rows]),
        3: lambda rows: world.maker.abroad(words[rows], regions=dict(world.scenario.foreign), salt=np.uint64(0)),
        4: lambda rows: world.maker.abroad(words[rows], regions=dict(world.scenario.premium), salt=np.uint64(0)),
        5: lambda rows: _sequence(world, caller[rows], rank=rank[rows], run=spec.run, name=name),
    }
    for which, make in makers.items():
        rows = kind == which
        if rows.any():
            numbers.put(rows, make(rows))
    return Called(numbers, person)


def _sequence(world: World, caller: Ints, *, rank: Ints, run: int, name: str) -> Numbers:
    """Mobile numbers counted up from an allocated one, then another block after `run` of them."""
    keys = hashed(salt(world.seed, name, "runs"), caller * 1_000_003 + rank // run)
    city = world.maker.cities(mix(keys))
    start = world.maker.mobiles(keys, city=city, resold=np.zeros(len(keys), dtype=np.bool_), owner=PEOPLE)
    return Numbers(
        start.prefix, start.digits // 10_000 * 10_000 + below(mix(~keys), 9000) + rank % run, start.place, start.carrier
    )


def rates(table: Ints, *, days: float, words: Words) -> Ints:
    """How many calls each caller makes in so many days; a fraction of a call is made by chance."""
    thousandths = amount(words, table) * round(days * 1000) // 1000
    rest = below(mix(words), 1000) < thousandths % 1000
    return thousandths // 1000 + rest
