"""What the scalar parser asks of a text's digits, written as patterns: in China our tables, elsewhere libphonenumber's.

A question too many costs states that are joined again; one too few makes states whose texts differ, which `automaton`
leaves to the scalar parser where it sees it and the tests of equality find where it does not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import phonenumbers
from phonenumbers import PhoneMetadata

from haodun.numbering import china, world
from haodun.numbering.bulk.patterns import Question
from haodun.numbering.emergency import NOWHERE, country_code, emergency_codes
from haodun.numbering.tables import china as china_tables

CHINA = "86"

_TYPES = (
    *("general_desc", "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost"),
    *("personal_number", "voip", "pager", "uan", "voicemail"),
)
_SHORT_TYPES = ("general_desc", "short_code")
_WRONG_LENGTH = ("400", "800", "700", "95", "96", "13", "14", "15", "16", "17", "18", "19")
_GIVEN_95 = ("96", *(f"95{digit}" for digit in range(8)))


def prefixes(home: str) -> tuple[str, ...]:
    """International prefixes dialled in `home`, the one asked for first in front."""
    own = world.dialling(home).idd
    return (own, "00") if own else ("00",)


def of_the_world() -> list[Question]:
    """Of international digits behind + or an international prefix, as seen from nowhere."""
    found = [Question("0", front=True)]
    for country in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        code = str(country)
        found += [Question(code, front=True), Question(f"{code}0", front=True)]
        found += _behind(code, _china() if code == CHINA else _library(country))
    return found


def of_home(home: str) -> list[Question]:
    """Of a text as written in `home`; + stands for itself."""
    found = [Question(r"\+", front=True), *(Question(prefix, front=True) for prefix in prefixes(home))]
    if home == NOWHERE:
        return [*found, Question(_any(emergency_codes(home)))]
    country = country_code(home)
    code, trunk = str(country), world.dialling(home).trunk
    national = list(_china() if code == CHINA else _of_region(home))
    international = (rf"\+{code}", *(prefix + code for prefix in prefixes(home)))
    for door in dict.fromkeys((*international, code, "0" if code == CHINA else trunk, "")):
        found += [Question(door, front=True)] if door else []
        found += _behind(door, national)
    return list(dict.fromkeys(found))


def _behind(door: str, questions: Iterable[Question]) -> Iterator[Question]:
    """The same questions of what stands behind `door`."""
    return (Question(f"{door}(?:{pattern})", front) for pattern, front in questions)


def _any(texts: Iterable[str]) -> str:
    return "|".join(sorted(texts))


def _library(country: int) -> list[Question]:
    """libphonenumber's patterns of every region of a country code."""
    found = []
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[country]:
        nowhere = region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY
        data = (
            PhoneMetadata.metadata_for_nongeo_region(country, None)
            if nowhere
            else PhoneMetadata.metadata_for_region(region, None)
        )
        if data is not None:
            found += _patterns(data, _TYPES)
            found += [Question(data.leading_digits, front=True)] if data.leading_digits else []
    return list(dict.fromkeys(found))


def _patterns(data: PhoneMetadata, types: tuple[str, ...]) -> list[Question]:
    descriptions = [getattr(data, name) for name in types]
    return [Question(one.national_number_pattern) for one in descriptions if one and one.national_number_pattern]


def _of_region(home: str) -> Iterator[Question]:
    """Of national digits in any country but China."""
    yield Question("0", front=True)
    yield from _library(country_code(home))
    short = PhoneMetadata.short_metadata_for_region(home)
    if short is not None:
        yield from _patterns(short, _SHORT_TYPES)
    if emergency_codes(home):
        yield Question(_any(emergency_codes(home)))


def _china() -> Iterator[Question]:
    """Of national digits in China: `china.py` and, of facts, `plan.py`."""
    tables = china_tables()
    yield from (Question(start, front=True) for start in ("0", "1", "106", "1064", "700", "400", "800"))
    yield Question(_any(_WRONG_LENGTH), front=True)
    yield Question(china.MOBILE.pattern)
    # The longest prefix wins, so each size is asked apart.
    for ranges in (tables.mobile, tables.iot):
        sorts = defaultdict(list)
        for prefix, entry in ranges.items():
            sorts[len(prefix), entry].append(prefix)
        yield from (Question(_any(starts), front=True) for starts in sorts.values())
    yield Question(_any(tables.ports), front=True)
    yield from _codes()
    areas = defaultdict(list)
    for code, area in tables.areas.items():
        areas[len(code), area.lengths].append(code)
    for codes in areas.values():
        alike = f"(?:{_any(codes)})"
        yield Question(alike, front=True)
        yield Question(alike + f"(?:{china.SUBSCRIBER.pattern})")
        yield from _behind(alike, _codes())


def _codes() -> Iterator[Question]:
    """Emergency numbers and short codes of China, and which of them are surely given out."""
    yield Question(_any(emergency_codes("CN")))
    yield Question(_any(china_tables().short_codes))
    yield Question(china.SHORT.pattern)
    yield Question(china.SERVICE_95.pattern)
    yield Question(_any(_GIVEN_95), front=True)
