"""An explanation: the verdict decided again from the log, its trace, and which single facts would have changed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from haodun.numbering import Plan
from haodun.screening.events import FEATURES, INDEX, Action, Layer, Type
from haodun.screening.explain.errors import ExplainError, Mismatch
from haodun.screening.explain.replaying import replayed_row
from haodun.screening.explain.run import event_number, open_run
from haodun.screening.policy import FEATURE_BOUNDS, Policy, Trace
from haodun.screening.verdicts import Verdict

FIXED = frozenset({INDEX["call.time"], INDEX["caller.number"], INDEX["callee.number"]})
"""Facts that make the call this call: never varied."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A single fact whose change would have changed the action."""

    name: str
    position: int
    value: int
    """As it was."""
    other: int
    """The nearest value with another outcome."""
    action: Action
    """What it would have been."""


@dataclass(frozen=True, slots=True)
class DecidedBy:
    """What decided a call, and in which local time to speak of it."""

    policy: Policy
    plan: Plan
    utc_offset_minutes: int
    versions: Mapping[str, str]
    """Of everything that decided, by name."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that the tree shows. It exists only if the recomputed verdict equals the recorded one."""

    verdict_id: str
    verdict: Verdict
    by: DecidedBy
    row: tuple[int, ...]
    trace: Trace
    replayed: bool
    """Recomputed by replay of the input log; otherwise from the row stored with the verdict."""
    flips: tuple[Flip, ...]

    def to_dict(self) -> dict[str, object]:
        """For scripts."""
        decision = self.trace.decision
        return {
            "verdict": self.verdict_id,
            "action": decision.action.name,
            "layer": decision.layer.name,
            "flags": [flag.name for flag in decision.flags],
            "reasons": list(decision.reasons),
            "shadow": list(decision.shadow),
            "recomputed": "replay" if self.replayed else "row",
            "row": dict(zip(self.by.policy.names(), self.row, strict=True)),
            "rules": {
                traced.rule.id: {term.text: term.answer for term in traced.terms} for traced in self.trace.held()
            },
            "flips": [
                {"fact": flip.name, "value": flip.value, "other": flip.other, "action": flip.action.name}
                for flip in self.flips
            ],
            "versions": dict(self.by.versions),
        }


def explain(
    path: Path, verdict_id: str, *, replay: bool = False, site_key: Callable[[], bytes] | None = None
) -> Explanation:
    """Decide one call of a run again and say why.

    A non-ALLOW verdict is recomputed from the row stored with it; an ALLOW, and any verdict with `replay`, by replaying
    the input log from the nearest kernel state; for a state of the compiled kernel `site_key` is asked for the key of
    the site that screened. Mismatch where anything differs from what was recorded.
    """
    run = open_run(path)
    verdict = run.verdict(event_number(run, verdict_id))
    replayed = replay or verdict.features is None
    row = tuple(replayed_row(run, verdict, site_key) if replayed else verdict.features or ())
    by = DecidedBy(run.policy, run.plan, run.parameters.utc_offset_minutes, run.record["versions"])
    return _recomputed(verdict, row, by, verdict_id=verdict_id, replayed=replayed)


def explain_row(verdict: Verdict, by: DecidedBy, *, verdict_id: str) -> Explanation:
    """Decide a call again from the row stored with its verdict. ExplainError for an ALLOW, which carries none."""
    if verdict.features is None:
        raise ExplainError(f"{verdict_id} let the call through; only a replay of the edge's log can recompute it")
    return _recomputed(verdict, verdict.features, by, verdict_id=verdict_id, replayed=False)


def _recomputed(
    verdict: Verdict, row: tuple[int, ...], by: DecidedBy, *, verdict_id: str, replayed: bool
) -> Explanation:
    """The explanation of a verdict on a row; Mismatch where the policy now says something else."""
    if len(row) != by.policy.row_length:
        raise Mismatch(f"{verdict_id}: the row has {len(row)} values, the policy reads {by.policy.row_length}")
    if verdict.features is not None:
        _check("row", verdict.features, row, verdict_id=verdict_id)
    trace = by.policy.trace(row)
    if not verdict.repeat_of:
        for name in ("action", "layer", "flags", "reasons", "shadow", "score"):
            _check(name, getattr(verdict, name), getattr(trace.decision, name), verdict_id=verdict_id)
    flips = tuple(_flips(by.policy, row, trace))
    return Explanation(verdict_id, verdict, by, row, trace, replayed, flips)


def _check(name: str, recorded: object, recomputed: object, *, verdict_id: str) -> None:
    if recorded != recomputed:
        raise Mismatch(
            f"{verdict_id}: recorded {name} {recorded!r}, recomputed {recomputed!r}; "
            f"the log was changed after the run, or this is a bug: keep the run folder and report it"
        )


def _flips(policy: Policy, row: Sequence[int], trace: Trace) -> Iterator[Flip]:
    """For each fact that a deciding rule looked at: the nearest other value that changes the action."""
    if trace.decision.layer in (Layer.EMERGENCY, Layer.NONE):
        return
    names = policy.names()
    positions = {
        fact.position: None
        for traced in trace.rules
        if traced.decided
        for term in traced.terms
        if term.answer is not None
        for fact in term.facts
    }
    for position in positions:
        if position in FIXED:
            continue
        found = _nearest(policy, row, position, action=trace.decision.action)
        if found is not None:
            other, action = found
            yield Flip(names[position], position, row[position], other, action)


def _nearest(policy: Policy, row: Sequence[int], position: int, *, action: Action) -> tuple[int, Action] | None:
    """The value nearest to the actual one under which the action is another."""

    def decide(value: int) -> Action:
        changed = [*row]
        changed[position] = value
        return policy.decide(changed).action

    value = row[position]
    if position >= len(FEATURES) or FEATURES[position].type is Type.BOOL:
        others = [1 - value]
    elif FEATURES[position].members is not None:
        bounds = FEATURE_BOUNDS[position]
        others = [other for other in range(bounds.low, bounds.high + 1) if other != value]
    else:
        others = [
            *_edges(decide, value, low=0, action=action),
            *_edges(decide, value, low=4 * value + 1_000, action=action),
        ]
    changing = [(other, decide(other)) for other in others if decide(other) is not action]
    return min(changing, key=lambda found: abs(found[0] - value), default=None)


def _edges(decide: Callable[[int], Action], value: int, *, low: int, action: Action) -> list[int]:
    """Between the actual value and a far one with another outcome: the first value with that outcome (bisection)."""
    if decide(low) is action:
        return []
    same, other = value, low
    while abs(same - other) > 1:
        middle = (same + other) // 2
        if decide(middle) is action:
            same = middle
        else:
            other = middle
    return [other]
