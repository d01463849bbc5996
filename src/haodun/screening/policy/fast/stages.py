"""From the rules that hold to one decision, compiled: expiry, roll-out, order of stages; equal to `stages.combine`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing, merged
from haodun.numbering import Kind
from haodun.screening.events import INDEX, Action, Layer
from haodun.screening.policy.bounds import INT64_MAX
from haodun.screening.policy.fast.canary import Canaries, canaries, place_of
from haodun.screening.policy.rule import Rule, StageKind
from haodun.screening.policy.stages import CALLER, TIME

Integers = npt.NDArray[Any]

_ACTION: Final = 0
"""−1: the rule gives none."""
_LAYER: Final = 1
_FLAGS: Final = 2
_KIND: Final = 3
_SHARE: Final = 4
_EXPIRES: Final = 5

_KINDS: Final = (StageKind.SHADOW, StageKind.CANARY, StageKind.ENFORCE)
_SHADOW: Final = 0
_CANARY: Final = 1
_ENFORCED: Final = 2
_EXPIRED: Final = 3
_U: Final = np.uint64
"""Of a place: it is not asked whether it counts from the end."""

_ALLOW: Final = int(Action.ALLOW)
_EMERGENCY: Final = int(Layer.EMERGENCY)
_NONE: Final = int(Layer.NONE)
_CALLEE_EMERGENCY: Final = INDEX["callee.emergency"]
_CALLEE_KIND: Final = INDEX["callee.kind"]
_KIND_EMERGENCY: Final = int(Kind.EMERGENCY)


class RuleTable(NamedTuple):
    """What `combine` knows of the rules, and what it leaves."""

    rules: Integers
    """A row a rule: action, layer, flags, stage, share, expiry."""
    canary: Canaries
    found: Integers
    """The decision as words of 64 bits: the enforced rules, those in shadow, whether somebody calls for help."""
    verdict: Integers
    """Its action, layer and flags."""


def words_for(rules: int) -> int:
    """Words of a decision over so many rules."""
    return 2 * ((rules + 63) // 64) + 1


def rule_table(rules: Sequence[Rule], *, salt: str) -> RuleTable:
    """The rules of a policy, in stage order."""
    rows = [
        (
            -1 if rule.action is None else int(rule.action),
            int(rule.layer),
            int(rule.flags),
            _KINDS.index(rule.stage.kind),
            rule.stage.share,
            INT64_MAX if rule.expires is None else rule.expires,
        )
        for rule in rules
    ]
    return RuleTable(
        np.array(rows, np.int64).reshape(-1, 6),
        canaries(rules, salt=salt),
        np.zeros(words_for(len(rules)), np.int64),
        np.zeros(3, np.int64),
    )


@borrowing
def calls_for_help(row: Integers) -> bool:
    """Whether the called number is an emergency number: `called_number_is_emergency`."""
    return bool(row[_CALLEE_EMERGENCY] != 0 or row[_CALLEE_KIND] == _KIND_EMERGENCY)


@merged
def combine(table: RuleTable, held: Integers, row: Integers) -> None:
    """The decision, left in `found` and `verdict`; `held` has the number of rules that hold, then those rules."""
    rules, found, verdict = table.rules, table.found, table.verdict
    for word in range(len(found)):
        found[word] = 0
    action, layer, flags = _ALLOW, _NONE, 0
    shadow = len(found) // 2
    for index in range(1, held[0] + 1):
        rule = _U(held[_U(index)])
        became = _outcome(rules, table.canary, rule, row)
        if became == _EXPIRED:
            continue
        word, bit = int(rule) >> 6, 1 << (int(rule) & 63)
        if became == _SHADOW:
            found[_U(shadow + word)] |= bit
            continue
        found[_U(word)] |= bit
        flags |= rules[rule, _FLAGS]
        if rules[rule, _ACTION] < 0:
            continue
        if layer == _NONE:
            action, layer = rules[rule, _ACTION], rules[rule, _LAYER]
        elif rules[rule, _LAYER] == layer and rules[rule, _ACTION] > action:
            action = rules[rule, _ACTION]
    if calls_for_help(row):
        action, layer, found[len(found) - 1] = _ALLOW, _EMERGENCY, 1
    verdict[0], verdict[1], verdict[2] = action, layer, flags


@merged
def _outcome(rules: Integers, canary: Canaries, rule: Any, row: Integers) -> int:
    """What becomes of a rule that holds."""
    if row[TIME] >= rules[rule, _EXPIRES]:
        return _EXPIRED
    stage = rules[rule, _KIND]
    if stage == _CANARY:
        inside = place_of(canary, canary.place[rule], row[CALLER]) < rules[rule, _SHARE]
        return _ENFORCED if inside else _SHADOW
    return int(stage)
