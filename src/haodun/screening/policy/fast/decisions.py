"""Distinct decisions and their numbers: compiled code deals in numbers, the rest in `Decision`.

Theory of operation. A decision is told by its words (`stages.RuleTable.found`). The compiled `numbered` looks them up
in a hash table over `found`, and gives the next free number to those it does not know; `learn` then builds their
`Decision`, once. Numbers stay good for whoever holds one (the kernel's repeats) over a change of policy: `renew` clears
only the look-up. What is held is bounded: between two batches, when more than `limit` numbers are out, `keep` leaves
those that are still in use, renumbers them densely and says how, and the limit rises to twice as many where they are
that many; a repeat is remembered for 32 s, so they are few. A list of decisions that was handed out is never changed
but at its end.

A decision has a second number where it came from elsewhere (a log that is counted again), or after a change of policy.
`keep` leaves one of them, and goes by the order of use: what is saved is told by what is in use, not by how it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing, merged
from haodun.screening.events import Action, Decision, Flag, Layer
from haodun.screening.policy.fast.stages import words_for
from haodun.screening.policy.rule import Rule
from haodun.screening.policy.stages import SILENT

Integers = npt.NDArray[Any]

NONE: Final = 0
"""The number of no decision."""
QUIET: Final = 1
"""Of SILENT."""
PASS: Final = 2
"""Of PASSED, which is also that of a call for help where no rule holds."""
PASSED: Final = Decision(Action.ALLOW, Layer.EMERGENCY, Flag.NONE, (), (), 0)
"""The decision on a call that its request says is an emergency."""
FIXED: Final = 3
"""Numbers with a fixed meaning."""
LIMIT: Final = 65_536
"""Decisions held before those no longer in use are dropped."""
ROOM: Final = 1_024
"""Numbers there is room for at first."""
_SPREAD: Final = -7046029254386353131
"""2^64 divided by the golden ratio, odd, as int64 (Knuth, TAOCP 3, 6.4)."""
_U: Final = np.uint64
"""Of a place: it is not asked whether it counts from the end."""


class Numbers(NamedTuple):
    """The numbers as compiled code sees them."""

    found: Integers
    """Of each number its words, where it is of the policy in force."""
    verdicts: Integers
    """Of each number its action, layer and flags."""
    slots: Integers
    """The hash table: numbers, 0 where empty; its length is a power of two, at least twice that of `found`."""
    next: Integers
    """One integer: the next number."""


def numbers_of(room: int, words: int) -> Numbers:
    """An empty table."""
    return Numbers(
        np.zeros((room, words), np.int64),
        np.zeros((room, 3), np.int64),
        np.zeros(2 << (room - 1).bit_length(), np.int64),
        np.zeros(1, np.int64),
    )


@borrowing
def room_left(numbers: Numbers) -> bool:
    """Whether there is a number left for one more decision."""
    return bool(numbers.next[0] < len(numbers.found))


@merged
def numbered(numbers: Numbers, found: Integers, verdict: Integers) -> int:
    """The number of a decision; a new one where it has none yet. There is room left."""
    hashed = _hash(found)
    if hashed == 0:
        return PASS if found[len(found) - 1] else QUIET
    slots, mask = numbers.slots, len(numbers.slots) - 1
    place = hashed & mask
    number = slots[_U(place)]
    while number != 0:
        if _same(numbers.found, number, found):
            return int(number)
        place = place + 1 & mask
        number = slots[_U(place)]
    number = numbers.next[0]
    numbers.next[0] = number + 1
    for word in range(len(found)):
        numbers.found[number, word] = found[word]
    for word in range(3):
        numbers.verdicts[number, word] = verdict[word]
    slots[place] = number
    return int(number)


@borrowing
def _hash(found: Integers) -> int:
    """Of a decision that names some rule; 0 where it names none. Not of what stands behind the rules."""
    value, words = 0, 0
    for place in range(len(found) - 1):
        word = found[_U(place)]
        words |= word
        value = (value ^ word) * _SPREAD
        value ^= value >> 29
    return value | 1 << 62 if words else 0


@borrowing
def _same(table: Integers, number: int, found: Integers) -> bool:
    differing = 0
    for place in range(len(found)):
        differing |= table[_U(number), _U(place)] ^ found[_U(place)]
    return differing == 0


class DecisionTable:
    """The decisions of a screener by number."""

    def __init__(self, rules: Sequence[Rule], *, limit: int = LIMIT) -> None:
        self._limit = limit
        self._rules = rules
        self._first = FIXED
        """The first number that the look-up may know."""
        self.decisions: list[Decision] = []
        self.numbers = numbers_of(ROOM, words_for(len(rules)))
        self.restore([SILENT, SILENT, PASSED])

    def learn(self) -> None:
        """Build the decisions of the numbers given out since the last time."""
        for number in range(len(self.decisions), int(self.numbers.next[0])):
            action, layer, flags = self.numbers.verdicts[number].tolist()
            reasons, shadow = self._named(self.numbers.found[number])
            self.decisions.append(Decision(Action(action), Layer(layer), Flag(flags), reasons, shadow, 0))

    def add(self, decision: Decision) -> int:
        """The number of a decision that comes from elsewhere."""
        for number, known in ((QUIET, SILENT), (PASS, PASSED)):
            if decision == known:
                return number
        self.learn()
        if len(self.decisions) == len(self.numbers.found):
            self.grow()
        number = len(self.decisions)
        self.decisions.append(decision)
        self.numbers.verdicts[number] = decision[:3]
        self.numbers.next[0] = number + 1
        return number

    def grow(self) -> None:
        """Make room for twice as many."""
        self.learn()
        before, known = self.numbers, len(self.decisions)
        self._fresh(2 * len(before.found), before.verdicts)
        self.numbers.found[:known] = before.found[:known]
        _fill(self.numbers, self._first, known)

    def renew(self, rules: Sequence[Rule]) -> None:
        """Decide by other rules from now on; numbers given out stay good."""
        self.learn()
        self._rules = rules
        self._look_up_none(self.numbers.verdicts)

    @property
    def crowded(self) -> bool:
        """Whether `keep` is due."""
        return len(self.decisions) > self._limit

    def keep(self, in_use: Integers) -> Integers:
        """Drop all but the decisions in use, and say the new number of each old one (0 where dropped).

        They are numbered in the order in which they stand in `in_use`, equal ones by one number.
        """
        self.learn()
        wanted, first = np.unique(in_use, return_index=True)
        wanted = wanted[np.argsort(first)]
        found = np.zeros(len(self.decisions), np.int64)
        found[:FIXED] = range(FIXED)
        numbers: dict[Decision, int] = {}
        for number in wanted[wanted >= FIXED].tolist():
            found[number] = numbers.setdefault(self.decisions[number], FIXED + len(numbers))
        decisions = [*self.decisions[:FIXED], *numbers]
        self._limit = max(self._limit, 2 * len(decisions))
        self.restore(decisions)
        return found

    def restore(self, decisions: Sequence[Decision]) -> None:
        """Take the decisions of a stored state, in the order of their numbers, the fixed ones with them."""
        self.decisions = list(decisions)
        self._look_up_none(np.array([decision[:3] for decision in decisions], np.int64))

    def _look_up_none(self, verdicts: Integers) -> None:
        """An empty look-up for the rules in force: the numbers given out mean what they meant, but none is found."""
        self._first = len(self.decisions)
        self._fresh(ROOM, verdicts)

    def _fresh(self, room: int, verdicts: Integers) -> None:
        """Empty tables with room, and the verdicts of the numbers given out."""
        known = len(self.decisions)
        self.numbers = numbers_of(max(room, 2 * known), words_for(len(self._rules)))
        self.numbers.verdicts[:known] = verdicts[:known]
        self.numbers.next[0] = known

    def _named(self, found: Integers) -> tuple[tuple[str, ...], tuple[str, ...]]:
        bits = np.unpackbits(found[:-1].astype("<i8").view(np.uint8), bitorder="little").reshape(2, -1)
        reasons, shadow = (tuple(self._rules[place].id for place in np.flatnonzero(half).tolist()) for half in bits)
        return reasons, shadow


@borrowing
def _fill(numbers: Numbers, first: int, end: int) -> None:
    """Put the numbers from `first` on into the look-up; those without a rule came from elsewhere."""
    slots, mask = numbers.slots, len(numbers.slots) - 1
    for number in range(first, end):
        hashed = _hash(numbers.found[number])
        if hashed:
            place = hashed & mask
            while slots[place] != 0:
                place = place + 1 & mask
            slots[place] = number
