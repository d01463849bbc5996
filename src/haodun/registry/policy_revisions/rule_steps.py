"""One rule one step further: only the word of its stage is written anew, comments and layout stay as they are."""

from __future__ import annotations

from dataclasses import dataclass

from haodun.offices.transitions.services import Refused
from haodun.registry.policy_revisions.values import STEPS
from haodun.screening.policy import FieldChange, Policy, PolicyError, Rule, diff_policies, parse_policy
from haodun.screening.policy.document import Mapping, Scalar, Sequence, read_document


@dataclass(frozen=True, slots=True)
class RuleStep:
    """The next step of a rule, as its stage is written."""

    old: str
    new: str


def step_after(rule: Rule) -> str:
    """The stage that follows on a rule's own, '' where it speaks for all callers already."""
    shares = {"shadow": 0, "canary 100": 100, "canary 1000": 1_000, "enforce": 10_000}
    return next((stage for stage in STEPS if shares[stage] > rule.stage.share), "")


def next_step(text: str, rule_id: str) -> RuleStep:
    """What the next step of a rule is. Refused `rule`, `policy`."""
    rule = next((one for one in _parsed(text).rules if one.id == rule_id), None)
    new = "" if rule is None else step_after(rule)
    if rule is None or not new:
        raise Refused(
            "rule",
            "现行策略没有这条规则，或它已对全部主叫执行。",
            "The policy in force has no such rule, or it speaks for all callers already.",
        )
    return RuleStep(str(rule.stage), new)


def with_stage(text: str, rule_id: str, stage: str) -> str:
    """The text with the stage of one rule written anew; both are loaded and compared. Refused `rule`, `policy`."""
    old = _parsed(text)
    scalar = _stage_of(text, rule_id)
    if scalar is None or text[scalar.start : scalar.start + len(scalar.text)] != scalar.text:
        raise _not_found()
    made = text[: scalar.start] + stage + text[scalar.start + len(scalar.text) :]
    found = diff_policies(old, _parsed(made))
    fields = tuple(change.fields for change in found.changed if change.id == rule_id)
    only = found.changed and len(found.changed) == 1 and not (found.added or found.removed or found.head)
    if not only or len(fields) != 1 or fields[0] != (FieldChange("stage", str(old.rule(rule_id).stage), stage),):
        raise _not_found()
    return made


def _stage_of(text: str, rule_id: str) -> Scalar | None:
    root = read_document(text, name="policy").root
    rules = _value(root, "rules")
    for node in rules.items if isinstance(rules, Sequence) else ():
        named = _value(node, "id")
        if isinstance(named, Scalar) and named.text == rule_id:
            found = _value(node, "stage")
            return found if isinstance(found, Scalar) else None
    return None


def _value(node: object, name: str) -> object:
    if not isinstance(node, Mapping):
        return None
    return next((value for key, value in node.entries if key.text == name), None)


def _parsed(text: str) -> Policy:
    try:
        return parse_policy(text, name="policy")
    except PolicyError as error:
        raise Refused(
            "policy",
            "现行策略在这里不能单独载入，请另行起草。",
            "The policy in force does not load on its own.",
        ) from error


def _not_found() -> Refused:
    return Refused(
        "rule",
        "找不到这条规则的阶段，请在编辑页手工修改。",
        "The stage of this rule was not found in the text; change it in the editor.",
    )
