"""Integer expressions: names resolved, constants folded, bounds known."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from haodun.screening.events import INDEX, Feature, Type
from haodun.screening.policy.bounds import Bounds, added, bounds_at, divided, multiplied, subtracted
from haodun.screening.policy.condition import Computed, Constant, Read, Value
from haodun.screening.policy.syntax import Arithmetic, Integer, Negative, Node, Word
from haodun.screening.policy.tokens import FaultError

_RESULT = {"+": added, "-": subtracted, "*": multiplied}


def bounds_of(value: Value) -> Bounds:
    """The least and the greatest result."""
    if isinstance(value, Constant):
        return Bounds(value.value, value.value)
    return bounds_at(value.position) if isinstance(value, Read) else value.bounds


def integer_value(
    node: Node, *, constants: Mapping[str, int], used: set[str], feature: Callable[[Word], Feature | None]
) -> Value:
    """The value of an integer expression. Raises FaultError where it is none or could leave 64 bits."""
    if isinstance(node, Integer):
        return Constant(node.value)
    if isinstance(node, Negative):
        operand = integer_value(node.operand, constants=constants, used=used, feature=feature)
        return _computed("-", Constant(0), operand, start=node.start)
    if isinstance(node, Arithmetic):
        left = integer_value(node.left, constants=constants, used=used, feature=feature)
        right = integer_value(node.right, constants=constants, used=used, feature=feature)
        return _computed(node.op, left, right, start=node.start, right_start=node.right.start)
    if not isinstance(node, Word):
        raise FaultError(node.start, "an integer must stand here", "compare integers, join conditions by and, or")
    found = feature(node)
    if found is None:
        used.add(node.text)
        return Constant(constants[node.text])
    if found.type is not Type.INT:
        raise FaultError(node.start, f"{found.name} is no integer", "arithmetic is for counts, seconds and shares")
    return Read(INDEX[found.name])


def _computed(op: str, left: Value, right: Value, *, start: int, right_start: int = 0) -> Value:
    if op == "//":
        if not isinstance(right, Constant) or right.value <= 0:
            raise FaultError(right_start, "the divisor must be a constant above zero", "multiply the other side")
        bounds = divided(bounds_of(left), right.value)
    else:
        bounds = _RESULT[op](bounds_of(left), bounds_of(right))
    if not bounds.fits:
        raise FaultError(start, "the result may not fit into 64 bits", "divide first, or use smaller factors")
    if isinstance(left, Constant) and isinstance(right, Constant):
        return Constant(bounds.low)
    return Computed(op, left, right, bounds)
