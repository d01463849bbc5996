"""Byte code of a policy: flat 64-bit integers, and the check that lets none but a sound program run.

Theory of operation. An instruction is five integers (op, a, b, yes, no). A *test* asks one thing of the decision row
and goes on at `yes` or at `no`; a *value* instruction pushes or combines integers on a short stack and falls through.
Every jump goes forward, so a program ends after at most as many steps as it has instructions. The code of rule r lies
between `starts[r]` and the next start and ends with its only FIRE; a jump out of it leads to the start of a later rule.
Where the next rule begins with the very question that was just answered no, the compiler leads the jump past it: a
block of rules about international calls costs a national call one test.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from haodun.screening.events import FEATURES, FEATURES_VERSION
from haodun.screening.policy.error import refusal

MAX_INSTRUCTIONS = 50_000
MAX_PROGRAM_RULES = 1_000
MAX_STACK = 32
MAX_SLOTS = 64
MAGIC = 0x48414F44554E0001
"""`HAODUN`, version 1 of the byte code."""
WIDTH = 5


class Op(IntEnum):
    """Stored in snapshots: append, never renumber."""

    FIRE = 0  # rule a holds
    EQ = 1  # row[a] == b, and so on
    NE = 2
    LT = 3
    LE = 4
    GT = 5
    GE = 6
    IN = 7  # bit row[a] of b
    READ = 8  # push row[a]
    PUSH = 9  # push b
    ADD = 10
    SUB = 11
    MUL = 12
    FLOOR = 13  # top // b, rounding down
    STACK_EQ = 14  # second == top, and so on; both are popped
    STACK_NE = 15
    STACK_LT = 16
    STACK_LE = 17
    STACK_GT = 18
    STACK_GE = 19


ROW_TESTS = frozenset({Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE, Op.IN})
STACK_TESTS = frozenset({Op.STACK_EQ, Op.STACK_NE, Op.STACK_LT, Op.STACK_LE, Op.STACK_GT, Op.STACK_GE})
COMPARISON_OPS = {"==": Op.EQ, "!=": Op.NE, "<": Op.LT, "<=": Op.LE, ">": Op.GT, ">=": Op.GE}
STACK_OFFSET = Op.STACK_EQ - Op.EQ

Instruction = tuple[int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Program:
    """The byte code of all rules. `haodun.screening.policy.loader.check_program` says whether it may run."""

    code: tuple[Instruction, ...]
    starts: tuple[int, ...]
    """Where the code of each rule begins."""
    marks: tuple[int, ...]
    """Of each instruction, the term of its rule to which it belongs; -1 for FIRE. Read only when tracing."""
    slots: int
    """How many list slots the decision row has behind the features."""

    @property
    def row_length(self) -> int:
        return len(FEATURES) + self.slots

    def reads(self) -> frozenset[int]:
        """The positions of the decision row that some instruction reads."""
        return frozenset(a for op, a, _, _, _ in self.code if op in ROW_TESTS or op == Op.READ)

    def end_of(self, rule: int) -> int:
        """The position behind the rule's last instruction."""
        return self.starts[rule + 1] if rule + 1 < len(self.starts) else len(self.code)

    def encode(self) -> bytes:
        """Little-endian int64: magic, version of the features, slots, rules, instructions, starts, marks, code."""
        flat = [MAGIC, FEATURES_VERSION, self.slots, len(self.starts), len(self.code), *self.starts, *self.marks]
        flat.extend(value for instruction in self.code for value in instruction)
        return struct.pack(f"<{len(flat)}q", *flat)


HEADER = 5


def decode(data: bytes) -> Program:
    """The program in `data`, not yet checked for soundness. Raises PolicyError where it is not byte code at all."""
    if len(data) % 8 or len(data) < HEADER * 8:
        raise refusal("byte code", "is cut short", suggestion="build the snapshot again")
    flat = struct.unpack(f"<{len(data) // 8}q", data)
    magic, version, slots, rules, length = flat[:HEADER]
    if magic != MAGIC or version != FEATURES_VERSION:
        raise refusal(
            "byte code", "was made by another version of Haodun", suggestion="compile the policy with this version"
        )
    if not (0 <= rules <= MAX_PROGRAM_RULES and 0 <= length <= MAX_INSTRUCTIONS and 0 <= slots <= MAX_SLOTS):
        raise refusal("byte code", "is larger than a policy may be", suggestion="build the snapshot again")
    if len(flat) != HEADER + rules + length * (1 + WIDTH):
        raise refusal("byte code", "is not as long as its header says", suggestion="build the snapshot again")
    marks_at = HEADER + rules
    code_at = marks_at + length
    code = tuple(
        (flat[at], flat[at + 1], flat[at + 2], flat[at + 3], flat[at + 4]) for at in range(code_at, len(flat), WIDTH)
    )
    return Program(code=code, starts=flat[HEADER:marks_at], marks=flat[marks_at:code_at], slots=slots)


def disassemble(program: Program) -> str:
    """The program in words, one instruction a line: position, op, operands, where it goes."""
    lines = []
    for position, (op, a, b, yes, no) in enumerate(program.code):
        if position in program.starts:
            lines.append(f"rule {program.starts.index(position)}:")
        lines.append(f"  {position:5} {_words(op, a, b):40} yes {yes} no {no}")
    return "\n".join(lines)


def _words(op: int, a: int, b: int) -> str:
    name = Op(op).name if op in Op._value2member_map_ else f"op {op}"
    if op in ROW_TESTS:
        return f"{name} {_place(a)} {bin(b) if op == Op.IN else b}"
    if op == Op.READ:
        return f"{name} {_place(a)}"
    if op in (Op.PUSH, Op.FLOOR):
        return f"{name} {b}"
    return f"{name} {a}" if op == Op.FIRE else name


def _place(position: int) -> str:
    return FEATURES[position].name if 0 <= position < len(FEATURES) else f"slot {position - len(FEATURES)}"
