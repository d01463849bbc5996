"""Joined calls in columns of their own types: numbers read, origins looked up, devices and cells as ids."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from haodun.numbering.bulk import NumberColumns, Reader
from haodun.screening.events import Trunks
from haodun.screening.events.packed_facts import NO_ANSWER, trunk_places

_Int64s = npt.NDArray[np.int64]
_Int8s = npt.NDArray[np.int8]
_Octets = npt.NDArray[np.uint8]


class Calls(NamedTuple):
    """One row a call; arrays of equal length."""

    call_id: Any
    """Arrow strings, as `caller_text`, `callee_text`, `trunk` and `source`."""
    start: _Int64s
    answer: _Int64s
    """NO_ANSWER where nobody answered."""
    end: _Int64s
    caller_text: Any
    caller: NumberColumns
    callee_text: Any
    callee: NumberColumns
    trunk: Any
    trunk_place: npt.NDArray[np.int32]
    """Of its name in `trunks`."""
    trunks: list[str]
    ingress: _Octets
    presentation: _Int8s
    attestation: _Int8s
    roaming: _Int8s
    diversion: _Int64s
    device: _Int64s
    cell: _Int64s
    cause: _Int8s
    source: Any


class Readers(NamedTuple):
    """Two, since one may not be used by two threads at once."""

    caller: Reader
    callee: Reader


def make_calls(records: pa.Table, *, names: Sequence[str], trunks: Trunks, readers: Readers) -> Calls:
    """Calls from joined records (SPILL_SCHEMA), by two threads; `names` are those of the files."""
    with ThreadPoolExecutor(2) as pool:
        return _make(pool, records, names, trunks, readers)


def _make(pool: ThreadPoolExecutor, records: pa.Table, names: Sequence[str], trunks: Trunks, readers: Readers) -> Calls:
    fields = records.schema.names
    column: dict[str, Any] = dict(zip(fields, pool.map(_whole, map(records.column, fields)), strict=True))
    places, names_of_trunks = trunk_places(column["trunk"])
    ingress = np.array([int(trunks.ingress(name)) for name in names_of_trunks], np.uint8)[places]
    callers = pool.submit(readers.caller.read, column["caller"], ingress)
    callees = pool.submit(readers.callee.read, column["callee"], ingress)
    sources = _sources(column["file"], column["line"], names)
    caller = callers.result()
    return Calls(
        call_id=column["call_id"],
        start=column["start_ms"].to_numpy(),
        answer=pc.fill_null(column["answer_ms"], NO_ANSWER).to_numpy(),
        end=column["end_ms"].to_numpy(),
        caller_text=column["caller"],
        caller=caller,
        callee_text=column["callee"],
        callee=callees.result(),
        trunk=column["trunk"],
        trunk_place=places,
        trunks=names_of_trunks,
        ingress=ingress,
        presentation=column["presentation"].to_numpy(),
        attestation=column["attestation"].to_numpy(),
        roaming=column["roaming"].to_numpy(),
        diversion=_diversions(column["diversion"], ingress, readers.caller),
        device=_ids(column["device"]),
        cell=_ids(column["cell"]),
        cause=column["cause"].to_numpy(),
        source=sources,
    )


def calls_at(calls: Calls, places: _Int64s) -> Calls:
    """The calls at some places; two threads share the columns."""
    indices: Any = pa.array(places)

    def taken(column: Any) -> Any:
        if isinstance(column, pa.Array):
            return column.take(indices)
        return [part[places] for part in column] if isinstance(column, tuple) else column[places]

    columns = {name: getattr(calls, name) for name in Calls._fields if name != "trunks"}
    with ThreadPoolExecutor(2) as pool:
        found: dict[str, Any] = dict(zip(columns, pool.map(taken, columns.values()), strict=True))
    found |= {name: NumberColumns(*found[name]) for name in ("caller", "callee")}
    return calls._replace(**found)


def _whole(column: Any) -> Any:
    """A column as one array."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _present(texts: Any) -> _Int64s:
    """Places of the texts that are not empty."""
    return np.flatnonzero(pc.binary_length(texts).to_numpy())


def _diversions(texts: Any, ingress: _Octets, reader: Reader) -> _Int64s:
    keys = np.zeros(len(texts), np.int64)
    places = _present(texts)
    if len(places):
        keys[places] = reader.read(texts.take(pa.array(places)), ingress[places]).key
    return keys


def _ids(texts: Any) -> _Int64s:
    """62-bit ids of devices or cells, 0 of none."""
    ids = np.zeros(len(texts), np.int64)
    places = _present(texts)
    if len(places):
        encoded = texts.take(pa.array(places)).dictionary_encode()
        known = [_id(text) for text in encoded.dictionary.to_pylist()]
        ids[places] = np.array(known, np.int64)[encoded.indices.to_numpy()]
    return ids


def _id(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big") >> 2


def _sources(file: Any, line: Any, names: Sequence[str]) -> Any:
    """`file:line` of each."""
    lines = pc.cast(line, pa.string())
    if len(names) == 1:
        return pc.binary_join_element_wise(pa.scalar(names[0]), lines, ":")
    return pc.binary_join_element_wise(pa.array(names, pa.string()).take(file), lines, ":")
