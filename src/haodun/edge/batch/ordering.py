"""Calls in the order of their attempts, their events numbered, and the rows of the input log that say so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from haodun.compiled import borrowing
from haodun.edge.batch.calls import Calls, calls_at
from haodun.numbering.bulk import NumberColumns
from haodun.screening.events import CALL_LOG_SCHEMA, EventKind
from haodun.screening.events.packed_facts import NO_ANSWER

_ATTEMPT, _ANSWER, _END = int(EventKind.ATTEMPT), int(EventKind.ANSWER), int(EventKind.END)
_KIND_BITS = 2
_KEY_BITS = 63
_NUMBER = ("key", "kind", "country", "form", "refusal")

_Int64s = npt.NDArray[np.int64]


class Ordered(NamedTuple):
    """Calls by their attempts, and all their events in order."""

    calls: Calls
    numbers: _Int64s
    """A row a call: the event numbers, from 1, of its attempt, answer (0 if none) and end."""
    call: npt.NDArray[np.int32]
    """Of the event numbered i + 1 the place of its call."""
    kind: npt.NDArray[np.int8]


def in_order(calls: Calls, order: _Int64s) -> Ordered:
    """Calls and events by time, call id, kind (DESIGN.md §3); `order` are the calls' places by their ids."""
    count = len(order)
    rank = np.empty_like(order)
    rank[order] = np.arange(count)
    events = _events_by_rank(calls, rank)
    call, kind = np.empty(len(events), np.int32), np.empty(len(events), np.int8)
    place, rows, numbers = np.empty(count, np.int32), np.empty(count, np.int64), np.zeros((count, 3), np.int64)
    _number(events, order, place, rows, numbers, call, kind)
    if not np.array_equal(rows, np.arange(count)):
        calls = calls_at(calls, rows)
    return Ordered(calls, numbers, call, kind)


def log_rows(ordered: Ordered) -> pa.RecordBatch:
    """The rows of the input log."""
    calls, numbers = ordered.calls, ordered.numbers
    columns: dict[str, Any] = {
        "number": numbers[:, _ATTEMPT],
        "time_ms": calls.start,
        "answer_number": numbers[:, _ANSWER],
        "answer_ms": np.where(calls.answer == NO_ANSWER, 0, calls.answer),
        "end_number": numbers[:, _END],
        "end_ms": calls.end,
        **_number_columns("caller", calls.caller),
        **_number_columns("callee", calls.callee),
    }
    arrays = [
        _array(columns.get(field.name, getattr(calls, field.name, None)), field.type) for field in CALL_LOG_SCHEMA
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=CALL_LOG_SCHEMA)


def unnumbered(calls: Calls) -> pa.RecordBatch:
    """Calls as rows of the log whose events have no numbers yet: 1 where there is an answer, 0 elsewhere."""
    numbers = np.zeros((len(calls.start), 3), np.int64)
    numbers[:, _ANSWER] = calls.answer != NO_ANSWER
    return log_rows(Ordered(calls, numbers, np.zeros(0, np.int32), np.zeros(0, np.int8)))


def pieces(rows: pa.RecordBatch, *, size: int) -> Iterator[pa.RecordBatch]:
    """The same rows, `size` of them at a time."""
    for start in range(0, rows.num_rows, size):
        yield rows.slice(start, size)


def _events_by_rank(calls: Calls, rank: _Int64s) -> _Int64s:
    """All events in order, each as its call's rank among the ids and, below it, its kind."""
    count = len(rank)
    keys = np.empty(2 * count + int((calls.answer != NO_ANSWER).sum()), np.int64)
    if not count:
        return keys
    first, bits = int(calls.start.min()), (count - 1).bit_length() + _KIND_BITS
    if int(calls.end.max() - first).bit_length() + bits <= _KEY_BITS:
        # Time and place in one integer: sorted as such, and taken apart again.
        _fill_keys(keys, (calls.start, calls.answer, calls.end), rank, first, bits)
        keys.sort()
        keys &= (1 << bits) - 1
        return keys
    answered = np.flatnonzero(calls.answer != NO_ANSWER)
    keys = np.concatenate([rank, rank[answered], rank]) << _KIND_BITS
    keys[count:] |= _ANSWER
    keys[count + len(answered) :] ^= _ANSWER | _END
    return keys[np.lexsort((keys, np.concatenate([calls.start, calls.answer[answered], calls.end])))]


@borrowing
def _fill_keys(keys: _Int64s, times: Any, rank: _Int64s, first: int, bits: int) -> None:
    starts, answers, ends = times
    at = 0
    for row in range(len(rank)):
        minor = rank[row] << _KIND_BITS
        keys[at] = (starts[row] - first) << bits | minor | _ATTEMPT
        at += 1
        if answers[row] != NO_ANSWER:
            keys[at] = (answers[row] - first) << bits | minor | _ANSWER
            at += 1
        keys[at] = (ends[row] - first) << bits | minor | _END
        at += 1


@borrowing
def _number(events: _Int64s, order: _Int64s, place: Any, rows: _Int64s, numbers: _Int64s, call: Any, kind: Any) -> None:
    """Number the events, and the calls by their attempts, which come before their answers and ends.

    `place` is working room; `rows` says which call stands where.
    """
    known = 0
    for at in range(len(events)):
        rank, what = events[at] >> _KIND_BITS, events[at] & ((1 << _KIND_BITS) - 1)
        if what == _ATTEMPT:
            place[rank], rows[known] = known, order[rank]
            known += 1
        call[at] = place[rank]
        kind[at] = what
        numbers[place[rank], what] = at + 1


def _array(column: Any, kind: pa.DataType) -> Any:
    if isinstance(column, pa.Array):
        return column
    return pa.array(np.ascontiguousarray(column.view(np.int8) if column.dtype == np.uint8 else column), kind)


def _number_columns(name: str, numbers: NumberColumns) -> dict[str, Any]:
    return {f"{name}_{part}": getattr(numbers, part) for part in _NUMBER}
