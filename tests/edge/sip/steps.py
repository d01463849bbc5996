"""A plain matcher over the standard library's own parse trees, that counts its steps: slow, and easy to see through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from re import _constants as sre
from re import _parser as sre_parse
from typing import Any


class Steps:
    """One try of a pattern on a text, with backtracking wherever the pattern allows it."""

    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self.text = text
        self.count = 0
        tree = sre_parse.parse(pattern.pattern, pattern.flags)
        self.matches = any(end == len(text) for end in self._all(list(tree), 0, 0))

    def _all(self, items: list[Any], index: int, at: int) -> Iterator[int]:
        """Every place where `items` from `index` on can end, in the order of preference."""
        if index == len(items):
            yield at
            return
        for end in self._one(items[index][0], items[index][1], at):
            yield from self._all(items, index + 1, end)

    def _one(self, operator: Any, argument: Any, at: int) -> Iterator[int]:
        self.count += 1
        if operator is sre.SUBPATTERN:
            assert not argument[1] and not argument[2], "flags inside a pattern are not handled"
            yield from self._all(list(argument[3]), 0, at)
        elif operator is sre.BRANCH:
            for branch in argument[1]:
                yield from self._all(list(branch), 0, at)
        elif operator is sre.ATOMIC_GROUP:
            yield from self._first(list(argument), at)
        elif operator in (sre.POSSESSIVE_REPEAT, sre.MAX_REPEAT):
            yield from self._repeat(operator, argument, at)
        elif operator is sre.AT:
            assert argument is sre.AT_END_STRING
            if at == len(self.text):
                yield at
        elif at < len(self.text) and self._is_in(operator, argument, ord(self.text[at])):
            yield at + 1

    def _first(self, items: list[Any], at: int) -> Iterator[int]:
        for end in self._all(items, 0, at):
            yield end
            return

    def _repeat(self, operator: Any, argument: Any, at: int) -> Iterator[int]:
        least, most, inner = argument
        items = list(inner)
        if operator is sre.MAX_REPEAT:
            if most > 0:
                for end in self._all(items, 0, at):
                    yield from self._repeat(operator, (max(0, least - 1), most - 1, inner), end)
            if least == 0:
                yield at
            return
        done = 0
        while done < most:
            end = next(self._first(items, at), -1)
            if end < 0 or (end == at and done >= least):
                break
            at, done = end, done + 1
        if done >= least:
            yield at

    def _is_in(self, operator: Any, argument: Any, character: int) -> bool:
        if operator is sre.LITERAL:
            return bool(character == argument)
        if operator is sre.NOT_LITERAL:
            return bool(character != argument)
        if operator is sre.RANGE:
            return bool(argument[0] <= character <= argument[1])
        if operator is sre.ANY:
            return True
        assert operator is sre.IN, operator
        members = [member for member in argument if member[0] is not sre.NEGATE]
        found = any(self._is_in(kind, value, character) for kind, value in members)
        return found == (len(members) == len(argument))
