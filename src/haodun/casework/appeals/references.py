"""References and codes of appeals: what the appellant writes down, read back however it is typed."""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime

from django.utils import timezone

from haodun.casework.appeals.limits import keyed

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Thirty signs that nobody takes for one another: no 0 O, 1 I L, U."""
RANDOM_SIGNS = 6
CODE_SIGNS = 8
"""39 bits; tries are counted (`limits.STATUS_PER_REFERENCE`)."""

_REFERENCE = re.compile(rf"S[0-9]{{6}}[{ALPHABET}]{{{RANDOM_SIGNS}}}")


def new_reference(at: datetime) -> str:
    """A new reference: S, the day in Beijing, six random signs."""
    random = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_SIGNS))
    return f"S{timezone.localtime(at):%y%m%d}{random}"


def code_of(reference: str) -> str:
    """The code that opens the status of a reference; made from the site's secret, so that it is kept nowhere."""
    value = int.from_bytes(keyed("appeal-code", reference), "big")
    signs = []
    for _ in range(CODE_SIGNS):
        value, sign = divmod(value, len(ALPHABET))
        signs.append(ALPHABET[sign])
    return "".join(signs)


def opens(reference: str, code: str) -> bool:
    """Whether `code` belongs to `reference`, compared in constant time."""
    return hmac.compare_digest(code_of(reference).encode(), plain(code).encode())


def read_reference(text: str) -> str | None:
    """The reference a person typed, None where it is none: case, blanks and hyphens do not matter."""
    typed = plain(text)
    return typed if _REFERENCE.fullmatch(typed) else None


def plain(text: str) -> str:
    """What was typed, without blanks and hyphens, in capitals."""
    return text[:64].replace(" ", "").replace("-", "").upper()


def grouped(text: str) -> str:
    """Parted for the eye: S261124-K7M3QX."""
    return f"{text[:7]}-{text[7:]}" if text.startswith("S") and len(text) > 8 else f"{text[:4]}-{text[4:]}"
