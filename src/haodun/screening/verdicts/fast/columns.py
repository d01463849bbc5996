"""The verdict log's columns straight from arrays: equal to `verdict_batch` of the same verdicts, no object a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from haodun.numbering import IngressClass
from haodun.screening.events import Decision
from haodun.screening.events.packed import COUNTED, ENFORCED, HAS_VERDICT, LATE, Events, Judged
from haodun.screening.verdicts.fast.tokens import TokenMaker
from haodun.screening.verdicts.log import VERDICT_SCHEMA, log_schema

Integers = npt.NDArray[np.int64]


class Texts(NamedTuple):
    """What an event says in words, a value an event: strings, plain or in a dictionary."""

    call_id: pa.Array[Any] | pa.ChunkedArray[Any]
    source: pa.Array[Any] | pa.ChunkedArray[Any]
    caller_text: pa.Array[Any] | pa.ChunkedArray[Any]
    trunk: pa.Array[Any] | pa.ChunkedArray[Any]


def verdict_columns(
    events: Events,
    judged: Judged,
    texts: Texts,
    *,
    decisions: Sequence[Decision],
    rows: Integers,
    tokens: TokenMaker,
    metadata: Mapping[str, str] | None = None,
) -> pa.RecordBatch:
    """The verdicts among some judged events, in their order, as one batch of the log.

    `decisions` and `rows` are those that `judged` points into; answers, ends and the records of calls that were decided
    live are left out. OverflowError where an event's number or day does not fit a redress token.
    """
    has_verdict = (judged["state"] & HAS_VERDICT) != 0
    if not has_verdict.all():
        places = np.flatnonzero(has_verdict)
        events, judged = records_at(events, places), records_at(judged, places)
        texts = Texts(*(text.take(places) for text in texts))
    columns = {
        **_columns_of_events(events, texts),
        **_columns_of_decisions(judged, decisions),
        **_columns_of_rows(events, judged, rows, tokens),
    }
    arrays = [_array(columns[field.name], field.type) for field in VERDICT_SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=log_schema(dict(metadata or {})))


def records_at(records: npt.NDArray[np.void], places: Integers) -> npt.NDArray[np.void]:
    """The records at some places; numpy would copy them field by field, so it is shown rows of integers."""
    rows = np.ascontiguousarray(records).view(np.int64).reshape(len(records), records.dtype.itemsize // 8)
    found: npt.NDArray[np.void] = rows[places].reshape(-1).view(records.dtype)
    return found


def _columns_of_events(events: Events, texts: Texts) -> dict[str, Any]:
    caller = events["caller"]
    return {
        "event": events["number"],
        "time_ms": events["time_ms"],
        **texts._asdict(),
        "caller": np.where(caller > 0, caller, events["trunk_id"]),
        "caller_kind": events["caller_kind"],
        "callee": events["callee"],
        "callee_kind": events["callee_kind"],
        "ingress": events["ingress"],
        "origin_screened": events["ingress"] != IngressClass.UNKNOWN,
    }


def _columns_of_decisions(judged: Judged, decisions: Sequence[Decision]) -> dict[str, Any]:
    state = judged["state"]
    numbers, places = _distinct(judged["decision"])
    found = [decisions[number] for number in numbers.tolist()]
    reasons, shadow = (
        pa.array(column, pa.list_(pa.string())).take(places)
        for column in ([one.reasons for one in found], [one.shadow for one in found])
    )
    return {
        "action": judged["action"],
        "layer": judged["layer"],
        "flags": judged["flags"],
        "reasons": reasons,
        "shadow": shadow,
        "score": np.array([one.score for one in found], np.int32)[places],
        "enforced": (state & ENFORCED) != 0,
        "late": (state & LATE) != 0,
        "counted": (state & COUNTED) != 0,
        "repeat_of": judged["repeat_of"],
    }


def _distinct(numbers: Integers) -> tuple[Integers, Integers]:
    """The different numbers, and the place of each among them: as `numpy.unique`, without sorting."""
    present = np.zeros(int(numbers.max(initial=0)) + 1, np.bool_)
    present[numbers] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[numbers]


def _columns_of_rows(events: Events, judged: Judged, rows: Integers, tokens: TokenMaker) -> dict[str, Any]:
    has_row = judged["row"] >= 0
    kept = rows[judged["row"][has_row]]
    offsets = np.zeros(len(judged) + 1, np.int64)
    np.cumsum(has_row * rows.shape[1], out=offsets[1:])
    features = pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()), pa.array(kept.ravel()), mask=pa.array(~has_row, pa.bool_())
    )
    return {"features": features, "token": tokens.column(events["time_ms"], events["number"], has_row)}


def _array(column: Any, kind: pa.DataType) -> pa.Array[Any]:
    """One column in the log's own type."""
    if isinstance(column, np.ndarray):
        return pa.array(np.ascontiguousarray(column).astype(kind.to_pandas_dtype(), copy=False), kind)
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    same: pa.Array[Any] = column if column.type == kind else column.cast(kind)
    return same
