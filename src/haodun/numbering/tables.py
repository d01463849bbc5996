"""Reads our own dated tables (YAML beside this module) once, and checks their shape."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

import yaml

from haodun.numbering.errors import NumberingError
from haodun.numbering.number import Holder, Kind


class Range(NamedTuple):
    """What a prefix of the Chinese plan is for, and who was first given it."""

    kind: Kind
    holder: Holder

    @property
    def reseller(self) -> bool:
        return self.kind is Kind.MVNO_MOBILE


class Area(NamedTuple):
    """One area code of the Chinese fixed network."""

    province: str
    """GB/T 2260, two digits."""
    city: str
    lengths: tuple[int, ...]
    """How many digits a subscriber number there may have."""


class ChinaTables(NamedTuple):
    """Everything of our own that is needed to read +86."""

    mobile: dict[str, Range]
    """By prefix of 3 to 5 digits; the longest wins."""
    iot: dict[str, Range]
    ports: frozenset[str]
    """Four-digit classes of message ports, 1062 …"""
    short_codes: frozenset[str]
    areas: dict[str, Area]
    """By area code without its 0: '10', '571'."""
    version: str
    """The newest version of the files."""


class Province(NamedTuple):
    """Names of one provincial unit."""

    zh: str
    en: str


@cache
def document(name: str) -> dict[str, object]:
    """One YAML file of this package, as a mapping; NumberingError if it is none."""
    try:
        loaded = yaml.safe_load(files("haodun.numbering").joinpath("data", name).read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise NumberingError(f"numbering/data/{name}: cannot be read ({error}); reinstall haodun") from error
    if not isinstance(loaded, dict):
        raise NumberingError(f"numbering/data/{name}: expected a mapping; reinstall haodun")
    return loaded


def mapping(value: object, place: str) -> dict[str, object]:
    """`value` as a mapping with text keys; NumberingError names the place otherwise."""
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return value
    raise NumberingError(f"numbering/data/{place}: expected a mapping with quoted keys; reinstall haodun")


def texts(value: object, place: str) -> list[str]:
    """`value` as a list of texts; NumberingError names the place otherwise."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    raise NumberingError(f"numbering/data/{place}: expected a list of quoted texts; reinstall haodun")


@cache
def china() -> ChinaTables:
    """The tables of +86."""
    ranges, codes, areas = (document(f"china_{name}.yaml") for name in ("ranges", "short_codes", "areas"))
    return ChinaTables(
        mobile=_ranges(ranges.get("mobile"), "china_ranges.yaml mobile"),
        iot=_ranges(ranges.get("iot"), "china_ranges.yaml iot"),
        ports=frozenset(texts(ranges.get("ports"), "china_ranges.yaml ports")),
        short_codes=frozenset(mapping(codes.get("codes"), "china_short_codes.yaml codes")),
        areas=_areas(areas),
        version=max(str(table.get("version")) for table in (ranges, codes, areas)),
    )


def _ranges(value: object, place: str) -> dict[str, Range]:
    if not isinstance(value, list):
        raise NumberingError(f"numbering/data/{place}: expected a list of ranges; reinstall haodun")
    found: dict[str, Range] = {}
    for entry in value:
        fields = mapping(entry, place)
        try:
            one = Range(Kind[str(fields.get("kind")).upper()], Holder[str(fields.get("holder")).upper()])
        except KeyError as error:
            raise NumberingError(f"numbering/data/{place}: {error} is no kind or holder; correct the table") from error
        for prefix in texts(fields.get("prefixes"), place):
            if prefix in found:
                raise NumberingError(f"numbering/data/{place}: prefix {prefix} stands twice; correct the table")
            found[prefix] = one
    return found


def _areas(table: dict[str, object]) -> dict[str, Area]:
    place = "china_areas.yaml"
    eight = frozenset(texts(table.get("eight_digits"), place))
    either = frozenset(texts(table.get("either"), place))
    found: dict[str, Area] = {}
    for province, cities in mapping(table.get("areas"), place).items():
        for code, city in mapping(cities, place).items():
            lengths = (8,) if code in eight else (7, 8) if code in either else (7,)
            found[code.removeprefix("0")] = Area(province, str(city), lengths)
    return found


@cache
def provinces() -> dict[str, Province]:
    """The 34 provincial units by GB/T 2260 code."""
    found = {}
    for code, names in document("provinces.yaml").items():
        fields = mapping(names, "provinces.yaml")
        found[code] = Province(str(fields.get("zh")), str(fields.get("en")))
    return found
