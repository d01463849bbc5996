"""What is wrong with a policy: every problem with its place and, where we can guess, its remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

MAX_PROBLEMS = 100
"""Problems kept of one policy; the rest are counted only by their absence."""
MAX_QUOTED = 60
"""Characters of a stranger's text that a message repeats."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to correct."""

    line: int
    """From 1; 0 where no place in the file is meant."""
    column: int
    """From 1, in characters; 0 where no place in the file is meant."""
    message: str
    suggestion: str = ""
    """What to write instead, '' if we do not know."""

    def __str__(self) -> str:
        hint = f"; {self.suggestion}" if self.suggestion else ""
        return f"{self.line}:{self.column}: {self.message}{hint}" if self.line else f"{self.message}{hint}"


class PolicyError(ValueError):
    """A policy, its lists, its test file or its byte code cannot be used; `problems` says why, in file order."""

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        self.name = name
        self.problems = tuple(sorted(problems))[:MAX_PROBLEMS]
        super().__init__("\n".join(f"{name}:{'' if problem.line else ' '}{problem}" for problem in self.problems))


def refusal(name: str, message: str, *, suggestion: str = "") -> PolicyError:
    """An error that has no place in the file."""
    return PolicyError(name, (Problem(0, 0, message, suggestion),))


def quoted(text: str) -> str:
    """A stranger's text, shortened and made printable."""
    return repr(text if len(text) <= MAX_QUOTED else text[:MAX_QUOTED] + "…")


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean …?` with the most similar known word, or ''."""
    if len(word) > MAX_QUOTED:
        return ""
    choices = {known_word.lower(): known_word for known_word in sorted(known)}
    found = get_close_matches(word.lower(), choices, n=1, cutoff=0.6)
    return f"did you mean {choices[found[0]]}?" if found else ""
