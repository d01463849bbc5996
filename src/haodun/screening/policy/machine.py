"""Run a sound program on a decision row: quickly, or one rule at a time with every term's answer."""

from __future__ import annotations

from collections.abc import Sequence

from haodun.screening.policy.program import STACK_OFFSET, STACK_TESTS, Op, Program

# Names of the module are found faster than members of an enumeration.
_FIRE, _EQ, _NE, _LT, _LE, _GT, _GE, _IN = (int(op) for op in Op if op < Op.READ)


def run(program: Program, row: Sequence[int]) -> list[int]:
    """The rules that hold, in their order. The program is sound and the row within bounds (not checked here)."""
    found: list[int] = []
    code = program.code
    end = len(code)
    stack: list[int] = []
    at = 0
    while at < end:
        op, a, b, yes, no = code[at]
        if op == _EQ:
            at = yes if row[a] == b else no
        elif op == _IN:
            at = yes if b >> row[a] & 1 else no
        elif op == _GE:
            at = yes if row[a] >= b else no
        elif op == _NE:
            at = yes if row[a] != b else no
        elif op == _FIRE:
            found.append(a)
            at = yes
        elif op == _LT:
            at = yes if row[a] < b else no
        elif op == _GT:
            at = yes if row[a] > b else no
        elif op == _LE:
            at = yes if row[a] <= b else no
        elif op in STACK_TESTS:
            at = yes if _stack_test(op, stack) else no
        else:
            _step(op, a=a, b=b, stack=stack, row=row)
            at += 1
    return found


def trace_rule(program: Program, row: Sequence[int], *, rule: int, terms: int) -> tuple[bool, list[bool | None]]:
    """Whether one rule holds, and the answer of each of its terms, None for a term that was not asked.

    Enters the same code at the rule's start, whatever the rules before it say.
    """
    answers: list[bool | None] = [None] * terms
    stack: list[int] = []
    at, end = program.starts[rule], program.end_of(rule)
    while at < end:
        op, a, b, yes, no = program.code[at]
        if op == Op.FIRE:
            return True, answers
        if op < Op.READ:
            answer = _row_test(op, row[a], b)
        elif op in STACK_TESTS:
            answer = _stack_test(op, stack)
        else:
            _step(op, a=a, b=b, stack=stack, row=row)
            at += 1
            continue
        answers[program.marks[at]] = answer
        at = yes if answer else no
    return False, answers


def _row_test(op: int, value: int, operand: int) -> bool:
    return bool(operand >> value & 1) if op == Op.IN else _compare(op, value, operand)


def _stack_test(op: int, stack: list[int]) -> bool:
    right, left = stack.pop(), stack.pop()
    return _compare(op - STACK_OFFSET, left, right)


def _compare(op: int, left: int, right: int) -> bool:
    if op == _EQ:
        return left == right
    if op == _NE:
        return left != right
    if op == _LT:
        return left < right
    if op == _LE:
        return left <= right
    return left > right if op == _GT else left >= right


def _step(op: int, *, a: int, b: int, stack: list[int], row: Sequence[int]) -> None:
    if op == Op.READ:
        stack.append(row[a])
    elif op == Op.PUSH:
        stack.append(b)
    elif op == Op.FLOOR:
        stack[-1] //= b
    else:
        right = stack.pop()
        if op == Op.ADD:
            stack[-1] += right
        elif op == Op.SUB:
            stack[-1] -= right
        else:
            stack[-1] *= right
