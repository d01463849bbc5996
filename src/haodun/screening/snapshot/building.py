"""Build a snapshot, full or as the difference to its parent: drafted, approved, signed, written whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import ValidationError
from typing_extensions import Buffer

from haodun.numbering import load_plan
from haodun.screening.policy import Policy
from haodun.screening.snapshot.assembly import (
    Lists,
    blocked,
    changed_lists,
    compiled,
    content_digest,
    over_lists,
    packed,
    parsed_trunks,
)
from haodun.screening.snapshot.blocks import Blocks, approval_message, blocking_lists, new_blocks
from haodun.screening.snapshot.columns import Column, Entry, Integers, check_ends
from haodun.screening.snapshot.directory import parsed_directory
from haodun.screening.snapshot.errors import Code, SnapshotRefused
from haodun.screening.snapshot.folder import digest_of, write_folder
from haodun.screening.snapshot.keys import Signer
from haodun.screening.snapshot.manifest import (
    DIRECTORY_PART,
    FORMAT,
    MANIFEST_FILE,
    MAX_LISTS,
    POLICY_PART,
    SIGNATURE_FILE,
    TRUNKS_PART,
    Approval,
    Manifest,
    Part,
    PolicyName,
)
from haodun.screening.snapshot.opening import Snapshot

Entries = Iterable[Entry | tuple[int, int]] | Column
"""Numbers with their ends; arrays (`Column.of`) where there are millions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a full snapshot holds."""

    policy_yaml: str
    """The policy as YAML; it names no list file, since lists go into the snapshot."""
    policy_name: str = POLICY_PART
    """What messages about the policy begin with."""
    lists: Mapping[str, Entries] = field(default_factory=dict)
    """A list takes the place of the policy's list of that name."""
    trunks_yaml: str | None = None
    directory_json: str | None = None
    """The trusted directory (`directory_text`), None for none."""
    approvals: tuple[Approval, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draft:
    """A snapshot that is not signed yet: approvers see what it newly blocks, sign that, and it is written."""

    kind: Literal["full", "delta"]
    issuer: str
    version: int
    parent: int
    created_ms: int
    expires_ms: int
    rules: Policy
    trunks_yaml: str | None
    directory_json: str | None
    lists: Lists
    """As they are once the snapshot is in force."""
    files: Mapping[str, Buffer]
    """The parts."""

    def new_blocks(self, base: Snapshot | None = None) -> dict[str, Integers]:
        """List to the numbers that this snapshot blocks and `base` does not; without `base` all it blocks."""
        return fresh_blocks(self.rules, self.lists, base)

    def approval_message(self, base: Snapshot | None = None) -> bytes:
        """What an approver signs, see `new_blocks`."""
        context: dict[str, object] = {"issuer": self.issuer, "version": self.version, "expires_ms": self.expires_ms}
        context["policy"] = self.rules.digest
        return approval_message(context, 0 if base is None else base.version, self.new_blocks(base))

    def approve(self, approver_id: str, signer: Signer, base: Snapshot | None = None) -> Approval:
        """An approver's signature, made with a key that is his own and not the issuer's."""
        return Approval(
            approver_id=approver_id,
            key_id=signer.key_id,
            base=0 if base is None else base.version,
            signature=signer.sign(self.approval_message(base)).hex(),
        )

    def write(self, folder: Path, signer: Signer, approvals: Iterable[Approval] = ()) -> Manifest:
        """Sign and write it under its final name, whole or not at all.

        Raises SnapshotRefused `taken`, `manifest`; OSError.
        """
        try:
            manifest = self._manifest(signer.key_id, tuple(approvals))
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            place = ".".join(map(str, problem["loc"]))
            raise SnapshotRefused(Code.MANIFEST, f"{place}: {problem['msg']}, given {problem['input']!r}") from error
        data = manifest.encode()
        Manifest.parse(data)
        write_folder(folder, {**self.files, MANIFEST_FILE: data, SIGNATURE_FILE: signer.sign(data)})
        return manifest

    def _manifest(self, key_id: str, approvals: tuple[Approval, ...]) -> Manifest:
        files = sorted(self.files.items())
        parts = (Part(name=name, size=memoryview(data).nbytes, sha256=digest_of(data)) for name, data in files)
        return Manifest(
            format=FORMAT,
            kind=self.kind,
            issuer=self.issuer,
            key_id=key_id,
            version=self.version,
            parent=self.parent,
            created_ms=self.created_ms,
            expires_ms=self.expires_ms,
            policy=PolicyName(id=self.rules.id, version=self.rules.version, digest=self.rules.digest),
            plan=load_plan(self.rules.home).version,
            counts={name: len(entries) for name, entries in self.lists.items()},
            content=content_digest(self.rules, self.trunks_yaml, self.lists, self.directory_json),
            parts=tuple(parts),
            approvals=approvals,
        )


def fresh_blocks(rules: Policy, lists: Lists, base: Snapshot | None) -> dict[str, Integers]:
    """The numbers on blocking lists that `base` does not block by the same list; unchanged lists are not read."""
    if base is None:
        return new_blocks({}, blocked(rules, lists))
    already = blocking_lists(base.rules)
    changed = {
        name: entries
        for name, entries in lists.items()
        if name not in already or name not in base.lists or base.lists[name].digest != entries.digest
    }
    before: Blocks = {name: base.lists[name].numbers() for name in changed if name in already and name in base.lists}
    return new_blocks(before, blocked(rules, changed))


def draft(content: Content, *, issuer: str, version: int, parent: int, created_ms: int, expires_ms: int) -> Draft:
    """A full snapshot. Entries that have ended at `created_ms` are left out. Raises SnapshotRefused."""
    rules = compiled(content.policy_yaml, name=content.policy_name)
    columns = {name: _column(name, entries, created_ms) for name, entries in content.lists.items()}
    lists = {name: packed(name, column.alive(created_ms)) for name, column in columns.items()}
    _check_lists(rules, lists)
    parsed_trunks(content.trunks_yaml, name=TRUNKS_PART)
    parsed_directory(content.directory_json, name=DIRECTORY_PART)
    files: dict[str, Buffer] = {f"lists/{name}.hdl": entries.image for name, entries in lists.items()}
    return Draft(
        kind="full",
        issuer=issuer,
        version=version,
        parent=parent,
        created_ms=created_ms,
        expires_ms=expires_ms,
        rules=rules,
        trunks_yaml=content.trunks_yaml,
        directory_json=content.directory_json,
        lists=lists,
        files=files | _texts(content.policy_yaml, content.trunks_yaml, content.directory_json),
    )


def draft_delta(
    base: Snapshot,
    *,
    version: int,
    created_ms: int,
    expires_ms: int,
    adds: Mapping[str, Entries] | None = None,
    removes: Mapping[str, Iterable[int]] | None = None,
    policy_yaml: str | None = None,
    trunks_yaml: str | None = None,
    directory_json: str | None = None,
) -> Draft:
    """The difference to `base`, the snapshot it can be taken on.

    An added number gets the given end, also where it was on the list; removals come first, and of a number that is not
    on the list nothing is removed. None leaves policy, trunks or directory as they are. Raises SnapshotRefused.
    """
    rules = base.rules if policy_yaml is None else compiled(policy_yaml, name=POLICY_PART)
    parsed_trunks(trunks_yaml, name=TRUNKS_PART)
    parsed_directory(directory_json, name=DIRECTORY_PART)
    added = {name: packed(name, _column(name, entries, created_ms)) for name, entries in (adds or {}).items()}
    removed = {name: packed(name, _numbers(numbers)) for name, numbers in (removes or {}).items()}
    lists = changed_lists(base.lists, adds=added, removes=removed, created_ms=created_ms)
    _check_lists(rules, {**removed, **lists})
    return Draft(
        kind="delta",
        issuer=base.manifest.issuer,
        version=version,
        parent=base.version,
        created_ms=created_ms,
        expires_ms=expires_ms,
        rules=rules,
        trunks_yaml=base.trunks_yaml if trunks_yaml is None else trunks_yaml,
        directory_json=base.directory_json if directory_json is None else directory_json,
        lists=lists,
        files=_texts(policy_yaml, trunks_yaml, directory_json) | _changes(base, added, removed),
    )


def _texts(policy_yaml: str | None, trunks_yaml: str | None, directory_json: str | None) -> dict[str, Buffer]:
    texts = {POLICY_PART: policy_yaml, TRUNKS_PART: trunks_yaml, DIRECTORY_PART: directory_json}
    return {name: text.encode("utf-8") for name, text in texts.items() if text is not None}


def _changes(base: Snapshot, added: Lists, removed: Lists) -> dict[str, Buffer]:
    """The parts of a delta's lists; a list that is new and empty is a part, too."""
    found: dict[str, Buffer] = {}
    for name, entries in added.items():
        if len(entries) or name not in base.lists:
            found[f"lists/{name}.add.hdl"] = entries.image
    for name, entries in removed.items():
        if len(entries) and name in base.lists:
            found[f"lists/{name}.remove.hdl"] = entries.image
    return found


def build(
    folder: Path,
    content: Content,
    *,
    issuer: str,
    version: int,
    parent: int,
    created_ms: int,
    expires_ms: int,
    signer: Signer,
) -> Manifest:
    """Write a full snapshot into a new folder. Times in milliseconds since the epoch. Raises SnapshotRefused."""
    drafted = draft(
        content, issuer=issuer, version=version, parent=parent, created_ms=created_ms, expires_ms=expires_ms
    )
    return drafted.write(folder, signer, content.approvals)


def build_delta(
    folder: Path,
    *,
    base: Snapshot,
    version: int,
    created_ms: int,
    expires_ms: int,
    signer: Signer,
    adds: Mapping[str, Entries] | None = None,
    removes: Mapping[str, Iterable[int]] | None = None,
    policy_yaml: str | None = None,
    trunks_yaml: str | None = None,
    directory_json: str | None = None,
    approvals: Iterable[Approval] = (),
) -> Manifest:
    """Write the difference to an opened snapshot into a new folder, see `draft_delta`. Raises SnapshotRefused."""
    drafted = draft_delta(
        base,
        version=version,
        created_ms=created_ms,
        expires_ms=expires_ms,
        adds=adds,
        removes=removes,
        policy_yaml=policy_yaml,
        trunks_yaml=trunks_yaml,
        directory_json=directory_json,
    )
    return drafted.write(folder, signer, approvals)


def _column(name: str, entries: Entries, created_ms: int) -> Column:
    column = entries if isinstance(entries, Column) else Column.of_entries(entries)
    check_ends(name, column, created_ms=created_ms)
    return column


def _numbers(numbers: Iterable[int]) -> Column:
    return Column.of_entries((number, 0) for number in numbers)


def _check_lists(rules: Policy, lists: Lists) -> None:
    if len(lists) > MAX_LISTS:
        raise SnapshotRefused(Code.TOO_LARGE, f"{len(lists)} lists; a snapshot has at most {MAX_LISTS}")
    over_lists(rules, lists)
