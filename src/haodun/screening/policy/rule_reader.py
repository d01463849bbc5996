"""Read the rules of a policy and check each condition, with every problem at its line and column."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from haodun.screening.events import Action, Flag, Layer
from haodun.screening.policy.checker import Scope, check_condition
from haodun.screening.policy.condition import Condition, terms_of
from haodun.screening.policy.document import Node, Scalar
from haodun.screening.policy.error import nearest, quoted
from haodun.screening.policy.parser import parse_condition
from haodun.screening.policy.program import MAX_PROGRAM_RULES
from haodun.screening.policy.reading import Notes, Section
from haodun.screening.policy.rule import CANARY_SHARES, Rule, RuleClass, Stage, StageKind, Title
from haodun.screening.policy.tokens import FaultError

KEYS = ("id", "title", "layer", "stage", "when", "action", "flags", "reason", "class", "basis", "expires")
RULE_ID = re.compile(r"[A-Z][A-Z0-9-]{1,47}")
REASON = re.compile(r"[a-z][a-z0-9_]{1,47}")
STAGE = re.compile(r"shadow|enforce|canary ([1-9][0-9]{0,3})")
LAYERS = {layer.name.lower(): layer for layer in Layer if Layer.EMERGENCY < layer < Layer.NONE}
ACTIONS = {action.name: action for action in Action}
FLAGS = {flag.name: flag for flag in (Flag.TRACE, Flag.CASE) if flag.name}


@dataclass(slots=True)
class Names:
    """What the conditions of one policy may name, and what they did name."""

    constants: dict[str, int]
    lists: frozenset[str]
    slot: Callable[[int, str], int]
    used: set[str]


def read_rules(top: Section, names: Names, *, at_ms: int | None) -> tuple[Rule, ...]:
    """The rules in stage order; those with problems are left out, and the problems noted."""
    nodes = top.items("rules")
    if not nodes:
        top.notes.add(top.node, "a policy needs at least one rule", "add rules:")
    if len(nodes) > MAX_PROGRAM_RULES:
        top.notes.add(nodes[MAX_PROGRAM_RULES], f"there are more than {MAX_PROGRAM_RULES} rules")
        return ()
    sections = [Section(node, top.notes, what="the rule", keys=KEYS) for node in nodes]
    _note_doubles(sections)
    sections.sort(key=_layer_of)
    return tuple(rule for section in sections if (rule := _read_rule(section, names, at_ms)) is not None)


def _layer_of(section: Section) -> int:
    node = section.fields.get("layer")
    return LAYERS.get(node.text, Layer.NONE) if isinstance(node, Scalar) else Layer.NONE


def _note_doubles(sections: list[Section]) -> None:
    first: dict[str, int] = {}
    for section in sections:
        node = section.fields.get("id")
        if not isinstance(node, Scalar):
            continue
        if node.text in first:
            section.notes.add(
                node, f"rule {quoted(node.text)} stands twice, first in line {first[node.text]}", "rename one"
            )
        first.setdefault(node.text, node.line)


def _read_rule(section: Section, names: Names, at_ms: int | None) -> Rule | None:
    rule_id = section.text("id", RULE_ID, rule="use capitals, digits and -, such as CN-ORIGIN-1")
    title = section.titles("title")
    layer = section.choice("layer", LAYERS)
    stage = _stage(section)
    action = section.choice("action", ACTIONS, required=False)
    flags = _flags(section)
    reason = section.text("reason", REASON, rule="use small letters, digits and _, such as own_number_from_abroad")
    rule_class = section.choice("class", [name.value for name in RuleClass])
    basis = section.texts("basis")
    expires = _expires(section, at_ms, needed=layer == "behaviour" and action == "BLOCK")
    when, condition = _condition(section, names)
    if not (rule_id and layer and stage and reason and rule_class and basis and condition):
        return None
    return Rule(
        id=rule_id,
        title=Title(**title),
        layer=LAYERS[layer],
        stage=stage,
        when=when,
        condition=condition,
        action=ACTIONS[action] if action else None,
        flags=flags,
        reason=reason,
        rule_class=RuleClass(rule_class),
        basis=basis,
        expires=expires,
        terms=tuple(terms_of(condition)),
        line=section.node.line,
        column=section.node.column,
    )


def _stage(section: Section) -> Stage | None:
    found = section.text("stage", STAGE, rule="write shadow, canary 1 to canary 9999 (of 10,000 callers), or enforce")
    if not found:
        return None
    kind, _, share = found.partition(" ")
    fixed = {"shadow": 0, "enforce": CANARY_SHARES}
    return Stage(StageKind(kind), int(share) if share else fixed[kind])


def _flags(section: Section) -> Flag:
    flags = Flag.NONE
    for item in section.items("flags"):
        word = item.text if isinstance(item, Scalar) else ""
        if word in FLAGS:
            flags |= FLAGS[word]
        else:
            section.notes.add(item, f"there is no flag {quoted(word)}", nearest(word, FLAGS) or "it is TRACE or CASE")
    return flags


def _expires(section: Section, at_ms: int | None, *, needed: bool) -> int | None:
    moment = section.date("expires")
    node: Node = section.fields.get("expires", section.node)
    if needed and "expires" not in section.fields:
        section.notes.add(node, "a BLOCK of the behaviour layer must have an end", "add expires: and a date")
    if moment is not None and at_ms is not None and moment <= at_ms:
        section.notes.add(node, "the rule has expired", "give it a later end or remove it")
    return moment


def _condition(section: Section, names: Names) -> tuple[str, Condition | None]:
    scalar = section.scalar("when")
    if scalar is None:
        return "", None
    notes: Notes = section.notes
    scope = Scope(scalar.text, names.constants, names.lists, names.slot, names.used)
    try:
        condition = check_condition(parse_condition(scalar.text), scope)
    except FaultError as fault:
        notes.add_at(notes.document.place_in(scalar, fault.offset), fault.message, fault.suggestion)
        return "", None
    return " ".join(scalar.text.split()), condition
