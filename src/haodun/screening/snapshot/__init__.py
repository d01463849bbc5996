"""Snapshots: what an edge decides by, as one signed, immutable, mapped directory."""

from haodun.screening.snapshot.approving import ApprovalFile, approvals_for, draft_words, open_draft, sign_draft
from haodun.screening.snapshot.blocks import blocking_lists
from haodun.screening.snapshot.building import Content, Draft, build, build_delta, draft, draft_delta, fresh_blocks
from haodun.screening.snapshot.columns import MAX_LIFE_MS, Column, Entry
from haodun.screening.snapshot.directory import Directory, Name, Named, directory_text
from haodun.screening.snapshot.errors import Code, SnapshotRefused
from haodun.screening.snapshot.holder import Accepted, Holder, Refused
from haodun.screening.snapshot.keys import PublicKey, Signer
from haodun.screening.snapshot.manifest import Approval, Manifest, Part, PolicyName
from haodun.screening.snapshot.opening import (
    Snapshot,
    copy_snapshot,
    load_snapshot,
    open_snapshot,
    read_manifest,
    read_unverified,
    reopen_snapshot,
)
from haodun.screening.snapshot.packed import MappedList, pack
from haodun.screening.snapshot.trust import Approver, Trust
from haodun.screening.snapshot.trust_file import load_trust

__all__ = [
    "MAX_LIFE_MS",
    "Accepted",
    "Approval",
    "ApprovalFile",
    "Approver",
    "Code",
    "Column",
    "Content",
    "Directory",
    "Draft",
    "Entry",
    "Holder",
    "Manifest",
    "MappedList",
    "Name",
    "Named",
    "Part",
    "PolicyName",
    "PublicKey",
    "Refused",
    "Signer",
    "Snapshot",
    "SnapshotRefused",
    "Trust",
    "approvals_for",
    "blocking_lists",
    "build",
    "build_delta",
    "copy_snapshot",
    "directory_text",
    "draft",
    "draft_delta",
    "draft_words",
    "fresh_blocks",
    "load_snapshot",
    "load_trust",
    "open_draft",
    "open_snapshot",
    "pack",
    "read_manifest",
    "read_unverified",
    "reopen_snapshot",
    "sign_draft",
]
