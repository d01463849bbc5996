"""How large a value can be: the reason why a checked program never overflows a 64-bit integer.

Every feature has bounds. Checker and loader compute with them the bounds of each sum and product and refuse what could
leave int64, so that Python's integers and a machine's give the same result; nothing saturates and nothing is checked
while a call waits. Whoever fills a decision row keeps within `FEATURE_BOUNDS` (`within_bounds` says so).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from haodun.screening.events import FEATURES, Feature, Type

INT64_MAX = 2**63 - 1
INT64_MIN = -(2**63)


class Bounds(NamedTuple):
    """The least and the greatest value, both included."""

    low: int
    high: int

    @property
    def fits(self) -> bool:
        """Whether every value is an int64."""
        return self.low >= INT64_MIN and self.high <= INT64_MAX


_BY_UNIT = {
    "ms": Bounds(0, 2**48),  # until the year 10889
    "hour": Bounds(0, 23),
    "thousandths": Bounds(-1, 1000),  # -1: no call yet to take a share of
    "calls": Bounds(0, 2**32 - 1),
    "s": Bounds(-1, 2**40),  # -1: never
}


def members_of(feature: Feature) -> dict[str, int]:
    """The values of an enumeration by the name a rule writes; empty for other features."""
    members = feature.members
    return {} if members is None else {member.name.lower(): int(member) for member in members}


def _of(feature: Feature) -> Bounds:
    if feature.type is Type.BOOL:
        return Bounds(0, 1)
    if feature.type is Type.ENUM:
        return Bounds(0, max(members_of(feature).values()))
    if feature.type is Type.NUMBER:
        return Bounds(-(2**62), 2**62)
    return _BY_UNIT.get(feature.unit, Bounds(0, 2**32 - 1))


FEATURE_BOUNDS: tuple[Bounds, ...] = tuple(_of(feature) for feature in FEATURES)
"""In the order of the decision row; a list slot is 0 or 1."""
SLOT_BOUNDS = Bounds(0, 1)


def bounds_at(position: int) -> Bounds:
    """The bounds of one position of the decision row, list slots included."""
    return FEATURE_BOUNDS[position] if position < len(FEATURE_BOUNDS) else SLOT_BOUNDS


def within_bounds(row: Sequence[int]) -> bool:
    """Whether a decision row keeps the promise that the checker relies on."""
    return all(low <= value <= high for value, (low, high) in zip(row, FEATURE_BOUNDS, strict=False)) and all(
        value in (0, 1) for value in row[len(FEATURE_BOUNDS) :]
    )


def added(left: Bounds, right: Bounds) -> Bounds:
    """Bounds of a sum."""
    return Bounds(left.low + right.low, left.high + right.high)


def subtracted(left: Bounds, right: Bounds) -> Bounds:
    """Bounds of a difference."""
    return Bounds(left.low - right.high, left.high - right.low)


def multiplied(left: Bounds, right: Bounds) -> Bounds:
    """Bounds of a product."""
    corners = [first * second for first in left for second in right]
    return Bounds(min(corners), max(corners))


def divided(left: Bounds, divisor: int) -> Bounds:
    """Bounds of a quotient rounded down; the divisor is positive."""
    return Bounds(left.low // divisor, left.high // divisor)


def compared(op: str, left: Bounds, right: Bounds) -> bool | None:
    """What a comparison always gives, None if it depends on the call."""
    if op in ("<", ">="):
        always, never = left.high < right.low, left.low >= right.high
    elif op in (">", "<="):
        always, never = left.low > right.high, left.high <= right.low
    else:
        always = left.low == left.high == right.low == right.high
        never = left.high < right.low or left.low > right.high
    if not always and not never:
        return None
    return always if op in ("<", ">", "==") else never
