"""The input log, version 2: one row a call, with the numbers and times of its attempt, answer and end.

Theory of operation. An answer and an end say nothing that their attempt did not say, but when they were and how the
call ended. So a call is one row, in the place of its attempt, and carries the event numbers of all three; the sequence
of events is had by putting each row's answer and end off until their numbers come. Version 1 has a row an event.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from haodun.screening.events.event import Event, EventKind
from haodun.screening.events.log import ATTESTATIONS, CAUSES, INGRESS, NUMBER, PRESENTATIONS, ROAMING, number_of

CALL_LOG_VERSION = "2"

_FIELDS: list[pa.Field[Any]] = [
    pa.field("number", pa.int64(), nullable=False),
    pa.field("time_ms", pa.int64(), nullable=False),
    pa.field("answer_number", pa.int64(), nullable=False),
    pa.field("answer_ms", pa.int64(), nullable=False),
    pa.field("end_number", pa.int64(), nullable=False),
    pa.field("end_ms", pa.int64(), nullable=False),
    pa.field("call_id", pa.string(), nullable=False),
    pa.field("caller_text", pa.string(), nullable=False),
    *(pa.field(f"caller_{name}", kind, nullable=False) for name, kind in NUMBER),
    pa.field("callee_text", pa.string(), nullable=False),
    *(pa.field(f"callee_{name}", kind, nullable=False) for name, kind in NUMBER),
    pa.field("trunk", pa.string(), nullable=False),
    pa.field("ingress", pa.int8(), nullable=False),
    pa.field("presentation", pa.int8(), nullable=False),
    pa.field("attestation", pa.int8(), nullable=False),
    pa.field("roaming", pa.int8(), nullable=False),
    pa.field("diversion", pa.int64(), nullable=False),
    pa.field("device", pa.int64(), nullable=False),
    pa.field("cell", pa.int64(), nullable=False),
    pa.field("cause", pa.int8(), nullable=False),
    pa.field("source", pa.string(), nullable=False),
]

CALL_LOG_SCHEMA = pa.schema(_FIELDS, metadata={"haodun.schema": "input-log", "haodun.schema_version": CALL_LOG_VERSION})
"""One row a call, by `number`, that of its attempt; docs/reference/input-log.md says what each column means."""


def events_of_calls(batches: Iterable[pa.RecordBatch]) -> Iterator[Event]:
    """The events of a log's rows, in order; the rows must begin with the first one that has an event to come."""
    waiting: list[Event] = []
    for batch in batches:
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            attempt, answer_number, answer_ms, end_number, end_ms = _attempt(row)
            while waiting and waiting[0].number < attempt.number:
                yield heapq.heappop(waiting)
            yield attempt
            answered = answer_number > 0
            if answered:
                heapq.heappush(
                    waiting, attempt._replace(number=answer_number, time_ms=answer_ms, kind=EventKind.ANSWER)
                )
            end = attempt._replace(
                number=end_number,
                time_ms=end_ms,
                kind=EventKind.END,
                answered=answered,
                seconds=(end_ms - answer_ms) // 1000 if answered else 0,
                ring_ms=(answer_ms if answered else end_ms) - attempt.time_ms,
                cause=CAUSES[row[-2]],
            )
            heapq.heappush(waiting, end)
    while waiting:
        yield heapq.heappop(waiting)


def _attempt(row: tuple[Any, ...]) -> tuple[Event, int, int, int, int]:
    """The attempt of a row; then number and time of its answer, and of its end."""
    number, time_ms, answer_number, answer_ms, end_number, end_ms, call_id, caller_text, *rest = row
    ingress, presentation, attestation, roaming, diversion, device, cell, _, source = rest[12:]
    attempt = Event(
        number,
        time_ms,
        EventKind.ATTEMPT,
        call_id,
        "",
        False,
        caller_text,
        number_of(*rest[:5]),
        rest[5],
        number_of(*rest[6:11]),
        rest[11],
        INGRESS[ingress],
        PRESENTATIONS[presentation],
        ATTESTATIONS[attestation],
        ROAMING[roaming],
        diversion,
        device,
        cell,
        False,
        0,
        0,
        CAUSES[0],
        source,
    )
    return attempt, answer_number, answer_ms, end_number, end_ms


def groups_of(file: pq.ParquetFile, first: int, last: int) -> list[int]:
    """The row groups of a log of this version that have any of the events `first` to `last`."""
    found = []
    number, end = (CALL_LOG_SCHEMA.get_field_index(name) for name in ("number", "end_number"))
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group)
        if _bounds(rows.column(end))[1] >= first and _bounds(rows.column(number))[0] <= last:
            found.append(group)
    return found


def last_event(file: pq.ParquetFile) -> int:
    """The number of a log's last event, an end; 0 of an empty log."""
    end = CALL_LOG_SCHEMA.get_field_index("end_number")
    bounds = [_bounds(file.metadata.row_group(group).column(end)) for group in range(file.num_row_groups)]
    if any(high == _UNKNOWN[1] for _, high in bounds):
        numbers: list[Any] = file.read(["end_number"]).column(0).to_pylist()
        return max(numbers, default=0)
    return max((high for _, high in bounds), default=0)


_UNKNOWN = (0, 2**62)


def _bounds(column: pq.ColumnChunkMetaData) -> tuple[int, int]:
    """Least and greatest value of a column in a row group; all may be there where it has no statistics."""
    statistics = column.statistics
    if statistics is None or not statistics.has_min_max:
        return _UNKNOWN
    bounds: Any = (statistics.min, statistics.max)
    return int(bounds[0]), int(bounds[1])
