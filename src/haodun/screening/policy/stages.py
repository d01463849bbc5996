"""From the rules that hold to one decision: expiry, roll-out, and the fixed order of stages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from haodun.screening.events import INDEX, Action, Decision, Flag, Layer
from haodun.screening.policy import emergency
from haodun.screening.policy.canary import canary_place
from haodun.screening.policy.rule import Rule, StageKind

TIME = INDEX["call.time"]
CALLER = INDEX["caller.number"]

READS = frozenset((TIME, CALLER)) | emergency.READS
"""The positions of the row that are read besides those of the rules."""
SILENT = Decision(Action.ALLOW, Layer.NONE, Flag.NONE, (), (), 0)
"""The decision where no rule holds and nobody calls for help."""


class Outcome(StrEnum):
    """What became of one rule in one decision."""

    SILENT = "silent"
    """Its condition does not hold."""
    EXPIRED = "expired"
    SHADOW = "shadow"
    """It holds, but is only watched, or the caller is outside its canary share."""
    ENFORCED = "enforced"
    """It holds and counts."""


def outcome(rule: Rule, row: Sequence[int], *, salt: str) -> Outcome:
    """What becomes of a rule whose condition holds."""
    if rule.expires is not None and row[TIME] >= rule.expires:
        return Outcome.EXPIRED
    if rule.stage.kind is StageKind.ENFORCE:
        return Outcome.ENFORCED
    if rule.stage.kind is StageKind.CANARY:
        place = canary_place(rule.id, salt=salt, caller=row[CALLER])
        return Outcome.ENFORCED if place < rule.stage.share else Outcome.SHADOW
    return Outcome.SHADOW


def combine(rules: Sequence[Rule], held: Iterable[int], row: Sequence[int], *, salt: str) -> Decision:
    """The decision: the action of the first layer that gives one, within a layer the strongest; all reasons are kept.

    `rules` are in stage order, `held` are the places of those whose condition holds, in the same order.
    """
    action, layer, flags = Action.ALLOW, Layer.NONE, Flag.NONE
    reasons: list[str] = []
    shadow: list[str] = []
    for index in held:
        rule = rules[index]
        became = outcome(rule, row, salt=salt)
        if became is Outcome.SHADOW:
            shadow.append(rule.id)
        if became is not Outcome.ENFORCED:
            continue
        reasons.append(rule.id)
        flags |= rule.flags
        if rule.action is None:
            continue
        if layer is Layer.NONE:
            action, layer = rule.action, rule.layer
        elif rule.layer is layer and rule.action > action:
            action = rule.action
    if emergency.called_number_is_emergency(row):
        action, layer = Action.ALLOW, Layer.EMERGENCY
    return Decision(action, layer, flags, tuple(reasons), tuple(shadow), 0)
