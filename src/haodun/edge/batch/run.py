"""One run of `haodun screen`: read, join, sort, screen, report; each step durable, so that --resume goes on.

Theory of operation. run.json says how far the run is: `reading` until the events are in order, `screening` until
verdicts.parquet is there, `done` after the report. Events that are held in memory are screened while input.parquet is
written; nothing of the screening comes into its place before that. Reading and sorting start anew when killed before
input.parquet is there (their scratch is removed); screening goes on after the last part of the verdict log that has its
kernel state beside it. The run id is made of what the input log holds and what decides, so it is the same in every
attempt.
"""

from __future__ import annotations

import hashlib
import resource
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from haodun.edge.batch.ahead import Beside
from haodun.edge.batch.deciding import Decider, decider
from haodun.edge.batch.errors import BatchError, TooManyBadError, WrongUseError
from haodun.edge.batch.folder import (
    RunFolder,
    asked,
    check_places,
    check_same,
    first_record,
    open_folder,
    run_id,
)
from haodun.edge.batch.inputs import STDIN_NAME, Input, find_inputs
from haodun.edge.batch.joining import Sorted, join_calls, sort_events
from haodun.edge.batch.judging import Judge, make_judge
from haodun.edge.batch.quarantine import Quarantine
from haodun.edge.batch.reading import Intake, read_all
from haodun.edge.batch.report import measure, write_report
from haodun.edge.batch.screening import begin_state, final_state, screen_log
from haodun.edge.batch.settings import Settings
from haodun.edge.batch.spill import Spill
from haodun.edge.batch.summary import Summary, summarise
from haodun.edge.cdr import CdrError
from haodun.screening.compare import Evaluation, evaluate
from haodun.screening.events import content_digest, count_events
from haodun.screening.kernel import KernelError, Oracle, Parameters
from haodun.screening.kernel.home import home_parameters
from haodun.screening.policy import Policy
from haodun.screening.snapshot import SnapshotRefused
from haodun.store import durable

STATE_FILE = "kernel.state"

Progress = Callable[[str, int, int], None]
"""Step, done, total."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a finished run says."""

    folder: RunFolder
    record: dict[str, Any]
    """run.json."""
    summary: Summary
    evaluation: Evaluation | None
    seconds: float

    def to_dict(self) -> dict[str, object]:
        """The fixed shape of `haodun screen --json` (DESIGN.md §6)."""
        rate = self.summary.calls / self.seconds if self.seconds else 0.0
        return {
            "calls": self.summary.calls,
            "actions": self.summary.actions,
            "reasons": self.summary.reasons,
            "quarantined": self.record["intake"]["quarantined"],
            "late": self.summary.late,
            "unscreened_origin": self.summary.unscreened_origin,
            "seconds": round(self.seconds, 3),
            "calls_per_second": round(rate, 1),
            "run": str(self.folder.path),
            **({} if self.evaluation is None else self.evaluation.to_dict()),
        }


def run_screen(settings: Settings, *, progress: Progress = lambda step, done, total: None) -> Result:
    """Do a run, or go on with one; BatchError, CdrError, PolicyError or TrunksError say why it cannot be done."""
    try:
        return _run(settings, progress)
    except OSError as error:
        what, why = error.filename or settings.out, error.strerror or error
        raise BatchError(f"{what}: {why}; mend it, then go on with --resume --out {settings.out}") from error
    except duckdb.Error as error:
        why = str(error).partition("\n")[0]
        raise BatchError(
            f"{settings.out} cannot be sorted or counted ({why}); mend it, then go on with --resume"
        ) from error


def _run(settings: Settings, progress: Progress) -> Result:
    decides = decider(settings)
    if settings.parameters is None:
        settings = replace(settings, parameters=home_parameters(decides.policy.home, settings.tz))
    check_places(settings)
    folder, record = open_folder(settings)
    with folder.locked():
        judge = make_judge(settings, decides)
        write: Callable[[], None] = _nothing
        if record is None or not folder.input_log.exists():
            record, write = _prepare(settings, folder, record, judge=judge, decides=decides, progress=progress)
        else:
            _check_resumed(settings, folder, record, judge=judge, decides=decides)
        judge.screener.run_id = record["run"] = _identify(folder, record, judge)
        if record["status"] != "done":
            folder.write(record | {"status": "screening"})
        with Beside(write) as log:
            _screen(folder, record, judge, ready=log.result, progress=progress)
        return _finish(settings, folder, record, policy=decides.policy)


def _nothing() -> None:
    """The input log is there."""


@contextmanager
def _timed(record: dict[str, Any], step: str) -> Iterator[None]:
    """Note how long a step took, in seconds."""
    started = time.monotonic()
    yield
    record["timings"][step] = round(time.monotonic() - started, 3)


def _prepare(
    settings: Settings,
    folder: RunFolder,
    record: dict[str, Any] | None,
    *,
    judge: Judge,
    decides: Decider,
    progress: Progress,
) -> tuple[dict[str, Any], Callable[[], None]]:
    """Everything up to the input log, and what writes it; a run that is refused leaves nothing but its quarantine."""
    try:
        inputs = find_inputs(settings.calls, spool=folder.spool)
        question = _question(settings, inputs, decides)
        if record is not None:
            check_same(record["asked"], question)
        begun = _begin(settings, folder, question, judge=judge, decides=decides)
        return _read(settings, folder, begun, inputs=inputs, judge=judge, decides=decides, progress=progress)
    except (BatchError, CdrError, KernelError, SnapshotRefused):
        if record is None and not folder.quarantine.exists():
            folder.discard()
        raise


def _screen(
    folder: RunFolder, record: dict[str, Any], judge: Judge, *, ready: Callable[[], None], progress: Progress
) -> None:
    """From the input log to the verdict log, where it is not there yet; then what the kernel counted.

    `ready` returns when the input log is there.
    """
    events = record["events"]
    if not folder.verdicts.exists():
        with _timed(record, "screening"):
            screen_log(
                folder,
                judge,
                events=events,
                metadata={"run": judge.screener.run_id, **judge.screener.versions.to_dict()},
                ready=ready,
                progress=lambda done, total: progress("screening", done, total),
            )
    elif "kernel" not in record:
        judge.screener.restore_state(final_state(folder, events))
    else:
        return
    record["kernel"] = dict(judge.screener.counters)


def _question(settings: Settings, inputs: list[Input], decides: Decider) -> dict[str, Any]:
    return asked(settings, inputs, policy=decides.policy, trunks=decides.trunks, snapshot=decides.snapshot_name)


def _begin(
    settings: Settings, folder: RunFolder, question: dict[str, Any], *, judge: Judge, decides: Decider
) -> dict[str, Any]:
    """Write down what was asked, and keep what decides: policy or snapshot, trunks, the kernel's state."""
    record = first_record(settings, question=question, versions=judge.screener.versions, snapshot=decides.record)
    folder.write(record)
    decides.keep(settings, folder)
    carried = settings.state / STATE_FILE if settings.state is not None else None
    if carried is not None and carried.is_file():
        state = carried.read_bytes()
        judge.screener.restore_state(state)
    else:
        state = Oracle(settings.parameters or Parameters()).export_state()
    # Of the state itself, whatever the kernel: an empty one is the oracle's, so that both make the same run.
    record["began_with"] = hashlib.sha256(state).hexdigest()
    folder.write(record)
    begin_state(folder, judge.screener.export_state())
    return record


def _read(
    settings: Settings,
    folder: RunFolder,
    record: dict[str, Any],
    *,
    inputs: list[Input],
    judge: Judge,
    decides: Decider,
    progress: Progress,
) -> tuple[dict[str, Any], Callable[[], None]]:
    """Read, join and sort; the record, and what writes input.parquet."""
    shutil.rmtree(folder.spill, ignore_errors=True)
    spill = Spill(folder.spill, [source.name for source in inputs])
    with _timed(record, "reading"):
        intake, quarantine = _intake(settings, folder, spill, inputs=inputs, progress=progress)
    with _timed(record, "joining"):
        joined = join_calls(
            spill,
            trunks=decides.trunks,
            home=decides.policy.home,
            progress=lambda done: progress("joining", done, intake.records),
        )
    record["intake"] = _said(settings, intake, quarantine, calls=joined.calls, trunks=len(decides.trunks))
    folder.write(record)
    with _timed(record, "sorting"):
        found = sort_events(
            joined, spill, folder.input_log, progress=lambda done, total: progress("sorting", done, total)
        )
        record |= {"content": found.content, "events": found.events}
        return record, _hold(judge, found)


def _hold(judge: Judge, found: Sorted) -> Callable[[], None]:
    """What is still to be done for the input log, beside a judge that holds the events; for any other it is done."""
    if found.held is not None and judge.hold(found.held):
        return found.write
    found.write()
    return _nothing


def _said(settings: Settings, intake: Intake, quarantine: Quarantine, *, calls: int, trunks: int) -> dict[str, object]:
    """What run.json says of the records."""
    return {
        "records": intake.records,
        "calls": calls,
        "unzoned": intake.unzoned,
        "formats": dict(intake.formats),
        "quarantined": quarantine.total,
        "quarantine_reasons": dict(quarantine.reasons),
        "tz": settings.tz_name,
        "trunks": trunks,
    }


def _intake(
    settings: Settings, folder: RunFolder, spill: Spill, *, inputs: list[Input], progress: Progress
) -> tuple[Intake, Quarantine]:
    """Read all files; where too much is bad, what was set aside is kept before the run stops."""
    with durable.draft(folder.quarantine) as draft:
        quarantine = Quarantine(draft)
        try:
            intake = read_all(
                inputs,
                settings=settings,
                spill=spill,
                quarantine=quarantine,
                progress=lambda done, total: progress("reading", done, total),
            )
        except TooManyBadError as error:
            refused: TooManyBadError | None = error
        else:
            refused = None
    if refused is not None:
        raise refused
    return intake, quarantine


def _check_resumed(
    settings: Settings, folder: RunFolder, record: dict[str, Any], *, judge: Judge, decides: Decider
) -> None:
    """The run has its input log: what was asked must be the same; piped input need not be given again."""
    piped = any(name == STDIN_NAME for name, *_ in record["asked"]["calls"])
    inputs = [] if piped else find_inputs(settings.calls, spool=folder.spool)
    question = _question(settings, inputs, decides)
    check_same(record["asked"], question | ({"calls": record["asked"]["calls"]} if piped else {}))
    if record["versions"] != judge.screener.versions.to_dict():
        raise WrongUseError(
            f"{folder.path} was begun by a Haodun with other number tables, kernel or features; name a new folder"
        )


def _identify(folder: RunFolder, record: dict[str, Any], judge: Judge) -> str:
    """The run's id, from the input log and everything that decides."""
    if "events" not in record:
        record["events"] = count_events(folder.input_log)
    if record["run"] is not None:
        return str(record["run"])
    content = record.get("content") or content_digest(folder.input_log)
    began = record.get("began_with") or hashlib.sha256(final_state(folder, 0)).hexdigest()
    return run_id(content=content, versions=judge.screener.versions, state=began)


def _finish(settings: Settings, folder: RunFolder, record: dict[str, Any], *, policy: Policy) -> Result:
    """Summary, labels, report; last the carried state and the word `done`. Scratch goes, also that of a killed try."""
    for scratch in (folder.spill, folder.spool, folder.parts):
        shutil.rmtree(scratch, ignore_errors=True)
    with _timed(record, "reporting"):
        offset = int(record["parameters"]["utc_offset_minutes"])
        figures = measure(folder.verdicts, utc_offset_minutes=offset)
        summary = summarise(figures)
        evaluation = None if settings.labels is None else evaluate(folder.verdicts, settings.labels)
        record["evaluation"] = None if evaluation is None else evaluation.to_dict()
        record["seconds"] = round(sum(record["timings"].values()), 3)
        write_report(folder.path, record=record, figures=figures, policy=policy)
    # A finished run that is asked for again must not put an old state over that of later runs.
    if settings.state is not None and record["status"] != "done":
        settings.state.mkdir(parents=True, exist_ok=True)
        durable.place(settings.state / STATE_FILE, final_state(folder, record["events"]))
    seconds = sum(record["timings"].values())
    record |= {"status": "done", "seconds": round(seconds, 3)}
    record["peak_memory_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    folder.write(record)
    return Result(folder=folder, record=record, summary=summary, evaluation=evaluation, seconds=seconds)
