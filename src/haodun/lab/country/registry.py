"""The registry of the synthetic country: who holds its numbers, its key services, voice lines and resellers' samples.

Theory of operation. A registry has its own size (`subscribers`) and takes the people of the scenario, whose numbers,
towns and carriers are those that call and are called. Everything is drawn by the seed with the exact integers of
`draws`, so the same seed gives the same registry on every machine. Its six months of history end with the scenario's
first day (`as_of`): three months before the clean-up (the baseline), the month of the clean-up, and two months after it
(the window), in the proportions of the public report of 2016 (791 → 166 → 89 involved 400 numbers a month).
The columns of `subscribers` are those that the console imports; organisations bear the names of its synthetic country.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from haodun.lab.country.draws import Bools, Ints, Words, below, chance, cumulate, hashed, pick, salt
from haodun.lab.country.errors import CountryError
from haodun.lab.country.identities import credit_codes, firms, names, resident_documents
from haodun.lab.country.numbers import FIXED, Numbers
from haodun.lab.country.people import World
from haodun.lab.country.places import PROVINCES, RESOLD, places
from haodun.lab.country.resellers import RESELLERS, cases, samples
from haodun.lab.country.scenario import Scenario

BEIJING = ZoneInfo("Asia/Shanghai")
FEWEST, MOST = 1000, 20_000_000
"""Subscribers of a registry."""
CARRIER_NAMES = ("乙网", "甲网", "丙网", "丁网")
"""The console's invented carriers, in the order of CARRIERS."""
REAL_NAME = (0.94, 0.93, 0.92, 0.90)
"""Share of holders with a valid real name, by carrier; resellers' differ by RESELLER_REAL_NAME."""
RESELLER_REAL_NAME = (0.98, 0.97, 0.96, 0.95, 0.92, 0.88)
INVOLVED = (791, 812, 770, 420, 166, 89)
"""Weights of the six months for involved 400 numbers: baseline, clean-up, window."""
DEFECTS = ("no_registration", "false", "incomplete", "use_not_registered", "use_differs", "unqualified",
           "rule_breach", "abnormal_use")  # fmt: skip
"""The defect codes of 452号 art. 6."""
USES = ("售后服务", "订餐服务", "预约挂号", "票务服务", "会员服务", "物流查询")


@dataclass(frozen=True)
class Registry:
    """Tables by name, as `write_registry` places them."""

    tables: dict[str, pa.Table]
    as_of: date
    """The first day of the scenario: nothing in the tables is later."""
    months: tuple[tuple[int, int], ...]
    """Year and month (Beijing) of the six months in `involved`: three of the baseline, one, two of the window."""


def make_registry(scenario: Scenario, *, subscribers: int, seed: int) -> Registry:
    """A registry of so many subscribers; the same for the same scenario, number and seed.

    A few in a thousand fewer where two people would have had one number. CountryError where `subscribers` is out of
    its bounds (1,000 to 20 million).
    """
    if not FEWEST <= subscribers <= MOST:
        raise CountryError(f"--subscribers {subscribers}: give a number from {FEWEST:,} to {MOST:,}.")
    world = World(scenario, seed=seed, people=subscribers)
    months = _months(scenario.start)
    services = _key_services(world, count=max(300, subscribers // 50), start=scenario.start)
    lines = _voice_lines(world, count=max(100, subscribers // 200), start=scenario.start)
    inspected = samples(seed, each=max(50, subscribers // 400), start=scenario.start)
    tables = {
        "subscribers": _subscribers(world, subscribers=subscribers, start=scenario.start),
        "key_services": services,
        "involved": _involved(services, months=months, seed=seed),
        "voice_lines": lines,
        "voice_line_tests": _line_tests(lines, seed=seed),
        "reseller_samples": inspected,
        "reseller_cases": cases(inspected),
    }
    kept = {b"haodun.seed": str(seed).encode(), b"haodun.as_of": scenario.start.isoformat().encode()}
    return Registry(
        {
            name: table.replace_schema_metadata({b"haodun.schema": name.encode(), **kept})
            for name, table in tables.items()
        },
        scenario.start,
        months,
    )


def _months(start: date) -> tuple[tuple[int, int], ...]:
    """The six months before that of `start`."""
    first = start.year * 12 + start.month - 1
    return tuple(((first - back) // 12, (first - back) % 12 + 1) for back in range(6, 0, -1))


def _subscribers(world: World, *, subscribers: int, start: date) -> pa.Table:
    people = np.arange(subscribers, dtype=np.int64)
    numbers = world.numbers(people)
    people = people[np.sort(np.unique(numbers.digits, return_index=True)[1])]
    numbers, keys = world.numbers(people), hashed(salt(world.seed, "registry", "subscribers"), people)
    province = _codes(numbers.place)
    fixed = numbers.prefix // 4 * 4 == FIXED
    resold = _resold(numbers) & ~fixed
    seller = below(hashed(np.uint64(41), keys), len(RESELLERS))
    status = _real_names(keys, numbers=numbers, resold=resold, seller=seller)
    # One in sixteen shows the document of the holder before: some persons have several cards.
    holder = hashed(np.uint64(43), np.where(chance(hashed(np.uint64(44), keys), 1 / 16), people - 1, people))
    documents = pa.array(resident_documents(holder, province=province), mask=status == 0)
    ages = below(hashed(np.uint64(45), keys), 3650) + 1
    old = ages > 900
    online = pick(hashed(np.uint64(46), keys), cumulate((5, 3, 2)))
    return pa.table(
        {
            "number": [f"+86{digits}" for digits in numbers.digits.tolist()],
            "name": names(holder),
            "since": _days(start, ages),
            "document_kind": pa.array(["resident"] * len(people), mask=status == 0),
            "document": documents,
            "carrier": [_carrier(c, p) for c, p in zip(numbers.carrier.tolist(), province, strict=True)],
            "reseller": _named(RESELLERS, seller, where=resold),
            "province": province,
            "service": _named(["mobile", "fixed"], fixed.astype(np.int64)),
            "opened_how": _named(["shop", "agent", "online"], online),
            "status": _named(["none", "incomplete", "failed", "valid"], status),
            "checked": _named(["no", "yes"], (old & chance(hashed(np.uint64(47), keys), 0.8)).astype(np.int64)),
        }
    )


def _resold(numbers: Numbers) -> Bools:
    """Whether a number lies in a range that resellers sell."""
    ranges = places().ranges
    cells = [
        ranges.prefixes[ranges.first[s].min() : (ranges.first[s] + ranges.count[s]).max()]
        for s in range(RESOLD, 2 * RESOLD - 1)
    ]
    return np.isin(numbers.digits // 10_000, np.concatenate(cells))


def _real_names(keys: Words, *, numbers: Numbers, resold: Bools, seller: Ints) -> Ints:
    """0 none, 1 incomplete, 2 failed, 3 valid."""
    status = pick(hashed(np.uint64(48), keys), cumulate((5, 3, 2)))
    words = hashed(np.uint64(49), keys)
    for place, share in enumerate(REAL_NAME):
        status = np.where(~resold & (numbers.carrier == place) & chance(words, share), 3, status)
    for place, share in enumerate(RESELLER_REAL_NAME):
        status = np.where(resold & (seller == place) & chance(words, share), 3, status)
    return status


def _key_services(world: World, *, count: int, start: date) -> pa.Table:
    keys = hashed(salt(world.seed, "registry", "key services"), np.arange(count, dtype=np.int64))
    kind = pick(hashed(np.uint64(41), keys), cumulate((7, 1, 2)))
    made = world.maker.service_400(keys)
    landing = world.maker.fixed(keys, city=world.maker.cities(hashed(np.uint64(42), keys)), owner=1)
    province = _codes(landing.place)
    digits = np.where(kind == 0, made.digits, landing.digits)
    once = np.zeros(count, dtype=np.bool_)
    once[np.unique(digits, return_index=True)[1]] = True
    bad = chance(hashed(np.uint64(43), keys), 0.4)
    # Of the bad ones: rectified and accepted, closed, still due.
    fate = np.where(bad, 1 + pick(hashed(np.uint64(44), keys), cumulate((55, 35, 10))), 0)
    flagged = 60 + below(hashed(np.uint64(45), keys), 60)
    ended = flagged - 20 - below(hashed(np.uint64(46), keys), 30)
    defect = _named(DEFECTS, below(hashed(np.uint64(47), keys), len(DEFECTS)), where=bad)
    table = pa.table(
        {
            "kind": _named(["400", "one_number", "switchboard"], kind),
            "number": [f"{d}" if k == 0 else f"+86{d}" for d, k in zip(digits.tolist(), kind.tolist(), strict=True)],
            "applicant": firms(keys),
            "uscc": credit_codes(keys, province=province),
            **_persons(keys, province=province),
            "use": _named(USES, below(hashed(np.uint64(48), keys), len(USES))),
            "landing": [f"+86{digits}" for digits in landing.digits.tolist()],
            "carrier": [_carrier(c, p) for c, p in zip(landing.carrier.tolist(), province, strict=True)],
            "province": province,
            "existing_since": _days(start, 200 + below(hashed(np.uint64(49), keys), 2000)),
            "defect": defect,
            "checked_on": _days(start, flagged, where=~bad & chance(hashed(np.uint64(50), keys), 0.9)),
            "flagged_on": _days(start, flagged, where=bad),
            "ordered_on": _days(start, flagged - 2, where=bad),
            "rectified_on": _days(start, ended, where=fate == 1),
            "suspended_on": _days(start, ended + 3, where=fate == 2),
            "closed_on": _days(start, ended, where=fate == 2),
        }
    )
    return table.filter(pa.array(once))


def _persons(keys: Words, *, province: list[str]) -> dict[str, list[str]]:
    """The legal representative and the handler of each applicant (452号 art. 7)."""
    found = {}
    for place, who in enumerate(("legal", "handler")):
        words = hashed(np.uint64(51 + place), keys)
        found[f"{who}_name"], found[f"{who}_document"] = names(words), resident_documents(words, province=province)
    return found


def _involved(services: pa.Table, *, months: tuple[tuple[int, int], ...], seed: int) -> pa.Table:
    """Police notices: a number may be named twice in a month and in several; one in fifty is withdrawn."""
    numbers = [
        row for kind, row in zip(*(services[n].to_pylist() for n in ("kind", "number")), strict=True) if kind == "400"
    ]
    rows: list[dict[str, Any]] = []
    for (year, month), weight in zip(months, INVOLVED, strict=True):
        count = max(1, len(numbers) * weight // 4000)
        keys = hashed(salt(seed, "registry", "involved", f"{year}-{month}"), np.arange(count, dtype=np.int64))
        chosen = below(keys, len(numbers)).tolist()
        minutes = below(hashed(np.uint64(41), keys), 28 * 1440).tolist()
        withdrawn = chance(hashed(np.uint64(42), keys), 0.02).tolist()
        first = datetime(year, month, 1, tzinfo=BEIJING)
        for key, which, minute, gone in zip(keys.tolist(), chosen, minutes, withdrawn, strict=True):
            at = first + timedelta(minutes=minute)
            rows.append(
                {
                    "notice": str(UUID(int=key << 64 | key, version=4)),
                    "number": numbers[which],
                    "noticed_at": at,
                    "withdrawn_at": at + timedelta(hours=20) if gone else None,
                }
            )
    at_type = pa.timestamp("ms", tz="UTC")
    texts_and_times: list[pa.Field[Any]] = [
        pa.field("notice", pa.string()),
        pa.field("number", pa.string()),
        pa.field("noticed_at", at_type),
        pa.field("withdrawn_at", at_type),
    ]
    return pa.Table.from_pylist(rows, schema=pa.schema(texts_and_times))


def _voice_lines(world: World, *, count: int, start: date) -> pa.Table:
    keys = hashed(salt(world.seed, "registry", "voice lines"), np.arange(count, dtype=np.int64))
    first = world.maker.fixed(keys, city=world.maker.cities(hashed(np.uint64(42), keys)), owner=1)
    province = _codes(first.place)
    low = first.digits // 100 * 100
    size = (10, 30, 100)
    width = np.array(size)[below(hashed(np.uint64(43), keys), len(size))]
    nobody, resold = (chance(hashed(np.uint64(at), keys), share) for at, share in ((44, 0.04), (45, 0.08)))
    # Callers authenticated, not yet, closed; lines without a holder are never authenticated.
    fate = pick(hashed(np.uint64(46), keys), cumulate((80, 12, 8)))
    fate = np.where(nobody & (fate == 0), 1, fate)
    tested = 10 + below(hashed(np.uint64(47), keys), 100)
    kinds = pick(hashed(np.uint64(48), keys), cumulate((6, 2, 1, 1)))
    return pa.table(
        {
            "kind": _named(["dedicated", "trunk", "voip_gateway", "sip_group"], kinds),
            "trunk": [f"line-{where}-{at:06d}" for at, where in enumerate(province)],
            "permits": [f"+86{a}-+86{a + b - 1}" for a, b in zip(low.tolist(), width.tolist(), strict=True)],
            "holder": pa.array(firms(keys), mask=nobody),
            "uscc": pa.array(credit_codes(keys, province=province), mask=nobody),
            "location": [f"{PROVINCES[code]}机房" for code in province],
            "carrier": [_carrier(c, p) for c, p in zip(first.carrier.tolist(), province, strict=True)],
            "province": province,
            "resold": pa.array(resold),
            "licence": pa.array([f"B2-{at:08d}" for at in range(count)], mask=~resold),
            "existing_since": _days(start, 200 + below(hashed(np.uint64(49), keys), 2000)),
            "hiding_off": pa.array((fate == 0) | chance(hashed(np.uint64(50), keys), 0.5)),
            "tested_on": _days(start, tested, where=fate != 1),
            "authenticated": pa.array(fate == 0),
            "closed_on": _days(start, tested - 5, where=fate == 2),
        }
    )


def _line_tests(lines: pa.Table, *, seed: int) -> pa.Table:
    """The tests of lines: the last as `voice_lines` says; one line in ten failed another a week before it passed."""
    rows: list[dict[str, Any]] = []
    columns = (lines[name].to_pylist() for name in ("trunk", "tested_on", "authenticated"))
    again = chance(hashed(salt(seed, "registry", "tests"), np.arange(lines.num_rows, dtype=np.int64)), 0.1)
    for trunk, tested, passed, twice in zip(*columns, again.tolist(), strict=True):
        if tested is None:
            continue
        if twice and passed:
            before = (date.fromisoformat(tested) - timedelta(days=7)).isoformat()
            rows.append({"trunk": trunk, "method": "hidden_cli", "tested_on": before, "passed": False})
        rows.append({"trunk": trunk, "method": "foreign_cli", "tested_on": tested, "passed": passed})
    return pa.Table.from_pylist(rows)


def _codes(place: Ints) -> list[str]:
    """Province codes of positions in `World.origins`, whose first are the provinces."""
    known = places().provinces
    return [known[at] for at in place.tolist()]


@functools.cache
def _carrier(carrier: int, province: str) -> str:
    return f"{CARRIER_NAMES[carrier]}{PROVINCES[province]}公司"


def _named(words: Sequence[str], at: Ints, where: Bools | None = None) -> pa.StringArray:
    """The word at each position; null outside `where`."""
    mask = None if where is None else ~where
    return pa.array(words, pa.string()).take(pa.array(at, pa.int64(), mask=mask))


def _days(start: date, back: Ints, where: Bools | None = None) -> pa.StringArray:
    """The days so many days before `start`, as 2016-06-30; null outside `where`."""
    midnight = datetime.combine(start, time_of_day())
    days = np.datetime64(midnight, "D") - back.astype("timedelta64[D]")
    return pa.array(np.datetime_as_string(days), pa.string(), mask=None if where is None else ~where)
