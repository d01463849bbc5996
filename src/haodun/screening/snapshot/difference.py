"""What differs between two snapshots, in words and counts: never in numbers, which are personal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from haodun.screening.policy import PolicyDiff, diff_policies
from haodun.screening.snapshot.building import fresh_blocks
from haodun.screening.snapshot.columns import Column
from haodun.screening.snapshot.opening import Snapshot


@dataclass(frozen=True, slots=True)
class ListChange:
    """One list whose content differs."""

    name: str
    added: int
    removed: int
    renewed: int
    """Numbers on both with another end."""


@dataclass(frozen=True, slots=True)
class SnapshotDiff:
    """The way from one snapshot to another."""

    old: str
    new: str
    lists: tuple[ListChange, ...]
    policy: PolicyDiff
    trunks: bool
    """Whether the trunks differ."""
    directory: bool
    """Whether the trusted directory differs."""
    new_blocks: int
    """Numbers that the new one blocks by a list and the old one does not; what an edge's cap and budget count."""

    def __bool__(self) -> bool:
        return bool(self.lists or self.policy or self.trunks or self.directory)

    def __str__(self) -> str:
        lines = [f"{self.old} → {self.new}"]
        for change in self.lists:
            counts = f"{change.added} added, {change.removed} removed, {change.renewed} with another end"
            lines.append(f"list {change.name}: {counts}")
        if self.policy:
            lines += ["policy", *(f"  {line}" for line in str(self.policy).splitlines())]
        if self.trunks:
            lines.append("trunks: differ")
        if self.directory:
            lines.append("trusted directory: differs")
        lines.append(f"newly blocked: {self.new_blocks}" if self else "no difference")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, object]:
        """For scripts."""
        return {
            "old": self.old,
            "new": self.new,
            "lists": {
                change.name: {"added": change.added, "removed": change.removed, "renewed": change.renewed}
                for change in self.lists
            },
            "policy": str(self.policy).splitlines() if self.policy else [],
            "trunks": self.trunks,
            "directory": self.directory,
            "new_blocks": self.new_blocks,
        }


def diff_snapshots(old: Snapshot, new: Snapshot) -> SnapshotDiff:
    """Lists, rules and trunks that differ; lists of equal bytes are not read."""
    changes = []
    for name in sorted({*old.lists, *new.lists}):
        before, after = old.lists.get(name), new.lists.get(name)
        if before is not None and after is not None and before.digest == after.digest:
            continue
        empty = Column.empty()
        change = _change(name, empty if before is None else before.column(), empty if after is None else after.column())
        changes.append(change)
    return SnapshotDiff(
        old=old.name,
        new=new.name,
        lists=tuple(changes),
        policy=diff_policies(old.rules, new.rules),
        trunks=old.trunks_yaml != new.trunks_yaml,
        directory=old.directory_json != new.directory_json,
        new_blocks=sum(map(len, fresh_blocks(new.rules, new.lists, old).values())),
    )


def _change(name: str, before: Column, after: Column) -> ListChange:
    both, here, there = np.intersect1d(before.numbers, after.numbers, assume_unique=True, return_indices=True)
    renewed = int(np.count_nonzero(before.ends[here] != after.ends[there]))
    return ListChange(name, len(after) - len(both), len(before) - len(both), renewed)
