"""Events packed by the column from an input log of either version: no object an event."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from haodun.numbering.bulk import Reader
from haodun.screening.events.call_log import groups_of
from haodun.screening.events.event import EventKind
from haodun.screening.events.log_files import is_by_call
from haodun.screening.events.packed import EVENT, Events
from haodun.screening.events.packed_calls import TEXTS, Waiting, calls_packed
from haodun.screening.events.packed_facts import Facts, facts_of, fill_events, fill_outcomes, prints_of, trunk_places
from haodun.screening.events.packing import Packer

_ATTEMPT = int(EventKind.ATTEMPT)

_Ints = npt.NDArray[Any]


class Packed(NamedTuple):
    """Some events of a log, in order."""

    events: Events
    attempts: npt.NDArray[np.int64]
    """Places of the attempts among them."""
    texts: pa.Table
    """Of the attempts, a row each: TEXTS."""


def read_packed(
    log: Path, first: int, last: int, *, packer: Packer, reader: Reader, rows: int = 65_536
) -> Iterator[Packed]:
    """The events `first` to `last` of an input log; row groups without any of them are not read."""
    with pq.ParquetFile(log) as file:
        parts = _by_call if is_by_call(file.schema_arrow) else _by_event
        for events, texts in parts(file, first, last, packer=packer, reader=reader, rows=rows):
            yield Packed(events, np.flatnonzero(events["kind"] == _ATTEMPT), texts)


def _by_call(
    file: pq.ParquetFile, first: int, last: int, *, packer: Packer, reader: Reader, rows: int
) -> Iterator[tuple[Events, pa.Table]]:
    groups = groups_of(file, first, last)
    waiting = Waiting(first, last, rows)
    for batch in file.iter_batches(batch_size=rows, row_groups=groups) if groups else ():
        waiting.add(calls_packed(batch, packer, reader), batch)
        yield from waiting.ready(int(batch.column("number")[-1].as_py()))
    yield from waiting.ready(last)


def _by_event(
    file: pq.ParquetFile, first: int, last: int, *, packer: Packer, reader: Reader, rows: int
) -> Iterator[tuple[Events, pa.Table]]:
    groups = _groups(file, first, last)
    for batch in file.iter_batches(batch_size=rows, row_groups=groups) if groups else ():
        number = batch.column("number").to_numpy()
        start, end = np.searchsorted(number, [first, last + 1])
        if start < end:
            some = batch.slice(start, end - start)
            events = _packed(some, packer, reader)
            texts = pa.Table.from_batches([some]).select(TEXTS)
            yield events, texts.take(np.flatnonzero(events["kind"] == _ATTEMPT))


def _groups(file: pq.ParquetFile, first: int, last: int) -> list[int]:
    """Row groups that may hold some of the events; numbers begin at 1 and leave none out."""
    found, number = [], 1
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if number <= last and number + rows > first:
            found.append(group)
        number += rows
    return found


def _packed(batch: pa.RecordBatch, packer: Packer, reader: Reader) -> Events:
    column: dict[str, Any] = dict(zip(batch.schema.names, batch.columns, strict=True))
    values = {name: _values(some) for name, some in column.items() if not pa.types.is_string(some.type)}
    rows = batch.num_rows
    events = np.zeros(rows, EVENT)
    fill_events(
        events, int(values["number"][0]), np.arange(rows), values["kind"], values["time_ms"],
        _facts_of_log(column, values, packer, reader),
    )  # fmt: skip
    fill_outcomes(events, values["answered"], values["seconds"], values["ring_ms"], values["cause"])
    events["live"] = values["live"]
    return events


def _values(column: Any) -> _Ints:
    found: _Ints = column.to_numpy(zero_copy_only=False)
    return found


def _facts_of_log(column: dict[str, Any], values: dict[str, _Ints], packer: Packer, reader: Reader) -> Facts:
    ingress = values["ingress"].astype(np.uint8)
    return facts_of(
        reader.read(column["caller_text"], ingress), reader.read(column["callee_text"], ingress),
        trunk_places(column["trunk"]), packer,
        prints=prints_of(column["call_id"], column["transaction"], packer),
        octets=tuple(values[name] for name in ("ingress", "presentation", "attestation", "roaming")),
        wide=tuple(values[name] for name in ("diversion", "device", "cell")),
    )  # fmt: skip
