"""Emergency numbers by country: our own dated list, libphonenumber's where we have none."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import cache
from typing import NamedTuple

import phonenumbers

from haodun.numbering.errors import NumberingError
from haodun.numbering.tables import document, mapping

MAX_FALLBACK_DIGITS = 4
"""Longest emergency number looked for in libphonenumber."""

_DAY_MS = 86_400_000
_CODE = re.compile(r"[0-9]{2,6}")


class _Entry(NamedTuple):
    code: str
    since_ms: int | None
    until_ms: int | None


NOWHERE = "ZZ"
"""No home country (ISO 3166 user-assigned): numbers are read in international form only, no number is a home number."""


@cache
def country_code(home: str) -> int:
    """Country calling code of an ISO 3166 region ('CN' → 86), 0 for NOWHERE; NumberingError if there is none."""
    if home == NOWHERE:
        return 0
    code = phonenumbers.country_code_for_region(home) if home in phonenumbers.SUPPORTED_REGIONS else 0
    if code == 0:
        raise NumberingError(f"home country {home!r}: not an ISO 3166 region with a numbering plan; write CN, US, GB …")
    return code


def emergency_numbers(home: str, at_ms: int = 0) -> frozenset[int]:
    """Keys of the emergency numbers of `home` (86110) at `at_ms` (milliseconds since the Unix epoch, UTC).

    `at_ms` 0 means no date: every entry the list ever had. NumberingError for an unknown country.
    """
    prefix = str(country_code(home))
    return frozenset(int(prefix + code) for code in emergency_codes(home, at_ms))


def emergency_codes(home: str, at_ms: int = 0) -> frozenset[str]:
    """The same as dialled: '110', '000'."""
    if at_ms == 0:
        return _undated(home)
    return frozenset(
        entry.code
        for entry in _entries(home)
        if (entry.since_ms is None or entry.since_ms <= at_ms) and (entry.until_ms is None or at_ms < entry.until_ms)
    )


def primary_code(home: str) -> str:
    """The number that stands for `urn:service:sos` (RFC 5031): the first of the list. '112' where there is no list."""
    entries = _entries(home)
    return entries[0].code if entries else "112"


@cache
def _undated(home: str) -> frozenset[str]:
    return frozenset(entry.code for entry in _entries(home))


@cache
def _entries(home: str) -> tuple[_Entry, ...]:
    country_code(home)
    place = "emergency.yaml"
    listed = mapping(document(place).get("countries"), place).get(home)
    if listed is None:
        return tuple(_Entry(code, None, None) for code in _library(home))
    if not isinstance(listed, list):
        raise NumberingError(f"numbering/data/{place} {home}: expected a list of entries; correct the table")
    entries = []
    for item in listed:
        fields = mapping(item, f"{place} {home}")
        code = fields.get("code")
        if not isinstance(code, str) or _CODE.fullmatch(code) is None:
            raise NumberingError(
                f"numbering/data/{place} {home}: code {code!r} must be quoted digits; correct the table"
            )
        entries.append(_Entry(code, _start(fields.get("since"), home), _start(fields.get("until"), home)))
    return tuple(entries)


def _start(day: object, home: str) -> int | None:
    if day is None:
        return None
    if not isinstance(day, date):
        raise NumberingError(f"numbering/data/emergency.yaml {home}: {day!r} is no date; write YYYY-MM-DD")
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days * _DAY_MS


def _library(home: str) -> list[str]:
    return [
        code
        for digits in range(2, MAX_FALLBACK_DIGITS + 1)
        for code in (f"{value:0{digits}d}" for value in range(10**digits))
        if phonenumbers.is_emergency_number(code, home)
    ]
