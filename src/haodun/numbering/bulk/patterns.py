"""Parses the patterns a numbering plan is written in and makes one nondeterministic automaton of many of them.

The language is the part of regular expressions that libphonenumber's metadata keeps to: digits, `+` as a letter, sets
of digits, groups, alternatives, `?`, `{n}` and `{n,m}`. Anything else is refused, so a release of the metadata that
writes more is noticed when the automaton is built, and never misread.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from haodun.numbering.errors import NumberingError

DIGITS = 10
PLUS = 10
SYMBOLS = 11
"""The ten digits, and `+` as symbol 10."""

MAX_REPEAT = 64
"""Largest count in braces."""
MAX_DEPTH = 64
"""Groups within groups."""
MAX_PLACES = 2_000_000
"""Places of all patterns of one automaton."""

_ALL_DIGITS = (1 << DIGITS) - 1


class Question(NamedTuple):
    """Something that a reading can depend on: whether a text matches `pattern`, as a whole or at its front."""

    pattern: str
    front: bool = False


@dataclass(slots=True)
class Net:
    """A nondeterministic automaton: `steps` on a mask of symbols, `free` steps, and the question a place answers."""

    steps: list[list[tuple[int, int]]] = field(default_factory=list)
    free: list[list[int]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def place(self) -> int:
        """A new place; NumberingError where the patterns want more than MAX_PLACES."""
        if len(self.steps) >= MAX_PLACES:
            raise NumberingError(f"number patterns: more than {MAX_PLACES} places; the plan is not read in bulk")
        self.steps.append([])
        self.free.append([])
        self.answers.append(-1)
        return len(self.steps) - 1


def net_of(questions: list[Question]) -> Net:
    """The automaton of all questions, begun at place 0; NumberingError for a pattern beyond the language."""
    net = Net()
    start = net.place()
    for number, question in enumerate(questions):
        first = net.place()
        net.free[start].append(first)
        last = _Parser(question.pattern, net).whole(first)
        net.answers[last] = number
        if question.front:
            net.steps[last].append(((1 << SYMBOLS) - 1, last))
    return net


class _Parser:
    """One pattern, laid into a net as it is read."""

    def __init__(self, pattern: str, net: Net) -> None:
        self._pattern = pattern
        self._net = net
        self._at = 0
        self._depth = 0

    def whole(self, start: int) -> int:
        """The place where the whole pattern, begun at `start`, ends."""
        end = self._choice(start)
        if self._at != len(self._pattern):
            raise self._error()
        return end

    def _error(self) -> NumberingError:
        return NumberingError(f"number pattern {self._pattern[:80]!r}: cannot be read at {self._at}; not read in bulk")

    def _peek(self) -> str:
        return self._pattern[self._at] if self._at < len(self._pattern) else ""

    def _choice(self, start: int) -> int:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error()
        end = self._net.place()
        while True:
            branch = self._net.place()
            self._net.free[start].append(branch)
            self._net.free[self._sequence(branch)].append(end)
            if self._peek() != "|":
                self._depth -= 1
                return end
            self._at += 1

    def _sequence(self, start: int) -> int:
        while self._peek() not in ("", "|", ")"):
            begun = self._at
            end = self._atom(start)
            start = self._repeated(begun, start, end)
        return start

    def _repeated(self, begun: int, start: int, end: int) -> int:
        """The end of an atom that was read from `start` to `end`, after its count."""
        if self._peek() == "?":
            self._at += 1
            low, high = 0, 1
        elif self._peek() == "{":
            low, high = self._count()
        else:
            return end
        after = self._at
        exits = [start] if low == 0 else []
        for done in range(1, high + 1):
            if done > 1:  # the atom again, behind itself
                self._at = begun
                end = self._atom(end)
            if done >= low:
                exits.append(end)
        self._at = after
        last = self._net.place()
        for place in exits:
            self._net.free[place].append(last)
        return last

    def _count(self) -> tuple[int, int]:
        close = self._pattern.find("}", self._at)
        low, comma, high = self._pattern[self._at + 1 : close].partition(",")
        numbers = [low, high] if comma else [low, low]
        if close < 0 or not all(1 <= len(part) <= 2 and set(part) <= set("0123456789") for part in numbers):
            raise self._error()
        self._at = close + 1
        least, most = int(numbers[0]), int(numbers[1])
        if not least <= most <= MAX_REPEAT or most == 0:
            raise self._error()
        return least, most

    def _atom(self, start: int) -> int:
        letter = self._peek()
        if letter == "(":
            self._at += 3 if self._pattern.startswith("(?:", self._at) else 1
            end = self._choice(start)
            if self._peek() != ")":
                raise self._error()
            self._at += 1
            return end
        mask = self._mask(letter)
        end = self._net.place()
        self._net.steps[start].append((mask, end))
        return end

    def _mask(self, letter: str) -> int:
        if letter == "[":
            return self._set()
        if self._pattern.startswith("\\d", self._at):
            self._at += 2
            return _ALL_DIGITS
        if self._pattern.startswith("\\+", self._at):
            self._at += 2
            return 1 << PLUS
        if letter not in "0123456789":
            raise self._error()
        self._at += 1
        return 1 << int(letter)

    def _set(self) -> int:
        close = self._pattern.find("]", self._at)
        inside = self._pattern[self._at + 1 : close].replace("\\d", "0-9")
        mask, at = 0, 0
        while at < len(inside):
            size = 3 if inside[at + 1 : at + 2] == "-" else 1
            first, last = inside[at], inside[at + size - 1 : at + size]
            if close < 0 or not {first, last} <= set("0123456789") or first > last:
                raise self._error()
            mask |= sum(1 << digit for digit in range(int(first), int(last) + 1))
            at += size
        if mask == 0:
            raise self._error()
        self._at = close + 1
        return mask
