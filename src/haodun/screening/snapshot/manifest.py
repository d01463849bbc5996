"""The manifest: what a snapshot is, what it follows, what each of its parts must be; the bytes that are signed."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from haodun.screening.snapshot.errors import Code, SnapshotRefused

FORMAT: Literal[1] = 1
MANIFEST_FILE = "manifest.json"
SIGNATURE_FILE = "manifest.sig"
POLICY_PART = "policy.yaml"
TRUNKS_PART = "trunks.yaml"
DIRECTORY_PART = "directory.json"
MAX_MANIFEST_BYTES = 262_144
MAX_LISTS = 32
MAX_APPROVALS = 16
MAX_PLACE = 120
"""Characters of a strange manifest that a refusal repeats."""
MAX_VERSION = 2**53
"""Of a version or a moment: the largest integer that every JSON reader keeps."""

LIST_NAME = "[a-z][a-z0-9_]{0,31}"
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
KeyId = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
Name = Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]
"""Of an issuer or an approver."""
Moment = Annotated[int, Field(ge=0, le=2**48)]
"""Milliseconds since the epoch."""


class _Signed(BaseModel):
    """Everything in a manifest is frozen, of exactly its type, and nothing may be added."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Part(_Signed):
    """One file beside the manifest."""

    name: str = Field(pattern=rf"^(policy\.yaml|trunks\.yaml|directory\.json|lists/{LIST_NAME}(\.add|\.remove)?\.hdl)$")
    size: int = Field(ge=0, le=2**40)
    """Bytes."""
    sha256: Digest


class PolicyName(_Signed):
    """Which policy decides."""

    id: str = Field(max_length=64)
    version: str = Field(max_length=64)
    digest: Digest
    """Of the compiled policy, `Policy.digest`: layout and comments do not count, every rule and byte of code does."""


class Approval(_Signed):
    """One approver's own signature under the numbers that a snapshot newly blocks."""

    approver_id: Name
    key_id: KeyId
    base: int = Field(ge=0, le=MAX_VERSION)
    """The version against which the numbers are new; 0: every number that this snapshot blocks was approved."""
    signature: str = Field(pattern="^[0-9a-f]{128}$")
    """Ed25519 over `Draft.approval_message(base)`, in hexadecimal."""


class Manifest(_Signed):
    """What stands in `manifest.json`."""

    format: Literal[1]
    kind: Literal["full", "delta"]
    issuer: Name
    key_id: KeyId
    version: int = Field(ge=1, le=MAX_VERSION)
    parent: int = Field(ge=0, le=MAX_VERSION)
    """The version this one follows, 0 if none. A delta can be taken only on exactly this one."""
    created_ms: Moment
    expires_ms: Moment
    """When offered after this moment it is refused; an edge that runs on it keeps it."""
    policy: PolicyName
    plan: str = Field(max_length=200)
    """Version of the number tables at the issuer."""
    counts: dict[Annotated[str, Field(pattern=f"^{LIST_NAME}$")], Annotated[int, Field(ge=0)]] = Field(
        max_length=MAX_LISTS
    )
    """Entries of each list; of a delta, after it was applied."""
    content: Digest
    """Of policy, trunks and lists as they are once this snapshot is in force: a full snapshot and a chain of deltas
    with the same content have the same digest."""
    parts: tuple[Part, ...] = Field(max_length=3 + 2 * MAX_LISTS)
    approvals: tuple[Approval, ...] = Field(default=(), max_length=MAX_APPROVALS)

    @classmethod
    def parse(cls, data: bytes) -> Manifest:
        """Read a manifest, of which only the one spelling that `encode` gives is taken.

        Raises SnapshotRefused `format` or `manifest`.
        """
        try:
            found = cls.model_validate_json(data)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(map(str, problem["loc"]))[:MAX_PLACE] or "the file"
            code = Code.FORMAT if problem["loc"] == ("format",) else Code.MANIFEST
            what = f"manifest.json: {place}: {problem['msg']}"
            raise SnapshotRefused(code, f"{what}; build the snapshot with this Haodun's format {FORMAT}") from error
        if found.encode() != data:
            raise SnapshotRefused(Code.MANIFEST, "manifest.json is not spelled as Haodun spells it; build it again")
        names = [part.name for part in found.parts]
        if len(set(names)) != len(names):
            raise SnapshotRefused(Code.MANIFEST, "manifest.json names a part twice; build the snapshot again")
        if found.expires_ms <= found.created_ms:
            raise SnapshotRefused(Code.MANIFEST, "manifest.json expires before it was created; build it again")
        if found.parent >= found.version or (found.kind == "delta" and not found.parent):
            raise SnapshotRefused(Code.MANIFEST, "manifest.json follows no earlier version; build it again")
        return found

    def encode(self) -> bytes:
        """The bytes that are written and signed."""
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True).encode("ascii") + b"\n"

    @property
    def digest(self) -> str:
        """SHA-256 of the encoded manifest: names this snapshot and no other."""
        return sha256(self.encode()).hexdigest()

    def part(self, name: str) -> Part | None:
        """The part of that name."""
        return next((part for part in self.parts if part.name == name), None)
