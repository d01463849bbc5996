"""Whom an edge believes, and how much at a time."""

from __future__ import annotations

from dataclasses import dataclass

from haodun.screening.snapshot.keys import PublicKey


@dataclass(frozen=True, slots=True)
class Approver:
    """A person whose signature may stand beneath new blocks. One person may have several keys and counts once."""

    id: str
    key: PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What an edge's operator set by hand; nothing that comes with a snapshot can change it."""

    issuer: str | None
    """None: whoever holds one of the keys."""
    keys: tuple[PublicKey, ...]
    """Of the issuer: the current one, and in a change of keys the next one."""
    approvers: tuple[Approver, ...] = ()
    approval_cap: int = 1_000
    """Numbers that one snapshot may newly block without two approvers' signatures."""
    max_new_blocks_per_hour: int = 10_000
    """Numbers that all snapshots of an hour together may newly block, whoever signed."""
    policy_needs_approval: bool = False
    """Two approvers also for a changed policy, whose rules could block without any list."""
    tolerance_ms: int = 300_000
    """How far the issuer's clock may be ahead of ours."""

    def issuer_key(self, key_id: str) -> PublicKey | None:
        """The issuer's key of that id."""
        return next((key for key in self.keys if key.key_id == key_id), None)

    def approver(self, approver_id: str, key_id: str) -> Approver | None:
        """The approver of that id with a key of that id."""
        found = (approver for approver in self.approvers if approver.id == approver_id)
        return next((approver for approver in found if approver.key.key_id == key_id), None)
