"""What changed between two versions of a policy, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from haodun.screening.policy.policy import Policy
from haodun.screening.policy.reading import DATE
from haodun.screening.policy.rule import Rule
from haodun.screening.policy.rule_reader import FLAGS


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field with its old and new value in words; '' where there is none."""

    field: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.field}: {self.old or '—'} → {self.new or '—'}"


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that both versions have, with the fields that differ."""

    id: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class PolicyDiff:
    """The way from one policy to another."""

    added: tuple[str, ...]
    """Ids of new rules, in stage order."""
    removed: tuple[str, ...]
    changed: tuple[RuleChange, ...]
    head: tuple[FieldChange, ...]
    """Title, version, home, profile, salt."""
    constants: tuple[FieldChange, ...]
    lists: tuple[FieldChange, ...]
    """For each list that differs, how many entries went and came."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.head or self.constants or self.lists)

    def __str__(self) -> str:
        lines = [str(change) for change in (*self.head, *self.constants, *self.lists)]
        lines.extend(f"+ {rule_id}" for rule_id in self.added)
        lines.extend(f"- {rule_id}" for rule_id in self.removed)
        for change in self.changed:
            lines.append(f"~ {change.id}")
            lines.extend(f"    {field}" for field in change.fields)
        return "\n".join(lines) or "no difference"


def diff_policies(old: Policy, new: Policy) -> PolicyDiff:
    """Rules added, removed and changed, and what else differs. Order of rules within a layer does not count."""
    before = {rule.id: rule for rule in old.rules}
    after = {rule.id: rule for rule in new.rules}
    both = [(before[rule.id], rule) for rule in new.rules if rule.id in before]
    changes = [RuleChange(rule.id, _changes(_fields(earlier), _fields(rule))) for earlier, rule in both]
    return PolicyDiff(
        added=tuple(rule_id for rule_id in after if rule_id not in before),
        removed=tuple(rule_id for rule_id in before if rule_id not in after),
        changed=tuple(change for change in changes if change.fields),
        head=_changes(_head(old), _head(new)),
        constants=_changes(_texts(old.constants), _texts(new.constants)),
        lists=_lists(old, new),
    )


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[FieldChange, ...]:
    names = dict.fromkeys((*old, *new))
    changes = (FieldChange(name, old.get(name, ""), new.get(name, "")) for name in names)
    return tuple(change for change in changes if change.old != change.new)


def _texts(values: Mapping[str, int]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}


def _head(policy: Policy) -> dict[str, str]:
    return {
        "policy": policy.id,
        "version": policy.version,
        "home": policy.home,
        "profile": policy.profile,
        "title.zh": policy.title.zh,
        "title.en": policy.title.en,
        "salt": policy.salt,
    }


def _fields(rule: Rule) -> dict[str, str]:
    return {
        "title.zh": rule.title.zh,
        "title.en": rule.title.en,
        "layer": rule.layer.name.lower(),
        "stage": str(rule.stage),
        "when": rule.when,
        "action": rule.action.name if rule.action is not None else "",
        "flags": " ".join(name for name, flag in FLAGS.items() if flag in rule.flags),
        "reason": rule.reason,
        "class": rule.rule_class.value,
        "basis": "; ".join(rule.basis),
        "expires": "" if rule.expires is None else date_text(rule.expires),
    }


def _lists(old: Policy, new: Policy) -> tuple[FieldChange, ...]:
    changes = []
    for name in dict.fromkeys((*old.lists, *new.lists)):
        before = set(old.lists[name].lines()) if name in old.lists else set()
        after = set(new.lists[name].lines()) if name in new.lists else set()
        if before != after or (name in old.lists) != (name in new.lists):
            gone, come = f"-{len(before - after)} entries", f"+{len(after - before)} entries"
            changes.append(FieldChange(f"list {name}", gone, come))
    return tuple(changes)


def date_text(moment_ms: int) -> str:
    """A moment as it is written in a policy: a date, with the time where it is not midnight UTC."""
    text = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment_ms)).strftime("%Y-%m-%dT%H:%M:%SZ")
    short = text.removesuffix("T00:00:00Z")
    return short if DATE.fullmatch(short) else text
