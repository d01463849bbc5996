"""The unified social credit code of an organisation: form and check character (GB 32100-2015)."""

from __future__ import annotations

import re

CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Digits and capitals without I, O, S, V, Z (GB 32100-2015 table 2); the index is the value."""
_FORM = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}", re.ASCII)
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))


class UsccError(ValueError):
    """A text that is no unified social credit code; the message says what is wrong with it."""


def check_character(body: str) -> str:
    """The 18th character for the first 17 (GB 32100-2015 4.7: MOD 31-3); UsccError on a character outside the set."""
    if len(body) != 17 or any(character not in CHARACTERS for character in body):
        raise UsccError(f"{body!r} is not 17 characters of GB 32100-2015")
    total = sum(CHARACTERS.index(character) * weight for character, weight in zip(body, _WEIGHTS, strict=True))
    return CHARACTERS[-total % 31]


def parse(text: str) -> str:
    """The code in capitals without surrounding space; UsccError with the reason where it is none."""
    code = text.strip().upper()
    if not code.isascii() or _FORM.fullmatch(code) is None:
        raise UsccError(f"{text!r} is no unified social credit code: 18 digits and capitals without I, O, S, V, Z")
    wanted = check_character(code[:17])
    if code[17] != wanted:
        raise UsccError(f"the check character of {code} must be {wanted}, not {code[17]}; look for a typing error")
    return code
