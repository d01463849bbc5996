"""Find conditions that no call, or every call, can satisfy: sets of values intersected position by position.

Exact for comparisons of one position with constants joined by one `and` or `or`; a condition it says nothing of may
still be impossible, but one that it names is.
"""

from __future__ import annotations

from dataclasses import dataclass

from haodun.screening.policy.bounds import Bounds, bounds_at
from haodun.screening.policy.condition import (
    Against,
    Among,
    Both,
    Compare,
    Condition,
    Either,
    Negation,
    OneOf,
    Term,
    Test,
)

OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True, slots=True)
class Possible:
    """Values of one position: within bounds, without some, and if `only` is given only those."""

    bounds: Bounds
    without: frozenset[int] = frozenset()
    only: frozenset[int] | None = None

    @property
    def empty(self) -> bool:
        low, high = self.bounds
        if self.only is not None:
            return not any(low <= value <= high and value not in self.without for value in self.only)
        if high - low >= len(self.without):
            return low > high
        return all(value in self.without for value in range(low, high + 1))

    def narrowed_by(self, other: Possible) -> Possible:
        bounds = Bounds(max(self.bounds.low, other.bounds.low), min(self.bounds.high, other.bounds.high))
        only = self.only if other.only is None else other.only if self.only is None else self.only & other.only
        return Possible(bounds, self.without | other.without, only)


def always(condition: Condition) -> bool | None:
    """True if the condition always holds, False if it never does, None if it depends (or we cannot tell)."""
    if _never(condition, negated=False):
        return False
    return True if _never(condition, negated=True) else None


def _never(condition: Condition, *, negated: bool) -> bool:
    if isinstance(condition, Negation):
        return _never(condition.operand, negated=not negated)
    if isinstance(condition, Term):
        found = _possible(condition.test, negated)
        return found is not None and found[1].empty
    if isinstance(condition, Both) == negated:  # an alternative: impossible if each way is
        return all(_never(operand, negated=negated) for operand in condition.operands)
    return _conflict(condition, negated)


def _conflict(condition: Both | Either, negated: bool) -> bool:
    known: dict[int, Possible] = {}
    for term, turned in _literals(condition, negated):
        found = _possible(term.test, turned)
        if found is not None:
            position, possible = found
            known[position] = known[position].narrowed_by(possible) if position in known else possible
    return any(possible.empty for possible in known.values()) or any(
        _never(operand, negated=negated) for operand in condition.operands if not isinstance(operand, Term)
    )


def _literals(condition: Condition, negated: bool) -> list[tuple[Term, bool]]:
    """The terms that must all hold, with whether each is negated."""
    if isinstance(condition, Term):
        return [(condition, negated)]
    if isinstance(condition, Negation):
        return _literals(condition.operand, not negated)
    if isinstance(condition, Both) == negated:
        return []
    return [found for operand in condition.operands for found in _literals(operand, negated)]


def _possible(test: Test, negated: bool) -> tuple[int, Possible] | None:
    if isinstance(test, Compare):
        return None
    whole = bounds_at(test.position)
    if isinstance(test, OneOf):
        values = range(whole.low, whole.high + 1)
        return test.position, Possible(whole, only=frozenset(v for v in values if (test.mask >> v & 1) != negated))
    if isinstance(test, Among):
        values_set = frozenset(test.values)
        if test.negated != negated:
            return test.position, Possible(whole, without=values_set)
        return test.position, Possible(whole, only=values_set)
    return test.position, _compared(test, negated)


def _compared(test: Against, negated: bool) -> Possible:
    op = OPPOSITE[test.op] if negated else test.op
    low, high = bounds_at(test.position)
    value = test.constant
    if op == "==":
        return Possible(Bounds(low, high), only=frozenset({value}))
    if op == "!=":
        return Possible(Bounds(low, high), without=frozenset({value}))
    if op in ("<", "<="):
        return Possible(Bounds(low, min(high, value if op == "<=" else value - 1)))
    return Possible(Bounds(max(low, value if op == ">=" else value + 1), high))
