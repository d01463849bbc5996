"""Turn checked conditions into byte code, from the last rule to the first so that every jump target is known."""

from __future__ import annotations

from collections.abc import Sequence

from haodun.screening.policy.condition import (
    Against,
    Among,
    Both,
    Compare,
    Computed,
    Condition,
    Constant,
    Either,
    Negation,
    OneOf,
    Read,
    Term,
    Value,
    terms_of,
)
from haodun.screening.policy.program import COMPARISON_OPS, ROW_TESTS, STACK_OFFSET, Instruction, Op, Program

ARITHMETIC_OPS = {"+": Op.ADD, "-": Op.SUB, "*": Op.MUL}


def compile_rules(conditions: Sequence[Condition], *, slots: int) -> Program:
    """The program of some conditions, in their order; `slots` list slots lie behind the features."""
    writer = _Writer()
    entries: list[int] = []
    following = _Writer.END
    for index in reversed(range(len(conditions))):
        following = writer.rule(index, conditions[index], following)
        entries.append(following)
    return writer.program(entries[::-1], slots)


class _Writer:
    """Instructions in reverse; a target is a reverse index until `program` turns it round."""

    END = -1

    def __init__(self) -> None:
        self._code: list[Instruction] = []
        self._marks: list[int] = []
        self._exits = {self.END}

    def rule(self, index: int, condition: Condition, following: int) -> int:
        fire = self._put((Op.FIRE, index, 0, following, following), -1)
        self._count = len(terms_of(condition))
        entry = self._condition(condition, fire, following)
        self._exits.add(entry)
        return entry

    def program(self, entries: Sequence[int], slots: int) -> Program:
        last = len(self._code) - 1
        code = tuple((op, a, b, last - yes, last - no) for op, a, b, yes, no in reversed(self._code))
        starts = tuple(last - entry for entry in entries)
        return Program(code=code, starts=starts, marks=tuple(reversed(self._marks)), slots=slots)

    def _put(self, instruction: Instruction, mark: int) -> int:
        self._code.append(instruction)
        self._marks.append(mark)
        return len(self._code) - 1

    def _condition(self, condition: Condition, yes: int, no: int) -> int:
        if isinstance(condition, Term):
            self._count -= 1  # terms are met from the last to the first
            return self._term(condition, yes, no)
        if isinstance(condition, Negation):
            return self._condition(condition.operand, no, yes)
        for operand in reversed(condition.operands):
            if isinstance(condition, Both):
                yes = self._condition(operand, yes, no)
            elif isinstance(condition, Either):
                no = self._condition(operand, yes, no)
        return yes if isinstance(condition, Both) else no

    def _term(self, term: Term, yes: int, no: int) -> int:
        test = term.test
        if isinstance(test, Against):
            return self._row_test((COMPARISON_OPS[test.op], test.position, test.constant), yes, no)
        if isinstance(test, OneOf):
            return self._row_test((Op.IN, test.position, test.mask), yes, no)
        if isinstance(test, Among):
            for value in reversed(test.values):
                if test.negated:
                    yes = self._row_test((Op.NE, test.position, value), yes, no)
                else:
                    no = self._row_test((Op.EQ, test.position, value), yes, no)
            return yes if test.negated else no
        return self._computed_test(test, yes, no)

    def _row_test(self, test: tuple[int, int, int], yes: int, no: int) -> int:
        return self._put((*test, self._past(test, yes, True), self._past(test, no, False)), self._count)

    def _past(self, test: tuple[int, int, int], target: int, outcome: bool) -> int:
        """Skip later rules that begin with the question just answered, as long as the answer leads out of them."""
        while target in self._exits and target != self.END:
            op, a, b, yes, no = self._code[target]
            way = yes if outcome else no
            if op not in ROW_TESTS or (op, a, b) != test or way not in self._exits:
                break
            target = way
        return target

    def _computed_test(self, test: Compare, yes: int, no: int) -> int:
        self._put((COMPARISON_OPS[test.op] + STACK_OFFSET, 0, 0, yes, no), self._count)
        self._value(test.right)
        return self._value(test.left)

    def _value(self, value: Value) -> int:
        """Puts what pushes the value; the result is where it begins."""
        if isinstance(value, Constant):
            return self._step(Op.PUSH, b=value.value)
        if isinstance(value, Read):
            return self._step(Op.READ, a=value.position)
        if isinstance(value, Computed) and value.op == "//" and isinstance(value.right, Constant):
            self._step(Op.FLOOR, b=value.right.value)
            return self._value(value.left)
        self._step(ARITHMETIC_OPS[value.op])
        self._value(value.right)
        return self._value(value.left)

    def _step(self, op: Op, *, a: int = 0, b: int = 0) -> int:
        following = len(self._code) - 1
        return self._put((op, a, b, following, following), self._count)
