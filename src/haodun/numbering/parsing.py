"""From a text to a Number: written form, then international or home plan, by where the call came in."""

from __future__ import annotations

import re
from functools import lru_cache

from haodun.numbering import china, world
from haodun.numbering.emergency import NOWHERE, country_code, emergency_codes, primary_code
from haodun.numbering.number import Form, IngressClass, Kind, Number, Refusal
from haodun.numbering.written import MAX_URI_CHARACTERS, read

PARSE_CACHE = 262_144
"""Texts whose reading is kept (each at most MAX_URI_CHARACTERS)."""

MIN_BARE_INTERNATIONAL = 9
"""Digits that a foreign number without + or 00 must have to be read as one."""

MIN_BARE_CHINA = 12
"""Digits of 86… without + or 00: fewer could be a subscriber number of 7 or 8 digits, or a number with area code."""

_HOME_TRUNK = int(IngressClass.INTER_NETWORK)
"""Stands for every class from inter-network on: they are read alike."""

_MOBILE_OF_CHINA = re.compile(r"\+861[3-9][0-9]{9}")
"""+86 and what `china` calls a mobile."""

_TOO_LONG = Number(0, Kind.INVALID, 0, Form.NONE, Refusal.TOO_LONG)
_FOREIGN_MAY_BE_BARE = (IngressClass.UNKNOWN, IngressClass.INTERNATIONAL)


def parse(text: str, ingress: IngressClass = IngressClass.UNKNOWN, home: str = "CN") -> Number:
    """The number that `text` writes, as seen from `home` (ISO 3166) on a trunk of class `ingress`.

    Never raises on text: what is no number has key 0 and a `refusal`. No digit is added or dropped, but for the
    prefixes that `form` names and for an area code before an emergency number. NumberingError for an unknown `home`.

    >>> str(parse("0571-8888 1234"))
    '+8657188881234'
    >>> parse("+86 139 1234 567８").refusal.name
    'NOT_ASCII'
    """
    if len(text) > MAX_URI_CHARACTERS:
        return _TOO_LONG
    # A plain integer, as the hash of an enumeration member costs more than the look-up.
    return _parse(text, ingress + 0 if ingress < _HOME_TRUNK else _HOME_TRUNK, home)


@lru_cache(maxsize=PARSE_CACHE)
def _parse(text: str, ingress: int, home: str) -> Number:
    home_country = country_code(home)
    if home_country == 86 and _MOBILE_OF_CHINA.fullmatch(text):
        return _mobile_of_china(text)
    written = read(text)
    if isinstance(written, Refusal):
        return _refused(written, Form.NONE)
    if written.context and written.context != str(home_country):
        return _refused(Refusal.BAD_PARAMETER, Form.NONE)
    digits = written.digits
    if written.sos:
        return _number(home_country, primary_code(home), kind=Kind.EMERGENCY, form=Form.SHORT)
    if written.plus:
        return _international(digits, form=Form.PLUS, home=home)
    if digits in emergency_codes(home):  # before any prefix: 000 in Australia
        return _number(home_country, digits, kind=Kind.EMERGENCY, form=Form.SHORT)
    own = world.dialling(home).idd
    for prefix in (own, "00") if own else ("00",):
        if digits.startswith(prefix):
            return _international(digits[len(prefix) :], form=Form.IDD, home=home)
    if home == NOWHERE:
        found = _bare_foreign(digits, ingress=IngressClass.UNKNOWN, home=home)
        return _refused(Refusal.UNKNOWN_COUNTRY, Form.NONE) if found is None else found
    return _home_china(digits, ingress) if home_country == 86 else _home_elsewhere(digits, ingress=ingress, home=home)


def _mobile_of_china(text: str) -> Number:
    """A mobile of China in full, seen from there: what most calls of a network name, so without any other question."""
    found = china.mobile_range(text[3:])
    return Number(int(text[1:]), found.kind if found else Kind.MOBILE, 86, Form.PLUS, Refusal.NONE)


def _international(digits: str, *, form: Form, home: str) -> Number:
    """Digits behind + or the international prefix."""
    number = world.split(digits) if digits else Refusal.TOO_SHORT
    if isinstance(number, Refusal):
        return _refused(number, form)
    if number.country == 86:
        reading = china.after_country(number.national) if number.national else Refusal.TOO_SHORT
        if isinstance(reading, Refusal):
            return _refused(reading, form)
        kind = reading.kind if country_code(home) == 86 else Kind.FOREIGN
        return _number(86, reading.national, kind=kind, form=form)
    refusal = world.check(number)
    if number.country == country_code(home) and not world.is_valid(number):
        if number.national in emergency_codes(home):
            return _number(number.country, number.national, kind=Kind.EMERGENCY, form=form)
        if number.national and world.is_short(number.national, home):
            return _number(number.country, number.national, kind=Kind.SHORT_CODE, form=form)
    if refusal is not Refusal.NONE:
        return _refused(refusal, form)
    return _number(number.country, number.national, kind=world.kind_at(number, home), form=form)


def _home_china(digits: str, ingress: int) -> Number:
    """Digits without + or 00 in a network of China."""
    if digits.startswith("0"):
        reading = china.after_zero(digits[1:]) if len(digits) > 1 else Refusal.TOO_SHORT
        form = Form.TRUNK_PREFIX
    else:
        reading, form = china.bare(digits), Form.NONE
    if isinstance(reading, china.Reading) and not _rather_foreign(reading, form=form, ingress=ingress):
        return _number(86, reading.national, kind=reading.kind, form=form or reading.form)
    if form is Form.NONE and digits.startswith("86") and len(digits) >= MIN_BARE_CHINA:
        behind = china.after_country(digits[2:])
        if isinstance(behind, china.Reading):
            return _number(86, behind.national, kind=behind.kind, form=Form.BARE_INTERNATIONAL)
    foreign = _bare_foreign(digits, ingress=ingress, home="CN")
    if foreign is not None:
        return foreign
    if isinstance(reading, china.Reading):
        return _number(86, reading.national, kind=reading.kind, form=form or reading.form)
    return _refused(reading, form)


def _rather_foreign(reading: china.Reading, *, form: Form, ingress: int) -> bool:
    """A fixed line without its 0 on an international trunk: 81 3 1234 5678 is sooner Tokyo than 0813."""
    return ingress == IngressClass.INTERNATIONAL and form is Form.NONE and reading.kind is Kind.FIXED


def _home_elsewhere(digits: str, *, ingress: int, home: str) -> Number:
    """Digits without + or international prefix in a network of any country but China."""
    reading = world.dialled(digits, home)
    country = country_code(home)
    if isinstance(reading, world.Dialled):
        full = world.Split(country, reading.national)
        if reading.kind in (Kind.EMERGENCY, Kind.SHORT_CODE) or world.is_valid(full):
            return _number(country, reading.national, kind=reading.kind, form=reading.form)
    foreign = _bare_foreign(digits, ingress=ingress, home=home)
    if foreign is not None:
        return foreign
    if isinstance(reading, world.Dialled):
        return _number(country, reading.national, kind=reading.kind, form=reading.form)
    return _refused(reading, Form.NONE)


def _bare_foreign(digits: str, *, ingress: int, home: str) -> Number | None:
    """A foreign number without + or 00: only if its range is given out, and only where such calls come in."""
    if ingress not in _FOREIGN_MAY_BE_BARE or len(digits) < MIN_BARE_INTERNATIONAL:
        return None
    number = world.split(digits)
    if isinstance(number, Refusal) or number.country == country_code(home):
        return None
    found = _international(digits, form=Form.BARE_INTERNATIONAL, home=home)
    return found if found.is_number and (number.country == 86 or world.is_valid(number)) else None


def _number(country: int, national: str, *, kind: Kind, form: Form) -> Number:
    return Number(int(f"{country}{national}"), kind, country, form, Refusal.NONE)


def _refused(refusal: Refusal, form: Form) -> Number:
    nothing = refusal in (Refusal.EMPTY, Refusal.ANONYMOUS)
    return Number(0, Kind.UNKNOWN if nothing else Kind.INVALID, 0, form, refusal)
