"""An explanation as the page shows it: from the same data, in the same words, as `haodun explain` prints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from haodun.console.formatting import Language
from haodun.screening.events import Action, Layer
from haodun.screening.explain import Explanation
from haodun.screening.explain.messages import ACTIONS, LAYERS, pick, say
from haodun.screening.explain.rendering import fact_title, fact_value, sentence
from haodun.screening.policy import Outcome, RuleTrace, TraceNode

ACTION_LOOKS: dict[Action, tuple[str, str]] = {
    Action.ALLOW: ("ok", "check"),
    Action.TIP: ("info", "info"),
    Action.WITHHOLD_CLI: ("cau", "eye-off"),
    Action.CHALLENGE: ("cau", "hand"),
    Action.BLOCK: ("crit", "ban"),
}
"""Tone and icon of each action."""
HASH = 12
"""Signs of a hash that are shown; the whole stands in the title."""


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a condition."""

    answer: str
    """yes, no or open (not evaluated)."""
    badge: str
    word: str
    """AND, OR, NOT of a knot, '' of a leaf."""
    facts: tuple[tuple[str, str, str], ...]
    """Of a leaf: title, field name, value."""
    text: str
    """Of a leaf: the clause as the rule writes it."""
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that held."""

    id: str
    title: str
    became: str
    tone: str
    icon: str
    basis: str
    tree: Node


@dataclass(frozen=True, slots=True)
class Stage:
    """A layer in kernel order."""

    number: int
    title: str
    why: str
    state: str
    """decides, would or pass."""
    tone: str
    icon: str
    chip: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything the explanation part draws."""

    action: str
    tone: str
    icon: str
    sentence: str
    stages: tuple[Stage, ...]
    reasons: tuple[tuple[str, str, str], ...]
    """Title, rule id, basis, in order; the first decided."""
    flips: tuple[tuple[str, str], ...]
    """What would have had to differ, and what the action would have been."""
    shadow: tuple[str, ...]
    versions: tuple[tuple[str, str, str], ...]
    """Name, shortened, whole."""
    recomputed: str
    token: str
    verdict_id: str


def picture(explanation: Explanation, lang: Language) -> Picture:
    """The picture of an explanation in one language."""
    verdict = explanation.verdict
    tone, icon = ACTION_LOOKS[verdict.action]
    return Picture(
        action=pick(ACTIONS[verdict.action], lang),
        tone=tone,
        icon=icon,
        sentence=sentence(explanation, lang),
        stages=tuple(_stages(explanation, lang)),
        reasons=tuple(_reasons(explanation, lang)),
        flips=tuple(_flips(explanation, lang)),
        shadow=tuple(verdict.shadow),
        versions=tuple((name, value[:HASH], value) for name, value in explanation.by.versions.items()),
        recomputed=say("recomputed_replay" if explanation.replayed else "recomputed_row", lang),
        token=str(verdict.token or ""),
        verdict_id=explanation.verdict_id,
    )


def _stages(explanation: Explanation, lang: Language) -> Iterator[Stage]:
    held = explanation.trace.held()
    for number, layer in enumerate((layer for layer in Layer if layer is not Layer.NONE), 1):
        rules = tuple(_rule(traced, lang) for traced in held if traced.rule.layer is layer)
        yield _stage(explanation, layer, rules, number=number, lang=lang)


def _stage(explanation: Explanation, layer: Layer, rules: tuple[Rule, ...], *, number: int, lang: Language) -> Stage:
    decision, title = explanation.trace.decision, pick(LAYERS[layer], lang)
    if layer is decision.layer:
        tone, icon = ACTION_LOOKS[decision.action]
        chip = say("decides", lang, action=pick(ACTIONS[decision.action], lang))
        why = "; ".join(rule.title for rule in rules) if lang == "en" else "；".join(rule.title for rule in rules)
        return Stage(number, title, why or say("why_emergency", lang), "decides", tone, icon, chip, rules)
    if rules:
        first = rules[0]
        return Stage(number, title, first.title, "would", first.tone, first.icon, first.became, rules)
    return Stage(number, title, say("passes", lang), "pass", "neu", "minus", "", ())


def _rule(traced: RuleTrace, lang: Language) -> Rule:
    rule = traced.rule
    tone, icon = ACTION_LOOKS[rule.action] if rule.action is not None else ("neu", "info")
    if traced.outcome is Outcome.SHADOW:
        became, tone, icon = say("shadow", lang), "neu", "circle-dashed"
    elif traced.outcome is Outcome.EXPIRED:
        became, tone, icon = say("expired", lang), "neu", "circle-slash"
    elif rule.action is None:
        became = say("notes_only", lang)
    elif traced.decided:
        became = say("decides", lang, action=pick(ACTIONS[rule.action], lang))
    else:
        became = say("would", lang, action=pick(ACTIONS[rule.action], lang))
        tone = "warn" if tone == "crit" else tone
    basis = say("basis", lang, basis=", ".join(rule.basis))
    return Rule(rule.id, rule.title.in_(lang), became, tone, icon, basis, _node(traced.tree, lang))


def _node(node: TraceNode, lang: Language) -> Node:
    answer = "open" if node.answer is None else "yes" if node.answer else "no"
    badge = say({"open": "unasked", "yes": "true", "no": "false"}[answer], lang)
    if node.term is None:
        children = tuple(_node(child, lang) for child in node.children)
        return Node(answer, badge, say(node.word, lang), (), "", children)
    facts = tuple(
        (fact_title(fact.name, lang), fact.name, fact_value(fact.name, fact.value, lang)) for fact in node.term.facts
    )
    return Node(answer, badge, "", facts, node.term.text, ())


def _reasons(explanation: Explanation, lang: Language) -> Iterator[tuple[str, str, str]]:
    for rule_id in explanation.verdict.reasons:
        rule = explanation.by.policy.rule(rule_id)
        yield rule.title.in_(lang), rule_id, say("basis", lang, basis=", ".join(rule.basis))


def _flips(explanation: Explanation, lang: Language) -> Iterator[tuple[str, str]]:
    for flip in explanation.flips:
        values = (fact_value(flip.name, flip.value, lang), fact_value(flip.name, flip.other, lang))
        yield f"{fact_title(flip.name, lang)} {values[0]} → {values[1]}", pick(ACTIONS[flip.action], lang)
