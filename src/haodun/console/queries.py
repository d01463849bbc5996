"""What a person typed into the search box: a number in any format, a document or case number, a USCC, words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from haodun.numbering import Number, parse

MAX_QUERY = 120
_BETWEEN = re.compile(r"[\s().\-‐-―－·]+")
_DIALLED = re.compile(r"\+?[0-9]{3,20}")


@dataclass(frozen=True, slots=True)
class Query:
    """A query, read."""

    text: str
    """As typed, full-width signs made half-width, trimmed and cut to MAX_QUERY."""
    number: Number | None
    """The number it is, None where it is none."""


def read(text: str) -> Query:
    """Read a query. A number may have spaces, hyphens, brackets, +86, 0086 and full-width digits.

    >>> read("１７１ 2345-8306").number == read("+86 171 2345 8306").number
    True
    >>> read("苏公网安关停〔2026〕1123-021").number is None
    True
    """
    plain = unicodedata.normalize("NFKC", text).strip()[:MAX_QUERY]
    joined = _BETWEEN.sub("", plain)
    if not _DIALLED.fullmatch(joined):
        return Query(text.strip()[:MAX_QUERY], None)
    number = parse(joined)
    return Query(plain, number if number.is_number else None)
