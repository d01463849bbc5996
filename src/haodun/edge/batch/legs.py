"""Legs of one call folded into one record, by columns (decision 0001 item 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from haodun.edge.batch.spill import SPILL_SCHEMA

LEG_ORDER = ("call_id", "start_ms", "leg_id", "caller", "callee", "trunk", "end_ms", "file", "line")
"""Records of one call together, the first leg first; of equal legs the one that comes first by what it says."""

_NEVER = 2**62


def join_held(records: pa.Table) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    """One record a call, and where the calls stand in the order of their ids."""
    order, again = _ordered(records)
    if not again.any():
        return records, order
    together = np.zeros(len(order), bool)  # whether a record, in the order of ids, shares its call with another
    together[1:] = again
    together[:-1] |= again
    legs = records.take(order[together])
    legs = legs.take(pc.sort_indices(legs, sort_keys=[(name, "ascending") for name in LEG_ORDER]))
    alone = records.take(order[~together])
    joined = pa.concat_tables([alone, fold(legs)])
    return joined, _ordered(joined)[0]


def join_sorted(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """One record a call from records in LEG_ORDER, as they come.

    The last call of a batch is folded into one record and waits for the next batch, so a call with a million legs takes
    no memory.
    """
    waiting = pa.Table.from_batches([], schema=SPILL_SCHEMA)
    for batch in batches:
        legs = pa.concat_tables([waiting, pa.Table.from_batches([batch]).cast(SPILL_SCHEMA)])
        calls = fold(legs)
        waiting = calls.slice(max(calls.num_rows - 1, 0))
        if calls.num_rows > 1:
            yield calls.slice(0, calls.num_rows - 1)
    yield waiting


def fold(legs: pa.Table) -> pa.Table:
    """One record a call from records in LEG_ORDER: the first leg, with the earliest answer and the latest end."""
    if legs.num_rows < 2:
        return legs
    first = np.flatnonzero(np.concatenate([[True], ~_same(legs.column("call_id").combine_chunks())]))
    if len(first) == legs.num_rows:
        return legs
    end = np.maximum.reduceat(legs.column("end_ms").to_numpy(), first)
    column: Any = legs.column("answer_ms")
    answers: Any = pc.fill_null(column, _NEVER)
    answer = np.minimum.reduceat(answers.to_numpy(), first)
    calls = legs.take(first)
    calls = _replaced(calls, "end_ms", pa.array(end))
    return _replaced(calls, "answer_ms", pa.array(answer, mask=answer == _NEVER))


def _ordered(records: pa.Table) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Places of the records by call id, and which of them, but the first, has the id of the one before."""
    ids: Any = records.column("call_id").combine_chunks()
    order = pc.sort_indices(ids)
    return order.to_numpy().astype(np.int64), _same(ids.take(order))


def _same(ids: Any) -> npt.NDArray[np.bool_]:
    """Which ids, but the first, equal the one before."""
    if len(ids) < 2:
        return np.zeros(0, bool)
    found: npt.NDArray[np.bool_] = pc.equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
    return found


def _replaced(table: pa.Table, name: str, column: Any) -> pa.Table:
    place = table.schema.get_field_index(name)
    return table.set_column(place, SPILL_SCHEMA.field(place), column)
