"""The snapshot in force at an edge: offers are judged one by one, and the last good one stays.

Theory of operation. An offer is judged from cheap to dear: signature, issuer, moment, age, parts, content, approvals,
block budget. What is accepted is first remembered durably and then put in force by one assignment, so that readers see
the old or the new and the budget is never counted too low. After a restart the same folders are offered again in order:
those in the memory's chain were judged before, and neither their expiry nor the budget is asked a second time, so that
an edge cut off from its issuer comes back with what it had.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from haodun.screening.snapshot.blocks import check_approved, count_of
from haodun.screening.snapshot.budget import Memory, recall, remember
from haodun.screening.snapshot.building import fresh_blocks
from haodun.screening.snapshot.errors import Code, SnapshotRefused
from haodun.screening.snapshot.manifest import Manifest
from haodun.screening.snapshot.opening import Snapshot, check_moment, load_parts, read_manifest
from haodun.screening.snapshot.trust import Trust


@dataclass(frozen=True, slots=True)
class Accepted:
    """The offered snapshot is in force."""

    snapshot: Snapshot
    new_blocks: int
    """Numbers it blocks and the one before it did not."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The offered snapshot is not taken; the one before it stays in force."""

    code: Code
    sentence: str


class Holder:
    """The snapshot in force. Offers come from one thread; any number may read `current`."""

    def __init__(self, trust: Trust, *, state: Path | None = None) -> None:
        """`state`: a small file, made when needed, that carries budget and age over a restart.

        Raises SnapshotRefused `state` where it is damaged.
        """
        self.trust = trust
        self._state = state
        self._memory = recall(state)
        self._current: Snapshot | None = None

    @property
    def current(self) -> Snapshot | None:
        """The snapshot in force, None before the first."""
        return self._current

    @property
    def memory(self) -> Memory:
        """What is remembered of earlier offers."""
        return self._memory

    def offer(self, folder: Path, now_ms: int) -> Accepted | Refused:
        """Take the snapshot in a folder, or say why not; `now_ms` since the epoch. Offered twice it is taken once."""
        return self._judge(folder, now_ms, by_hand=False)

    def install(self, folder: Path, now_ms: int) -> Accepted | Refused:
        """The same by the hand of the edge's own operator, for whom there is neither approval cap nor block budget.

        Only for what he names on this machine (`--snapshot`): never for what comes over the control link.
        """
        return self._judge(folder, now_ms, by_hand=True)

    def _judge(self, folder: Path, now_ms: int, *, by_hand: bool) -> Accepted | Refused:
        try:
            return self._take(folder, now_ms, by_hand=by_hand)
        except SnapshotRefused as error:
            return Refused(error.code, error.sentence)

    def _take(self, folder: Path, now_ms: int, *, by_hand: bool) -> Accepted:
        manifest = read_manifest(folder, trust=self.trust)
        current = self._current
        if current is not None and manifest.digest == current.manifest.digest:
            return Accepted(current, 0)
        known = self._memory.knows(manifest)
        if not known:
            check_moment(manifest, trust=self.trust, now_ms=now_ms)
        self._check_age(manifest, known=known)
        snapshot = load_parts(folder, manifest, base=current)
        fresh = fresh_blocks(snapshot.rules, snapshot.lists, current)
        blocks = count_of(fresh)
        if not (known or by_hand):
            check_approved(
                manifest,
                trust=self.trust,
                fresh=fresh,
                current=0 if current is None else current.version,
                whole=snapshot.blocked() if manifest.approvals else {},
                new_policy=current is None or current.rules.digest != snapshot.rules.digest,
            )
            self._check_budget(manifest, blocks=blocks, now_ms=now_ms)
        if manifest.digest not in self._memory.chain:
            spent = 0 if known or by_hand else blocks
            memory = self._memory.after(manifest, blocks=spent, now_ms=now_ms)
            remember(self._state, memory)
            self._memory = memory
        self._current = snapshot
        return Accepted(snapshot, blocks)

    def _check_age(self, manifest: Manifest, *, known: bool) -> None:
        newest = 0 if self._current is None else self._current.version
        if not known:
            newest = max(newest, self._memory.version)
        if manifest.version <= newest:
            raise SnapshotRefused(
                Code.NOT_NEWER, f"snapshot {manifest.version} is not newer than {newest}, which was taken before"
            )

    def _check_budget(self, manifest: Manifest, *, blocks: int, now_ms: int) -> None:
        spent, limit = self._memory.spent(now_ms), self.trust.max_new_blocks_per_hour
        if blocks and spent + blocks > limit:
            raise SnapshotRefused(
                Code.BLOCK_BUDGET,
                f"snapshot {manifest.version} blocks {blocks} more numbers after {spent} in this hour, and this edge "
                f"takes {limit} an hour; find out who published them before you raise the budget",
            )
