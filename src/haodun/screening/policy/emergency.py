"""A call to an emergency number is never hindered: the guard that stands before every rule."""

from __future__ import annotations

from collections.abc import Sequence

from haodun.numbering import Kind
from haodun.screening.events import INDEX

_EMERGENCY = INDEX["callee.emergency"]
_KIND = INDEX["callee.kind"]
READS = frozenset((_EMERGENCY, _KIND))


def called_number_is_emergency(row: Sequence[int]) -> bool:
    """Whether the called number is one of its country's emergency numbers (DESIGN *Order of stages*, first place)."""
    return row[_EMERGENCY] != 0 or row[_KIND] == Kind.EMERGENCY
