"""From the input log to the verdict log: parts and kernel states on the way, so that a killed run goes on.

Theory of operation. The log grows beside its place from the first verdict on, while the input log may still be on its
way into its own: only when that is there do parts, states and the log come into theirs. What is written to it is also
kept in parts (Arrow, unread until a run is resumed), each with the state after it; a run of one part keeps none. A run
that was killed begins the log anew from its whole parts, which costs no deciding, and goes on after the last of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from haodun.edge.batch.folder import RunFolder
from haodun.edge.batch.judging import Judge
from haodun.screening.verdicts.log import log_schema
from haodun.store import durable

PART = ".arrow"
RISING = ("event", "time_ms")
FEW = [
    *("trunk", "reasons.list.element", "shadow.list.element", "caller_kind", "callee_kind", "ingress"),
    *("action", "layer", "flags", "score", "repeat_of"),
]
"""Columns of the verdict log that have few different values."""


def screen_log(
    folder: RunFolder,
    judge: Judge,
    *,
    events: int,
    metadata: dict[str, str],
    ready: Callable[[], object],
    progress: Callable[[int, int], None],
) -> None:
    """Screen the whole input log into `verdicts.parquet`, going on after the last part that is whole.

    `ready` returns when the input log is in its place: nothing that is made from it is, before.
    """
    folder.parts.mkdir(exist_ok=True)
    done = _last_complete(folder)
    for stale in folder.parts.glob("*" + PART):
        if int(stale.stem) > done:
            stale.unlink()
    judge.screener.restore_state(_state(folder, done).read_bytes())
    with durable.draft(folder.verdicts) as draft, _log_writer(draft, metadata) as log:
        for path in sorted(folder.parts.glob("*" + PART)):
            _copy(path, log)
        while done < events:
            last = min(done + judge.part_events, events)
            verdicts = judge.verdicts(folder.input_log, done + 1, last, metadata)
            if last - done < events:
                verdicts = _kept(verdicts, _part(folder, last), metadata, ready)
            for batch in verdicts:
                log.write_batch(batch)
                progress(int(batch.column("event")[-1].as_py()), events)
            ready()
            durable.place(_state(folder, last), judge.screener.export_state())
            done = last
            progress(done, events)
        ready()


def final_state(folder: RunFolder, events: int) -> bytes:
    """The kernel's state after the last event."""
    return _state(folder, events).read_bytes()


def begin_state(folder: RunFolder, state: bytes) -> None:
    """Keep the state that the run begins with."""
    folder.states.mkdir(exist_ok=True)
    durable.place(_state(folder, 0), state)


def _last_complete(folder: RunFolder) -> int:
    """The highest event number with a whole part and the state after it."""
    parts = {int(path.stem) for path in folder.parts.glob("*" + PART)}
    return max((number for number in parts if _state(folder, number).exists()), default=0)


def _kept(
    verdicts: Iterator[pa.RecordBatch], path: Path, metadata: dict[str, str], ready: Callable[[], object]
) -> Iterator[pa.RecordBatch]:
    """The same verdicts, which then are in a part too."""
    with durable.draft(path) as file:
        with _part_writer(file, metadata) as part:
            for batch in verdicts:
                part.write_batch(batch)
                yield batch
        ready()


def _copy(path: Path, log: pq.ParquetWriter) -> None:
    with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
        for place in range(reader.num_record_batches):
            log.write_batch(reader.get_batch(place))


def _part_writer(file: Any, metadata: dict[str, str]) -> pa.ipc.RecordBatchFileWriter:
    return pa.ipc.new_file(file, log_schema(metadata), options=pa.ipc.IpcWriteOptions(compression="lz4"))


def _log_writer(file: Any, metadata: dict[str, str]) -> pq.ParquetWriter:
    """Measured: dictionaries for what is one of few values, and for nothing else, halve the time and save a quarter."""
    options: dict[str, Any] = {
        "compression": "zstd",
        "write_statistics": ["event", "time_ms"],
        "use_dictionary": FEW,
        "column_encoding": dict.fromkeys(RISING, "DELTA_BINARY_PACKED"),
    }
    return pq.ParquetWriter(file, log_schema(metadata), **options)


def _state(folder: RunFolder, number: int) -> Path:
    return folder.states / f"{number:012d}.state"


def _part(folder: RunFolder, number: int) -> Path:
    return folder.parts / f"{number:012d}{PART}"
