"""The tree of a condition as it was written, before names and types are looked at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Integer:
    """A decimal integer."""

    start: int
    end: int
    value: int


@dataclass(frozen=True, slots=True)
class E164:
    """A telephone number written with its plus sign: `+8610086`."""

    start: int
    end: int
    value: int


@dataclass(frozen=True, slots=True)
class Word:
    """A feature, a constant, a member of an enumeration or a list; which, the checker finds out."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Negative:
    """A minus sign before a value."""

    start: int
    end: int
    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left op right`, op one of + - * //."""

    start: int
    end: int
    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left op right`, op one of == != < <= > >=."""

    start: int
    end: int
    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Membership:
    """`operand in (items)` or `operand in list`; with `negated`, `not in`."""

    start: int
    end: int
    operand: Node
    negated: bool
    items: tuple[Node, ...]
    """Empty where a list is named."""
    listed: Word | None


@dataclass(frozen=True, slots=True)
class Not:
    """`not operand`."""

    start: int
    end: int
    operand: Node


@dataclass(frozen=True, slots=True)
class Junction:
    """`a and b and …`, or `a or b or …`, with at least two operands."""

    start: int
    end: int
    word: str
    operands: tuple[Node, ...]


Node = Integer | E164 | Word | Negative | Arithmetic | Comparison | Membership | Not | Junction
