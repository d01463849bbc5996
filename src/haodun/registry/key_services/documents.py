"""Documents of persons: the resident identity number's form and check character (GB 11643-1999), masks, seals."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

from haodun.offices.organisations.uscc import UsccError
from haodun.offices.organisations.uscc import parse as parse_uscc
from haodun.registry.subscribers.ciphertext import FieldCipher, field_cipher

_RESIDENT = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
_OTHER = re.compile(r"[A-Z]{1,3}[0-9]{6,12}", re.ASCII)
"""Passports, permits to travel, permanent residence: letters and digits."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
DOCUMENT = "key_services.document"
"""One place for all marks of documents, so that one person is found as legal representative, handler or agent."""
NAME = "key_services.name"


def canonical(text: str) -> str | None:
    """A document number in its one spelling, None where it is none.

    Eighteen characters are checked by GB 11643-1999 (ISO 7064 MOD 11-2) and need a possible date of birth; other
    documents are one to three letters and six to twelve digits.

    >>> canonical("11010519491231002x")
    '11010519491231002X'
    >>> canonical("110105194912310021") is None
    True
    """
    code = text.strip().upper()
    if not code.isascii():
        return None
    if _RESIDENT.fullmatch(code):
        total = sum(int(digit) * weight for digit, weight in zip(code[:17], _WEIGHTS, strict=True))
        return code if code[17] == "10X98765432"[total % 11] and _born(code[6:14]) else None
    return code if _OTHER.fullmatch(code) else None


def valid_uscc(text: str) -> str | None:
    """The unified social credit code in capitals, None where form or check character is wrong (GB 32100-2015)."""
    try:
        return parse_uscc(text)
    except UsccError:
        return None


def masked_name(name: str) -> str:
    """The first character and two stars."""
    return f"{name[:1]}**" if name else ""


def masked_document(document: str) -> str:
    """The first three and last four characters."""
    return f"{document[:3]}{'*' * max(len(document) - 7, 4)}{document[-4:]}" if len(document) > 7 else "*" * 8


def cipher() -> FieldCipher:
    """Seals and opens personal texts of this site."""
    return field_cipher(Path(settings.HAODUN_DATA))


def mark_of(document: str) -> bytes:
    """The keyed mark of a document in its one spelling; b'' for none."""
    return cipher().mark(canonical(document) or "", place=DOCUMENT)


def _born(day: str) -> bool:
    month, date = int(day[4:6]), int(day[6:])
    return day[:2] in ("18", "19", "20") and 1 <= month <= 12 and 1 <= date <= 31
