"""The last snapshot, opened: a full folder and the deltas on it, kept at hand by the process that publishes."""

from __future__ import annotations

import threading
from pathlib import Path

from django.conf import settings

from haodun.registry.policies.models import Publication
from haodun.screening.snapshot import PublicKey, Snapshot, SnapshotRefused, Trust, open_snapshot


def trust_of() -> Trust:
    """Whom we believe when we read back our own snapshots: ourselves."""
    key = PublicKey.load(Path(settings.HAODUN_DATA) / "keys" / "snapshot.pub")
    return Trust(issuer=settings.HAODUN_NODE, keys=(key,))


class Chain:
    """The snapshot that was opened last, and what it takes to open another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opened: tuple[Path, str, Snapshot] | None = None
        """Folder of snapshots, digest of the tar, and the snapshot."""

    def open(self, row: Publication, folder: Path) -> Snapshot | None:
        """The snapshot of a publication with all its parents; None where a folder is gone, damaged or not ours."""
        with self._lock:
            try:
                return self._open(row, folder)
            except SnapshotRefused:
                return None

    def _open(self, row: Publication, folder: Path) -> Snapshot | None:
        rows = _from_full(row)
        if not rows:
            return None
        found = None
        if self._opened is not None and self._opened[0] == folder:
            known = [one.digest for one in rows]
            if self._opened[1] in known:
                found = self._opened[2]
                rows = rows[known.index(self._opened[1]) + 1 :]
        trust = trust_of()
        for one in rows:
            # Its own time: whether it may still be offered is no question here.
            now_ms = int(one.created_at.timestamp() * 1_000)
            found = open_snapshot(folder / str(one.version), trust=trust, now_ms=now_ms, base=found)
        if found is not None:
            self._opened = (folder, row.digest, found)
        return found


def _from_full(row: Publication) -> list[Publication]:
    """From the newest full publication up to this one, in order."""
    before = Publication.objects.filter(version__lte=row.version)
    full = before.filter(kind="full").order_by("-version").values_list("version", flat=True).first()
    return [] if full is None else list(before.filter(version__gte=full).order_by("version"))
