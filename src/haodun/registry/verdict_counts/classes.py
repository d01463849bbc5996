"""Which rule decided a verdict, and what class of call that rule is about."""

from __future__ import annotations

from dataclasses import dataclass

from haodun.numbering import load_plan, parse
from haodun.screening.events import Action, Layer
from haodun.screening.policy import Policy, RuleClass
from haodun.screening.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Sort:
    """What a verdict is counted under."""

    rule: str
    """'' where no rule spoke."""
    rule_class: str
    """'' where no rule spoke."""


class Classes:
    """The rules of one policy, by id."""

    def __init__(self, policy: Policy) -> None:
        self._rules: dict[str, tuple[Layer, Action | None, RuleClass]] = {
            rule.id: (rule.layer, rule.action, rule.rule_class) for rule in policy.rules
        }

    def of(self, verdict: Verdict) -> Sort:
        """The first reason of the deciding stage that gave the action; else the first reason, of its class.

        A rule that this policy does not know is of class unknown.
        """
        for rule in verdict.reasons:
            layer, action, rule_class = self._rules.get(rule, (None, None, RuleClass.UNKNOWN))
            if layer is verdict.layer and action is verdict.action:
                return Sort(rule, rule_class.value)
        if not verdict.reasons:
            return Sort("", "")
        first = verdict.reasons[0]
        return Sort(first, self._rules[first][2].value if first in self._rules else RuleClass.UNKNOWN.value)


def province_of(caller: int) -> str:
    """Two digits of GB/T 2260 of a caller key, '' where the plan names none or the caller is no number."""
    return load_plan().facts(parse(f"+{caller}")).province if caller > 0 else ""
