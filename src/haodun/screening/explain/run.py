"""A run folder as the explanation reads it: its record, its verdicts, and what decided them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from haodun.numbering import Plan, load_plan
from haodun.screening.events import Action, Trunks
from haodun.screening.explain.errors import ExplainError, Mismatch
from haodun.screening.kernel import Parameters
from haodun.screening.policy import Policy, load_policy
from haodun.screening.snapshot import SnapshotRefused, reopen_snapshot
from haodun.screening.verdicts import Mode, Screener, Verdict, verdicts_of


@dataclass(frozen=True, slots=True)
class Run:
    """A run and what it takes to decide its calls again."""

    path: Path
    record: dict[str, Any]
    """The content of run.json."""
    policy: Policy
    plan: Plan
    trunks: Trunks
    parameters: Parameters
    snapshot: str
    """Name of the snapshot it was decided under, `none` where only a policy was given."""

    def screener(self) -> Screener:
        """A screener as the run had it; the site's key is not needed to decide."""
        return Screener(
            policy=self.policy,
            plan=self.plan,
            trunks=self.trunks,
            parameters=self.parameters,
            mode=Mode(self.record["versions"]["mode"]),
            site_key=bytes(32),
            run_id=str(self.record["run"]),
            snapshot=self.snapshot,
        )

    def verdict(self, event: int) -> Verdict:
        """The recorded verdict of one event; ExplainError if it has none."""
        with pq.ParquetFile(self.path / "verdicts.parquet") as file:
            for group in range(file.num_row_groups):
                bounds: Any = file.metadata.row_group(group).column(0).statistics
                if bounds is not None and not bounds.min <= event <= bounds.max:
                    continue
                table = file.read_row_group(group)
                found = table.filter(pc.field("event") == event).combine_chunks()
                for batch in found.to_batches():
                    return next(verdicts_of(batch))
        raise ExplainError(f"event {event} has no verdict in {self.path}; only attempts have one")

    @property
    def kernel(self) -> str:
        """Which kernel counted, and so whose the stored states are: fast or oracle."""
        return str(self.record["asked"].get("kernel", "oracle"))

    @property
    def input_log(self) -> Path:
        """The input log; ExplainError where it is kept no longer."""
        log = self.path / "input.parquet"
        if not log.is_file():
            raise ExplainError(f"{log} is gone: an ALLOW can only be recomputed while the input log is kept")
        return log

    def state_before(self, event: int) -> tuple[int, bytes]:
        """The nearest kernel state before an event, and the event after which it was taken."""
        states = {int(path.stem): path for path in (self.path / "state").glob("*.state")}
        start = max((number for number in states if number < event), default=None)
        if start is None:
            raise ExplainError(f"{self.path / 'state'} holds no state before event {event}; it cannot be replayed")
        return start, states[start].read_bytes()


def open_run(path: Path) -> Run:
    """Read a run folder; Mismatch where what decided is no longer what decides."""
    try:
        record: dict[str, Any] = json.loads((path / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExplainError(f"{path} is no run folder; give what `haodun screen --out` wrote") from error
    if record.get("status") != "done":
        raise ExplainError(f"the run in {path} is not finished; `haodun screen --resume --out {path}` goes on with it")
    policy, snapshot, own = _policy(path, record)
    trunks = path / "trunks.yaml"
    text = trunks.read_text(encoding="utf-8") if trunks.is_file() else "trunks: {}"
    run = Run(
        path=path,
        record=record,
        policy=policy,
        plan=load_plan(policy.home),
        trunks=Trunks.parse(text, str(trunks)).with_own(own),
        parameters=Parameters(**record["parameters"]),
        snapshot=snapshot,
    )
    _check_versions(run)
    return run


def _policy(path: Path, record: dict[str, Any]) -> tuple[Policy, str, Mapping[str, tuple[int, ...]]]:
    """The run's own policy, over the lists of its own copy of the snapshot where it was decided under one.

    With the snapshot's name, and its trusted numbers by trunk.
    """
    recorded = record.get("snapshot")
    if recorded is None:
        return load_policy(path / "policy" / "policy.yaml"), "none", {}
    try:
        snapshot = reopen_snapshot(path / "snapshot", digest=str(recorded["digest"]))
    except SnapshotRefused as error:
        raise Mismatch(f"the run's copy of its snapshot is not what decided: {error.sentence}") from error
    directory = snapshot.directory
    return snapshot.policy, snapshot.name, {} if directory is None else directory.by_trunk()


def _check_versions(run: Run) -> None:
    """What decides must be what decided."""
    now = run.screener().versions.to_dict()
    for name, recorded in run.record["versions"].items():
        if now.get(name) != recorded:
            raise Mismatch(
                f"{name} was {recorded} when {run.path} was screened and is {now.get(name)} now; "
                f"put the old one back, or screen the calls again"
            )


def event_number(run: Run, verdict_id: str) -> int:
    """The event of a verdict id, which begins with the run's own id."""
    run_id, separator, number = verdict_id.rpartition("-")
    if not separator or not number.isascii() or not all("0" <= digit <= "9" for digit in number) or len(number) > 12:
        raise ExplainError(f"{verdict_id!r} is no verdict id; it looks like {run.record['run']}-1")
    if run_id != run.record["run"]:
        raise ExplainError(f"{verdict_id} belongs to another run; {run.path} is run {run.record['run']}")
    return int(number)


def sample_ids(path: Path, *, per_action: int = 3) -> dict[Action, list[str]]:
    """Some verdict ids of each action, to try `explain` on; the calls with most reasons first."""
    record = open_run(path).record
    table = pq.read_table(path / "verdicts.parquet", columns=["event", "action", "reasons"])
    table = table.append_column("count", pc.list_value_length(table.column("reasons")))
    samples: dict[Action, list[str]] = {}
    for action in Action:
        chosen = table.filter(pc.field("action") == int(action)).sort_by(
            [("count", "descending"), ("event", "ascending")]
        )
        numbers = chosen.column("event").slice(0, per_action).to_pylist()
        samples[action] = [f"{record['run']}-{number}" for number in numbers]
    return {action: ids for action, ids in samples.items() if ids}
