"""One rule of a policy, and how it is rolled out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from haodun.screening.events import Action, Flag, Layer
from haodun.screening.policy.condition import Condition, Term

CANARY_SHARES = 10_000
"""A canary rule speaks for n of so many callers."""


class StageKind(StrEnum):
    """How far a rule's roll-out has come."""

    SHADOW = "shadow"
    CANARY = "canary"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True)
class Stage:
    """A rule's roll-out: written `shadow`, `canary n` or `enforce`."""

    kind: StageKind
    share: int
    """Callers of 10,000 for which the rule is enforced: 0 in shadow, 10,000 when enforced."""

    def __str__(self) -> str:
        return f"canary {self.share}" if self.kind is StageKind.CANARY else self.kind.value


class RuleClass(StrEnum):
    """What kind of call a rule is about (crime, nuisance and marketing are told apart)."""

    CRIMINAL = "criminal"
    NUISANCE = "nuisance"
    MARKETING = "marketing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Title:
    """A text in both languages."""

    zh: str
    en: str

    def in_(self, language: str) -> str:
        """The text in `zh` or `en`."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Its place in `Policy.rules` is also its number in the byte code."""

    id: str
    title: Title
    layer: Layer
    """Its place in the fixed order of stages."""
    stage: Stage
    """Its roll-out."""
    when: str
    """The condition as written, with single spaces."""
    condition: Condition
    action: Action | None
    """None: the rule only gives a reason and flags."""
    flags: Flag
    reason: str
    """Code for statistics and for the other side, such as `own_number_from_abroad`."""
    rule_class: RuleClass
    basis: tuple[str, ...]
    """Statutes, standards and notices it rests on."""
    expires: int | None
    """Milliseconds since the epoch from which the rule is silent, None if it has no end."""
    terms: tuple[Term, ...]
    line: int
    """Where it stands in the file."""
    column: int
