"""Write down every rule of a policy for people: the source of docs/reference/rules.md."""

from __future__ import annotations

from haodun.screening.events import Layer
from haodun.screening.policy.diff import date_text
from haodun.screening.policy.policy import Policy
from haodun.screening.policy.rule import Rule
from haodun.screening.policy.rule_reader import FLAGS

LAYER_TITLES = {
    Layer.STRUCTURE: "Structure (结构)",
    Layer.ALLOCATION: "Allocation (号段分配)",
    Layer.ORDERS: "Orders and restrictions (处置指令)",
    Layer.ORIGIN: "Origin (来源)",
    Layer.ATTESTATION: "Attestation (主叫认证)",
    Layer.TRUSTED: "Trusted numbers (可信号码)",
    Layer.LISTS: "Lists (名单)",
    Layer.BEHAVIOUR: "Behaviour (行为)",
    Layer.SCORE: "Last (兜底)",
}


def describe_rules(policy: Policy) -> str:
    """Markdown: the policy's head, its constants and lists, then each rule under its layer, in stage order."""
    lines = [f"## {policy.id}: {policy.title.en} ({policy.title.zh})", ""]
    lines.append(
        f"Home {policy.home}, profile `{policy.profile}`, version {policy.version}, {len(policy.rules)} rules."
    )
    if policy.lists:
        lines += ["", "Lists: " + ", ".join(f"`{name}`" for name in policy.lists) + "."]
    if policy.constants:
        lines += ["", "| constant | value |", "|---|---|"]
        lines += [f"| `{name}` | {value} |" for name, value in policy.constants.items()]
    layer = Layer.EMERGENCY
    for rule in policy.rules:
        if rule.layer is not layer:
            layer = rule.layer
            lines += ["", f"### {policy.id}: {LAYER_TITLES[layer]}"]
        lines += ["", *_rule(rule)]
    return "\n".join(lines) + "\n"


def _rule(rule: Rule) -> list[str]:
    action = "reason only" if rule.action is None else rule.action.name
    flags = "".join(f" + {name}" for name, flag in FLAGS.items() if flag in rule.flags)
    end = "" if rule.expires is None else f", until {date_text(rule.expires)}"
    return [
        f"#### `{rule.id}` {rule.title.en}",
        "",
        f"{rule.title.zh}",
        "",
        f"**{action}{flags}**, {rule.stage}{end}; reason `{rule.reason}`, class {rule.rule_class.value}.",
        "",
        "```",
        rule.when,
        "```",
        "",
        "Basis: " + "; ".join(rule.basis) + ".",
    ]
