"""Document numbers of police units: one spelling for each, so that the same document is known again."""

from __future__ import annotations

import re

MAX_DOCUMENT = 60

_BRACKETS = {ord(mark): "〔" for mark in "[【［(（"} | {ord(mark): "〕" for mark in "]】］)）"}
_CHINESE = re.compile(r"([一-鿿]{2,24}(?:[A-Z0-9]{0,8}))〔(20[0-9]{2})〕(?:第)?([0-9]{1,6}(?:-[0-9]{1,4})?)(?:号)?")
_LATIN = re.compile(r"[A-Z0-9]{2,12}(?:[-/][A-Z0-9]{1,12}){1,5}")
_WIDE = {0xFF10 + digit: str(digit) for digit in range(10)} | {ord("－"): "-", ord("–"): "-", 0x3000: " "}


def canonical(text: str) -> str | None:
    """The one spelling of a document number, None where the text is none.

    Chinese units write 代字〔year〕number; round and square brackets, 第 and 号 differ by hand. Elsewhere: capital
    letters and digits in groups.

    >>> canonical("苏公网安关停[2026]1123-021号"), canonical("met-2026/77"), canonical("hello")
    ('苏公网安关停〔2026〕1123-021', 'MET-2026/77', None)
    """
    if len(text) > MAX_DOCUMENT:
        return None
    plain = "".join(text.translate(_WIDE).split()).translate(_BRACKETS)
    chinese = _CHINESE.fullmatch(plain)
    if chinese is not None:
        return f"{chinese[1]}〔{chinese[2]}〕{chinese[3]}"
    latin = plain.upper()
    return latin if _LATIN.fullmatch(latin) else None
