"""Approvers sign a draft away from the console: what the draft says, their file of signatures, and its check.

Theory of operation. A draft is a folder with two full snapshots of the issuer, `new` and the `parent` it follows. What
`new` blocks and `parent` does not is what an approver signs, with a key that the console never sees. Between drafting
and publishing other versions may come (a lift waits for nobody), and an edge counts against the version it runs: so
the same numbers are signed as new against every version from the parent up to the draft's own, each a signature. Also
signed is base 0, all numbers that `new` blocks: with it an edge without a snapshot may take it. A signature names the
numbers; on whichever version it is used, nothing but these numbers may be new there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from haodun.screening.snapshot.blocks import Blocks, count_of, message_of
from haodun.screening.snapshot.building import Draft, fresh_blocks
from haodun.screening.snapshot.difference import diff_snapshots
from haodun.screening.snapshot.errors import Code, SnapshotRefused
from haodun.screening.snapshot.folder import read_small
from haodun.screening.snapshot.keys import PublicKey, Signer
from haodun.screening.snapshot.manifest import MAX_VERSION, Approval, Digest, KeyId, Name
from haodun.screening.snapshot.opening import Snapshot, load_snapshot
from haodun.screening.snapshot.trust import Trust

NEW, PARENT = "new", "parent"
"""The snapshots inside a draft's folder; the first one of an issuer has no parent."""
MAX_BASES = 1_024
"""Versions that one draft may be signed against."""
MAX_FILE_BYTES = 524_288


class ApprovalFile(BaseModel):
    """What `haodun snapshot approve` writes: one person's signatures under one draft."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal[1] = 1
    issuer: Name
    version: int = Field(ge=1, le=MAX_VERSION)
    draft: Digest
    """Digest of the draft's manifest: of this draft and no other."""
    approver_id: Name
    key_id: KeyId
    new_blocks: int = Field(ge=0)
    """How many numbers the approver was shown."""
    approvals: Annotated[tuple[Approval, ...], Field(min_length=1, max_length=MAX_BASES + 1)]

    @classmethod
    def load(cls, path: Path) -> ApprovalFile:
        """Read a file. Raises SnapshotRefused `approvals`, or `part_missing`, `too_large` where it cannot be read."""
        try:
            found = cls.model_validate_json(read_small(path, limit=MAX_FILE_BYTES))
        except ValidationError as error:
            problem = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, problem["loc"])) or "the file"
            raise SnapshotRefused(
                Code.APPROVALS, f"{path} is no approval ({where}: {problem['msg']}); have the draft approved again"
            ) from error
        if {(one.approver_id, one.key_id) for one in found.approvals} != {(found.approver_id, found.key_id)}:
            raise SnapshotRefused(Code.APPROVALS, f"{path} holds signatures of others than {found.approver_id}")
        return found

    def encode(self) -> bytes:
        """The file's bytes."""
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True).encode("ascii") + b"\n"

    def signed(self, key: PublicKey, message: bytes, *, base: int) -> Approval | None:
        """This person's approval against a base where `key` signed `message` there; None where it did not."""
        for one in self.approvals:
            if one.base == base and one.key_id == key.key_id and key.verifies(bytes.fromhex(one.signature), message):
                return one
        return None


def open_draft(folder: Path, *, trust: Trust) -> tuple[Snapshot, Snapshot | None]:
    """What is drafted, and the snapshot it follows (None for an issuer's first), each checked whole.

    Raises SnapshotRefused; `not_parent` where the two do not belong together.
    """
    new = load_snapshot(folder / NEW, trust=trust)
    parent = load_snapshot(folder / PARENT, trust=trust) if new.manifest.parent else None
    if parent is not None and (parent.version, parent.manifest.issuer) != (new.manifest.parent, new.manifest.issuer):
        raise SnapshotRefused(Code.NOT_PARENT, f"{folder}: {PARENT} is not what {NEW} follows; fetch the draft again")
    if new.version - new.manifest.parent > MAX_BASES:
        raise SnapshotRefused(
            Code.TOO_LARGE, f"{folder} follows {new.manifest.parent} by more than {MAX_BASES} versions; draft it again"
        )
    return new, parent


def draft_blocks(new: Snapshot, parent: Snapshot | None) -> Blocks:
    """List to the numbers that a draft newly blocks."""
    return fresh_blocks(new.rules, new.lists, parent)


def draft_words(new: Snapshot, parent: Snapshot | None) -> str:
    """What an approver must know before he signs: counts, never numbers, and every rule that changes."""
    fresh = draft_blocks(new, parent)
    lines = [f"draft of snapshot {new.version} of {new.manifest.issuer}, after version {new.manifest.parent}"]
    lines.append(f"newly blocked: {count_of(fresh):,}")
    lines += [f"  list {name}: {len(numbers):,}" for name, numbers in sorted(fresh.items())]
    if parent is None:
        lines.append(f"the first snapshot: policy {new.rules.id} {new.rules.version}, nothing is lifted")
        return "\n".join(lines)
    found = diff_snapshots(parent, new)
    lines.append(f"lifted: {sum(change.removed for change in found.lists):,}")
    for change in found.lists:
        counts = f"{change.added:,} added, {change.removed:,} removed, {change.renewed:,} with another end"
        lines.append(f"  list {change.name}: {counts}")
    lines.append("policy: changes" if found.policy else "policy: unchanged")
    lines += [f"  {line}" for line in str(found.policy).splitlines()] if found.policy else []
    lines += ["trunks: change"] if found.trunks else []
    lines += ["trusted directory: changes"] if found.directory else []
    return "\n".join(lines)


def sign_draft(new: Snapshot, parent: Snapshot | None, *, approver_id: str, signer: Signer) -> ApprovalFile:
    """One approver's signatures under an opened draft. Raises SnapshotRefused `approvals` for a name that is none."""
    fresh, manifest = draft_blocks(new, parent), new.manifest
    wanted = [(base, fresh) for base in range(max(1, manifest.parent), manifest.version)]
    wanted.append((0, new.blocked()))
    try:
        signed = tuple(
            Approval(
                approver_id=approver_id,
                key_id=signer.key_id,
                base=base,
                signature=signer.sign(message_of(manifest, base, blocks)).hex(),
            )
            for base, blocks in wanted
        )
        return ApprovalFile(
            issuer=manifest.issuer,
            version=manifest.version,
            draft=manifest.digest,
            approver_id=approver_id,
            key_id=signer.key_id,
            new_blocks=count_of(fresh),
            approvals=signed,
        )
    except ValidationError as error:
        raise SnapshotRefused(
            Code.APPROVALS, f"{approver_id!r} is no approver's name; use letters, digits and . _ @ - as in the key file"
        ) from error


def approvals_for(
    release: Draft, files: Iterable[tuple[ApprovalFile, PublicKey]], *, base: Snapshot | None
) -> list[Approval]:
    """The signatures that a release carries: under what it newly blocks on `base`, and where they hold, under all.

    Each file with the key that its approver is known by. Raises SnapshotRefused `approvals` where a file's signature
    does not cover exactly the numbers that the release newly blocks.
    """
    number = 0 if base is None else base.version
    fresh, whole = release.approval_message(base), release.approval_message()
    found = []
    for file, key in files:
        own = file.signed(key, fresh, base=number)
        if own is None:
            raise SnapshotRefused(
                Code.APPROVALS,
                f"the signature of {file.approver_id} is not under the numbers that version {release.version} newly "
                f"blocks on version {number}; have the draft as it is now approved again",
            )
        found.append(own)
        everything = file.signed(key, whole, base=0) if number else None
        found += [] if everything is None else [everything]
    return found
