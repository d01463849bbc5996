"""The compiled policy decides as the plain one does: byte code, stages, roll-out, lists, numbers of decisions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.screening.policy.conftest import document, rule
from tests.screening.policy.test_deciding import INTS, LAYERS, conditions

from haodun.screening.events import FEATURES, INDEX
from haodun.screening.policy import FEATURE_BOUNDS, PACKS, Policy, PolicyError, load_policy, parse_policy
from haodun.screening.policy.fast.decisions import FIXED, PASS, PASSED, QUIET, DecisionTable
from haodun.screening.policy.fast.machine import run, steps_of
from haodun.screening.policy.fast.tables import FastPolicy
from haodun.screening.policy.machine import run as plain_run
from haodun.screening.policy.program import MAX_STACK, Op, Program
from haodun.screening.policy.stages import SILENT

Row = Callable[..., list[int]]
relaxed = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
NOW = 1_794_787_200_000
STAGES = st.sampled_from(["shadow", "canary 1", "canary 3000", "canary 9999", "enforce"])
EXPIRIES = st.sampled_from(["2026-11-20", "2026-12-01", "2099-01-01"])
ACTIONS = st.sampled_from(["ALLOW", "TIP", "WITHHOLD_CLI", "CHALLENGE", "BLOCK"])


@st.composite
def policies(draw: st.DrawFn) -> Policy | None:
    """A policy of random rules, None where the checker refuses it as always or never true."""
    rules = []
    for index in range(draw(st.integers(1, 9))):
        when, _ = draw(conditions(2))
        rules.append(
            rule(
                f"R-{index}{'X' * draw(st.sampled_from([0, 3, 40]))}",
                when=when,
                layer=draw(st.sampled_from(LAYERS)),
                stage=draw(STAGES),
                expires=draw(EXPIRIES),
                action=draw(ACTIONS),
            )
        )
    try:
        return parse_policy(document(*rules), name="random")
    except PolicyError:
        return None


def rows_of(chance: np.random.Generator, count: int, slots: int = 0) -> np.ndarray:
    """Random rows within bounds, small enough that terms often hold and often do not."""
    columns = [chance.integers(max(low, -3), min(high, 40), count, endpoint=True) for low, high in FEATURE_BOUNDS]
    rows = np.array([*columns, *chance.integers(0, 2, (slots, count))], np.int64).T.copy()
    rows[:, INDEX["call.time"]] = NOW + chance.integers(-20, 20, count) * 86_400_000
    rows[:, INDEX["callee.emergency"]] = chance.random(count) < 0.05
    return rows


@relaxed
@given(policy=policies(), seed=st.integers(0, 2**32))
def test_a_random_policy_decides_the_same_compiled(policy: Policy | None, seed: int) -> None:
    if policy is None:
        return
    rows = rows_of(np.random.default_rng(seed), 60)
    assert FastPolicy(policy).decide_all(rows) == [policy.decide(row) for row in rows.tolist()]


@pytest.mark.parametrize("pack", PACKS)
def test_a_shipped_pack_decides_the_same_compiled(pack: str) -> None:
    policy = load_policy(pack)
    rows = rows_of(np.random.default_rng(3), 3_000, len(policy.slots))
    decisions = FastPolicy(policy).decide_all(rows)
    assert decisions == [policy.decide(row) for row in rows.tolist()]
    assert len({decision.action for decision in decisions}) > 2


def test_rules_beyond_64_keep_their_names_and_their_order() -> None:
    kinds = [name for name in INTS if name != "call.hour"]
    rules = [
        rule(
            f"R-{index}",
            when=f"{kinds[index % len(kinds)]} >= {3 + index // 4}",
            stage="shadow" if index % 3 else "enforce",
        )
        for index in range(150)
    ]
    policy = parse_policy(document(*rules), name="many")
    rows = rows_of(np.random.default_rng(5), 2_000)
    fast = FastPolicy(policy)
    assert fast.decide_all(rows) == [policy.decide(row) for row in rows.tolist()]
    assert len(fast.table.decisions) > 1_024, "the table has grown"


@pytest.mark.parametrize("op", [Op.STACK_EQ, Op.STACK_NE, Op.STACK_LT, Op.STACK_LE, Op.STACK_GT, Op.STACK_GE])
@pytest.mark.parametrize("divisor", [1, 2, 7, 1000])
def test_a_quotient_is_rounded_down_below_zero_too(op: Op, divisor: int) -> None:
    read = (int(Op.READ), INDEX["caller.attempts_1h"], 0)
    other = (int(Op.READ), INDEX["caller.answered_1h"], 0)
    code = [other, read, (int(Op.SUB), 0, 0), (int(Op.FLOOR), 0, divisor), (int(Op.PUSH), 0, -2)]
    steps = [(*step, place + 1, place + 1) for place, step in enumerate(code)]
    program = Program((*steps, (int(op), 0, 0, 6, 7), (0, 0, 0, 7, 7)), (0,), (0,) * 7, 0)
    compiled = steps_of(program)
    for left in range(12):
        for right in range(0, 2_500, 125):
            row = [0] * len(FEATURES)
            row[INDEX["caller.answered_1h"]], row[INDEX["caller.attempts_1h"]] = left, right
            padded = np.array([*row, *[0] * MAX_STACK], np.int64)
            assert run(*compiled, padded) == len(plain_run(program, row))


@pytest.mark.parametrize("op", [Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE])
@pytest.mark.parametrize("constant", [-(2**63), -1, 0, 5, 2**63 - 1])
def test_a_comparison_is_exact_at_both_ends_of_64_bits(op: Op, constant: int) -> None:
    position = INDEX["caller.attempts_1h"]
    program = Program(((int(op), position, constant, 1, 2), (0, 0, 0, 2, 2)), (0,), (0, -1), 0)
    compiled = steps_of(program)
    for value in (-(2**63), -2, -1, 0, 4, 5, 6, 2**63 - 1):
        row = [0] * len(FEATURES)
        row[position] = value
        assert run(*compiled, np.array([*row, *[0] * MAX_STACK], np.int64)) == len(plain_run(program, row))


def test_numbers_of_decisions_stay_good_over_a_change_of_policy(row: Row) -> None:
    before, after = (parse_policy(document(rule(name)), name="t") for name in ("OLD", "NEW"))
    fast = FastPolicy(before)
    old = fast.decide(row({"caller.home": 1}))
    number = fast.table.decisions.index(old)
    fast.table.renew(after.rules)
    later = FastPolicy(after)
    later.table = fast.table
    new = later.decide(row({"caller.home": 1}))
    assert (new.reasons, fast.table.decisions[number].reasons) == (("NEW",), ("OLD",))
    assert later.decide(row({"caller.home": 1})) == new
    assert len(fast.table.decisions) == number + 2, "the same decision keeps its number"


def test_what_nobody_refers_to_any_more_is_dropped_and_the_rest_renumbered() -> None:
    policy = parse_policy(document(*(rule(f"R-{at}", when=f"caller.attempts_1h == {at}") for at in range(9))), name="t")
    fast = FastPolicy(policy)
    fast.table = table = DecisionTable(policy.rules, limit=6)
    rows = rows_of(np.random.default_rng(1), 9)
    rows[:, INDEX["caller.attempts_1h"]], rows[:, INDEX["callee.emergency"]] = range(9), 0
    rows[:, INDEX["callee.kind"]] = 1
    fast.decide_all(rows)
    handed_out = table.decisions
    held = [handed_out.index(decision) for decision in handed_out if decision.reasons in (("R-3",), ("R-7",))]
    assert len(handed_out) == FIXED + 9 and table.crowded
    renumbered = table.keep(np.array([*held, held[0], 0, QUIET, PASS]))
    assert [table.decisions[number].reasons for number in renumbered[held]] == [("R-3",), ("R-7",)]
    assert renumbered[:FIXED].tolist() == list(range(FIXED))
    assert len(table.decisions) == FIXED + 2
    assert len(handed_out) == FIXED + 9, "who was given the list before still has it"
    assert fast.decide_all(rows) == [policy.decide(each) for each in rows.tolist()]


def test_a_decision_from_elsewhere_has_a_number_of_its_own(row: Row) -> None:
    policy = parse_policy(document(rule("RRR")), name="t")
    table = DecisionTable(policy.rules)
    assert (table.add(SILENT), table.add(PASSED)) == (QUIET, PASS)
    foreign = policy.decide(row({"caller.home": 1}))._replace(reasons=("ELSE",))
    numbers = [table.add(foreign._replace(score=score)) for score in range(3_000)]
    assert [table.decisions[number].score for number in numbers] == list(range(3_000))
