"""One group of callers lived through: from its share of the calls to a frame of attempts and calls back.

The order of things, each with lots of its own: how many calls each caller makes; when; what becomes of each; where a
caller has one line, one after the other; whom they go to; which number is shown; by which trunk; who calls back.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    quantiles,
    salt,
)
from haodun.lab.country.frame import Frame, build, columns_of
from haodun.lab.country.numbers import BLOCK, PLAIN, Maker, Numbers, dialable, empty, international, national, write_as
from haodun.lab.country.outcomes import outcomes
from haodun.lab.country.people import CRIMINAL, ORDINARY, World, callees, rates
from haodun.lab.country.scenario import Campaign, Habit, NumberSource, Population
from haodun.lab.country.times import first_instant, one_after_another, starts, table_of
from haodun.screening.events import Presentation, Roaming

ROUND = 1_000_000
"""Calls made at a time: bounds memory; 20 bits of a call id."""
MAX_ROUNDS = 2048

_DELAY = quantiles(median=600, spread=4, largest=12 * 3600)
"""Seconds until somebody calls back."""


@dataclass(frozen=True)
class Job:
    """One group of callers and what it is to produce."""

    habit: Population | Campaign
    pool: int
    """Position in the scenario's populations and campaigns."""
    neighbours: int
    """Pool to which calls back belong: the first that is made of the country's people."""
    calls: int


def live(world: World, job: Job) -> Iterator[Frame]:
    """Exactly `job.calls` calls: attempts, and the calls back that they cause; at most ROUND at a time."""
    back = share_of_backs(job.habit)
    remaining, turn, first = job.calls, 0, 0
    while remaining > 0:
        size = min(remaining, ROUND)
        wanted = int(size * back)
        attempts = _Attempts(world, job, count=size - wanted, first=first, turn=turn)
        yield attempts.frame()
        backs = attempts.calls_back(wanted)
        if len(backs):
            yield backs
        # Where fewer people than expected missed a call, further callers make up for it in another round.
        remaining -= size - wanted + len(backs)
        turn, first = turn + 1, attempts.next_caller


def share_of_backs(habit: Habit) -> float:
    """Share of the calls of a group that are calls back to it."""
    reached = habit.callees.contacts + habit.callees.strangers
    spec = habit.callees
    total = reached + spec.services + spec.foreign + spec.premium + spec.sequential
    each = (1 - habit.answer) * habit.callback * (reached / total) * (1 - habit.anonymous)
    return each / (1 + each)


def group_of(name: str) -> int:
    """Thirty-two bits that stand for a group in its call ids."""
    return int(salt(0, name, "ids")) >> 32


def _callers(world: World, habit: Habit, *, count: int, first: int) -> tuple[Ints, Ints]:
    """Caller, from `first` on, and rank of each call: one caller after the other, each with its own number of calls."""
    days = min(world.scenario.days, (habit.life_hours or 24 * world.scenario.days) / 24)
    table = table_of(habit.calls_per_day)
    key = salt(world.seed, habit.name, "rates")
    mean = max(1e-3, float(table.sum()) / len(table) / 1000 * days)
    parts: list[Ints] = []
    reached = 0
    while reached < count:
        index = np.arange(first, first + max(64, round((count - reached) / mean * 1.05)), dtype=np.int64)
        first = int(index[-1]) + 1
        per = rates(table, days=days, words=hashed(key, index))
        parts.append(np.repeat(index, per))
        reached += int(per.sum())
    caller = np.concatenate(parts)[:count]
    opening = np.concatenate(([0], np.flatnonzero(caller[1:] != caller[:-1]) + 1))
    sizes = np.diff(np.append(opening, count))
    return caller, np.arange(count, dtype=np.int64) - np.repeat(opening, sizes)


class _Attempts:
    """The attempts of one group, column by column."""

    def __init__(self, world: World, job: Job, *, count: int, first: int, turn: int) -> None:
        self.world, self.job, self.habit, self.turn = world, job, job.habit, turn
        self.tag = f"{job.habit.name}+{turn}"
        self.resolution = world.scenario.resolution_ms
        caller, rank = _callers(world, self.habit, count=count, first=first)
        self.next_caller = int(caller[-1]) + 1
        start = starts(world.scenario, self.habit, caller=caller, rank=rank, key=(world.seed, self.tag))
        order = np.lexsort((start, caller))
        self.caller, self.rank, start = caller, rank, start[order] // self.resolution * self.resolution
        self.outcome = outcomes(self.habit, self.stream("outcomes"), count=count, resolution=self.resolution)
        if self.habit.one_line:
            start = one_after_another(start, length=self.outcome.length, caller=caller)
        self.start = start + first_instant(world.scenario)
        self.anchor = self._anchors()
        called = callees(world, self.habit.callees, anchors=self.anchor, caller=caller, rank=rank, name=self.tag)
        self.called = called.take(self._tried_again())
        self.shown, self.trunk = _shown(self)
        self.hidden = self._hide()

    def stream(self, purpose: str) -> Stream:
        """Lots of this group for one purpose."""
        return Stream(self.world.seed, self.tag, purpose)

    def keys(self, purpose: str) -> Words:
        """One word per call that is the same for all calls of a caller."""
        return hashed(salt(self.world.seed, self.habit.name, purpose), self.caller)

    def _anchors(self) -> Ints:
        """The person whose circle and town are the caller's."""
        if self.habit.numbers[0].kind == "subscriber":
            return self.world.of_callers(self.caller)
        return below(self.keys("anchors"), self.world.size)

    def _tried_again(self) -> Ints:
        """For each call the row whose callee it has: its own, or that of a missed call, which it tries again."""
        rows = np.arange(len(self.caller), dtype=np.int64)
        missed_before = np.concatenate(([False], (self.outcome.talk < 0)[:-1])) & (self.rank > 0)
        again = missed_before & chance(self.stream("again").words(len(rows)), self.habit.redial)
        first: Ints = np.maximum.accumulate(np.where(again, 0, rows))
        return first

    def _hide(self) -> Ints:
        """0 shown, 1 withheld (the network knows the number), 2 no number reaches us."""
        anonymous = chance(self.keys("anonymous"), self.habit.anonymous)
        withheld = chance(self.keys("withheld"), self.habit.withheld)
        return np.where(anonymous, int(Presentation.UNAVAILABLE), np.where(withheld, int(Presentation.RESTRICTED), 0))

    def frame(self) -> Frame:
        """The attempts as columns."""
        called = self.called.numbers
        abroad = self.habit.enters == "international"
        callee = (
            Numbers(international(called.prefix), called.digits, called.place, called.carrier) if abroad else called
        )
        diverted = self._diverted()
        final = callee.take(np.arange(len(self.caller)))
        turned = self.world.numbers(below(mix(hashed(np.uint64(5), self.called.person[diverted])), self.world.size))
        if abroad:
            turned = turned.with_prefix(international(turned.prefix))
        final.put(diverted, turned)
        prefix = np.where(self.hidden == Presentation.UNAVAILABLE, -1, self.shown.prefix)
        return build(
            {
                "id": self._ids(0, len(self.caller)),
                "start": self.start,
                "ring": self.outcome.ring,
                "talk": self.outcome.talk,
                "cause": self.outcome.cause,
                **columns_of(self.shown.with_prefix(prefix), final),
                "diverted_prefix": callee.prefix,
                "diverted_digits": np.where(diverted, callee.digits, 0),
                "trunk": self.trunk,
                "presentation": self.hidden,
                "roaming": self._roaming(),
                "pool": np.full(len(self.caller), self.job.pool),
                "origin": self._origins(),
            }
        )

    def _diverted(self) -> Bools:
        """The called person's phone sends the call on to another number of theirs."""
        return chance(self.stream("diverted").words(len(self.caller)), self.habit.diverted) & (self.called.person >= 0)

    def _ids(self, part: int, count: int) -> Words:
        """Distinct over the country: 32 bits of the group, part, round and running number, scrambled by a bijection."""
        first = np.uint64((group_of(self.habit.name) << 32) | (part << 31) | (self.turn << 20))
        return mix(np.arange(count, dtype=np.uint64) + first)

    def _roaming(self) -> Ints:
        """What the record says of the roaming of a +86 caller on an international trunk."""
        if self.habit.enters != "international":
            return np.zeros(len(self.caller), dtype=np.int64)
        home = (self.shown.prefix >= PLAIN) & (self.shown.prefix < 8)
        known = chance(self.keys("roaming"), self.world.scenario.roaming_known) & home
        genuine = isinstance(self.habit, Population)
        return np.where(known, int(Roaming.VERIFIED if genuine else Roaming.NO), int(Roaming.UNKNOWN))

    def _origins(self) -> Ints:
        if self.habit.true_origin is None:
            return self.shown.place
        return np.full(len(self.caller), len(self.world.origins) + self.job.pool)

    def calls_back(self, wanted: int) -> Frame:
        """At most `wanted` of the people who missed a call ring back the number that they saw."""
        missed = (self.outcome.talk < 0) & (self.called.person >= 0) & (self.hidden == Presentation.ALLOWED)
        rows = np.flatnonzero(missed & dialable(self.shown.prefix))
        rows = np.sort(rows[np.argsort(hashed(salt(self.world.seed, self.tag, "backs"), rows), kind="stable")][:wanted])
        count = len(rows)
        outcome = outcomes(self.habit, self.stream("back"), count=count, resolution=self.resolution, calling_back=True)
        caller = self.world.numbers(self.called.person[rows])
        shown = self.shown.take(rows)
        wait = amount(self.stream("waits").words(count), _DELAY) // self.resolution * self.resolution
        zeros = np.zeros(count, dtype=np.int64)
        return build(
            {
                "id": self._ids(1, count),
                "start": self.start[rows] + self.outcome.length[rows] + wait,
                "ring": outcome.ring,
                "talk": outcome.talk,
                "cause": outcome.cause,
                **columns_of(caller, shown.with_prefix(national(shown.prefix))),
                "diverted_prefix": zeros,
                "diverted_digits": zeros,
                "trunk": self.world.home_trunks(caller),
                "presentation": zeros,
                "roaming": zeros,
                "pool": np.full(count, self.job.neighbours),
                "origin": caller.place,
            }
        )


def _shown(attempts: _Attempts) -> tuple[Numbers, Ints]:
    """The number that each call shows, and the trunk by which it comes in."""
    habit, world = attempts.habit, attempts.world
    turn = attempts.rank // habit.calls_per_number if habit.calls_per_number else np.zeros_like(attempts.rank)
    keys = hashed(salt(world.seed, habit.name, "shown"), attempts.caller * (1 << 24) + turn)
    source_of = pick(hashed(np.uint64(41), keys), cumulate([source.weight for source in habit.numbers]))
    blocks = _blocks(attempts) if habit.enters in ("voice_line", "access") else None
    shown = empty(len(keys))
    for position, source in enumerate(habit.numbers):
        rows = source_of == position
        if rows.any():
            made = _from_source(attempts, source, keys=keys[rows], rows=rows, blocks=blocks)
            shown.put(rows, write_as(made, source, keys[rows]))
    if blocks is not None:
        return shown, _lines(attempts, shown, source_of=source_of, blocks=blocks)
    if habit.enters == "international":
        way = below(attempts.stream("gateways").words(len(keys)), habit.gateways)
        return shown, world.trunks.gateway(below(attempts.keys("gateway"), 1 << 16) + way)
    return shown, world.home_trunks(shown)


def _from_source(
    attempts: _Attempts, source: NumberSource, *, keys: Words, rows: Bools, blocks: Numbers | None
) -> Numbers:
    world, maker = attempts.world, attempts.world.maker
    owner = CRIMINAL if isinstance(attempts.habit, Campaign) else ORDINARY
    if source.kind == "subscriber":
        return world.numbers(attempts.anchor[rows])
    if source.kind == "line" and blocks is not None:
        block = blocks.take(rows)
        return Numbers(block.prefix, block.digits + below(mix(keys), source.shown), block.place, block.carrier)
    if source.kind == "foreign":
        regions = dict(source.regions or world.scenario.foreign)
        return maker.abroad(
            keys, regions=regions, blocks=source.blocks, salt=salt(world.seed, attempts.habit.name, "blocks")
        )
    if source.kind == "literal":
        return maker.literal(keys, source.texts)
    if source.kind == "service_400":
        return maker.service_400(keys)
    return _at_home(maker, source, keys=keys, owner=owner)


def _at_home(maker: Maker, source: NumberSource, *, keys: Words, owner: int) -> Numbers:
    city = maker.cities(hashed(np.uint64(42), keys), source.provinces)
    if source.kind == "fixed":
        return maker.fixed(keys, city=city, owner=owner)
    return maker.mobiles(keys, city=city, resold=np.full(len(keys), source.kind == "resold"), owner=owner)


def _blocks(attempts: _Attempts) -> Numbers:
    """The first number of the block of each caller's voice line."""
    maker = attempts.world.maker
    owner = CRIMINAL if isinstance(attempts.habit, Campaign) else ORDINARY
    keys = attempts.keys("lines")
    first = maker.fixed(keys, city=maker.cities(mix(keys)), owner=owner)
    return Numbers(first.prefix, first.digits // BLOCK * BLOCK, first.place, first.carrier)


def _lines(attempts: _Attempts, shown: Numbers, *, source_of: Ints, blocks: Numbers) -> Ints:
    """The voice line of each call, entered in the register with what it may show."""
    habit, world = attempts.habit, attempts.world
    fits = np.array([source.registered and source.kind != "line" for source in habit.numbers])[source_of]
    pairs = np.stack((blocks.digits[fits], shown.prefix[fits], shown.digits[fits]), axis=1)
    permitted: dict[int, list[str]] = {}
    for block, prefix, digits in np.unique(pairs, axis=0).tolist():
        head = "+" if prefix in (8, 9, 10, 11) else "+86"
        permitted.setdefault(block, []).append(f"{head}{digits}")
    known, which = np.unique(blocks.digits, return_inverse=True)
    ids = [
        world.trunks.line(habit.enters, block=block, size=BLOCK, shown=permitted.get(block, []))
        for block in known.tolist()
    ]
    return np.array(ids, dtype=np.int64)[which]
