"""The numbers of a document as an officer writes them: any format, parted anyhow, each bad one named with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from haodun.numbering import Kind, Number, Refusal, parse

MAX_TEXT = 20_000
"""Characters of one list; longer texts are refused unread."""
MAX_SHOWN = 40
"""Characters of a bad entry that are shown back."""

PROTECTED_CODES = frozenset({8696110})
"""The anti-fraud line (RULES.md §1.1): official, though 96 codes as such are not; 95110 is an emergency number."""

_SEPARATORS = re.compile(r"[,，;；、|\t]+")
_SPACES = re.compile(r" +")
_NOTHING = dict.fromkeys((0xFEFF, 0x200B, 0x200E, 0x200F, 0x2060, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
"""Marks without a width, as address books and spreadsheets put around a copied number."""
_TYPED: dict[int, str | None] = {
    **{0xFF10 + digit: str(digit) for digit in range(10)},
    **dict(zip(map(ord, "＋－（）．\u3000\u00a0‐‑–"), "+-().  ---", strict=True)),
    **_NOTHING,
}


class Exclusion(StrEnum):
    """Why a number of a document is left out of the order, though it is a number."""

    EMERGENCY = "emergency"
    """110, 119, 120, 122 …: never restricted."""
    OFFICIAL = "official"
    """A short code, or a number of police and carriers: no subscriber's number."""
    TRUSTED = "trusted"
    """In the trusted directory: its name is being misused; traced, not shut down."""


@dataclass(frozen=True, slots=True)
class Bad:
    """One entry that is no number."""

    line: int
    """Counted from 1."""
    text: str
    """As written, at most MAX_SHOWN characters; only for the eyes of who wrote it."""
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Excluded:
    """One number that an order may not touch."""

    number: Number
    why: Exclusion


@dataclass(frozen=True, slots=True)
class Reading:
    """What a list of numbers says."""

    numbers: tuple[Number, ...]
    """In their first order, each once."""
    excluded: tuple[Excluded, ...]
    bad: tuple[Bad, ...]
    repeated: int
    """Entries that named a number already named."""


def typed(text: str) -> str:
    """What a person typed or pasted, in ASCII where a wide digit, sign or space was meant; nothing else is changed.

    >>> typed("＋86 １３９")
    '+86 139'
    """
    return text.translate(_TYPED)


def read_numbers(text: str, *, home: str = "CN") -> Reading:
    """The numbers of a list; never raises on text. Entries are parted by line ends and `, ; 、 |` and tabs.

    Blanks stay inside a number (139 1234 5678); only where the whole is no number and every part is one do they part.
    """
    numbers: dict[int, Number] = {}
    excluded: dict[int, Excluded] = {}
    bad: list[Bad] = []
    repeated = 0
    if len(text) > MAX_TEXT:
        return Reading((), (), (Bad(1, "", Refusal.TOO_LONG),), 0)
    for line, entry in _entries(text):
        for number in _read(entry, home):
            if not number.is_number:
                bad.append(Bad(line, entry[:MAX_SHOWN], number.refusal))
                continue
            why = exclusion(number)
            repeated += number.key in numbers or number.key in excluded
            if why is None:
                numbers.setdefault(number.key, number)
            else:
                excluded.setdefault(number.key, Excluded(number, why))
    return Reading(tuple(numbers.values()), tuple(excluded.values()), tuple(bad), repeated)


def exclusion(number: Number) -> Exclusion | None:
    """Why no order may touch this number, from what it is alone; None where one may."""
    if number.kind is Kind.EMERGENCY:
        return Exclusion.EMERGENCY
    if number.kind is Kind.SHORT_CODE or number.key in PROTECTED_CODES:
        return Exclusion.OFFICIAL
    return None


def _entries(text: str) -> Iterator[tuple[int, str]]:
    for line, content in enumerate(typed(text).splitlines(), start=1):
        for entry in _SEPARATORS.split(content):
            if entry.strip(" "):
                yield line, entry.strip(" ")


def _read(entry: str, home: str) -> list[Number]:
    whole = parse(entry, home=home)
    parts = _SPACES.split(entry)
    if whole.is_number or len(parts) == 1:
        return [whole]
    numbers = [parse(part, home=home) for part in parts]
    return numbers if all(number.is_number for number in numbers) else [whole]
