"""How bytes get from node to node. A transport gives and takes whole pieces; it may lose, repeat and reorder them."""

from __future__ import annotations

import heapq
import os
import re
import stat
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from haodun.federation.errors import FederationError
from haodun.federation.limits import (
    KEPT_OF_TOO_LARGE,
    MAX_DONE,
    MAX_ENVELOPE,
    MAX_FILES,
    MAX_NAMES,
    MAX_QUEUED,
)
from haodun.federation.models import Peer
from haodun.federation.quarantine import Piece
from haodun.store import durable

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}\.json", re.ASCII)
"""Names that are read; others are foreign."""
DONE, ASIDE = "done", "aside"
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Arrived:
    """A piece, and how to say that it was dealt with; until then it comes again."""

    piece: Piece
    done: Callable[[bool], None]
    """Called with whether it was let in."""


class Transport(Protocol):
    """Gives and takes pieces. Raises OSError where the way is blocked."""

    def put(self, name: str, data: bytes) -> None:
        """Send a piece; one of the same name that was not fetched yet is replaced."""

    def arrived(self) -> Iterator[Arrived]:
        """What has come, in the order of names, a limited number a round."""

    def settle(self, upto: int) -> None:
        """The peer has all envelopes up to this number: what still lies there of them may go."""


class InProcess:
    """Between nodes of one process: queues in memory. What a stop loses is asked for again."""

    queues: dict[tuple[str, str], deque[bytes]] = {}  # noqa: RUF012  (one for the process)

    def __init__(self, own: str, peer: str) -> None:
        self._out = self.queues.setdefault((own, peer), deque())
        self._in = self.queues.setdefault((peer, own), deque())

    def put(self, name: str, data: bytes) -> None:
        """Queue it; beyond MAX_QUEUED it is lost."""
        if len(self._out) < MAX_QUEUED:
            self._out.append(data)

    def arrived(self) -> Iterator[Arrived]:
        """What is queued now."""
        for _ in range(len(self._in)):
            data = self._in.popleft()
            yield Arrived(Piece.of(data), lambda _let_in: None)

    def settle(self, upto: int) -> None:
        """Nothing lies anywhere."""


class Folder:
    """Two folders of files, carried by anything that carries files: SFTP, a one-way gate, a disk in a bag.

    Theory of operation. A file is written under a temporary name that begins with a dot, fsynced, and renamed, so under
    its final name it is whole. A file that came is read, dealt with in a committed transaction, and only then moved to
    `done/` or `aside/`; stopped in between it is read again, which changes nothing. Whatever is no regular file of a
    name like ours is moved to `aside/` unread.
    """

    def __init__(self, own: str, outgoing: Path, incoming: Path) -> None:
        self._own = own
        self._outgoing = outgoing
        self._incoming = incoming
        self._foreign: list[Path] = []

    def put(self, name: str, data: bytes) -> None:
        """Write it whole."""
        part = self._outgoing / f".{name}.{os.getpid()}{durable.PART}"
        try:
            with part.open("wb") as file:
                durable.write(file, data)
                file.flush()
                durable.fsync(file.fileno())
            durable.rename(part, self._outgoing / name)
        finally:
            part.unlink(missing_ok=True)
        durable.sync_folder(self._outgoing)

    def arrived(self) -> Iterator[Arrived]:
        """At most MAX_FILES, the lowest names first."""
        self._foreign = []
        for name in heapq.nsmallest(MAX_FILES, self._names()):
            path = self._incoming / name
            piece = self._piece(path)
            if piece is not None:
                yield Arrived(piece, partial(self._dealt_with, path))
        for path in self._foreign[:MAX_FILES]:
            self._move(path, ASIDE)

    def _dealt_with(self, path: Path, let_in: bool) -> None:
        self._move(path, DONE if let_in else ASIDE)

    def settle(self, upto: int) -> None:
        """Delete our files up to this number that still lie in `outgoing`."""
        ours = re.compile(re.escape(self._own) + r"-([0-9]{16})\.json", re.ASCII)
        with os.scandir(self._outgoing) as entries:
            for entry, _ in zip(entries, range(MAX_NAMES), strict=False):
                found = ours.fullmatch(entry.name)
                if found is not None and 0 < int(found[1]) <= upto:
                    (self._outgoing / entry.name).unlink(missing_ok=True)

    def _names(self) -> Iterator[str]:
        with os.scandir(self._incoming) as entries:
            for entry, _ in zip(entries, range(MAX_NAMES), strict=False):
                if entry.name in (DONE, ASIDE) or entry.name.startswith("."):
                    continue  # a name that begins with a dot is on its way
                if NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    yield entry.name
                else:
                    self._foreign.append(self._incoming / entry.name)

    def _piece(self, path: Path) -> Piece | None:
        """The file's bytes; of a too large one the beginning, and size and digest of all. None: it is gone."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            data = file.read(MAX_ENVELOPE + 1)
            if len(data) <= MAX_ENVELOPE:
                return Piece.of(data)
            digest, size = sha256(data), len(data)
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
        return Piece(data[:KEPT_OF_TOO_LARGE], size, digest.hexdigest())

    def _move(self, path: Path, where: str) -> None:
        folder = self._incoming / where
        folder.mkdir(exist_ok=True)
        if where == ASIDE and sum(1 for _ in zip(folder.iterdir(), range(MAX_DONE), strict=False)) >= MAX_DONE:
            if path.is_dir() and not path.is_symlink():
                return  # a folder is not ours to delete; it is passed over
            path.unlink(missing_ok=True)
            return
        try:
            durable.rename(path, folder / path.name)
        except FileNotFoundError:
            return  # another round moved it
        durable.sync_folder(self._incoming)

    def tidy(self) -> None:
        """Keep the newest MAX_DONE files of `done/`."""
        folder = self._incoming / DONE
        if not folder.is_dir():
            return
        kept = sorted((path.stat().st_mtime_ns, path.name) for path in folder.iterdir() if path.is_file())
        for _, name in kept[: max(0, len(kept) - MAX_DONE)]:
            (folder / name).unlink(missing_ok=True)


def transport_of(peer: Peer) -> Transport:
    """The way to a peer. FederationError where its description is none."""
    said = peer.transport
    if said.get("kind") == "in_process":
        return InProcess(peer.own, peer.name)
    if said.get("kind") == "folder" and said.get("outgoing") and said.get("incoming"):
        return Folder(peer.own, Path(said["outgoing"]), Path(said["incoming"]))
    raise FederationError(f"the way to {peer.name} is neither in_process nor a folder with outgoing and incoming")


def file_name(own: str, sequence: int) -> str:
    """Name of the file of an envelope; the control envelope has one name, so that only the newest lies there."""
    return f"{own}-{sequence:016d}.json"
