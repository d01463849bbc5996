"""Reads numbers of every country but China, by `phonenumbers`; adds, drops and moves no digit.

libphonenumber's own `parse` strips what it takes for a national prefix. Here the country code is split off, the rest is
the national number as it stands, and the library is only asked whether such a number can be.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberType, ValidationResult

from haodun.numbering.emergency import country_code, emergency_codes
from haodun.numbering.number import Form, Kind, Refusal

MAX_E164 = 15
"""Digits of an international number (ITU-T E.164 §6)."""

MAX_SHORT = 6
"""Digits of a short code."""

SHARED_BY_REGION = frozenset((1, 7))
"""Country codes of several countries that call each other as abroad: there `home` is the region's own numbers.

Elsewhere (+44 with Jersey, +47 with Svalbard …) the smaller ones count as home.
"""

_DIGITS = re.compile(r"[0-9]+")


class Split(NamedTuple):
    """An international number in its two parts."""

    country: int
    national: str


class Dialling(NamedTuple):
    """How numbers are dialled in one country."""

    region: str
    country: int
    idd: str
    """International prefix of its own, '' where it is 00."""
    trunk: str
    """National prefix, '' if none."""


_KINDS = {
    PhoneNumberType.MOBILE: Kind.MOBILE,
    # North America does not tell mobile from fixed: taken as mobile, so that roamers get the milder rules.
    PhoneNumberType.FIXED_LINE_OR_MOBILE: Kind.MOBILE,
    PhoneNumberType.TOLL_FREE: Kind.SERVICE_800,
    PhoneNumberType.SHARED_COST: Kind.SERVICE_400,
    PhoneNumberType.PREMIUM_RATE: Kind.SERVICE_400,
}


def split(digits: str) -> Split | Refusal:
    """Country code and national number of international digits."""
    if digits.startswith("0"):
        return Refusal.BAD_PREFIX
    for size in (1, 2, 3):
        head = digits[:size]
        if len(head) == size and int(head) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return Split(int(head), digits[size:])
    return Refusal.UNKNOWN_COUNTRY


def library_number(number: Split) -> PhoneNumber:
    """The library's value for it, leading zeros kept."""
    zeros = min(len(number.national) - len(number.national.lstrip("0")), len(number.national) - 1)
    return PhoneNumber(
        country_code=number.country,
        national_number=int(number.national),
        italian_leading_zero=True if zeros > 0 else None,
        number_of_leading_zeros=zeros if zeros > 1 else None,
    )


def is_valid(number: Split) -> bool:
    """In a range that libphonenumber knows as given out."""
    return bool(number.national) and phonenumbers.is_valid_number(library_number(number))


def check(number: Split) -> Refusal:
    """NONE if the number has a possible length in its country; valid or not is a matter of allocation."""
    if not number.national or len(str(number.country) + number.national) > MAX_E164:
        return Refusal.TOO_LONG if number.national else Refusal.TOO_SHORT
    if is_valid(number):
        return Refusal.NONE
    if number.national.startswith("0"):
        return Refusal.BAD_PREFIX  # +44 020…: the trunk prefix left in
    reason = phonenumbers.is_possible_number_with_reason(library_number(number))
    return {
        ValidationResult.IS_POSSIBLE: Refusal.NONE,
        ValidationResult.IS_POSSIBLE_LOCAL_ONLY: Refusal.TOO_SHORT,
        ValidationResult.TOO_SHORT: Refusal.TOO_SHORT,
        ValidationResult.TOO_LONG: Refusal.WRONG_LENGTH,
        ValidationResult.INVALID_LENGTH: Refusal.WRONG_LENGTH,
        ValidationResult.INVALID_COUNTRY_CODE: Refusal.UNKNOWN_COUNTRY,
    }[reason]


@cache
def dialling(home: str) -> Dialling:
    """How numbers are dialled in `home` (an ISO 3166 region); NumberingError if there is no such country."""
    country = country_code(home)
    data = PhoneMetadata.metadata_for_region(home, None)
    prefix = (data and (data.preferred_international_prefix or data.international_prefix)) or ""
    # Some countries have one prefix per carrier, as a pattern that also matches 008 of 0086: there only 00 is read.
    own = prefix if _DIGITS.fullmatch(prefix) and prefix != "00" else ""
    trunk = (data and data.national_prefix) or ""
    return Dialling(home, country, own, trunk)


def is_short(code: str, home: str) -> bool:
    """A short code of `home` by libphonenumber."""
    if not 2 <= len(code) <= MAX_SHORT:
        return False
    number = library_number(Split(country_code(home), code))
    return phonenumbers.is_valid_short_number_for_region(number, home)


def kind_at(number: Split, home: str) -> Kind:
    """Kind of a number of any country but China, as seen from `home`."""
    value = library_number(number)
    if number.country != country_code(home):
        return Kind.FOREIGN
    if number.country in SHARED_BY_REGION:
        region = phonenumbers.region_code_for_number(value)
        if region is not None and region != home:
            return Kind.FOREIGN
    return _KINDS.get(phonenumbers.number_type(value), Kind.FIXED)


class Dialled(NamedTuple):
    """National digits of the home country and how they were written."""

    national: str
    form: Form
    kind: Kind


def dialled(digits: str, home: str) -> Dialled | Refusal:
    """Digits without + or international prefix, read by the plan of `home` (any country but China)."""
    plan = dialling(home)
    if digits in emergency_codes(home):
        return Dialled(digits, Form.SHORT, Kind.EMERGENCY)
    choices = [(digits, Form.SUBSCRIBER)]
    if plan.trunk and digits.startswith(plan.trunk):
        choices.insert(0, (digits[len(plan.trunk) :], Form.TRUNK_PREFIX))
    if digits.startswith(str(plan.country)):
        choices.append((digits[len(str(plan.country)) :], Form.BARE_INTERNATIONAL))
    for national, form in choices:
        if is_valid(Split(plan.country, national)):
            return Dialled(national, form, kind_at(Split(plan.country, national), home))
    if is_short(digits, home):
        return Dialled(digits, Form.SHORT, Kind.SHORT_CODE)
    refusals = []
    for national, form in choices:
        refusals.append(check(Split(plan.country, national)))
        if refusals[-1] is Refusal.NONE:
            return Dialled(national, form, kind_at(Split(plan.country, national), home))
    return refusals[0]
