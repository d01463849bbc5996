"""Numbers of documents and their check characters: GB 11643-1999, GB 11714-1997, ICAO 9303, GB 32100-2015.

Everything here is text in, text out: the normal form of a number, or DocumentError with what is wrong with it. `on` is
the day on which a birth cannot lie in the future.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from operator import mul

from haodun.offices.organisations import uscc
from haodun.offices.organisations.services import PROVINCES

MAX_NUMBER = 64
MAX_AGE = 150
_SPACE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff·]+")
_ID18 = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_ID15 = re.compile(r"[0-9]{15}", re.ASCII)
_MRZ = re.compile(r"[A-Z0-9<]{44}", re.ASCII)
_PASSPORT = re.compile(r"[A-Z0-9]{5,9}", re.ASCII)
_ORGANISATION = re.compile(r"[0-9A-Z]{8}-?[0-9X]", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ZEROS = ord("0") * sum(_WEIGHTS)
"""What seventeen zeros would add, as bytes."""
_CHECKS = "10X98765432"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_MRZ_WEIGHTS = (7, 3, 1)
REGIONS = frozenset(code for code in PROVINCES if code < "80")
HOME_RETURN = frozenset(("81", "82", "83"))
"""Regions of residence permits for people of Hong Kong, Macao and Taiwan."""


class DocumentError(ValueError):
    """A text is not the number of a document of its kind. It never holds the number itself."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


def plain(text: str) -> str:
    """Full-width signs made narrow, blanks and middle dots taken out, letters in capitals.

    >>> plain("１１０１０５ 19491231 002ｘ")
    '11010519491231002X'
    """
    if text.isascii() and text.isalnum():
        return text.upper()
    return _SPACE.sub("", unicodedata.normalize("NFKC", text)).upper()


def check_character(body: str) -> str:
    """The 18th character for 17 digits (GB 11643-1999 4.2, ISO 7064 MOD 11-2).

    >>> check_character("11010519491231002")
    'X'
    """
    return _CHECKS[(sum(map(mul, body.encode("ascii"), _WEIGHTS)) - _ZEROS) % 11]


def citizen(text: str, on: date, *, regions: frozenset[str] = REGIONS, legacy: bool = True) -> str:
    """A citizen's number as 18 characters; a legacy one of 15 digits (born 19YY) is made 18 (GB 11643-1999).

    The county part of the region is not looked up: counties come and go, and a number outlives its county.
    """
    number = plain(text)
    if legacy and _ID15.fullmatch(number):
        number = f"{number[:6]}19{number[6:]}"
        number += check_character(number)
    if not _ID18.fullmatch(number):
        raise DocumentError(
            "应为 18 位（或旧版 15 位）数字，末位可为 X", "must be 18 digits, the last may be X (or 15)"
        )
    if number[:2] not in regions or (number[:2] in REGIONS and number[2:6] == "0000"):
        raise DocumentError("前六位不是行政区划代码", "the first six digits are no region of GB/T 2260")
    _born(number[6:14], on)
    wanted = check_character(number[:17])
    if number[17] != wanted:
        raise DocumentError(
            f"校验码应为 {wanted}，请核对是否输错", f"the check character must be {wanted}: look for a typo"
        )
    return number


def _born(digits: str, on: date) -> None:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        raise DocumentError("出生日期不存在", "there is no such date of birth") from None
    if not on.year - MAX_AGE <= born.year or born > on:
        raise DocumentError("出生日期不合理", "the date of birth cannot be")


def mrz_check_digit(field: str) -> str:
    """The check digit of a field of a machine-readable zone (ICAO 9303-3, 4.9): weights 7, 3, 1, modulo 10.

    >>> mrz_check_digit("D23145890<<<")[0], mrz_check_digit("L898902C3")
    ('7', '6')
    """
    values = (0 if sign == "<" else ord(sign) - 48 if sign <= "9" else ord(sign) - 55 for sign in field)
    return str(sum(value * _MRZ_WEIGHTS[place % 3] for place, value in enumerate(values)) % 10)


def passport(text: str, on: date) -> str:
    """A passport's number of 5 to 9 letters and digits, or taken out of line 2 of its machine-readable zone (44 signs),
    whose check digits must hold (ICAO 9303-4).
    """
    number = plain(text)
    if len(number) == 44 and _MRZ.fullmatch(number):
        whole = number[:10] + number[13:20] + number[21:43]
        checks = (
            (number[:9], number[9]),
            (number[13:19], number[19]),
            (number[21:27], number[27]),
            (whole, number[43]),
        )
        if any(mrz_check_digit(part) != digit for part, digit in checks):
            raise DocumentError("机读码的校验位不对，请重新扫描", "a check digit of the machine-readable zone is wrong")
        number = number[:9].rstrip("<")
    if not _PASSPORT.fullmatch(number):
        raise DocumentError("护照号应为 5–9 位字母和数字", "a passport number has 5 to 9 letters and digits")
    return number


def organisation_code(text: str, on: date) -> str:
    """A nine-character organisation code without its hyphen (GB 11714-1997)."""
    number = plain(text)
    if not _ORGANISATION.fullmatch(number):
        raise DocumentError("组织机构代码应为 9 位", "an organisation code has 9 characters")
    body = number[:8]
    values = (ord(sign) - 48 if sign <= "9" else ord(sign) - 55 for sign in body)
    rest = 11 - sum(value * weight for value, weight in zip(values, _ORGANISATION_WEIGHTS, strict=True)) % 11
    wanted = {10: "X", 11: "0"}.get(rest, str(rest))
    if number[-1] != wanted:
        raise DocumentError(f"校验码应为 {wanted}", f"the check character must be {wanted}")
    return body + wanted


def credit_code(text: str, on: date) -> str:
    """The unified social credit code of an organisation (GB 32100-2015)."""
    number = plain(text)
    try:
        return uscc.parse(number)
    except uscc.UsccError:
        raise DocumentError(
            "不是有效的统一社会信用代码（18 位，校验码相符）",
            "is no unified social credit code with its check character",
        ) from None


def shaped(pattern: re.Pattern[str], zh: str, en: str, text: str) -> str:
    """A number of which only the shape is known."""
    number = plain(text)
    if not pattern.fullmatch(number):
        raise DocumentError(zh, en)
    return number
