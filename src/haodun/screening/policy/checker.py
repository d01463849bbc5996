"""Give every name of a condition its meaning and every value its type; find what can never, or always, hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from haodun.screening.events import FEATURES, INDEX, Feature, Type
from haodun.screening.policy.bounds import compared, members_of
from haodun.screening.policy.condition import (
    Against,
    Among,
    Both,
    Compare,
    Condition,
    Constant,
    Either,
    Negation,
    OneOf,
    Read,
    Term,
    Test,
    Value,
    terms_of,
)
from haodun.screening.policy.contradiction import always
from haodun.screening.policy.error import nearest, quoted
from haodun.screening.policy.syntax import E164, Comparison, Integer, Junction, Membership, Negative, Node, Not, Word
from haodun.screening.policy.tokens import FaultError
from haodun.screening.policy.values import bounds_of, integer_value

MAX_MEMBERS = 100
"""Values in one `in (…)`; more belong in a list."""
FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(slots=True)
class Scope:
    """The names that a condition may use besides the features."""

    text: str
    constants: dict[str, int]
    lists: frozenset[str]
    slot: Callable[[int, str], int]
    """Position in the row of the slot for (number feature, list); new ones are given out as they are asked for."""
    used: set[str] = field(default_factory=set)
    """Constants and lists that were used."""


def check_condition(node: Node, scope: Scope) -> Condition:
    """The checked condition. Raises FaultError with the first problem."""
    condition = _condition(node, scope)
    answer = always(condition)
    if answer is not None and len(terms_of(condition)) > 1:
        raise FaultError(node.start, f"the condition is always {_word(answer)}", "remove the rule or correct its terms")
    return condition


def _word(answer: bool) -> str:
    return "true" if answer else "false"


def _condition(node: Node, scope: Scope) -> Condition:
    if isinstance(node, Junction):
        operands = tuple(_condition(operand, scope) for operand in node.operands)
        junction = Both(operands) if node.word == "and" else Either(operands)
        answer = always(junction)
        if answer is not None:
            raise FaultError(
                node.start,
                f"{_shown(node, scope)} is always {_word(answer)}",
                "its terms contradict or cover each other",
            )
        return junction
    if isinstance(node, Not):
        return Negation(_condition(node.operand, scope))
    if isinstance(node, Comparison):
        return _term(node, scope, _comparison(node, scope))
    if isinstance(node, Membership):
        return _listed(node, node.listed, scope) if node.listed else _term(node, scope, _among(node, scope))
    feature = _feature(node, scope) if isinstance(node, Word) else None
    if feature is not None and feature.type is Type.BOOL:
        return _term(node, scope, Against("!=", INDEX[feature.name], 0))
    hint = (
        "compare it with something, for example >= 1"
        if feature is None or feature.type is Type.INT
        else "compare it by == or in"
    )
    raise FaultError(node.start, f"{_shown(node, scope)} is a value, not a condition", hint)


def _shown(node: Node, scope: Scope) -> str:
    return quoted(" ".join(scope.text[node.start : node.end].split()))


def _term(node: Node, scope: Scope, test: Test) -> Term:
    answer = _constant_answer(test)
    if answer is not None:
        raise FaultError(node.start, f"{_shown(node, scope)} is always {_word(answer)}", _range_hint(test))
    text = " ".join(scope.text[node.start : node.end].split())
    return Term(text, node.start, tuple(dict.fromkeys(_positions(test))), test)


def _constant_answer(test: Test) -> bool | None:
    if isinstance(test, Compare):
        return compared(test.op, bounds_of(test.left), bounds_of(test.right))
    return always(Term("", 0, (), test))


def _range_hint(test: Test) -> str:
    if isinstance(test, Against | Among) and test.position < len(FEATURES):
        low, high = bounds_of(Read(test.position))
        return f"{FEATURES[test.position].name} lies between {low} and {high}"
    return "remove it"


def _positions(test: Test) -> list[int]:
    if not isinstance(test, Compare):
        return [test.position]
    return [*_read_positions(test.left), *_read_positions(test.right)]


def _read_positions(value: Value) -> list[int]:
    if isinstance(value, Read):
        return [value.position]
    return [] if isinstance(value, Constant) else [*_read_positions(value.left), *_read_positions(value.right)]


def _feature(node: Word, scope: Scope) -> Feature | None:
    """The feature of that name, None if the word is a constant. Raises FaultError where it is neither."""
    if node.text in INDEX:
        return FEATURES[INDEX[node.text]]
    if node.text in scope.constants:
        return None
    if node.text in scope.lists:
        raise FaultError(node.start, f"{node.text} is a list", f"write caller.number in {node.text}")
    if node.text.lower() in ("true", "false"):
        raise FaultError(
            node.start, f"{node.text} is not a word of the language", "write the feature alone, or not before it"
        )
    kind = "feature" if "." in node.text else "feature or constant"
    known = [*INDEX, *scope.constants]
    raise FaultError(node.start, f"there is no {kind} {quoted(node.text)}", nearest(node.text, known))


def _enum_or_number(node: Node) -> Feature | None:
    """The feature, where the node names one whose values are not integers."""
    if isinstance(node, Word) and node.text in INDEX:
        feature = FEATURES[INDEX[node.text]]
        return None if feature.type is Type.INT else feature
    return None


def _comparison(node: Comparison, scope: Scope) -> Test:
    left, right = _enum_or_number(node.left), _enum_or_number(node.right)
    if left is None and right is None:
        return _integers(node, scope)
    feature = left or right
    if feature is None or feature.type is Type.BOOL:
        name = feature.name if feature else ""
        raise FaultError(node.start, f"{name} is a boolean and is not compared", f"write {name} or not {name}")
    other, op = (node.right, node.op) if left else (node.left, FLIPPED[node.op])
    if op not in ("==", "!="):
        raise FaultError(node.start, f"{feature.name} has no order", "compare it by ==, != or in")
    if left and right:
        if left.type is not right.type or left.members is not right.members:
            raise FaultError(node.start, f"{left.name} and {right.name} are of different types")
        return Compare(op, Read(INDEX[left.name]), Read(INDEX[right.name]))
    return Against(op, INDEX[feature.name], _member(other, feature, scope))


def _integers(node: Comparison, scope: Scope) -> Test:
    left = integer_value(
        node.left, constants=scope.constants, used=scope.used, feature=lambda word: _feature(word, scope)
    )
    right = integer_value(
        node.right, constants=scope.constants, used=scope.used, feature=lambda word: _feature(word, scope)
    )
    if isinstance(left, Read) and isinstance(right, Constant):
        return Against(node.op, left.position, right.value)
    if isinstance(left, Constant) and isinstance(right, Read):
        return Against(FLIPPED[node.op], right.position, left.value)
    return Compare(node.op, left, right)


def _member(node: Node, feature: Feature, scope: Scope) -> int:
    """The integer of a value written where one of the feature's values must stand."""
    if feature.type is Type.INT:
        value = integer_value(
            node, constants=scope.constants, used=scope.used, feature=lambda word: _feature(word, scope)
        )
        if isinstance(value, Constant):
            return value.value
        raise FaultError(node.start, "only constants can stand in a set", "write it as a comparison")
    if feature.type is Type.NUMBER:
        if isinstance(node, E164):
            return node.value
        hint = f"write +{node.value}" if isinstance(node, Integer) else "write it as +8610086"
        raise FaultError(node.start, f"{feature.name} is a number, {_shown(node, scope)} is not", hint)
    if isinstance(node, Word):
        return _named(node, feature)
    names = ", ".join(members_of(feature))
    article = "an integer" if isinstance(node, Integer | Negative) else "something else"
    raise FaultError(
        node.start, f"{feature.name} is an enumeration, {_shown(node, scope)} is {article}", f"it is one of {names}"
    )


def _named(node: Word, feature: Feature) -> int:
    names = members_of(feature)
    if node.text in names:
        return names[node.text]
    hint = nearest(node.text, names) or f"it is one of {', '.join(names)}"
    raise FaultError(node.start, f"{feature.name} has no value {quoted(node.text)}", hint)


def _among(node: Membership, scope: Scope) -> Test:
    if not isinstance(node.operand, Word):
        raise FaultError(node.start, "only a feature can be looked up in a set", "write it as comparisons")
    feature = _feature(node.operand, scope)
    if feature is None or feature.type is Type.BOOL:
        raise FaultError(
            node.start, f"{node.operand.text} cannot be looked up in a set", "only features can, booleans excepted"
        )
    if len(node.items) > MAX_MEMBERS:
        raise FaultError(node.start, f"the set has more than {MAX_MEMBERS} values", "make it a list")
    values: list[int] = []
    for item in node.items:
        value = _member(item, feature, scope)
        if value in values:
            raise FaultError(item.start, f"{_shown(item, scope)} stands twice in the set", "remove one")
        values.append(value)
    position = INDEX[feature.name]
    if feature.type is not Type.ENUM:
        return Among(position, tuple(sorted(values)), node.negated)
    mask = sum(1 << value for value in values)
    everything = sum(1 << member for member in members_of(feature).values())
    return OneOf(position, everything & ~mask if node.negated else mask)


def _listed(node: Membership, listed: Word, scope: Scope) -> Term:
    operand = node.operand
    feature = _feature(operand, scope) if isinstance(operand, Word) else None
    if listed.text not in scope.lists:
        hint = nearest(listed.text, scope.lists) or "declare it under lists:"
        raise FaultError(listed.start, f"there is no list {quoted(listed.text)}", hint)
    if feature is None or feature.type is not Type.NUMBER:
        raise FaultError(node.start, "only a number can be looked up in a list", "write caller.number or callee.number")
    scope.used.add(listed.text)
    slot = scope.slot(INDEX[feature.name], listed.text)
    text = " ".join(scope.text[node.start : node.end].split())
    return Term(text, node.start, (INDEX[feature.name], slot), Against("==" if node.negated else "!=", slot, 0))
