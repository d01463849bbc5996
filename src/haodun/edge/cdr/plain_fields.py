"""What the plain readers of all formats ask of fields: members by their words, contradictions, ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from haodun.edge.cdr.error import RowError
from haodun.edge.cdr.parts import RECORD_SCHEMA
from haodun.edge.cdr.plain_lines import Values
from haodun.edge.cdr.record import MAX_TEXT
from haodun.edge.cdr.times import DURATION_TOLERANCE_MS

_Mask = npt.NDArray[np.bool_]
_Int64s = npt.NDArray[np.int64]
_Read = TypeVar("_Read")


def by_distinct(
    texts: Any, good: _Mask, read: Callable[[str], _Read], instead: _Read
) -> tuple[list[_Read], npt.NDArray[np.int64]]:
    """What `read` makes of each different text, and which of them each text is; not `good` where it raises RowError."""
    encoded = texts.dictionary_encode()
    places: npt.NDArray[np.int64] = encoded.indices.to_numpy().astype(np.int64)
    found: list[_Read] = []
    refused = np.zeros(len(encoded.dictionary), bool)
    for place, text in enumerate(encoded.dictionary.to_pylist()):
        try:
            found.append(read(text))
        except RowError:
            found.append(instead)
            refused[place] = True
    if refused.any():
        good &= ~refused[places]
    return found, places


def members(texts: Any, good: _Mask, read: Callable[[str], int]) -> npt.NDArray[np.int8]:
    """The member that each text names."""
    found, places = by_distinct(texts, good, read, 0)
    chosen: npt.NDArray[np.int8] = np.array(found, np.int8)[places] if found else np.zeros(0, np.int8)
    return chosen


def check_seconds(said: Values, actual_ms: _Int64s, good: _Mask) -> None:
    """Not good where a duration contradicts the times; an empty one says nothing."""
    good &= ~said.given | (np.abs(said.value * 1000 - actual_ms) <= DURATION_TOLERANCE_MS)


def check_order(start: _Int64s, answer: _Int64s, answered: _Mask, end: _Int64s, good: _Mask) -> None:
    """Not good unless start ≤ answer ≤ end."""
    good &= (end >= start) & (~answered | ((answer >= start) & (answer <= end)))


def check_length(texts: Any, good: _Mask) -> None:
    """Not good where a text may be too long."""
    good &= pc.binary_length(texts).to_numpy() <= MAX_TEXT


def first_given(texts: Any, others: Any) -> Any:
    """Each text, or the other where it is empty."""
    empty = pc.equal(pc.binary_length(texts), pa.scalar(0, pa.int32()))
    return pc.if_else(empty, others, texts)


def batch_of(columns: dict[str, Any]) -> pa.RecordBatch:
    """Columns by the names of RECORD_SCHEMA, Arrow's or numpy's, as records."""
    arrays: list[Any] = [pa.array(columns[field.name], field.type) for field in RECORD_SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=RECORD_SCHEMA)


def answers(answer: _Int64s, answered: _Mask) -> Any:
    """Answer times, null where nobody answered."""
    return pa.array(answer, mask=~answered)
