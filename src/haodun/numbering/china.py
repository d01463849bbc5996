"""Reads national digits of +86: which kind of number, or why it is none (RULES.md §1.5).

Three doors, since what stands before the digits decides what they can be:
`after_country` (+86 or 0086 was read), `after_zero` (the trunk prefix 0 was read), `bare` (nothing was read).
Each gives a `Reading` whose digits are the whole of what it was given, except that an emergency number behind an area
code (0571 110: the centre of Hangzhou) is the emergency number.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from haodun.numbering.emergency import emergency_codes
from haodun.numbering.number import Form, Kind, Refusal
from haodun.numbering.tables import Area, ChinaTables, Range, china

MAX_NATIONAL = 13
"""Longest national number (IoT), but for 700."""

PRIVACY_DIGITS = 15
"""A 700 number as used; 11 of its digits are managed."""


class Reading(NamedTuple):
    """National digits and what they are."""

    national: str
    kind: Kind
    form: Form
    """SHORT, or SUBSCRIBER for what has a form of its own when dialled; the door replaces it by its own."""


MOBILE = re.compile(r"1[3-9][0-9]{9}")
SERVICE_95 = re.compile(r"9[56][0-9]{3,4}|950[0-9]{7,8}")
SHORT = re.compile(r"100[0-9]{2}|1[12][0-9]{3}|11[68][0-9]{3}|1010[0-9]{4}")
SUBSCRIBER = re.compile(r"[2-9][0-9]{6,7}")
_PORT_LENGTHS = (8, 9, 11, 12, 13)  # 10 digits from 106 are a fixed line of Beijing


def after_country(national: str) -> Reading | Refusal:
    """Digits behind +86, 0086 or 86."""
    if national.startswith("0"):
        return Refusal.BAD_PREFIX
    found = _mobile(national) or _special(national) or _fixed(national)
    return found if found is not None else _why_not(national, area_known=True)


def after_zero(national: str) -> Reading | Refusal:
    """Digits behind the trunk prefix 0: a fixed line with its area code, or a mobile of elsewhere."""
    found = _mobile(national) or _fixed(national)
    if found is not None:
        return found
    if national.startswith("0"):
        return Refusal.BAD_PREFIX
    return Refusal.BAD_PREFIX if _special(national) else _why_not(national, area_known=True)


def bare(digits: str) -> Reading | Refusal:
    """Digits with nothing before them, as dialled at home; a fixed line needs its area code."""
    found = _mobile(digits) or _special(digits)
    if found is not None:
        return found
    # Without its 0 a number of Beijing may be a message port of 10 digits: not told apart, so refused.
    if len(digits) >= 10 and not digits.startswith("106"):
        fixed = _fixed(digits)
        if fixed is not None:
            return fixed
    return _why_not(digits, area_known=False)


def mobile_range(national: str) -> Range | None:
    """The allotted range of an 11-digit mobile, None where there is none."""
    return _longest(china().mobile, national)


def iot_range(national: str) -> Range | None:
    """The range of a machine number, None where there is none."""
    return _longest(china().iot, national)


def area_of(national: str) -> tuple[str, Area] | None:
    """The area code at the front of national digits and its entry, None where there is none."""
    areas = china().areas
    for size in (2, 3):
        area = areas.get(national[:size])
        if area is not None:
            return national[:size], area
    return None


def is_code(digits: str) -> bool:
    """A short code or 95, 96 number as a whole, without area code before it."""
    found = _special(digits)
    return found is not None and found.kind in (Kind.SHORT_CODE, Kind.SERVICE_95)


def _longest(ranges: dict[str, Range], digits: str) -> Range | None:
    for size in (5, 4, 3):
        found = ranges.get(digits[:size])
        if found is not None:
            return found
    return None


def _special(digits: str) -> Reading | None:
    """Numbers without area code and without operator prefix."""
    tables = china()
    if digits in emergency_codes("CN"):
        return Reading(digits, Kind.EMERGENCY, Form.SHORT)
    if digits in tables.short_codes or SHORT.fullmatch(digits):
        return Reading(digits, Kind.SHORT_CODE, Form.SHORT)
    if SERVICE_95.fullmatch(digits):
        return Reading(digits, Kind.SERVICE_95, Form.SHORT)
    if len(digits) == 10 and digits.startswith(("400", "800")):
        return Reading(digits, Kind.SERVICE_400 if digits[0] == "4" else Kind.SERVICE_800, Form.SHORT)
    if len(digits) == PRIVACY_DIGITS and digits.startswith("700"):
        return Reading(digits, Kind.PRIVACY_700, Form.SUBSCRIBER)
    return _machine_or_port(digits, tables)


def _machine_or_port(digits: str, tables: ChinaTables) -> Reading | None:
    if len(digits) == 13 or (len(digits) == 11 and digits.startswith("1064")):
        machine = iot_range(digits)
        if machine is not None:
            return Reading(digits, machine.kind, Form.SUBSCRIBER)
    if len(digits) in _PORT_LENGTHS and digits[:4] in tables.ports:
        return Reading(digits, Kind.SHORT_CODE, Form.SHORT)
    return None


def _mobile(digits: str) -> Reading | None:
    if MOBILE.fullmatch(digits) is None:
        return None
    found = mobile_range(digits)
    return Reading(digits, found.kind if found else Kind.MOBILE, Form.SUBSCRIBER)


def _fixed(digits: str) -> Reading | None:
    """Area code and subscriber number, or area code and a short code of that area."""
    found = area_of(digits)
    if found is None:
        return None
    code, area = found
    rest = digits[len(code) :]
    if len(rest) in area.lengths and SUBSCRIBER.fullmatch(rest):
        return Reading(digits, Kind.FIXED, Form.SUBSCRIBER)
    if rest in emergency_codes("CN"):
        return Reading(rest, Kind.EMERGENCY, Form.SHORT)
    short = _special(rest) if len(rest) <= 6 else None
    # 0951 114 would have the key of the six-digit 951114: one key must have one meaning.
    if short is None or _special(digits) is not None:
        return None
    return Reading(digits, short.kind, Form.SHORT)


def _why_not(digits: str, *, area_known: bool) -> Refusal:
    """Why national digits are no number; `area_known` if their front can only be an area code."""
    if len(digits) > PRIVACY_DIGITS or (len(digits) > MAX_NATIONAL and not digits.startswith("700")):
        return Refusal.TOO_LONG
    found = area_of(digits) if area_known else None
    if found is not None:
        return Refusal.IMPOSSIBLE if len(digits) - len(found[0]) in found[1].lengths else Refusal.WRONG_LENGTH
    if digits.startswith(("400", "800", "700", "95", "96", "13", "14", "15", "16", "17", "18", "19")):
        return Refusal.WRONG_LENGTH
    if len(digits) < 10 and not digits.startswith("1"):
        return Refusal.TOO_SHORT  # a subscriber number without its area code, an extension
    return Refusal.IMPOSSIBLE
