"""Legs of one call folded into one record, by columns (decision 0001 item 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from haodun.compiled import jit
from haodun.edge.batch.spill import SPILL_SCHEMA
from haodun.screening.events.packed_facts import offsets_and_bytes

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
    """Places of the records by call id, and which of them, but the first, has the id of the one before.

    Nearly all ids differ in the eight bytes that follow what they have in common: these are sorted as integers, and
    only ids that have them alike are compared as texts.
    """
    ids: Any = records.column("call_id").combine_chunks()
    keys = np.zeros(len(ids), np.uint64)
    _fill_beginnings(keys, *offsets_and_bytes(ids))
    order = np.argsort(keys)
    keys = keys[order]
    again = keys[1:] == keys[:-1]
    alike = np.zeros(len(ids), bool)
    alike[1:] = again
    alike[:-1] |= again
    slots = np.flatnonzero(alike)
    if len(slots):
        texts = ids.take(order[slots])
        sorted_slots = pc.sort_indices(texts).to_numpy()
        order[slots] = order[slots][sorted_slots]
        again[:] = False
        again[slots[1:][_same(texts.take(sorted_slots))] - 1] = True
    return order, again


@jit
def _fill_beginnings(keys: Any, offsets: Any, data: Any) -> None:
    """Of each text the eight bytes after what all texts begin with, as an integer that sorts as they do."""
    common = _common(offsets, data)
    for row in range(len(keys)):
        word = np.uint64(0)
        start, end = offsets[row] + common, offsets[row + 1]
        for place in range(start, min(start + 8, end)):
            word |= np.uint64(data[place]) << np.uint64(56 - 8 * (place - start))
        keys[row] = word


@jit
def _common(offsets: Any, data: Any) -> int:
    """How many bytes all texts begin with."""
    if len(offsets) < 2:
        return 0
    first, common = offsets[0], int(offsets[1] - offsets[0])
    for row in range(1, len(offsets) - 1):
        start = offsets[row]
        common = min(common, offsets[row + 1] - start)
        place = 0
        while place < common and data[start + place] == data[first + place]:
            place += 1
        common = place
    return common


def _same(ids: Any) -> npt.NDArray[np.bool_]:
    """Which ids, but the first, equal the one before."""
    if len(ids) < 2:
        return np.zeros(0, bool)
    found: npt.NDArray[np.bool_] = pc.equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
    return found


def _replaced(table: pa.Table, name: str, column: Any) -> pa.Table:
    place = table.schema.get_field_index(name)
    return table.set_column(place, SPILL_SCHEMA.field(place), column)
