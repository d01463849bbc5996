"""A policy that was read, checked and compiled: it decides on a row, or shows its way to the decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from haodun.screening.events import FEATURES, Decision
from haodun.screening.policy import emergency
from haodun.screening.policy.lists import Membership
from haodun.screening.policy.machine import run
from haodun.screening.policy.program import Program
from haodun.screening.policy.rule import Rule, Title
from haodun.screening.policy.stages import READS, SILENT, TIME, combine
from haodun.screening.policy.trace import Trace, trace_decision


@dataclass(frozen=True, slots=True)
class Slot:
    """A place of the decision row, behind the features, that says whether a number is on a list."""

    feature: str
    """The number feature, such as `caller.number`."""
    position: int
    """Of that feature in the row."""
    list: str
    index: int
    """Of the slot in the row."""

    @property
    def name(self) -> str:
        return f"{self.feature} in {self.list}"


@dataclass(frozen=True, slots=True)
class Policy:
    """A checked policy. Build it with `load_policy` or `parse_policy`."""

    id: str
    version: str
    home: str
    """Home country, ISO 3166-1 alpha-2; ZZ for none."""
    profile: str
    """Which answers a blocked call gets on the wire: cn, us, uk or intl."""
    title: Title
    salt: str
    """Of the canary shares."""
    constants: Mapping[str, int]
    rules: tuple[Rule, ...]
    """In stage order, then in the order of the file."""
    program: Program
    lists: Mapping[str, Membership]
    slots: tuple[Slot, ...]
    digest: str
    """SHA-256 of everything that can change a decision or its explanation, in hexadecimal. Of a snapshot's policy: of
    its file alone; what the lists hold is in the snapshot's own name."""

    @property
    def row_length(self) -> int:
        """How many integers a decision row has: the features, then the slots."""
        return self.program.row_length

    def memberships(self, row: Sequence[int]) -> list[int]:
        """0 or 1 for each slot, judged at the time of the call; append them to the row of features."""
        time = row[TIME]
        return [int(self.lists[slot.list].holds(row[slot.position], time)) for slot in self.slots]

    def reads(self) -> frozenset[int]:
        """The positions of the row that a decision may depend on: those of the program, the slots, the guards."""
        return self.program.reads() | {slot.position for slot in self.slots} | READS

    def decide(self, row: Sequence[int]) -> Decision:
        """What to do with a call. `row` is FEATURES, then the slots, each value within its bounds."""
        held = run(self.program, row)
        if not held and not emergency.called_number_is_emergency(row):
            return SILENT
        return combine(self.rules, held, row, salt=self.salt)

    def trace(self, row: Sequence[int]) -> Trace:
        """The same decision, with every rule and every term, its values and its answer."""
        return trace_decision(self.rules, self.program, row, salt=self.salt, names=self.names())

    def names(self) -> tuple[str, ...]:
        """The name of each position of the decision row."""
        return (*(feature.name for feature in FEATURES), *(slot.name for slot in self.slots))

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id. Raises KeyError."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)
