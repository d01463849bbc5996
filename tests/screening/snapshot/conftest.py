"""An issuer, two approvers, a stranger; small snapshots of a policy that blocks by lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from haodun.screening.snapshot import (
    Approver,
    Content,
    Entry,
    Manifest,
    Signer,
    Snapshot,
    Trust,
    build,
    build_delta,
    open_snapshot,
)
from haodun.screening.snapshot.building import Entries

NOW = 1_795_000_000_000
DAY = 86_400_000
NUMBER = 8_613_912_345_678

RULE = """  - id: {id}
    title: {{zh: 规则, en: Rule}}
    layer: {layer}
    stage: enforce
    when: {when}
    action: {action}
    reason: {reason}
    class: unknown
    basis: [law]
"""
POLICY = (
    'policy: small\nversion: "1"\nhome: CN\nprofile: cn\ntitle: {zh: 小, en: Small}\n'
    "lists: {orders: {title: {zh: 令, en: orders}}, black: {title: {zh: 黑, en: black}},\n"
    "  grey: {title: {zh: 灰, en: grey}}, dno: {title: {zh: 只接, en: dno}}, trusted: {title: {zh: 信, en: trusted}}}\n"
    "rules:\n"
    + RULE.format(id="O-1", layer="orders", when="caller.number in orders", action="BLOCK", reason="ordered")
    + RULE.format(id="D-1", layer="origin", when="caller.number in dno", action="BLOCK", reason="never_calls")
    + RULE.format(id="L-1", layer="lists", when="caller.number in black", action="BLOCK", reason="black")
    + RULE.format(id="L-2", layer="lists", when="caller.number in grey", action="TIP", reason="grey")
    + RULE.format(
        id="T-1",
        layer="score",
        when="not caller.home and call.late and not caller.number in trusted",
        action="BLOCK",
        reason="doubt",
    )
)
Lists = Mapping[str, Entries]


@dataclass
class Desk:
    """Everything it takes to issue and take snapshots, and their folders."""

    place: Path
    issuer: Signer = field(default_factory=Signer.generate)
    one: Signer = field(default_factory=Signer.generate)
    other: Signer = field(default_factory=Signer.generate)
    stranger: Signer = field(default_factory=Signer.generate)

    @property
    def trust(self) -> Trust:
        approvers = (Approver("wang", self.one.public), Approver("li", self.other.public))
        return Trust(issuer="gov", keys=(self.issuer.public,), approvers=approvers)

    def trusting(self, **changes: Any) -> Trust:
        return replace(self.trust, **changes)

    def folder(self, name: object) -> Path:
        return self.place / str(name)

    def full(self, version: int, lists: Lists | None = None, **changes: Any) -> Manifest:
        """A full snapshot in `folder(version)`."""
        content = Content(
            policy_yaml=changes.pop("policy_yaml", POLICY),
            lists=dict(lists or {}),
            trunks_yaml=changes.pop("trunks_yaml", None),
            approvals=changes.pop("approvals", ()),
        )
        asked: dict[str, Any] = {"issuer": "gov", "version": version, "parent": version - 1, "created_ms": NOW}
        asked |= {"expires_ms": NOW + 30 * DAY, "signer": self.issuer}
        place = changes.pop("place", self.folder(version))
        return build(place, content, **(asked | changes))

    def delta(self, base: Snapshot, version: int, **changes: Any) -> Manifest:
        """A delta in `folder(version)`."""
        asked: dict[str, Any] = {"created_ms": NOW, "expires_ms": NOW + 30 * DAY, "signer": self.issuer}
        place = changes.pop("place", self.folder(version))
        return build_delta(place, base=base, version=version, **(asked | changes))

    def open(self, version: object, *, base: Snapshot | None = None, now_ms: int = NOW) -> Snapshot:
        return open_snapshot(self.folder(version), trust=self.trust, now_ms=now_ms, base=base)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk of one's own."""
    return Desk(tmp_path)


@pytest.fixture
def entry() -> Callable[..., Entry]:
    """`entry(number, days=1)`: an entry that ends so many days from now."""

    def make(number: int = NUMBER, *, days: float = 1) -> Entry:
        return Entry(number, NOW + int(days * DAY))

    return make
