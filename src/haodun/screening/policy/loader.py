"""Refuse byte code that is not sound: its ops, types, bounds, stack, jumps and length, before it ever runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from haodun.screening.events import FEATURES, Type
from haodun.screening.policy.bounds import (
    INT64_MAX,
    INT64_MIN,
    Bounds,
    added,
    bounds_at,
    divided,
    multiplied,
    subtracted,
)
from haodun.screening.policy.error import refusal
from haodun.screening.policy.program import (
    MAX_INSTRUCTIONS,
    MAX_PROGRAM_RULES,
    MAX_SLOTS,
    MAX_STACK,
    ROW_TESTS,
    STACK_TESTS,
    Op,
    Program,
    decode,
)

EQUALITY = frozenset({Op.EQ, Op.NE, Op.STACK_EQ, Op.STACK_NE})
_COMBINE = {Op.ADD: added, Op.SUB: subtracted, Op.MUL: multiplied}


def load_program(data: bytes) -> Program:
    """The program in `data`, sound. Raises PolicyError otherwise."""
    program = decode(data)
    check_program(program)
    return program


def check_program(program: Program) -> None:
    """Raise PolicyError unless the program can be run on any decision row within bounds, by any interpreter."""
    _check_frame(program)
    for rule, start in enumerate(program.starts):
        _check_rule(program, rule, start)


def _check_frame(program: Program) -> None:
    length, starts = len(program.code), program.starts
    sizes_fit = length <= MAX_INSTRUCTIONS and len(starts) <= MAX_PROGRAM_RULES and 0 <= program.slots <= MAX_SLOTS
    if not sizes_fit or len(program.marks) != length:
        raise _damaged(0, "the program is larger than its limits, or its marks are not as many as its instructions")
    if (starts[:1] or (0,)) != (0,) or bool(starts) != bool(length):
        raise _damaged(0, "the first rule does not start at the first instruction")
    if any(later <= earlier for earlier, later in pairwise(starts)) or starts[-1:] > (length - 1,):
        raise _damaged(0, "the rules are not in order")


def _damaged(position: int, message: str) -> Exception:
    return refusal("byte code", f"instruction {position}: {message}", suggestion="build the snapshot again")


@dataclass(frozen=True, slots=True)
class _Cell:
    """What is known of one integer on the stack."""

    bounds: Bounds
    kind: object
    """Type.INT, Type.NUMBER, or the enumeration."""


@dataclass(slots=True)
class _Segment:
    start: int
    end: int
    stack: list[_Cell] = field(default_factory=list)
    targets: set[int] = field(default_factory=set)
    clean: set[int] = field(default_factory=set)
    """Positions where the stack is empty: the only ones that may be jumped to."""


def _check_rule(program: Program, rule: int, start: int) -> None:
    segment = _Segment(start, program.end_of(rule))
    exits = {*program.starts[rule + 1 :], len(program.code)}
    for position in range(start, segment.end):
        instruction = program.code[position]
        if not segment.stack:
            segment.clean.add(position)
        if instruction[0] not in Op._value2member_map_:
            raise _damaged(position, f"there is no op {instruction[0]}")
        if not all(INT64_MIN <= value <= INT64_MAX for value in instruction):
            raise _damaged(position, "an operand is no int64")
        if (instruction[0] == Op.FIRE) != (position == segment.end - 1):
            raise _damaged(position, "a rule must end with FIRE, and only there")
        _check_instruction(program, segment, position)
        _check_jumps(segment, position, instruction=instruction, exits=exits)
    if program.code[segment.end - 1][1] != rule:
        raise _damaged(segment.end - 1, "it fires another rule")
    if not segment.targets <= segment.clean:
        raise _damaged(min(segment.targets - segment.clean), "a jump leads into the middle of a computation")


def _check_jumps(segment: _Segment, position: int, *, instruction: tuple[int, ...], exits: set[int]) -> None:
    op, _, _, yes, no = instruction
    if op in ROW_TESTS or op in STACK_TESTS:
        for target in (yes, no):
            if position < target < segment.end:
                segment.targets.add(target)
            elif target not in exits:
                raise _damaged(position, f"it jumps to {target}")
    elif not yes == no == position + 1:
        raise _damaged(position, "it does not go on at the next instruction")


def _check_instruction(program: Program, segment: _Segment, position: int) -> None:
    op, a, b, _, _ = program.code[position]
    stack = segment.stack
    if op in ROW_TESTS or op == Op.READ:
        if not 0 <= a < program.row_length:
            raise _damaged(position, f"the decision row has no position {a}")
        if op == Op.READ:
            stack.append(_read(position, a))
        elif stack:
            raise _damaged(position, "the stack is not empty")
        else:
            _check_row_test(position, op, a=a, b=b)
    elif op in STACK_TESTS:
        _check_stack_test(position, op, stack)
    elif op == Op.FIRE:
        if stack:
            raise _damaged(position, "the stack is not empty")
    else:
        _compute(position, op, b=b, stack=stack)
    if len(stack) > MAX_STACK:
        raise _damaged(position, f"it needs more than {MAX_STACK} places on the stack")


def _type_at(position: int) -> Type:
    return FEATURES[position].type if position < len(FEATURES) else Type.BOOL


def _read(position: int, a: int) -> _Cell:
    kind = _type_at(a)
    if kind is Type.BOOL:
        raise _damaged(position, "a boolean is used as a number")
    return _Cell(bounds_at(a), FEATURES[a].members if kind is Type.ENUM else kind)


def _check_row_test(position: int, op: int, *, a: int, b: int) -> None:
    kind = _type_at(a)
    if op == Op.IN:
        if kind is not Type.ENUM or not 0 < b < 1 << (bounds_at(a).high + 1):
            raise _damaged(position, "IN needs an enumeration and a set of its members")
    elif op not in EQUALITY and kind is not Type.INT:
        raise _damaged(position, "only integers have an order")
    elif kind is not Type.INT and not bounds_at(a).low <= b <= bounds_at(a).high:
        raise _damaged(position, f"{b} is no value of that feature")


def _check_stack_test(position: int, op: int, stack: list[_Cell]) -> None:
    if len(stack) != 2:
        raise _damaged(position, "a comparison needs exactly two values")
    left, right = stack
    if left.kind is not right.kind or (op not in EQUALITY and left.kind is not Type.INT):
        raise _damaged(position, "the two values cannot be compared")
    stack.clear()


def _compute(position: int, op: int, *, b: int, stack: list[_Cell]) -> None:
    if op == Op.PUSH:
        stack.append(_Cell(Bounds(b, b), Type.INT))
        return
    needed = 1 if op == Op.FLOOR else 2
    if len(stack) < needed or any(cell.kind is not Type.INT for cell in stack[-needed:]):
        raise _damaged(position, "arithmetic needs integers on the stack")
    if op == Op.FLOOR:
        if b <= 0:
            raise _damaged(position, "it divides by something that is not positive")
        result = divided(stack.pop().bounds, b)
    else:
        right, left = stack.pop(), stack.pop()
        result = _COMBINE[Op(op)](left.bounds, right.bounds)
    if not result.fits:
        raise _damaged(position, "its result may not fit into 64 bits")
    stack.append(_Cell(result, Type.INT))
