"""Whose name a call may show: a trusted number's, and only where the call comes from where its holder calls."""

from __future__ import annotations

from dataclasses import dataclass, field

from haodun.numbering import IngressClass
from haodun.screening.events import Attestation, Event, Trunks
from haodun.screening.policy import Policy
from haodun.screening.snapshot import Directory, Named, Snapshot

TRUSTED = "trusted"
"""The list on which a number must stand at the time of its call."""


@dataclass(frozen=True, slots=True)
class Naming:
    """The trusted directory under one snapshot, policy and trunks file; empty where a policy file decides."""

    directory: Directory = field(default_factory=lambda: Directory(()))
    policy: Policy | None = None
    trunks: Trunks = field(default_factory=lambda: Trunks({}))

    def entry(self, event: Event) -> Named | None:
        """The entry in force under which the caller stands, None where it is not trusted."""
        found = self.directory.entry(event.caller.key, event.time_ms)
        if found is None or self.policy is None:
            return None
        listed = self.policy.lists.get(TRUSTED)
        return found if listed is not None and listed.holds(event.caller.key, event.time_ms) else None

    def proven(self, event: Event) -> bool:
        """Whether the call comes by a trunk of its number, from the own network, or with attestation A.

        As the rule TRUSTED-PROVEN of the shipped packs has it.
        """
        line = self.trunks.line(event.trunk)
        at_home = line is not None and line.permits_number(event.caller.key)
        return at_home or event.ingress is IngressClass.INTRA_NETWORK or event.attestation is Attestation.A

    def said(self, entry: Named) -> str:
        """The name in the language of the network's home."""
        home = "" if self.policy is None else self.policy.home
        return entry.name.zh if home == "CN" else entry.name.en


def naming_of(policy: Policy, trunks: Trunks, snapshot: Snapshot | None) -> Naming:
    """The names of a snapshot; none where it carries no directory."""
    if snapshot is None or snapshot.directory is None:
        return Naming()
    return Naming(snapshot.directory, policy, trunks)
