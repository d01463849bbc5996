"""The run folder: its places, its run.json, and what must be the same when a run is resumed."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from haodun import __version__
from haodun.edge.batch.errors import BatchError, WrongUseError
from haodun.edge.batch.inputs import Input
from haodun.edge.batch.settings import EXPLAINED, Settings
from haodun.screening.events import Trunks
from haodun.screening.kernel import Parameters
from haodun.screening.policy import Policy
from haodun.screening.verdicts import Versions
from haodun.store import durable

RUN_FORMAT = 1
RUN_ID_LENGTH = 16


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where everything of a run lies."""

    path: Path

    @property
    def run_json(self) -> Path:
        """What the run is and how far it came."""
        return self.path / "run.json"

    @property
    def policy(self) -> Path:
        """The run's own copy of its policy."""
        return self.path / "policy" / "policy.yaml"

    @property
    def trunks(self) -> Path:
        """The run's own copy of its trunks file; absent where none was given."""
        return self.path / "trunks.yaml"

    @property
    def snapshot(self) -> Path:
        """The run's own copy of the snapshot it was decided under; absent where only a policy was given."""
        return self.path / "snapshot"

    @property
    def input_log(self) -> Path:
        """The numbered input log."""
        return self.path / "input.parquet"

    @property
    def states(self) -> Path:
        """Kernel states, each named by the event after which it was taken."""
        return self.path / "state"

    @property
    def parts(self) -> Path:
        """Parts of the verdict log while the run goes on."""
        return self.path / "verdicts"

    @property
    def verdicts(self) -> Path:
        """The verdict log."""
        return self.path / "verdicts.parquet"

    @property
    def quarantine(self) -> Path:
        """Records set aside."""
        return self.path / "quarantine.jsonl"

    @property
    def spill(self) -> Path:
        """Scratch of reading and sorting; removed when the input log is there."""
        return self.path / "spill"

    @property
    def spool(self) -> Path:
        """Standard input, kept until the input log is there."""
        return self.path / "stdin"

    def discard(self) -> None:
        """Remove a run that never came to its input log; other files in its place are left alone."""
        for path in (self.spill, self.spool, self.states, self.policy.parent, self.snapshot):
            shutil.rmtree(path, ignore_errors=True)
        for file in (self.trunks, self.run_json):
            file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.path.rmdir()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for this process; WrongUseError where another works in it. A killed process lets go."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise WrongUseError(f"another haodun works in {self.path}; wait for it or stop it") from error
            yield
        finally:
            os.close(descriptor)

    def read(self) -> dict[str, Any]:
        """The content of run.json; BatchError where it is none."""
        try:
            content = json.loads(self.run_json.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BatchError(f"{self.run_json} cannot be read; {self.path} is no run folder, or was damaged") from error
        if not isinstance(content, dict) or content.get("format") != RUN_FORMAT:
            raise BatchError(f"{self.run_json} was written by another version of Haodun; screen the calls anew")
        return content

    def write(self, content: dict[str, Any]) -> None:
        """Replace run.json."""
        durable.place(
            self.run_json, json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")
        )


def open_folder(settings: Settings) -> tuple[RunFolder, dict[str, Any] | None]:
    """The run's folder: new, or one that `--resume` goes on with (then with its run.json)."""
    folder = RunFolder(settings.out)
    if folder.run_json.is_file():
        if not settings.resume:
            raise WrongUseError(
                f"{settings.out} holds a run already; name a new folder, or add --resume to go on with it"
            )
        return folder, folder.read()
    leftovers = [path.name for path in settings.out.iterdir()] if settings.out.is_dir() else []
    if settings.out.exists() and (not settings.out.is_dir() or set(leftovers) - {"stdin", "run.json.part"}):
        raise WrongUseError(f"{settings.out} is there and is no run folder; name a new folder")
    try:
        settings.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BatchError(f"{settings.out} cannot be made ({error.strerror}); check path and rights") from error
    return folder, None


def asked(settings: Settings, inputs: list[Input], *, policy: Policy, trunks: Trunks, snapshot: str) -> dict[str, Any]:
    """What was asked, as far as it decides the verdicts."""
    column_map = settings.column_map
    return {
        "calls": [source.identity for source in inputs],
        "format": settings.format,
        "column_map": None if column_map is None else hashlib.sha256(text_of(column_map).encode()).hexdigest(),
        "trunks": trunks.digest,
        "tz": settings.tz_name,
        "policy": policy.digest,
        "snapshot": snapshot,
        "mode": settings.mode.value,
        "kernel": settings.kernel.value,
        "state": None if settings.state is None else str(settings.state),
        "parameters": (settings.parameters or Parameters()).digest,
    }


LABELS_NEEDED = {"call_id", "campaign", "population", "heavy"}


def check_places(settings: Settings) -> None:
    """Refuse before the work what would fail after it: a state that is no folder, labels that are none."""
    if settings.state is not None and settings.state.exists() and not settings.state.is_dir():
        raise WrongUseError(f"--state {settings.state} is no folder; name the folder that carries the state")
    if settings.labels is None:
        return
    try:
        columns = set(pq.read_schema(settings.labels).names)
    except (OSError, pa.ArrowException) as error:
        raise BatchError(
            f"--labels {settings.labels} is no Parquet file that can be read; give labels.parquet"
        ) from error
    if missing := sorted(LABELS_NEEDED - columns):
        raise BatchError(f"--labels {settings.labels} has no column {missing[0]}; give the labels.parquet of the lab")


def text_of(path: Path) -> str:
    """A small file as text; BatchError where it is none."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BatchError(f"{path} cannot be read as UTF-8 text; check path, rights and encoding") from error


BEFORE = {"snapshot": "none", "kernel": "oracle"}
"""What a run was asked for that is older than the question."""


def check_same(before: dict[str, Any], now: dict[str, Any]) -> None:
    """Refuse to resume a run that was asked for something else."""
    for name, what in EXPLAINED.items():
        if before.get(name, BEFORE.get(name)) != now[name]:
            raise WrongUseError(
                f"{what} differ from those the run was started with; resume with the same, or screen into a new folder"
            )


def run_id(*, content: str, versions: Versions, state: str) -> str:
    """The content-addressed id of a run (decision 0001 item 1): base32 of SHA-256, 16 characters, lower case.

    `content` is the digest of the input log, `state` the SHA-256 in hex of the state it began with.
    """
    parts = [content, *versions.to_dict().values(), state]
    digest = hashlib.sha256("\n".join(parts).encode("utf-8")).digest()
    return base64.b32encode(digest).decode("ascii")[:RUN_ID_LENGTH].lower()


def first_record(
    settings: Settings, *, question: dict[str, Any], versions: Versions, snapshot: dict[str, object] | None
) -> dict[str, Any]:
    """run.json as the run begins."""
    return {
        "format": RUN_FORMAT,
        "haodun": __version__,
        "run": None,
        "status": "reading",
        "synthetic": settings.synthetic,
        "asked": question,
        "timings": {},
        "snapshot": snapshot,
        "versions": versions.to_dict(),
        "parameters": asdict(settings.parameters or Parameters()),
        "labels": None if settings.labels is None else str(settings.labels.resolve()),
    }
