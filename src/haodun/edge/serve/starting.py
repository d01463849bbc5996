"""From settings to an edge that can decide: keys, policy or last good snapshot, and the kernel's state rebuilt."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from haodun import __version__
from haodun.edge.serve.engine import Deciding, Engine, prepare
from haodun.edge.serve.settings import EdgeError, Settings
from haodun.edge.serve.shelf import Shelf
from haodun.numbering import load_plan
from haodun.screening.events import Trunks
from haodun.screening.kernel import KernelError
from haodun.screening.kernel.home import home_parameters
from haodun.screening.policy import load_policy
from haodun.screening.snapshot import Holder, Refused, Snapshot, load_trust
from haodun.store import durable
from haodun.store.errors import StoreError
from haodun.store.segments import SegmentWriter, begin_run, read_batches
from haodun.store.site import site_key

SECRET_BYTES = 32
STATE = "kernel.state"
_NUMBER_BYTES = 8
Progress = Callable[[int, int], None]
"""Events replayed, of how many."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an edge has before it opens a socket."""

    settings: Settings
    engine: Engine
    writer: SegmentWriter | None
    shelf: Shelf | None
    run_id: str
    tag_secret: bytes
    ready: Callable[[Snapshot], Deciding]
    """Makes another snapshot ready; EdgeError where it cannot decide here."""
    notes: tuple[str, ...]
    """What the operator should know of the start."""


def start(settings: Settings, *, now_ms: int, progress: Progress = lambda done, total: None) -> Prepared:
    """Read everything, rebuild the state. EdgeError, PolicyError, TrunksError, StoreError, SnapshotRefused, OSError."""
    local = _trunks(settings.trunks)
    writer = None if settings.log is None else SegmentWriter(settings.log)
    notes = [] if writer is None or not writer.cut else [f"{writer.cut} bytes of a torn tail were cut from the log"]
    shelf, snapshot = _snapshots(settings, notes, now_ms)
    policy = load_policy(settings.policy) if snapshot is None else snapshot.policy
    parameters = home_parameters(policy.home, UTC)
    made_with = {"policy": policy.digest, "kernel": parameters.digest, "plan": load_plan(policy.home).version}
    run_id = _run_id(settings, versions=made_with, trunks="" if local is None else local.digest)
    key = site_key(settings.site_key)

    def ready(found: Snapshot) -> Deciding:
        if home_parameters(found.policy.home, UTC) != parameters:
            raise EdgeError(f"snapshot {found.version} is of another home country; restart the edge with its own log")
        return prepare(
            settings,
            policy=found.policy,
            trunks=found.trunks or Trunks({}) if local is None else local,
            parameters=parameters,
            site_key=key,
            run_id=run_id,
            snapshot=found,
        )

    if snapshot is not None:
        deciding = ready(snapshot)
    else:
        deciding = prepare(
            settings,
            policy=policy,
            trunks=local or Trunks({}),
            parameters=parameters,
            site_key=key,
            run_id=run_id,
        )
    engine = Engine(deciding)
    if settings.log is not None and writer is not None:
        _rebuild(settings.log, engine, last=writer.last_number, now_ms=now_ms, progress=progress, notes=notes)
    return Prepared(settings, engine, writer, shelf, run_id, _tag_secret(settings.log), ready, tuple(notes))


def save_state(folder: Path, engine: Engine, last_number: int) -> None:
    """Keep the kernel's state after an event, so that the next start replays only what follows. OSError."""
    number = last_number.to_bytes(_NUMBER_BYTES, "little")
    durable.place(folder / STATE, number + engine.oracle.export_state())


def _rebuild(folder: Path, engine: Engine, *, last: int, now_ms: int, progress: Progress, notes: list[str]) -> None:
    """The kernel's state from the last clean stop, if there was one, and from what the log holds after it."""
    after = _restored(folder, engine, last, notes)
    replayed = engine.replay(
        read_batches(folder, after=after),
        after=after,
        now_ms=now_ms,
        progress=lambda done: progress(done, last - after),
    )
    if replayed:
        notes.append(f"{replayed} logged events were counted again")


def _restored(folder: Path, engine: Engine, last: int, notes: list[str]) -> int:
    """The number of the event after which the kept state was taken, now restored; 0 where there is none that fits."""
    try:
        data = (folder / STATE).read_bytes()
    except FileNotFoundError:
        return 0
    number = int.from_bytes(data[:_NUMBER_BYTES], "little")
    if number > last:
        notes.append("the kept kernel state is of another log; the log is counted from its beginning")
        return 0
    try:
        engine.restore(data[_NUMBER_BYTES:])
    except KernelError as error:
        notes.append(f"{error}; the log is counted from its beginning")
        return 0
    return number


def _snapshots(settings: Settings, notes: list[str], now_ms: int) -> tuple[Shelf | None, Snapshot | None]:
    """The shelf, and the last good snapshot; None where a policy file is to decide."""
    if settings.trust is None:
        return None, None
    trust = load_trust(settings.trust)
    shelf = None if settings.log is None else Shelf(settings.log, trust)
    holder = Holder(trust) if shelf is None else shelf.holder
    refused = None
    if settings.snapshot is not None:
        outcome = (holder if shelf is None else shelf).install(settings.snapshot, now_ms)
        refused = outcome if isinstance(outcome, Refused) else None
    if shelf is not None:
        notes.extend(f"a kept snapshot was refused: {one.sentence}" for one in shelf.reopen(now_ms))
    current = holder.current
    if refused is not None:
        if current is None:
            raise EdgeError(f"--snapshot: {refused.sentence}")
        notes.append(f"--snapshot was refused ({refused.sentence}); version {current.version} decides")
    return shelf, current


def _trunks(path: Path | None) -> Trunks | None:
    if path is None:
        return None
    try:
        return Trunks.parse(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise EdgeError(f"--trunks {path} cannot be read as UTF-8 text; check path, rights and encoding") from error


def _run_id(settings: Settings, *, versions: dict[str, str], trunks: str) -> str:
    """The id of this log, which it keeps for ever with what decided when it began; later policies are in its batches.

    Without a log, an id for this process.
    """
    fresh = base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()
    if settings.log is None:
        return fresh
    record = {"kind": "live", "format": 1, "run": fresh, "haodun": __version__, "listen": str(settings.listen)}
    record |= {"versions": versions, "trunks": trunks}
    found = begin_run(settings.log, record).get("run")
    if not isinstance(found, str) or not found.isascii():
        raise StoreError(f"{settings.log / 'run.json'} names no run; restore it, or give another --log")
    return found


def _tag_secret(folder: Path | None) -> bytes:
    """The secret that To tags are made with: kept beside the log, so that tags are the same after a restart."""
    if folder is None:
        return secrets.token_bytes(SECRET_BYTES)
    path = folder / "tag.key"
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
    secret = path.read_bytes()
    if len(secret) != SECRET_BYTES:
        raise StoreError(f"{path} is damaged; remove it, and a new one is made")
    return secret
