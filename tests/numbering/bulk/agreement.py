"""Reads texts in columns and one by one with the scalar parser, and says where the two differ."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import numpy as np
import phonenumbers
import pyarrow as pa

from haodun.numbering import IngressClass, load_plan, parse, world
from haodun.numbering.bulk import Reader
from haodun.numbering.bulk.questions import prefixes
from haodun.numbering.emergency import country_code, emergency_codes
from haodun.numbering.tables import china

HOMES: Final = ("CN", "US", "GB", "DE", "SG", "ZZ")

Values = tuple[int, ...]


@cache
def reader(home: str) -> Reader:
    return Reader(home)


def scalar(text: str, ingress: int, home: str) -> Values:
    plan = load_plan(home)
    number = parse(text, IngressClass(ingress), home)
    facts = plan.facts(number)
    return (
        *(number.key, int(number.kind), number.country, int(number.form), int(number.refusal)),
        *(int(plan.is_home(number)), int(facts.allocation), int(facts.holder), int(facts.reseller)),
        int(plan.is_emergency(number)),
    )


def columns(texts: Sequence[str], ingress: Sequence[int], home: str) -> list[Values]:
    read = reader(home).read(pa.array(texts, pa.string()), np.array(ingress, np.uint8))
    return list(zip(*(column.tolist() for column in read), strict=True))


def differences(texts: Sequence[str], ingress: Sequence[int], home: str) -> list[tuple[str, int, Values, Values]]:
    """Text, class, what the columns say, what the parser says, where they are not the same; the first few."""
    found = []
    for text, one, here in zip(texts, ingress, columns(texts, ingress, home), strict=True):
        there = scalar(text, one, home)
        if here != there:
            found.append((text, one, here, there))
    return found[:20]


def digits(rng: random.Random, count: int) -> str:
    return str(rng.randrange(10**count)).zfill(count) if count else ""


def fronts(home: str) -> list[str]:
    """What can stand before a number, rightly or wrongly."""
    country = str(country_code(home) or "")
    dialled = (*prefixes(home), "00", "011", "+")
    return [
        *("", "0", "000", "+0", "1", "86", "+86", "0086", "9", world.dialling(home).trunk, country, "0" + country),
        *(front + inner for front in dialled for inner in ("", country, "86", "0" + country, "1", "44", "852")),
    ]


def in_plan(rng: random.Random, country: int) -> str:
    """National digits that begin as a number of the country does."""
    region = rng.choice(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[country])
    if region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:
        example = phonenumbers.example_number_for_non_geo_entity(country)
    else:
        example = phonenumbers.example_number_for_type(region, rng.randrange(11))
    national = phonenumbers.national_significant_number(example) if example else digits(rng, 8)
    kept = rng.randrange(len(national) + 1)
    return national[:kept] + digits(rng, len(national) - kept)


def written(rng: random.Random, home: str) -> str:
    """A text of digits, valid about as often as not."""
    if rng.random() < 0.4:
        return rng.choice(fronts(home)) + digits(rng, rng.randrange(21))
    own = country_code(home)
    country = own if own and rng.random() < 0.6 else rng.choice(list(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
    national = in_plan(rng, country) if country != 86 else chinese(rng)
    front = rng.choice((f"+{country}", f"{rng.choice(prefixes(home))}{country}", str(country), ""))
    return (front or (world.dialling(home).trunk if rng.random() < 0.5 else "")) + national


def chinese(rng: random.Random) -> str:
    start = rng.choice(china_fronts())
    return start + digits(rng, max(0, rng.choice((7, 8, 10, 11, 11, 11, 12, 13, 15)) - len(start)))


@cache
def china_fronts() -> list[str]:
    tables = china()
    areas = list(tables.areas)
    return [*tables.mobile, *tables.iot, *tables.ports, *areas[::7], "10", "21", "400", "800", "700", "95", "96", "106"]


def chinese_forms() -> Iterator[str]:
    """Every range, area, class and code of our tables, of right and wrong length, behind all that can stand before."""
    rng = random.Random(86)
    tables = china()
    whole = [*tables.short_codes, *emergency_codes("CN"), "10000", "11000", "12345", "118114", "116114", "10101234"]
    sized = {
        **dict.fromkeys(tables.mobile, (11,)),
        **dict.fromkeys(tables.iot, (11, 13)),
        **dict.fromkeys(tables.ports, (8, 9, 10, 11, 12, 13)),
        **{area: tuple(len(area) + size for size in (7, 8)) for area in tables.areas},
        **dict.fromkeys(("400", "800"), (10,)),
        **dict.fromkeys(("95", "96", "950", "951"), (5, 6, 7, 10, 11)),
        "700": (11, 15),
    }
    for start, lengths in sized.items():
        sizes = sorted({size + more for size in lengths for more in (-1, 0, 1)})
        whole += [start + digits(rng, max(0, size - len(start))) for size in sizes]
    codes = [*emergency_codes("CN"), *list(tables.short_codes)[::9], "114", "12345", "95588", "96110", "951114"]
    whole += [area + code for area in list(tables.areas)[::5] for code in codes]
    for national in whole:
        for front in ("", "0", "+86", "0086", "86", "+860", "00", "+"):
            yield front + national
