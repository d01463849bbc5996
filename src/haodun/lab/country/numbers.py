"""Columns of telephone numbers as switches show them, and the sources that make them.

A number is a prefix (`''`, `0`, `+86`, `0086`, `00` …) and the integer behind it, so that millions stay small; texts
are made once, when the call table is rendered.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import numpy as np

from haodun.lab.country.draws import Bools, Ints, Words, below, cumulate, hashed, pick
from haodun.lab.country.places import CARRIERS, RESOLD, foreign_blocks, places
from haodun.lab.country.scenario import NumberSource, Scenario

_WRITTEN = ("national", "plus", "idd", "bare")
_PREFIXES = ("", "+86", "0086", "86", "0", "+86", "0086", "86", "00", "+", "00", "")
PLAIN, FIXED, ABROAD = 0, 4, 8
"""First prefix of each kind: mobile and service numbers, numbers behind an area code, numbers abroad."""

OWN_BLOCKS = (0, 60), (60, 90), (90, 100)
"""Hundreds of each 10,000 numbers of the people, other ordinary callers, campaigns: a number has one kind of owner."""

BLOCK = 100
"""Numbers of the block of one voice line."""


@dataclass(frozen=True)
class Numbers:
    """A column of numbers."""

    prefix: Ints
    """Position in `Lettering.prefixes`; -1 where no number reaches us."""
    digits: Ints
    place: Ints
    """Position in `World.origins`: the province, or the region abroad."""
    carrier: Ints
    """Holder of the range, a position in CARRIERS."""

    def take(self, rows: Ints | Bools) -> Numbers:
        """Some of the rows."""
        return Numbers(self.prefix[rows], self.digits[rows], self.place[rows], self.carrier[rows])

    def with_prefix(self, prefix: Ints) -> Numbers:
        """The same numbers, written otherwise."""
        return Numbers(prefix, self.digits, self.place, self.carrier)

    def put(self, rows: Bools, other: Numbers) -> None:
        """Overwrite some rows."""
        for name in ("prefix", "digits", "place", "carrier"):
            getattr(self, name)[rows] = getattr(other, name)


def empty(count: int) -> Numbers:
    """A column to be filled."""
    return Numbers(*(np.zeros(count, dtype=np.int64) for _ in range(4)))


@dataclass
class Lettering:
    """The prefixes in use; literal numbers bring their own."""

    prefixes: list[str] = field(default_factory=lambda: list(_PREFIXES))

    def literal(self, text: str) -> tuple[int, int]:
        """Prefix and digits of a number given as it is shown, such as 0010110."""
        digits = text.lstrip("+0")
        prefix = text[: len(text) - len(digits)]
        if prefix == "":
            return PLAIN, int(digits)
        if prefix not in self.prefixes[len(_PREFIXES) :]:
            self.prefixes.append(prefix)
        return self.prefixes.index(prefix, len(_PREFIXES)), int(digits)


def international(prefix: Ints) -> Ints:
    """The prefixes with which a called number arrives from abroad: +86…"""
    return np.where((prefix >= 0) & (prefix < len(_PREFIXES)), prefix - prefix % 4 + 1, prefix)


def national(prefix: Ints) -> Ints:
    """The prefixes with which people dial such numbers: 139…, 0571…, 00…; literal ones as they were shown."""
    return np.where((prefix >= 0) & (prefix < len(_PREFIXES)), prefix - prefix % 4, prefix)


def dialable(prefix: Ints) -> Bools:
    """Whether a number was shown in a form that leads somewhere when it is called back: not 0010110."""
    return (prefix >= 0) & (prefix < len(_PREFIXES))


class Maker:
    """Makes the numbers of one scenario and seed."""

    def __init__(self, scenario: Scenario, *, origins: list[str]) -> None:
        self._scenario = scenario
        self._origins = origins
        self._places = places()
        self._carriers = cumulate([scenario.carriers.get(name, 0.0) for name in CARRIERS])  # type: ignore[call-overload]
        self.lettering = Lettering()

    @functools.cached_property
    def _everywhere(self) -> Words:
        return self._city_weights(tuple(self._scenario.provinces))

    def _city_weights(self, provinces: tuple[str, ...]) -> Words:
        """A province's weight is shared among its cities by their allocated ranges."""
        where = self._places
        rows = where.city_province
        per_province = np.bincount(rows, weights=where.city_ranges, minlength=len(where.provinces))
        weights = [
            self._scenario.provinces.get(where.provinces[province], 0.0) * float(size) / float(per_province[province])
            if where.provinces[province] in provinces
            else 0.0
            for province, size in zip(rows, where.city_ranges, strict=True)
        ]
        return cumulate(weights)

    def cities(self, words: Words, provinces: list[str] | None = None) -> Ints:
        """A city for each word, in some provinces or everywhere."""
        return pick(words, self._city_weights(tuple(provinces)) if provinces else self._everywhere)

    def carriers(self, words: Words) -> Ints:
        """A carrier for each word, by the scenario's weights."""
        return pick(words, self._carriers)

    def mobiles(self, keys: Words, *, city: Ints, resold: Bools, owner: int) -> Numbers:
        """An allocated mobile number for each key."""
        carrier = self.carriers(hashed(np.uint64(11), keys))
        seller = np.where(resold, RESOLD + np.where(carrier == 3, 1, carrier), carrier)
        cell = self._places.ranges
        row = cell.first[seller, city] + below(hashed(np.uint64(12), keys), cell.count[seller, city])
        block = cell.prefixes[row]
        digits = block * 10_000 + _tail(block, keys=keys, owner=owner)
        return Numbers(np.full(len(keys), PLAIN, dtype=np.int64), digits, self._places.city_province[city], carrier)

    def fixed(self, keys: Words, *, city: Ints, owner: int) -> Numbers:
        """A fixed number behind its area code for each key; the first local digit is 2–8."""
        where = self._places
        long = where.city_local_digits[city] == 8
        exchange = 200 + below(hashed(np.uint64(13), keys), 690)
        exchange = np.where(long, exchange * 10 + below(hashed(np.uint64(14), keys), 10), exchange)
        block = where.city_area[city] * np.where(long, 10_000, 1000) + exchange
        digits = block * 10_000 + _tail(block, keys=keys, owner=owner)
        carrier = self.carriers(hashed(np.uint64(15), keys))
        return Numbers(np.full(len(keys), FIXED, dtype=np.int64), digits, where.city_province[city], carrier)

    def abroad(self, keys: Words, *, regions: dict[str, float], blocks: int = 0, salt: np.uint64) -> Numbers:
        """A valid mobile number abroad for each key; with `blocks`, only from so many blocks of 10,000."""
        names = sorted(regions)
        where = hashed(np.uint64(16), keys)
        if blocks:
            where = hashed(salt, below(where, blocks))
        region = pick(where, cumulate([regions[name] for name in names]))
        tables = [foreign_blocks(name) for name in names]
        first = np.cumsum([0, *(len(table) for table in tables)])
        block = np.concatenate(tables)[
            first[region] + below(hashed(np.uint64(17), where if blocks else keys), np.diff(first)[region])
        ]
        place = np.array([self._origins.index(name) for name in names], dtype=np.int64)[region]
        digits = block * 10_000 + below(hashed(np.uint64(18), keys), 10_000)
        count = len(keys)
        return Numbers(np.full(count, ABROAD, dtype=np.int64), digits, place, np.zeros(count, dtype=np.int64))

    def literal(self, keys: Words, texts: list[str]) -> Numbers:
        """One of the given texts for each key."""
        parts = np.array([self.lettering.literal(text) for text in texts], dtype=np.int64)
        row = below(hashed(np.uint64(19), keys), len(texts))
        home = self._places.city_province[self.cities(hashed(np.uint64(20), keys))]
        return Numbers(parts[row, 0], parts[row, 1], home, self.carriers(hashed(np.uint64(21), keys)))

    def service_400(self, keys: Words) -> Numbers:
        """A 400 number (400 + 7 digits) for each key."""
        digits = 4_000_000_000 + below(hashed(np.uint64(22), keys), 9_999_999)
        home = self._places.city_province[self.cities(hashed(np.uint64(23), keys))]
        return Numbers(
            np.full(len(keys), PLAIN, dtype=np.int64), digits, home, self.carriers(hashed(np.uint64(24), keys))
        )


def _tail(block: Ints, *, keys: Words, owner: int) -> Ints:
    """The last four digits: a hundred that belongs to this kind of owner, then any two digits."""
    low, high = OWN_BLOCKS[owner]
    mine = low + below(hashed(np.uint64(25), keys), high - low)
    # A permutation of the hundreds of each block (37 and 100 have no common factor): ownership leaves no pattern.
    hundred = (mine * 37 + below(hashed(np.uint64(26), block), 100)) % 100
    return hundred * 100 + below(hashed(np.uint64(27), keys), 100)


def write_as(numbers: Numbers, source: NumberSource, keys: Words) -> Numbers:
    """The same numbers in the written forms of their source; literal ones stay as they were given."""
    if source.kind == "literal":
        return numbers
    form = pick(hashed(np.uint64(28), keys), cumulate([source.written.get(name, 0.0) for name in _WRITTEN]))  # type: ignore[call-overload]
    return numbers.with_prefix(numbers.prefix + form)
