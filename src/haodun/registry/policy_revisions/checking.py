"""Check a policy text as it is typed: every problem with its place, its test cases, what would stop its publication."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from haodun.offices.transitions.refusals import Refused
from haodun.registry.policy_revisions.values import MAX_CASES, MAX_POLICY, REGISTRY_LISTS
from haodun.screening.policy import Policy, PolicyError, Problem, TestResult, parse_policy, run_policy_tests

NAME = "policy"


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checker says of a text and its cases."""

    policy: Policy | None
    """None where it does not load."""
    problems: tuple[Problem, ...]
    """Of the policy, in file order."""
    case_problems: tuple[Problem, ...]
    """Of the file of cases."""
    results: tuple[TestResult, ...]
    """One per case; () where the cases were not run."""
    ended: tuple[str, ...]
    """Rules that have ended by now: they say nothing any more. No error."""
    unknown_lists: tuple[str, ...]
    """Lists of the registry that the policy does not know."""

    @property
    def failed(self) -> tuple[TestResult, ...]:
        """Cases that do not pass."""
        return tuple(one for one in self.results if not one.passed)

    @property
    def sound(self) -> bool:
        """Whether nothing stands against it."""
        return self.policy is not None and not (self.case_problems or self.failed or self.unknown_lists)


def check(text: str, cases: str, *, at: datetime) -> Checked:
    """What is to be said of a policy text with its test cases at a moment. Never raises for what a person typed."""
    long = (
        (Problem(0, 0, f"is longer than {MAX_POLICY} characters", "move numbers to the registry"),)
        if len(text) > MAX_POLICY
        else (Problem(0, 0, "holds a NUL character", "remove it"),)
        if "\0" in text + cases
        else ()
    )
    if long:
        return Checked(None, long, (), (), (), ())
    try:
        policy = parse_policy(text, name=NAME)
    except PolicyError as error:
        return Checked(None, error.problems, (), (), (), ())
    now_ms = int(at.timestamp() * 1_000)
    ended = tuple(rule.id for rule in policy.rules if rule.expires is not None and rule.expires <= now_ms)
    unknown = tuple(name for name in REGISTRY_LISTS if name not in policy.lists)
    results, case_problems = _run(policy, cases)
    return Checked(policy, (), case_problems, results, ended, unknown)


def _run(policy: Policy, cases: str) -> tuple[tuple[TestResult, ...], tuple[Problem, ...]]:
    if not cases.strip():
        return (), ()
    if len(cases) > MAX_CASES:
        return (), (Problem(0, 0, f"the cases are longer than {MAX_CASES} characters", "shorten them"),)
    try:
        return tuple(run_policy_tests(policy, cases, name="cases")), ()
    except PolicyError as error:
        return (), error.problems


def refuse_unsound(text: str, cases: str, *, at: datetime) -> None:
    """Refused `policy`, `lists`, `cases` where something stands against a text."""
    found = check(text, cases, at=at)
    if found.policy is None:
        first = found.problems[0]
        raise Refused(
            "policy",
            f"策略有 {len(found.problems)} 处错误，第一处在第 {first.line} 行第 {first.column} 列，先在编辑页改正。",
            f"The policy has {len(found.problems)} errors, the first at line {first.line}, column {first.column}; "
            "mend them in the editor.",
        )
    if found.unknown_lists:
        names = ", ".join(found.unknown_lists)
        raise Refused(
            "lists",
            f"策略没有登记名单 {names}，这样的策略无法发布；请在 lists 下补上。",
            f"The policy does not know the lists {names}, so it could not be published; add them under lists.",
        )
    if found.case_problems or found.failed:
        count = len(found.case_problems) + len(found.failed)
        raise Refused(
            "cases",
            f"用例有 {count} 处不通过，先在编辑页改正。",
            f"{count} of its test cases do not pass; mend them in the editor.",
        )
