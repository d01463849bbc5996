"""Snapshots: what an edge decides by, as one signed, immutable, mapped directory."""

from haodun.screening.snapshot.blocks import blocking_lists
from haodun.screening.snapshot.building import Content, Draft, build, build_delta, draft, draft_delta
from haodun.screening.snapshot.columns import MAX_LIFE_MS, Column, Entry
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
    "Approver",
    "Code",
    "Column",
    "Content",
    "Draft",
    "Entry",
    "Holder",
    "Manifest",
    "MappedList",
    "Part",
    "PolicyName",
    "PublicKey",
    "Refused",
    "Signer",
    "Snapshot",
    "SnapshotRefused",
    "Trust",
    "blocking_lists",
    "build",
    "build_delta",
    "copy_snapshot",
    "draft",
    "draft_delta",
    "load_snapshot",
    "load_trust",
    "open_snapshot",
    "pack",
    "read_manifest",
    "read_unverified",
    "reopen_snapshot",
]
