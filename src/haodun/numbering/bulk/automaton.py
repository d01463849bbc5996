"""From questions to a deterministic automaton whose every state says how a text that ends there is read.

Theory of operation. A reading asks finitely many questions of a text: does it match this pattern, does it begin with
that code, how long is it. The subset construction follows all patterns at once; texts that end in the same set of
places at the same length have the same answer to every question, so one of them speaks for all. Each state is labelled
by asking the scalar parser about such texts, the first and the last met; where the two differ a question was
forgotten, and the state is left to the scalar parser for ever. States of equal label and equal successors are then one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.numbering.bulk.patterns import DIGITS, SYMBOLS, Net, Question, net_of
from haodun.numbering.errors import NumberingError

MAX_STATES = 4_000_000
"""Pairs of a set of places and a length, before equal ones are joined."""

Label = Callable[[str], int]
"""The label of a text."""

_LETTERS = "0123456789+"


class Automaton(NamedTuple):
    """States as rows of `steps`. The first `sinks` of them are never left and bear a label that `sinking` chose."""

    steps: npt.NDArray[np.int32]
    """Next state by state * SYMBOLS + symbol."""
    labels: npt.NDArray[np.int32]
    """By state."""
    start: int
    sinks: int


class _Sets:
    """Sets of places, numbered as they are met, with their successors and answers."""

    def __init__(self, net: Net) -> None:
        self._net = net
        self._moves: dict[int, tuple[frozenset[int], ...]] = {}
        self._closures: dict[int, frozenset[int]] = {}
        self._numbers: dict[frozenset[int], int] = {}
        self.sets: list[frozenset[int]] = []
        self._next: list[tuple[int, ...] | None] = []
        self._answers: dict[frozenset[int], int] = {}
        self.answer: list[int] = []
        self.start = self._number(self._closure(0))

    def successors(self, number: int) -> tuple[int, ...]:
        """The set reached by each symbol, −1 for none."""
        known = self._next[number]
        if known is None:
            moves = [self._moves_of(place) for place in self.sets[number]]
            unions = [frozenset().union(*(move[symbol] for move in moves)) for symbol in range(SYMBOLS)]
            known = tuple(self._number(union) for union in unions)
            self._next[number] = known
        return known

    def _number(self, places: frozenset[int]) -> int:
        number = self._numbers.get(places)
        if number is None:
            number = self._numbers[places] = len(self.sets)
            self.sets.append(places)
            self._next.append(None)
            answered = frozenset(self._net.answers[place] for place in places) - {-1}
            self.answer.append(self._answers.setdefault(answered, len(self._answers)))
        return number

    def _moves_of(self, place: int) -> tuple[frozenset[int], ...]:
        known = self._moves.get(place)
        if known is None:
            found: list[set[int]] = [set() for _ in range(SYMBOLS)]
            for mask, target in self._net.steps[place]:
                closure = self._closure(target)
                for symbol in range(SYMBOLS):
                    if mask >> symbol & 1:
                        found[symbol] |= closure
            known = self._moves[place] = tuple(frozenset(places) for places in found)
        return known

    def _closure(self, place: int) -> frozenset[int]:
        """Places reached without a symbol, of these only such as can go on or answer."""
        known = self._closures.get(place)
        if known is None:
            seen, ahead = {place}, [place]
            while ahead:
                for target in self._net.free[ahead.pop()]:
                    if target not in seen:
                        seen.add(target)
                        ahead.append(target)
            net = self._net
            known = frozenset(one for one in seen if net.steps[one] or net.answers[one] >= 0)
            self._closures[place] = known
        return known


def build(
    questions: list[Question],
    *,
    length: int,
    begins: int,
    label: Label,
    differ: int,
    sinking: Callable[[int], bool],
) -> Automaton:
    """The automaton of all texts up to `length` symbols, labelled by `label`, or `differ` where one text cannot speak.

    Texts begin with one of the first `begins` symbols and go on in digits. `sinking` says of a label whether a state
    that bears it and is never left goes to the front. NumberingError for a pattern beyond the language, or for more
    than MAX_STATES.
    """
    sets = _Sets(net_of(questions))
    levels = _levels(sets, length, begins)
    labels = _labels(sets, levels, label=label, differ=differ)
    return _joined(sets, levels, labels, begins=begins, sinking=sinking)


Levels = list[dict[int, tuple[str, str]]]
"""By length: the sets reached, each with two texts that reach it, unlike each other where there are several."""


def _levels(sets: _Sets, length: int, begins: int) -> Levels:
    levels: Levels = [{sets.start: ("", "")}]
    total = 0
    for size in range(length):
        reached: dict[int, tuple[str, str]] = {}
        for number, (first, last) in levels[-1].items():
            for symbol, target in enumerate(sets.successors(number)[: DIGITS if size else begins]):
                letter = _LETTERS[symbol]
                known = reached.get(target)
                reached[target] = (known[0] if known else first + letter, last + letter)
        total += len(reached)
        if total > MAX_STATES:
            raise NumberingError(f"number patterns: more than {MAX_STATES} states; the plan is not read in bulk")
        levels.append(reached)
    return levels


def _labels(sets: _Sets, levels: Levels, *, label: Label, differ: int) -> list[dict[int, int]]:
    """By length: the label of each set, asked once for every answer and length, of the first and the last text."""
    found = []
    for level in levels:
        first: dict[int, str] = {}
        last: dict[int, str] = {}
        for number, (one, other) in level.items():
            first.setdefault(sets.answer[number], one)
            last[sets.answer[number]] = other
        said = {}
        for answer, text in first.items():
            said[answer] = label(text)
            if last[answer] != text and label(last[answer]) != said[answer]:
                said[answer] = differ
        found.append({number: said[sets.answer[number]] for number in level})
    return found


def _joined(
    sets: _Sets, levels: Levels, labels: list[dict[int, int]], *, begins: int, sinking: Callable[[int], bool]
) -> Automaton:
    """Equal states made one, from the longest texts to the empty one; those of the last length lead to themselves."""
    states: dict[tuple[int, ...], int] = {}
    rows: list[tuple[int, ...]] = []
    below: dict[int, int] = {}
    for size in range(len(levels) - 1, -1, -1):
        here: dict[int, int] = {}
        for number in levels[size]:
            mark = labels[size][number]
            if size == len(levels) - 1:
                key: tuple[int, ...] = (mark,)
            else:
                targets = sets.successors(number)
                key = (mark, *(below[target] for target in targets[: DIGITS if size else begins]))
                if size > 0 and len(set(key[1:])) == 1 and rows[key[1]] == (mark,):
                    key = (mark,)
            state = states.setdefault(key, len(rows))
            if state == len(rows):
                rows.append(key)
            here[number] = state
        below = here
    return _numbered(rows, below[sets.start], sinking)


def _numbered(rows: list[tuple[int, ...]], start: int, sinking: Callable[[int], bool]) -> Automaton:
    """The rows as arrays, those that sink in front, the others nearest the start first."""
    sinks = [state for state, row in enumerate(rows) if len(row) == 1 and sinking(row[0])]
    others = set(range(len(rows))) - set(sinks)
    order = sinks + sorted(others, reverse=True)
    place = np.empty(len(rows), np.int32)
    place[order] = np.arange(len(rows), dtype=np.int32)
    steps = np.empty((len(rows), SYMBOLS), np.int32)
    labels = np.empty(len(rows), np.int32)
    for state, row in enumerate(rows):
        at = int(place[state])
        labels[at] = row[0]
        targets = [int(place[target]) for target in row[1:]]
        steps[at] = at  # never left, and no text has a + behind its front
        steps[at, : len(targets)] = targets
    return Automaton(steps.reshape(-1), labels, int(place[start]), len(sinks))
