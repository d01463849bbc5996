"""Old and new text side by side, by line, for `console/parts/diff.html`: only what differs, with its neighbours."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

CONTEXT = 2
"""Equal lines shown before and after a difference."""
MAX_LINES = 400
"""Lines of one side that are shown; the rest is counted."""
MAX_COMPARED = 5_000
"""Lines of a text that are compared at all."""
GAP = "⋯"


def side_by_side(old: str, new: str) -> dict[str, Any]:
    """{old, new: [{sign, parts}], more}; `more`: lines of the longer side that are left out, None where too many."""
    before, after = old.split("\n"), new.split("\n")
    if max(len(before), len(after)) > MAX_COMPARED:
        return {"old": [], "new": [], "more": None}
    left: list[dict[str, Any]] = []
    right: list[dict[str, Any]] = []
    groups = SequenceMatcher(None, before, after).get_grouped_opcodes(CONTEXT)
    for number, group in enumerate(groups):
        if number:
            left.append(_line("", GAP))
            right.append(_line("", GAP))
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                left += [_line("", text) for text in before[i1:i2]]
                right += [_line("", text) for text in after[j1:j2]]
            else:
                _changed(before[i1:i2], after[j1:j2], left, right)
    return {
        "old": left[:MAX_LINES],
        "new": right[:MAX_LINES],
        "more": max(0, len(left) - MAX_LINES, len(right) - MAX_LINES),
    }


def _changed(old: list[str], new: list[str], left: list[dict[str, Any]], right: list[dict[str, Any]]) -> None:
    """Lines that went and came, one beside the other; an empty line where one side has none."""
    for before, after in zip_longest(old, new):
        if before is None or after is None:
            left.append(_line("", "") if before is None else _line("−", before))
            right.append(_line("", "") if after is None else _line("+", after))
            continue
        start = _common(before, after)
        rest = (before[start:], after[start:])
        end = _common(rest[0][::-1], rest[1][::-1])
        left.append(_marked("−", before, start, len(before) - end))
        right.append(_marked("+", after, start, len(after) - end))


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _line(sign: str, text: str) -> dict[str, Any]:
    return {"sign": sign, "parts": [(text, False)]}


def _marked(sign: str, text: str, start: int, end: int) -> dict[str, Any]:
    parts = [(text[:start], False), (text[start:end], True), (text[end:], False)]
    return {"sign": sign, "parts": [part for part in parts if part[0]]}
