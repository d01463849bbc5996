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
from haodun.edge.serve.following import Followed
from haodun.edge.serve.kernels import Basis, OracleKernel, make_kernel
from haodun.edge.serve.settings import EdgeError, Settings
from haodun.edge.serve.shelf import Shelf
from haodun.numbering import load_plan
from haodun.screening.events import Trunks
from haodun.screening.kernel.home import home_parameters
from haodun.screening.policy import load_policy
from haodun.screening.snapshot import Holder, Refused, Snapshot, load_trust
from haodun.store.errors import StoreError
from haodun.store.keeper import run_of
from haodun.store.lease import Lease
from haodun.store.segments import RUN_JSON, SegmentWriter, begin_run
from haodun.store.site import site_key

SECRET_BYTES = 32
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
    return _prepared(settings, writer=_writer(settings, None), now_ms=now_ms, progress=progress)


def take_over(settings: Settings, followed: Followed, lease: Lease, *, now_ms: int) -> Prepared:
    """The same for a standby that has followed the log and now has its lease."""
    return _prepared(settings, writer=_writer(settings, lease), now_ms=now_ms, followed=followed)


def follow(settings: Settings) -> Followed:
    """A kernel brought along by a log in which another process writes. EdgeError where nobody ever wrote there."""
    if settings.log is None:
        raise EdgeError("a standby follows a log: give --log")
    if not (settings.log / RUN_JSON).is_file():
        raise EdgeError(f"--log {settings.log}: no edge ever logged there; start the first one, then its standby")
    run = run_of(settings.log)
    policy = load_policy(settings.policy)
    home = str(begin_run(settings.log, {}).get("home") or policy.home)
    # Of the policy nothing is of use here but its place: what decides comes with the lease.
    basis = Basis(policy, load_plan(home), Trunks({}), site_key(settings.site_key), run, "none")
    kernel = make_kernel(settings.kernel, basis, home_parameters(home, UTC), folder=settings.log)
    return Followed(settings.log, kernel, run=run)


def front(settings: Settings, *, now_ms: int) -> tuple[Engine, bytes]:
    """What reads and words in a front, and the secret of its To tags; its kernel counts nothing.

    EdgeError, PolicyError, TrunksError, StoreError, SnapshotRefused, OSError.
    """
    return Engine(read_again(settings, None, now_ms=now_ms)), _tag_secret(settings.log)


def read_again(settings: Settings, engine: Engine | None, *, now_ms: int) -> Deciding:
    """What a front with this engine (or a new one) reads and words by from now on; raises as `front`."""
    local, snapshot = _trunks(settings.trunks), None
    if settings.trust is not None and settings.log is not None:
        shelf = Shelf(settings.log, load_trust(settings.trust), reading=True)
        shelf.reopen(now_ms)
        snapshot = shelf.holder.current
    policy = load_policy(settings.policy) if snapshot is None else snapshot.policy
    carried = None if snapshot is None else snapshot.trunks
    kernel = OracleKernel(home_parameters(policy.home, UTC)) if engine is None else engine.kernel
    trunks = local or carried or Trunks({})
    key = site_key(settings.site_key)
    return prepare(settings, kernel, policy=policy, trunks=trunks, site_key=key, run_id="", snapshot=snapshot)


def _writer(settings: Settings, lease: Lease | None) -> SegmentWriter | None:
    return None if settings.log is None else SegmentWriter(settings.log, lease=lease)


def _prepared(
    settings: Settings,
    *,
    writer: SegmentWriter | None,
    now_ms: int,
    followed: Followed | None = None,
    progress: Progress = lambda done, total: None,
) -> Prepared:
    local = _trunks(settings.trunks)
    notes = [f"{writer.cut} bytes of a torn tail are not read"] if writer is not None and writer.cut else []
    shelf, snapshot = _snapshots(settings, notes, now_ms)
    policy = load_policy(settings.policy) if snapshot is None else snapshot.policy
    parameters = home_parameters(policy.home, UTC)
    made_with = {"policy": policy.digest, "kernel": parameters.digest, "plan": load_plan(policy.home).version}
    run_id = _run_id(settings, versions=made_with, home=policy.home, trunks="" if local is None else local.digest)
    key = site_key(settings.site_key)
    trunks = local or Trunks({})
    if followed is None:
        basis = Basis(policy, load_plan(policy.home), trunks, key, run_id, "none")
        kernel = make_kernel(settings.kernel, basis, parameters, folder=settings.log)
    else:
        kernel = followed.kernel

    def ready(found: Snapshot | None) -> Deciding:
        own = policy if found is None else found.policy
        if home_parameters(own.home, UTC) != kernel.parameters:
            version = "the policy" if found is None else f"snapshot {found.version}"
            raise EdgeError(f"{version} is of another home country; restart the edge with a log of its own")
        carried = trunks if found is None or found.trunks is None or local is not None else found.trunks
        return prepare(settings, kernel, policy=own, trunks=carried, site_key=key, run_id=run_id, snapshot=found)

    if settings.log is not None and writer is not None:
        followed = followed or Followed(settings.log, kernel, run=run_id, last=writer.last_number)
        _catch_up(followed, last=writer.last_number, now_ms=now_ms, progress=progress)
        notes += [*followed.notes, *_counted(followed)]
    engine = Engine(ready(snapshot))
    return Prepared(settings, engine, writer, shelf, run_id, _tag_secret(settings.log), ready, tuple(notes))


def _catch_up(followed: Followed, *, last: int, now_ms: int, progress: Progress) -> None:
    """Count what the log has more."""
    start = followed.number
    while followed.step(now_ms):
        progress(followed.number - start, max(last - start, followed.number - start))


def _counted(followed: Followed) -> list[str]:
    return [f"{followed.counted} logged events were counted again"] if followed.counted else []


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


def _run_id(settings: Settings, *, versions: dict[str, str], home: str, trunks: str) -> str:
    """The id of this log, which it keeps for ever with what decided when it began; later policies are in its batches.

    Without a log, an id for this process.
    """
    fresh = base64.b32encode(secrets.token_bytes(10)).decode("ascii").lower()
    if settings.log is None:
        return fresh
    record = {"kind": "live", "format": 1, "run": fresh, "haodun": __version__, "listen": str(settings.listen)}
    record |= {"versions": versions, "home": home, "trunks": trunks}
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
