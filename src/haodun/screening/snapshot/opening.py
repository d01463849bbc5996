"""Open a snapshot: believe nothing before its signature, follow nothing before its digest, run nothing unchecked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from haodun.screening.events import Trunks
from haodun.screening.policy import Policy
from haodun.screening.policy.document import MAX_TEXT
from haodun.screening.snapshot.assembly import (
    Lists,
    blocked,
    changed_lists,
    compiled,
    content_digest,
    over_lists,
    parsed_trunks,
)
from haodun.screening.snapshot.blocks import Blocks
from haodun.screening.snapshot.columns import MAX_LIFE_MS
from haodun.screening.snapshot.directory import Directory, parsed_directory
from haodun.screening.snapshot.errors import Code, SnapshotRefused
from haodun.screening.snapshot.folder import map_part, read_small, write_folder
from haodun.screening.snapshot.keys import SIGNATURE_BYTES
from haodun.screening.snapshot.manifest import (
    DIRECTORY_PART,
    MANIFEST_FILE,
    MAX_MANIFEST_BYTES,
    POLICY_PART,
    SIGNATURE_FILE,
    TRUNKS_PART,
    Manifest,
)
from haodun.screening.snapshot.packed import MappedList
from haodun.screening.snapshot.trust import Trust

MAX_TEXT_BYTES = 4 * MAX_TEXT
"""Of policy, trunks and directory, in UTF-8."""
MAX_LIST_BYTES = 2**32
MAX_TOTAL_BYTES = 2**34
"""Of all parts together."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """An opened snapshot. Readers keep it as long as they need it; its maps stay valid when another takes its place."""

    manifest: Manifest
    rules: Policy
    """The policy as its file has it, without the snapshot's lists."""
    policy: Policy
    """The same, its lists the mapped ones: this decides."""
    policy_yaml: str
    trunks: Trunks | None
    trunks_yaml: str | None
    lists: Lists
    directory: Directory | None = None
    directory_json: str | None = None

    @property
    def version(self) -> int:
        """Its place in the issuer's series."""
        return self.manifest.version

    @property
    def name(self) -> str:
        """Issuer, version and the first 16 digits of the manifest's digest: what a run and its verdicts record."""
        return f"{self.manifest.issuer}/{self.version}/{self.manifest.digest[:16]}"

    def blocked(self) -> Blocks:
        """All numbers on lists by which the policy blocks, 8 bytes each."""
        return blocked(self.rules, self.lists)


def open_snapshot(folder: Path, *, trust: Trust, now_ms: int, base: Snapshot | None = None) -> Snapshot:
    """The snapshot in a folder, every byte of it checked; a delta needs the snapshot it was made from as `base`.

    Raises SnapshotRefused. `now_ms` is the time of the offer, in milliseconds since the epoch.
    """
    manifest = read_manifest(folder, trust=trust)
    check_moment(manifest, trust=trust, now_ms=now_ms)
    return load_parts(folder, manifest, base=base)


def load_snapshot(folder: Path, *, trust: Trust, base: Snapshot | None = None) -> Snapshot:
    """The same without asking for the moment: to look back, to compare, or to build on. Raises SnapshotRefused."""
    return load_parts(folder, read_manifest(folder, trust=trust), base=base)


def read_unverified(folder: Path) -> Manifest:
    """What a manifest says, believed by nobody: only to be shown. Raises SnapshotRefused."""
    return Manifest.parse(read_small(folder / MANIFEST_FILE, limit=MAX_MANIFEST_BYTES))


def reopen_snapshot(folder: Path, *, digest: str) -> Snapshot:
    """A full snapshot that was opened before, told by the digest of its manifest; neither key nor time is asked.

    For the copy that a run keeps of what decided it. Raises SnapshotRefused.
    """
    data = read_small(folder / MANIFEST_FILE, limit=MAX_MANIFEST_BYTES)
    manifest = Manifest.parse(data)
    if manifest.digest != digest:
        raise SnapshotRefused(Code.PART_ALTERED, f"{folder} holds another snapshot than the recorded one; put it back")
    return load_parts(folder, manifest, base=None)


def copy_snapshot(source: Path, target: Path, *, digest: str) -> None:
    """Copy a snapshot, whole and checked, into a new folder: manifest, signature and the parts the manifest names.

    Raises SnapshotRefused, OSError.
    """
    data = read_small(source / MANIFEST_FILE, limit=MAX_MANIFEST_BYTES)
    manifest = Manifest.parse(data)
    if manifest.digest != digest:
        raise SnapshotRefused(Code.PART_ALTERED, f"{source} changed while it was read; a snapshot is never changed")
    signature = read_small(source / SIGNATURE_FILE, limit=SIGNATURE_BYTES)
    parts = {part.name: map_part(source, part, limit=MAX_LIST_BYTES) for part in manifest.parts}
    write_folder(target, {**parts, MANIFEST_FILE: data, SIGNATURE_FILE: signature})


def read_manifest(folder: Path, *, trust: Trust) -> Manifest:
    """The manifest, of the trusted issuer and signed by a key of his.

    Raises SnapshotRefused `part_missing`, `too_large`, `truncated`, `format`, `manifest`, `issuer`, `key`, `signature`.
    """
    data = read_small(folder / MANIFEST_FILE, limit=MAX_MANIFEST_BYTES)
    signature = read_small(folder / SIGNATURE_FILE, limit=SIGNATURE_BYTES)
    manifest = Manifest.parse(data)
    if trust.issuer is not None and manifest.issuer != trust.issuer:
        raise SnapshotRefused(
            Code.ISSUER, f"{folder} was issued by {manifest.issuer}; this edge takes snapshots of {trust.issuer} only"
        )
    key = trust.issuer_key(manifest.key_id)
    if key is None:
        raise SnapshotRefused(
            Code.KEY, f"{folder} was signed by key {manifest.key_id}, which is not trusted; check the issuer's key"
        )
    if len(signature) < SIGNATURE_BYTES:
        raise SnapshotRefused(Code.TRUNCATED, f"{folder / SIGNATURE_FILE} is cut short; fetch the snapshot again")
    if not key.verifies(signature, data):
        raise SnapshotRefused(
            Code.SIGNATURE, f"{folder}: the signature is not that of key {manifest.key_id}; fetch the snapshot again"
        )
    return manifest


def check_moment(manifest: Manifest, *, trust: Trust, now_ms: int) -> None:
    """Raise SnapshotRefused `expired` or `future` where a snapshot must not be taken now."""
    if now_ms >= manifest.expires_ms:
        raise SnapshotRefused(
            Code.EXPIRED, f"snapshot {manifest.version} expired before it was offered; fetch a newer one"
        )
    if manifest.created_ms > now_ms + trust.tolerance_ms:
        raise SnapshotRefused(
            Code.FUTURE,
            f"snapshot {manifest.version} was created {(manifest.created_ms - now_ms) // 1_000} s from now; "
            f"check the clocks of this machine and of the issuer",
        )


def load_parts(folder: Path, manifest: Manifest, *, base: Snapshot | None) -> Snapshot:
    """The snapshot of a manifest that is believed. Raises SnapshotRefused."""
    _check_parts(folder, manifest, base)
    policy_yaml = _text(folder, manifest, POLICY_PART)
    trunks_yaml = _text(folder, manifest, TRUNKS_PART)
    directory_json = _text(folder, manifest, DIRECTORY_PART)
    if base is None or manifest.kind == "full":
        lists = _mapped(folder, manifest, suffix="")
    else:
        policy_yaml = base.policy_yaml if policy_yaml is None else policy_yaml
        trunks_yaml = base.trunks_yaml if trunks_yaml is None else trunks_yaml
        directory_json = base.directory_json if directory_json is None else directory_json
        adds, removes = (_mapped(folder, manifest, suffix=suffix) for suffix in (".add", ".remove"))
        lists = changed_lists(base.lists, adds=adds, removes=removes, created_ms=manifest.created_ms)
    rules = _rules(folder, manifest, policy_yaml or "", base=base)
    trunks = parsed_trunks(trunks_yaml, name=str(folder / TRUNKS_PART))
    directory = parsed_directory(directory_json, name=str(folder / DIRECTORY_PART))
    counts = {name: len(entries) for name, entries in lists.items()}
    if content_digest(rules, trunks_yaml, lists, directory_json) != manifest.content or counts != manifest.counts:
        raise SnapshotRefused(
            Code.CONTENT, f"{folder} does not make the content its manifest names; fetch a full snapshot"
        )
    return Snapshot(
        manifest,
        rules,
        over_lists(rules, lists),
        policy_yaml or "",
        trunks,
        trunks_yaml,
        lists,
        directory,
        directory_json,
    )


def _check_parts(folder: Path, manifest: Manifest, base: Snapshot | None) -> None:
    """A full snapshot has all its parts, a delta only changes and exactly its parent; none is too large."""
    names = {part.name for part in manifest.parts}
    lists = {f"lists/{name}.hdl" for name in manifest.counts}
    texts = {POLICY_PART, TRUNKS_PART, DIRECTORY_PART}
    if manifest.kind == "full":
        fits = {POLICY_PART, *lists} == names - {TRUNKS_PART, DIRECTORY_PART}
    else:
        changes = {f"lists/{name}.{word}.hdl" for name in manifest.counts for word in ("add", "remove")}
        fits = names <= changes | texts
    if not fits:
        raise SnapshotRefused(Code.MANIFEST, f"{folder / MANIFEST_FILE} names other parts than its kind has; rebuild")
    if sum(part.size for part in manifest.parts) > MAX_TOTAL_BYTES:
        raise SnapshotRefused(Code.TOO_LARGE, f"{folder} is larger than {MAX_TOTAL_BYTES} bytes, the most that is read")
    if manifest.kind == "delta" and (base is None or base.version != manifest.parent):
        have = "none is in force" if base is None else f"version {base.version} is in force"
        raise SnapshotRefused(
            Code.NOT_PARENT,
            f"snapshot {manifest.version} changes version {manifest.parent} and {have}; fetch a full snapshot",
        )


def _text(folder: Path, manifest: Manifest, name: str) -> str | None:
    part = manifest.part(name)
    if part is None:
        return None
    try:
        return bytes(map_part(folder, part, limit=MAX_TEXT_BYTES)).decode("utf-8")
    except UnicodeDecodeError as error:
        code = {POLICY_PART: Code.POLICY, TRUNKS_PART: Code.TRUNKS}.get(name, Code.DIRECTORY)
        raise SnapshotRefused(code, f"{folder / name} is not UTF-8 text; build the snapshot again") from error


def _mapped(folder: Path, manifest: Manifest, *, suffix: str) -> dict[str, MappedList]:
    """The lists of one kind of part; no entry may last longer than 90 days."""
    found = {}
    for name in sorted(manifest.counts):
        part = manifest.part(f"lists/{name}{suffix}.hdl")
        if part is None:
            continue
        mapped = MappedList.over(map_part(folder, part, limit=MAX_LIST_BYTES), name=name, digest=part.sha256)
        if mapped.last_end * 1_000 > manifest.created_ms + MAX_LIFE_MS:
            raise SnapshotRefused(
                Code.ENTRY_END, f"{folder / part.name} has an entry that lasts longer than 90 days; build it again"
            )
        found[name] = mapped
    return found


def _rules(folder: Path, manifest: Manifest, text: str, *, base: Snapshot | None) -> Policy:
    """The policy, compiled here and equal to what the issuer compiled."""
    named = manifest.policy
    if base is not None and text == base.policy_yaml:
        rules = base.rules
    else:
        rules = compiled(text, name=str(folder / POLICY_PART))
    if (rules.id, rules.version, rules.digest) != (named.id, named.version, named.digest):
        raise SnapshotRefused(
            Code.POLICY,
            f"{folder}: policy {named.id} {named.version} compiles to another program here than at the issuer; "
            f"run the same version of Haodun on both",
        )
    return rules
