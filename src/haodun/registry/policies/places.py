"""Where snapshots and drafts lie, the key they are signed with, and a snapshot written whole."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from django.conf import settings

from haodun.screening.snapshot import Content, Signer, Snapshot, build


def snapshots_folder() -> Path:
    """Where the snapshots of this installation lie."""
    return Path(settings.HAODUN_DATA) / "snapshots"


def drafts_folder() -> Path:
    """Where drafts wait for signatures, each under its version."""
    return snapshots_folder() / "drafts"


def approvers_folder() -> Path:
    """Where the approvers' public keys lie, `NAME.pub`; what edges trust stands in their own trust files."""
    return Path(settings.HAODUN_DATA) / "keys" / "approvers"


def signer() -> Signer:
    """The site's key for snapshots. SnapshotRefused `key` where it is absent."""
    return Signer.load(Path(settings.HAODUN_DATA) / "keys" / "snapshot.key")


def milliseconds(moment: datetime) -> int:
    """Since the epoch."""
    return int(moment.timestamp() * 1_000)


def write_full(place: Path, opened: Snapshot) -> None:
    """An opened snapshot as a full one, under its own version and with its own signatures. SnapshotRefused, OSError."""
    content = Content(
        policy_yaml=opened.policy_yaml,
        lists={name: entries.column() for name, entries in opened.lists.items()},
        trunks_yaml=opened.trunks_yaml,
        directory_json=opened.directory_json,
        approvals=opened.manifest.approvals,  # an edge on its parent may need it whole, too
    )
    manifest = opened.manifest
    build(
        place,
        content,
        issuer=manifest.issuer,
        version=manifest.version,
        parent=manifest.parent,
        created_ms=manifest.created_ms,
        expires_ms=manifest.expires_ms,
        signer=signer(),
    )
