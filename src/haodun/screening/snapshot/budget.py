"""What an edge remembers of the snapshots it took: which ones, and how many numbers they newly blocked in an hour."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from haodun.screening.snapshot.errors import Code, SnapshotRefused
from haodun.screening.snapshot.folder import read_small, write_file
from haodun.screening.snapshot.manifest import MAX_VERSION, Digest, Manifest, Moment

HOUR_MS = 3_600_000
MAX_STATE_BYTES = 4_194_304
MAX_CHAIN = 10_000
"""Deltas taken since the last full snapshot; then a full one is needed."""


class Taken(BaseModel):
    """One acceptance that blocked something."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    at_ms: Moment
    blocks: Annotated[int, Field(ge=0)]


class Memory(BaseModel):
    """The state file's content."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal[1] = 1
    version: int = Field(default=0, ge=0, le=MAX_VERSION)
    """The newest that was ever taken; nothing older is taken again."""
    content: str = Field(default="", max_length=64)
    """Content digest of that newest one."""
    chain: tuple[Digest, ...] = Field(default=(), max_length=MAX_CHAIN)
    """Manifest digests of the last full snapshot and the deltas taken on it: known after a restart."""
    hour: tuple[Taken, ...] = ()

    def knows(self, manifest: Manifest) -> bool:
        """Whether this very snapshot was taken before, or the newest one's content under the same version.

        An issuer serves a version as a delta and as a full snapshot; what was judged once is not judged again.
        """
        same = manifest.version == self.version and manifest.content == self.content
        return same or manifest.digest in self.chain

    def spent(self, now_ms: int) -> int:
        """Numbers newly blocked in the hour before `now_ms`; what a clock set back put into the future counts."""
        return sum(taken.blocks for taken in self.hour if taken.at_ms > now_ms - HOUR_MS)

    def after(self, manifest: Manifest, *, blocks: int, now_ms: int) -> Memory:
        """The memory once a snapshot is taken. Raises SnapshotRefused `too_large` for too long a chain of deltas."""
        chain = (manifest.digest,) if manifest.kind == "full" else (*self.chain, manifest.digest)
        if len(chain) > MAX_CHAIN:
            raise SnapshotRefused(
                Code.TOO_LARGE, f"{MAX_CHAIN} deltas were taken since the last full snapshot; fetch a full one"
            )
        hour = tuple(taken for taken in self.hour if taken.at_ms > now_ms - HOUR_MS)
        hour += (Taken(at_ms=now_ms, blocks=blocks),) if blocks else ()
        return Memory(version=manifest.version, content=manifest.content, chain=chain, hour=hour)


def recall(path: Path | None) -> Memory:
    """What the state file says; an empty memory where there is no file yet. Raises SnapshotRefused `state`.

    A damaged file is not taken for an empty one: that would give a thief of the console a fresh hour.
    """
    if path is None or not path.exists():
        return Memory()
    try:
        return Memory.model_validate_json(read_small(path, limit=MAX_STATE_BYTES))
    except ValidationError as error:
        raise SnapshotRefused(
            Code.STATE, f"{path} is damaged; check what was published in the last hour, then remove it"
        ) from error


def remember(path: Path | None, memory: Memory) -> None:
    """Make the memory durable. Raises SnapshotRefused `state`."""
    if path is None:
        return
    try:
        write_file(path, memory.model_dump_json().encode("ascii"))
    except OSError as error:
        raise SnapshotRefused(Code.STATE, f"{path} cannot be written ({error.strerror}); nothing is taken") from error
