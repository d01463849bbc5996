"""A checked condition: names are positions of the decision row, enumerations are integers, every type fits."""

from __future__ import annotations

from dataclasses import dataclass

from haodun.screening.policy.bounds import Bounds


@dataclass(frozen=True, slots=True)
class Constant:
    """An integer."""

    value: int


@dataclass(frozen=True, slots=True)
class Read:
    """The value at one position of the decision row."""

    position: int


@dataclass(frozen=True, slots=True)
class Computed:
    """`left op right` with op one of + - * //; of // the right side is a positive Constant."""

    op: str
    left: Value
    right: Value
    bounds: Bounds


Value = Constant | Read | Computed


@dataclass(frozen=True, slots=True)
class Against:
    """One position compared with a constant; op one of == != < <= > >=."""

    op: str
    position: int
    constant: int


@dataclass(frozen=True, slots=True)
class OneOf:
    """An enumeration in a set: bit n of the mask stands for member n. A negated set has the other bits."""

    position: int
    mask: int


@dataclass(frozen=True, slots=True)
class Among:
    """An integer or a number in a short set of constants."""

    position: int
    values: tuple[int, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Compare:
    """Two computed values compared."""

    op: str
    left: Value
    right: Value


Test = Against | OneOf | Among | Compare


@dataclass(frozen=True, slots=True)
class Term:
    """One question that a condition asks, and that an explanation shows."""

    text: str
    """As written, with single spaces."""
    start: int
    """Offset in the condition."""
    positions: tuple[int, ...]
    """Of the decision row, in the order in which the term names them."""
    test: Test


@dataclass(frozen=True, slots=True)
class Negation:
    """`not operand`."""

    operand: Condition


@dataclass(frozen=True, slots=True)
class Both:
    """All operands hold; asked from left to right until one does not."""

    operands: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one operand holds; asked from left to right until one does."""

    operands: tuple[Condition, ...]


Condition = Term | Negation | Both | Either


def terms_of(condition: Condition) -> list[Term]:
    """Every term of a condition, from left to right."""
    if isinstance(condition, Term):
        return [condition]
    if isinstance(condition, Negation):
        return terms_of(condition.operand)
    return [term for operand in condition.operands for term in terms_of(operand)]
