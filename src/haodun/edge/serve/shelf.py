"""The snapshots on an edge's disk: fetched ones unpacked with care, the chain of the one in force offered again.

Theory of operation. `<log>/snapshots/<version>/` is a folder that the holder accepted, `holder.json` beside it what the
holder remembers, `<log>/incoming/` what came over the link and was not judged yet. A delta makes sense only on its
parent, so after a restart the folders are offered in order; what is older than the newest full one is removed.
"""

from __future__ import annotations

import re
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from haodun.edge.serve.limits import TAR_BYTES, TAR_MEMBERS
from haodun.screening.snapshot import (
    Accepted,
    Holder,
    Manifest,
    Refused,
    SnapshotRefused,
    Trust,
    copy_snapshot,
    read_unverified,
)
from haodun.store import durable

_MEMBER = re.compile(r"(?:\./|[0-9]{1,16}/)?(?:lists/[a-z0-9_]{1,32}(?:\.add|\.remove)?\.hdl|[a-z]{1,16}\.[a-z]{1,8})")
_FOLDER = re.compile(r"[0-9]{1,16}")
Offered = Callable[[Accepted | Refused], None]


class UnpackError(ValueError):
    """What came over the link is no snapshot folder in a tar; the message says why."""


class Shelf:
    """The snapshot folders of one edge. Used by one thread at a time."""

    def __init__(self, folder: Path, trust: Trust, *, reading: bool = False) -> None:
        """`folder`: the edge's log folder; `reading`: another process keeps it. SnapshotRefused where the holder's
        memory is damaged.
        """
        self._kept = folder / "snapshots"
        self._incoming = folder / "incoming"
        if reading:
            self.holder = Holder(trust)
            return
        self._kept.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self._incoming, ignore_errors=True)  # of a process that was killed
        self.holder = Holder(trust, state=self._kept / "holder.json")

    def reopen(self, now_ms: int) -> list[Refused]:
        """Offer what is kept, in order; what of it was refused. `holder.current` is then the last good snapshot."""
        refused = []
        for version in self._versions():
            outcome = self.holder.offer(self._kept / str(version), now_ms)
            if isinstance(outcome, Refused):
                refused.append(outcome)
        return refused

    def install(self, folder: Path, now_ms: int) -> Accepted | Refused:
        """Take a full snapshot by the operator's own hand, and keep a copy: the link's deltas are taken on it.

        OSError where it cannot be copied.
        """
        outcome = self.holder.install(folder, now_ms)
        if isinstance(outcome, Accepted):
            manifest = outcome.snapshot.manifest
            place = self._kept / str(manifest.version)
            if place.exists() and not _holds(place, manifest):
                shutil.rmtree(place)  # damaged, or the version as a delta, which means nothing without its parent
            if not place.exists():
                copy_snapshot(folder, place, digest=manifest.digest)
            self._prune(manifest)
        return outcome

    def take_tar(self, stream: IO[bytes], *, version: int, now_ms: int) -> Accepted | Refused:
        """Unpack a snapshot that comes as a tar, offer it, and keep it where it is accepted.

        UnpackError where it is no tar of a snapshot, OSError where the disk or the stream fails.
        """
        arrived = self._incoming / str(version)
        shutil.rmtree(self._incoming, ignore_errors=True)
        arrived.mkdir(parents=True)
        try:
            unpack(stream, arrived)
            return self._take(arrived, version=version, now_ms=now_ms)
        finally:
            shutil.rmtree(self._incoming, ignore_errors=True)

    def _take(self, arrived: Path, *, version: int, now_ms: int) -> Accepted | Refused:
        place = self._kept / str(version)
        current = self.holder.current
        if place.exists() and (current is None or current.version != version):
            shutil.rmtree(place)  # kept by a process that was killed before it was judged
        if not place.exists():
            durable.rename(arrived, place)
            durable.sync_folder(self._kept)
        # It is offered in its final place: the holder maps the files, and they must be there after a restart.
        outcome = self.holder.offer(place, now_ms)
        if isinstance(outcome, Refused):
            in_force = self.holder.current
            if in_force is None or in_force.version != version:
                shutil.rmtree(place, ignore_errors=True)
        elif outcome.snapshot.manifest.kind == "full":
            self._prune(outcome.snapshot.manifest)
        return outcome

    def _prune(self, full: Manifest) -> None:
        """Everything before a full snapshot is needed no more; open maps of it stay valid."""
        for version in self._versions():
            if version < full.version:
                shutil.rmtree(self._kept / str(version), ignore_errors=True)

    def _versions(self) -> list[int]:
        kept = self._kept.iterdir() if self._kept.is_dir() else ()
        return sorted(int(path.name) for path in kept if _FOLDER.fullmatch(path.name))


def _holds(folder: Path, manifest: Manifest) -> bool:
    """Whether a folder has this manifest; its parts are checked when it is offered."""
    try:
        return read_unverified(folder).digest == manifest.digest
    except SnapshotRefused:
        return False


def unpack(stream: IO[bytes], folder: Path) -> None:
    """Write the files of a tar into a folder: regular files under names that a snapshot has, within the limits.

    UnpackError for anything else: links, devices, paths that lead out, too many or too large members, a cut end.
    """
    left, members = TAR_BYTES, 0
    try:
        with tarfile.open(fileobj=stream, mode="r|") as tar:
            for member in tar:
                members += 1
                if members > TAR_MEMBERS:
                    raise UnpackError(f"it has more than {TAR_MEMBERS} members")
                if member.isdir():
                    continue
                name = member.name
                if not member.isreg() or _MEMBER.fullmatch(name) is None:
                    raise UnpackError(f"{name[:80]!r} is no file of a snapshot")
                left -= member.size
                if left < 0:
                    raise UnpackError(f"it unpacks to more than {TAR_BYTES} bytes")
                _write(tar, member, folder / _inner(name))
    except tarfile.TarError as error:
        raise UnpackError(f"it is no whole tar ({error})") from error
    if not members:
        raise UnpackError("it is empty")


def _inner(name: str) -> str:
    """The path inside the snapshot: a tar may hold the folder itself or what is in it."""
    first, slash, rest = name.partition("/")
    return rest if slash and first != "lists" else name


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    source = tar.extractfile(member)
    if source is None or path.exists():
        raise UnpackError(f"{member.name[:80]!r} stands twice, or is no file")
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        shutil.copyfileobj(source, file)
        if file.tell() != member.size:
            raise UnpackError(f"{member.name[:80]!r} is cut off")
        file.flush()
        durable.fsync(file.fileno())
