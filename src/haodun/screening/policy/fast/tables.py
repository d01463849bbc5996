"""A policy as arrays, and the compiled decision on one row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing, merged
from haodun.screening.events import Decision
from haodun.screening.policy.fast.decisions import PASS, QUIET, DecisionTable, Numbers, numbered
from haodun.screening.policy.fast.machine import run, steps_of
from haodun.screening.policy.fast.stages import RuleTable, calls_for_help, combine, rule_table
from haodun.screening.policy.policy import Policy
from haodun.screening.policy.program import MAX_STACK

Integers = npt.NDArray[Any]


class PolicyTables(NamedTuple):
    """A policy as arrays, and room to work in: for one caller at a time."""

    code: Integers
    starts: Integers
    held: Integers
    rules: RuleTable
    row: Integers
    """Room for the decision row, and behind it for a stack."""


def policy_tables(policy: Policy) -> PolicyTables:
    """The arrays of a policy."""
    row = np.zeros(policy.row_length + MAX_STACK, np.int64)
    return PolicyTables(*steps_of(policy.program), rule_table(policy.rules, salt=policy.salt), row)


@merged
def decide(tables: PolicyTables, numbers: Numbers) -> int:
    """The number of the decision on the row in `tables.row`: `Policy.decide`. There is room for one more number."""
    row = tables.row
    if run(tables.code, tables.starts, tables.held, row) == 0:
        return PASS if calls_for_help(row) else QUIET
    combine(tables.rules, tables.held[0], row)
    return numbered(numbers, tables.rules.found, tables.rules.verdict)


class FastPolicy:
    """A policy that decides on rows by compiled code, one by one or many at once."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.tables = policy_tables(policy)
        self.table = DecisionTable(policy.rules)

    def decide(self, row: Sequence[int]) -> Decision:
        """What to do with a call: equal to `Policy.decide`."""
        return self.decide_all(np.array([row], np.int64))[0]

    def decide_all(self, rows: Integers) -> list[Decision]:
        """What to do with each of some calls: int64, a row each."""
        found = np.zeros(len(rows), np.int64)
        done = 0
        while done < len(rows):
            done = decide_rows(self.tables, self.table.numbers, rows, found, done)
            if done < len(rows):
                self.table.grow()
        self.table.learn()
        return [self.table.decisions[number] for number in found.tolist()]


@borrowing
def decide_rows(tables: PolicyTables, numbers: Numbers, rows: Integers, found: Integers, start: int) -> int:
    """The numbers of the decisions on rows from `start` on; the row at which there is no number left, or the end."""
    for index in range(start, len(rows)):
        if numbers.next[0] == len(numbers.found):
            return index
        for place in range(rows.shape[1]):
            tables.row[place] = rows[index, place]
        found[index] = decide(tables, numbers)
    return len(rows)
