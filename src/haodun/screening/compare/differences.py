"""Decide the calls of a run again under two policies, and count what would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from haodun.numbering import load_plan, mask
from haodun.screening.events import Trunks, read_events
from haodun.screening.kernel import Parameters
from haodun.screening.policy import Policy, load_policy
from haodun.screening.verdicts import Mode, Screener, Verdict

MAX_EXAMPLES = 10
TOLD_EVERY = 1_000
"""Calls between two words about how far it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """One call that two policies decide otherwise."""

    event: int
    caller: str
    """Masked."""
    callee: str
    old: str
    new: str
    old_reasons: tuple[str, ...]
    new_reasons: tuple[str, ...]


@dataclass(slots=True)
class Differences:
    """What changes between two policies over one input log."""

    old: str
    new: str
    calls: int = 0
    changed: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Calls by (old action, new action), the equal ones left out."""
    rules: dict[str, list[int]] = field(default_factory=dict)
    """Rule id to how often it fired under [old, new], enforced or in shadow."""
    examples: list[Change] = field(default_factory=list)
    """The first changed call of each of the first callers."""
    who: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Of the changed calls: by (ingress, kind of the caller's number)."""
    callers: set[int] = field(default_factory=set)
    """Different callers of the changed calls, by key."""

    def add(self, old: Verdict, new: Verdict) -> None:
        """Count one call."""
        self.calls += 1
        for side, verdict in enumerate((old, new)):
            for rule in (*verdict.reasons, *verdict.shadow):
                self.rules.setdefault(rule, [0, 0])[side] += 1
        if old.action is new.action:
            return
        self.changed[old.action.name, new.action.name] += 1
        self.who[new.ingress.name.lower(), new.caller_kind.name.lower()] += 1
        first = new.caller not in self.callers
        self.callers.add(new.caller)
        if first and len(self.examples) < MAX_EXAMPLES:
            change = Change(
                event=old.event,
                caller=mask(old.caller_text),
                callee=mask(f"+{old.callee}"),
                old=old.action.name,
                new=new.action.name,
                old_reasons=old.reasons,
                new_reasons=new.reasons,
            )
            self.examples.append(change)

    def to_dict(self) -> dict[str, object]:
        """For `haodun policy compare --json`."""
        return {
            "old": self.old,
            "new": self.new,
            "calls": self.calls,
            "changed": {f"{old} → {new}": count for (old, new), count in self.changed.most_common()},
            "callers": len(self.callers),
            "who": {f"{ingress} {kind}": count for (ingress, kind), count in self.who.most_common()},
            "rules": {rule: {"old": old, "new": new} for rule, (old, new) in sorted(self.rules.items())},
            "examples": [{name: getattr(change, name) for name in Change.__slots__} for change in self.examples],
        }

    def render(self) -> str:
        """For a terminal."""
        total = self.changed.total()
        lines = [f"{self.calls:,} calls; {total:,} decided otherwise under {self.new} than under {self.old}"]
        lines += [f"  {count:>10,}  {old} → {new}" for (old, new), count in self.changed.most_common()]
        differing = {rule: counts for rule, counts in sorted(self.rules.items()) if counts[0] != counts[1]}
        if differing:
            lines.append("rules that fire more or less often (old, new)")
            lines += [f"  {old:>10,} {new:>10,}  {rule}" for rule, (old, new) in differing.items()]
        if self.examples:
            lines.append("examples")
            lines += [
                f"  event {change.event}: {change.caller} → {change.callee}: {change.old} {list(change.old_reasons)}"
                f" → {change.new} {list(change.new_reasons)}"
                for change in self.examples
            ]
        return "\n".join(lines)


def compare_run(
    run: Path,
    *,
    old: str | Policy,
    new: str | Policy,
    parameters: Parameters | None = None,
    limit: int | None = None,
    told: Callable[[int], None] | None = None,
) -> Differences:
    """Decide `run`'s input log twice, each policy with a kernel of its own (a BLOCK changes what is counted later).

    `old`, `new`: a policy, or where to load it from. At most `limit` calls, the first ones; `told` hears how many are
    done, every TOLD_EVERY. PolicyError; OSError and ValueError for a run that cannot be read.
    """
    policies = [load_policy(one) if isinstance(one, str) else one for one in (old, new)]
    first, second = (_screener(run, policy, parameters or Parameters()) for policy in policies)
    names = [f"{policy.id} {policy.version} ({policy.digest[:8]})" for policy in policies]
    differences = Differences(old=names[0], new=names[1])
    for event in read_events(run / "input.parquet"):
        if differences.calls == limit:
            break
        before, after = first.take(event), second.take(event)
        if before is not None and after is not None:
            differences.add(before, after)
            if told is not None and differences.calls % TOLD_EVERY == 0:
                told(differences.calls)
    return differences


def _screener(run: Path, policy: Policy, parameters: Parameters) -> Screener:
    trunks = run / "trunks.yaml"
    text = trunks.read_text(encoding="utf-8") if trunks.is_file() else "trunks: {}"
    settings: dict[str, Any] = {"policy": policy, "plan": load_plan(policy.home), "parameters": parameters}
    return Screener(
        **settings, trunks=Trunks.parse(text, str(trunks)), mode=Mode.ENFORCE, site_key=bytes(32), run_id="compare"
    )
