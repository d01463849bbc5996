"""From the input log to the verdict log: parts and kernel states on the way, so that a killed run goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq

from haodun.edge.batch.folder import RunFolder
from haodun.edge.batch.settings import LIMITS
from haodun.screening.events import Event, read_events
from haodun.screening.verdicts import Screener, Verdict, verdict_batch
from haodun.store import durable

ROWS_AT_ONCE = 50_000
"""Verdicts of one row group."""


def screen_log(
    folder: RunFolder,
    screener: Screener,
    *,
    events: int,
    metadata: dict[str, str],
    progress: Callable[[int, int], None],
) -> None:
    """Screen the whole input log into `verdicts.parquet`, going on after the last part that is whole."""
    if folder.verdicts.exists():
        return
    folder.parts.mkdir(exist_ok=True)
    done = _last_complete(folder)
    for stale in folder.parts.glob("*.parquet"):
        if int(stale.stem) > done:
            stale.unlink()
    screener.restore_state(_state(folder, done).read_bytes())
    stream = read_events(folder.input_log, start=done + 1)
    while done < events:
        part = _take_part(stream, screener, LIMITS.events_per_part)
        last = min(done + LIMITS.events_per_part, events)
        _write_log(_part(folder, last), iter([part]), metadata)
        durable.place(_state(folder, last), screener.export_state())
        done = last
        progress(done, events)
    _write_log(folder.verdicts, _stored_parts(folder), metadata)


def final_state(folder: RunFolder, events: int) -> bytes:
    """The kernel's state after the last event."""
    return _state(folder, events).read_bytes()


def begin_state(folder: RunFolder, state: bytes) -> None:
    """Keep the state that the run begins with."""
    folder.states.mkdir(exist_ok=True)
    durable.place(_state(folder, 0), state)


def _take_part(stream: Iterator[Event], screener: Screener, count: int) -> list[Verdict]:
    verdicts = []
    for _, event in zip(range(count), stream, strict=False):
        verdict = screener.take(event)
        if verdict is not None:
            verdicts.append(verdict)
    return verdicts


def _last_complete(folder: RunFolder) -> int:
    """The highest event number with a whole part and the state after it."""
    parts = {int(path.stem) for path in folder.parts.glob("*.parquet")}
    return max((number for number in parts if _state(folder, number).exists()), default=0)


def _stored_parts(folder: RunFolder) -> Iterator[list[Verdict]]:
    from haodun.screening.verdicts import read_verdicts

    for path in sorted(folder.parts.glob("*.parquet")):
        yield list(read_verdicts(path))


def _write_log(path: Path, parts: Iterator[list[Verdict]], metadata: dict[str, str]) -> None:
    schema = verdict_batch([], metadata).schema
    with durable.draft(path) as draft, pq.ParquetWriter(draft, schema, compression="zstd") as writer:
        for verdicts in parts:
            for start in range(0, len(verdicts), ROWS_AT_ONCE):
                writer.write_batch(verdict_batch(verdicts[start : start + ROWS_AT_ONCE], metadata))


def _state(folder: RunFolder, number: int) -> Path:
    return folder.states / f"{number:012d}.state"


def _part(folder: RunFolder, number: int) -> Path:
    return folder.parts / f"{number:012d}.parquet"
