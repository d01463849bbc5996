"""What the numbering plan says of a number: allocation, first holder, place, reseller, emergency."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache

import phonenumbers

from haodun.numbering import china, world
from haodun.numbering.emergency import country_code, emergency_numbers
from haodun.numbering.mobile_table import mobile_table
from haodun.numbering.number import Allocation, Holder, Kind, Number, PlanFacts
from haodun.numbering.tables import china as china_tables
from haodun.numbering.tables import document

FACTS_CACHE = 262_144
"""Numbers whose facts are kept."""

_NOTHING = PlanFacts(Allocation.UNKNOWN, Holder.UNKNOWN, "", "", reseller=False, emergency=False)
_ALLOCATED = replace(_NOTHING, allocation=Allocation.ALLOCATED)
_UNALLOCATED = replace(_NOTHING, allocation=Allocation.UNALLOCATED)


@dataclass(frozen=True, slots=True)
class Plan:
    """The numbering plan of the world as seen from one country."""

    home: str
    """ISO 3166 region."""
    home_country: int
    """Its country calling code."""
    version: str
    """Versions of all data behind it: our tables, `phone` package/data, `phonenumbers`."""

    def facts(self, number: Number, at_ms: int = 0) -> PlanFacts:
        """What the plan says of `number` at `at_ms` (ms since the Unix epoch, UTC; 0: at no particular date)."""
        found = _facts(number.key, number.kind + 0, number.country)  # + 0: an integer hashes faster than a member
        return replace(found, emergency=True) if self.is_emergency(number, at_ms) else found

    def is_emergency(self, number: Number, at_ms: int = 0) -> bool:
        """`facts(number, at_ms).emergency`, without asking for the other facts."""
        return number.kind is Kind.EMERGENCY and number.key in emergency_numbers(self.home, at_ms)

    def is_home(self, number: Number) -> bool:
        """A number of the home country: not foreign, and not nothing."""
        return 0 < number.country == self.home_country and number.kind is not Kind.FOREIGN


def load_plan(home: str = "CN") -> Plan:
    """The plan as installed; NumberingError for an unknown country or a damaged table."""
    return _load(home)


@cache
def _load(home: str) -> Plan:
    country = country_code(home)
    tables = max(china_tables().version, str(document("emergency.yaml").get("version")))
    version = f"{home}/{tables}+phone-{mobile_table().version}+phonenumbers-{phonenumbers.__version__}"
    return Plan(home, country, version)


@lru_cache(maxsize=FACTS_CACHE)
def _facts(key: int, kind: int, country: int) -> PlanFacts:
    if key == 0:
        return _NOTHING
    national = str(key)[len(str(country)) :]
    if country == 86:
        return _china(national, Kind(kind))
    if kind in (Kind.EMERGENCY, Kind.SHORT_CODE):
        return _ALLOCATED
    return _ALLOCATED if world.is_valid(world.Split(country, national)) else _UNALLOCATED


def _china(national: str, kind: Kind) -> PlanFacts:
    if kind is Kind.FOREIGN:  # +86 seen from abroad
        reading = china.after_country(national)
        if not isinstance(reading, china.Reading):
            return _UNALLOCATED
        kind = reading.kind
    if kind in (Kind.MOBILE, Kind.MVNO_MOBILE, Kind.SATELLITE):
        return _china_mobile(national)
    if kind is Kind.IOT:
        found = china.iot_range(national)
        holder = found.holder if found else Holder.UNKNOWN
        return replace(_NOTHING if holder is Holder.UNKNOWN else _ALLOCATED, holder=holder)
    if kind is Kind.FIXED:
        return _china_place(national, _ALLOCATED)
    if kind in (Kind.SHORT_CODE, Kind.SERVICE_95):
        return _china_code(national)
    return _ALLOCATED


def _china_mobile(national: str) -> PlanFacts:
    found = china.mobile_range(national)
    if found is None:
        return _UNALLOCATED
    place = mobile_table().find(national)
    # Without an entry the range is allotted; whether this prefix of it is in use, the table does not know.
    allocation = Allocation.ALLOCATED if place else Allocation.UNKNOWN
    province, city = ("", "") if place is None or found.kind is Kind.SATELLITE else place
    return PlanFacts(allocation, found.holder, province, city, reseller=found.reseller, emergency=False)


def _china_place(national: str, facts: PlanFacts) -> PlanFacts:
    found = china.area_of(national)
    return replace(facts, province=found[1].province, city=found[1].city) if found else facts


def _china_code(national: str) -> PlanFacts:
    """Official codes are given out; of other patterns we cannot say. Behind an area code the place is known."""
    if national in china_tables().short_codes:
        return _ALLOCATED
    if china.is_code(national):
        known = national.startswith(("96", *(f"95{digit}" for digit in "01234567")))
        return _ALLOCATED if known else _NOTHING
    found = china.area_of(national)
    return _china_place(national, _china_code(national[len(found[0]) :])) if found else _NOTHING
