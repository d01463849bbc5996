"""Calls to the events of the input log, by columns and in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from haodun.edge.batch.calls import NO_ANSWER, Calls
from haodun.edge.cdr.parquet_parts import empty_texts
from haodun.numbering.bulk import NumberColumns
from haodun.screening.events import INPUT_LOG_SCHEMA, Cause, EventKind

_ATTEMPT, _ANSWER, _END = int(EventKind.ATTEMPT), int(EventKind.ANSWER), int(EventKind.END)
_KIND_BITS = 2
_KEY_BITS = 63
_NUMBER = ("key", "kind", "country", "form", "refusal")

_Int64s = npt.NDArray[np.int64]


class Outcome(NamedTuple):
    """What only the end of a call says, one row an event; nothing for the other events."""

    answered: npt.NDArray[np.bool_]
    seconds: _Int64s
    ring_ms: _Int64s
    cause: npt.NDArray[np.int8]


class Chosen(NamedTuple):
    """Events, each as its call's place and its kind."""

    call: _Int64s
    kind: npt.NDArray[np.int8]

    def slice(self, start: int, rows: int) -> Chosen:
        """Some of them."""
        return Chosen(self.call[start : start + rows], self.kind[start : start + rows])


class HeldEvents(NamedTuple):
    """The events of a run in order, held in memory."""

    calls: Calls
    chosen: Chosen


def all_events(calls: Calls) -> Chosen:
    """The events of all calls, in no order."""
    count = len(calls.start)
    answered = np.flatnonzero(calls.answer != NO_ANSWER)
    everyone = np.arange(count)
    kinds = np.repeat(np.array([_ATTEMPT, _ANSWER, _END], np.int8), [count, len(answered), count])
    return Chosen(np.concatenate([everyone, answered, everyone]), kinds)


def ordered_events(calls: Calls, order: _Int64s) -> Chosen:
    """The events of all calls by time, call id, kind (DESIGN.md §3); `order` are the calls' places by their ids."""
    chosen = all_events(calls)
    if not len(order):
        return chosen
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    minor = rank[chosen.call] << _KIND_BITS | chosen.kind
    times = times_of(calls, chosen)
    first = times.min()
    bits = int(len(order) - 1).bit_length() + _KIND_BITS
    if int(times.max() - first).bit_length() + bits <= _KEY_BITS:
        # Both in one integer: sorted as such, and taken apart again.
        keys = times
        keys -= first
        keys <<= bits
        keys |= minor
        keys.sort()
        minor = keys & ((1 << bits) - 1)
    else:
        minor = minor[np.lexsort((minor, times))]
    return Chosen(order[minor >> _KIND_BITS], (minor & ((1 << _KIND_BITS) - 1)).astype(np.int8))


def event_blocks(calls: Calls, chosen: Chosen, *, rows: int) -> Iterator[pa.RecordBatch]:
    """The chosen events as batches of the input log, numbered from 1."""
    for start in range(0, len(chosen.call), rows):
        yield _block(calls, chosen.slice(start, rows), start + 1)


def times_of(calls: Calls, chosen: Chosen) -> _Int64s:
    """When each event was."""
    kind = chosen.kind
    times = calls.start[chosen.call]
    for value, column in ((_ANSWER, calls.answer), (_END, calls.end)):
        places = np.flatnonzero(kind == value)
        times[places] = column[chosen.call[places]]
    return times


def _block(calls: Calls, chosen: Chosen, first: int) -> pa.RecordBatch:
    call, rows = chosen.call, len(chosen.call)
    places = pa.array(call)
    columns: dict[str, Any] = {
        "number": np.arange(first, first + rows),
        "time_ms": times_of(calls, chosen),
        "kind": chosen.kind,
        "call_id": calls.call_id.take(places),
        "transaction": empty_texts(rows),
        "live": np.zeros(rows, bool),
        "caller_text": calls.caller_text.take(places),
        "callee_text": calls.callee_text.take(places),
        "trunk": calls.trunk.take(places),
        "source": calls.source.take(places),
        **_number("caller", calls.caller, call),
        **_number("callee", calls.callee, call),
        **{name: getattr(calls, name)[call] for name in ("ingress", "presentation", "attestation", "roaming")},
        **{name: getattr(calls, name)[call] for name in ("diversion", "device", "cell")},
        **outcome_of(calls, chosen)._asdict(),
    }
    arrays = [_array(columns[field.name], field.type) for field in INPUT_LOG_SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=INPUT_LOG_SCHEMA)


def _array(column: Any, kind: pa.DataType) -> Any:
    if isinstance(column, pa.Array):
        return column
    return pa.array(column.view(np.int8) if column.dtype == np.uint8 else column, kind)


def _number(name: str, numbers: NumberColumns, call: _Int64s) -> dict[str, Any]:
    return {f"{name}_{part}": getattr(numbers, part)[call] for part in _NUMBER}


def outcome_of(calls: Calls, chosen: Chosen) -> Outcome:
    """What the ends among the events say."""
    rows = len(chosen.call)
    ended = np.flatnonzero(chosen.kind == _END)
    call = chosen.call[ended]
    start, answer, end = calls.start[call], calls.answer[call], calls.end[call]
    answered = answer != NO_ANSWER
    found = Outcome(
        answered=np.zeros(rows, bool),
        seconds=np.zeros(rows, np.int64),
        ring_ms=np.zeros(rows, np.int64),
        cause=np.full(rows, int(Cause.UNKNOWN), np.int8),
    )
    found.answered[ended] = answered
    found.seconds[ended] = np.where(answered, (end - answer) // 1000, 0)
    found.ring_ms[ended] = np.where(answered, answer, end) - start
    found.cause[ended] = calls.cause[call]
    return found
