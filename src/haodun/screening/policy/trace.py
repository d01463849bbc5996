"""Show how a decision came about: each rule, each term, its values and its answer, from the same byte code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from haodun.screening.events import Decision, Layer
from haodun.screening.policy.condition import Both, Condition, Negation, Term
from haodun.screening.policy.machine import trace_rule
from haodun.screening.policy.program import Program
from haodun.screening.policy.rule import Rule
from haodun.screening.policy.stages import Outcome, combine, outcome


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of the decision row that a term looked at."""

    name: str
    """A feature, or `caller.number in black` for a list slot."""
    position: int
    value: int


@dataclass(frozen=True, slots=True)
class TermTrace:
    """One term."""

    text: str
    facts: tuple[Fact, ...]
    answer: bool | None
    """None: not asked, since the terms before it settled the matter."""


@dataclass(frozen=True, slots=True)
class TraceNode:
    """A part of a condition, as a tree for people."""

    word: str
    """`term`, `not`, `and` or `or`."""
    answer: bool | None
    term: TermTrace | None
    children: tuple[TraceNode, ...]


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """One rule in one decision."""

    rule: Rule
    outcome: Outcome
    decided: bool
    """The action of the decision is this rule's."""
    terms: tuple[TermTrace, ...]
    tree: TraceNode


@dataclass(frozen=True, slots=True)
class Trace:
    """A decision and the way to it."""

    decision: Decision
    emergency: bool
    """The called number is an emergency number: no rule could hinder the call."""
    rules: tuple[RuleTrace, ...]
    """All rules, in stage order."""

    def held(self) -> tuple[RuleTrace, ...]:
        """The rules whose condition holds, expired ones included."""
        return tuple(traced for traced in self.rules if traced.outcome is not Outcome.SILENT)


def trace_decision(
    rules: Sequence[Rule], program: Program, row: Sequence[int], *, salt: str, names: Sequence[str]
) -> Trace:
    """Decide on a row, one rule after the other, keeping every answer."""
    answers = [trace_rule(program, row, rule=index, terms=len(rule.terms)) for index, rule in enumerate(rules)]
    held = [index for index, (holds, _) in enumerate(answers) if holds]
    decision = combine(rules, held, row, salt=salt)
    traced = []
    for rule, (holds, answered) in zip(rules, answers, strict=True):
        became = outcome(rule, row, salt=salt) if holds else Outcome.SILENT
        terms = tuple(_term(term, answer, row, names=names) for term, answer in zip(rule.terms, answered, strict=True))
        traced.append(
            RuleTrace(rule, became, _decided(rule, became, decision), terms, _tree(rule.condition, iter(terms)))
        )
    return Trace(decision, decision.layer is Layer.EMERGENCY, tuple(traced))


def _decided(rule: Rule, became: Outcome, decision: Decision) -> bool:
    gave = became is Outcome.ENFORCED and rule.action is not None
    return gave and rule.layer is decision.layer and rule.action is decision.action


def _term(term: Term, answer: bool | None, row: Sequence[int], *, names: Sequence[str]) -> TermTrace:
    return TermTrace(term.text, tuple(Fact(names[at], at, row[at]) for at in term.positions), answer)


def _tree(condition: Condition, terms: Iterator[TermTrace]) -> TraceNode:
    if isinstance(condition, Term):
        term = next(terms)
        return TraceNode("term", term.answer, term, ())
    if isinstance(condition, Negation):
        child = _tree(condition.operand, terms)
        return TraceNode("not", None if child.answer is None else not child.answer, None, (child,))
    children = tuple(_tree(operand, terms) for operand in condition.operands)
    settling = not isinstance(condition, Both)  # one true settles an `or`, one false an `and`
    answers = [child.answer for child in children]
    answer = settling if settling in answers else None if None in answers else not settling
    return TraceNode("and" if isinstance(condition, Both) else "or", answer, None, children)
