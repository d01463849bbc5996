"""Events packed by the column, from an input log or from whoever has calls in columns: no object an event."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from haodun.compiled import jit
from haodun.numbering.bulk import NumberColumns, Reader
from haodun.screening.events.event import trunk_id
from haodun.screening.events.fingerprint import fill_attempts, fill_calls
from haodun.screening.events.packed import EVENT, Events
from haodun.screening.events.packing import Packer

_CALLER = ("kind", "form", "refusal", "home", "allocation", "holder", "reseller")
_CALLEE = ("kind", "form", "refusal", "home", "emergency")

_Ints = npt.NDArray[Any]


class Facts(NamedTuple):
    """What is the same in every event of a call, a row a call."""

    caller: _Ints
    callee: _Ints
    caller_country: _Ints
    callee_country: _Ints
    trunk: _Ints
    """A place in `trunk_ids` and `lines`."""
    trunk_ids: _Ints
    lines: _Ints
    prints: _Ints
    """uint64: call high, call low, attempt high, attempt low."""
    diversion: _Ints
    device: _Ints
    cell: _Ints
    octets: _Ints
    """caller and callee by _CALLER and _CALLEE, then ingress, presentation, attestation, roaming."""


def read_packed(
    log: Path, first: int, last: int, *, packer: Packer, reader: Reader, rows: int = 65_536
) -> Iterator[tuple[Events, pa.RecordBatch]]:
    """The events `first` to `last` of an input log, with their rows; row groups without any of them are not read."""
    with pq.ParquetFile(log) as file:
        groups = _groups(file, first, last)
        for batch in file.iter_batches(batch_size=rows, row_groups=groups) if groups else ():
            number = batch.column("number").to_numpy()
            start, end = np.searchsorted(number, [first, last + 1])
            if start < end:
                some = batch.slice(start, end - start)
                yield _packed(some, packer, reader), some


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
        column["trunk"], packer,
        prints=prints_of(column["call_id"], column["transaction"], packer),
        octets=tuple(values[name] for name in ("ingress", "presentation", "attestation", "roaming")),
        wide=tuple(values[name] for name in ("diversion", "device", "cell")),
    )  # fmt: skip


def facts_of(
    caller: NumberColumns,
    callee: NumberColumns,
    trunks: Any,
    packer: Packer,
    *,
    prints: _Ints,
    octets: tuple[_Ints, ...],
    wide: tuple[_Ints, ...],
) -> Facts:
    """Facts from columns of calls: texts of trunks, fingerprints by `prints_of`.

    `octets` are ingress, presentation, attestation and roaming, `wide` diversion, device and cell.
    """
    encoded = trunks.dictionary_encode()
    names = encoded.dictionary.to_pylist()
    own = [*(getattr(caller, name) for name in _CALLER), *(getattr(callee, name) for name in _CALLEE), *octets]
    return Facts(
        caller.key, callee.key, caller.country, callee.country,
        encoded.indices.to_numpy(),
        np.array([trunk_id(name) for name in names], np.int64),
        np.array([packer.line(name) for name in names], np.int64),
        prints, wide[0], wide[1], wide[2], np.stack([part.astype(np.uint8, copy=False) for part in own], axis=1),
    )  # fmt: skip


def prints_of(call_ids: Any, transactions: Any, packer: Packer) -> _Ints:
    """Fingerprints of calls and attempts; where there are no transactions, the attempt's is the call's."""
    rows = len(call_ids)
    high, low = np.empty(rows, np.uint64), np.empty(rows, np.uint64)
    fill_calls(packer.key, *_split(call_ids), high, low)
    if transactions is None or not pc.max(pc.binary_length(transactions)).as_py():
        return np.stack([high, low, high, low], axis=1)
    attempt_high, attempt_low = np.empty(rows, np.uint64), np.empty(rows, np.uint64)
    fill_attempts(packer.key, (high, low), *_split(transactions), attempt_high, attempt_low)
    return np.stack([high, low, attempt_high, attempt_low], axis=1)


def _split(texts: Any) -> tuple[_Ints, _Ints]:
    """Offsets and bytes of Arrow strings."""
    _, offsets, data = texts.buffers()
    rows = len(texts) + 1
    places = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + rows] if rows > 1 else np.zeros(1, np.int32)
    return places, np.frombuffer(data if data is not None else b"", np.uint8)


@jit
def fill_events(events: Any, first: int, call: _Ints, kind: _Ints, times: _Ints, facts: Any) -> None:
    """Everything but outcomes: the i-th is event `first` + i, of kind[i] at times[i] of the call in row call[i]."""
    for place in range(len(events)):
        event, row = events[place], call[place]
        event.number = first + place
        event.time_ms = times[place]
        event.kind = kind[place]
        event.caller = facts.caller[row]
        event.callee = facts.callee[row]
        event.caller_country = facts.caller_country[row]
        event.callee_country = facts.callee_country[row]
        event.trunk_id = facts.trunk_ids[facts.trunk[row]]
        event.line = facts.lines[facts.trunk[row]]
        event.diversion = facts.diversion[row]
        event.device = facts.device[row]
        event.cell = facts.cell[row]
        _fill_prints(event, facts.prints[row])
        _fill_octets(event, facts.octets[row])


@jit
def _fill_prints(event: Any, prints: Any) -> None:
    event.call_high = prints[0]
    event.call_low = prints[1]
    event.attempt_high = prints[2]
    event.attempt_low = prints[3]


@jit
def _fill_octets(event: Any, octets: Any) -> None:
    event.caller_kind = octets[0]
    event.caller_form = octets[1]
    event.caller_refusal = octets[2]
    event.caller_home = octets[3]
    event.caller_allocation = octets[4]
    event.caller_holder = octets[5]
    event.caller_reseller = octets[6]
    event.callee_kind = octets[7]
    event.callee_form = octets[8]
    event.callee_refusal = octets[9]
    event.callee_home = octets[10]
    event.callee_emergency = octets[11]
    event.ingress = octets[12]
    event.presentation = octets[13]
    event.attestation = octets[14]
    event.roaming = octets[15]


@jit
def fill_outcomes(events: Any, answered: _Ints, seconds: _Ints, ring_ms: _Ints, cause: _Ints) -> None:
    """What the ends among events say."""
    for place in range(len(events)):
        event = events[place]
        event.answered = answered[place]
        event.seconds = seconds[place]
        event.ring_ms = ring_ms[place]
        event.cause = cause[place]
