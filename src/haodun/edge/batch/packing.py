"""Events as the compiled kernel takes them, packed from columns of calls or from the input log."""

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
from haodun.edge.batch.calls import Calls
from haodun.edge.batch.ordering import Chosen, Outcome, outcome_of, times_of
from haodun.numbering.bulk import NumberColumns, Reader
from haodun.screening.events import EventKind
from haodun.screening.events.event import trunk_id
from haodun.screening.events.fingerprint import fill_attempts, fill_calls
from haodun.screening.events.packed import EVENT, Events
from haodun.screening.events.packing import Packer
from haodun.screening.verdicts.fast import Texts

_ATTEMPT = int(EventKind.ATTEMPT)
_CALLER = ("kind", "form", "refusal", "home", "allocation", "holder", "reseller")
_CALLEE = ("kind", "form", "refusal", "home", "emergency")

_Ints = npt.NDArray[Any]


class Block(NamedTuple):
    """Some events in order."""

    events: Events
    attempts: npt.NDArray[np.int64]
    """Places of the attempts among them."""
    texts: Texts
    """Of the attempts."""


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


def pack_calls(calls: Calls, chosen: Chosen, facts: Facts, *, first: int, rows: int) -> Iterator[Block]:
    """Blocks of the chosen events, the first of them numbered `first`."""
    for start in range(0, len(chosen.call), rows):
        some = chosen.slice(start, rows)
        events = np.zeros(len(some.call), EVENT)
        _fill_events(events, first + start, some.call, some.kind, times_of(calls, some), facts)
        _fill_outcomes(events, outcome_of(calls, some))
        attempts = np.flatnonzero(some.kind == _ATTEMPT)
        places = pa.array(some.call[attempts])
        texts = (calls.call_id, calls.source, calls.caller_text, calls.trunk)
        yield Block(events, attempts, Texts(*(text.take(places) for text in texts)))


def pack_log(log: Path, first: int, last: int, *, packer: Packer, reader: Reader, rows: int) -> Iterator[Block]:
    """Blocks of the events `first` to `last` of an input log."""
    with pq.ParquetFile(log) as file:
        groups = _groups(file, first, last)
        for batch in file.iter_batches(batch_size=rows, row_groups=groups) if groups else ():
            number = batch.column("number").to_numpy()
            start, end = np.searchsorted(number, [first, last + 1])
            if start < end:
                yield _block_of_log(batch.slice(start, end - start), packer, reader)


def _groups(file: pq.ParquetFile, first: int, last: int) -> list[int]:
    """Row groups that may hold some of the events; numbers begin at 1 and leave none out."""
    found, number = [], 1
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if number <= last and number + rows > first:
            found.append(group)
        number += rows
    return found


def _block_of_log(batch: pa.RecordBatch, packer: Packer, reader: Reader) -> Block:
    column: dict[str, Any] = dict(zip(batch.schema.names, batch.columns, strict=True))
    values = {name: _values(some) for name, some in column.items() if not pa.types.is_string(some.type)}
    rows = batch.num_rows
    events = np.zeros(rows, EVENT)
    _fill_events(
        events, int(values["number"][0]), np.arange(rows), values["kind"], values["time_ms"],
        _facts_of_log(column, values, packer, reader),
    )  # fmt: skip
    _fill_outcomes(events, Outcome(values["answered"], values["seconds"], values["ring_ms"], values["cause"]))
    events["live"] = values["live"]
    attempts = np.flatnonzero(values["kind"] == _ATTEMPT)
    texts = (column[name].take(pa.array(attempts)) for name in Texts._fields)
    return Block(events, attempts, Texts(*texts))


def _values(column: Any) -> _Ints:
    found: _Ints = column.to_numpy(zero_copy_only=False)
    return found


def facts_of_calls(calls: Calls, packer: Packer) -> Facts:
    """The facts of all calls."""
    prints = _prints(calls.call_id, None, packer)
    octets = (calls.ingress, calls.presentation, calls.attestation, calls.roaming)
    return _facts(
        calls.caller, calls.callee, calls.trunk, packer,
        prints=prints, octets=octets, wide=(calls.diversion, calls.device, calls.cell),
    )  # fmt: skip


def _facts_of_log(column: dict[str, Any], values: dict[str, _Ints], packer: Packer, reader: Reader) -> Facts:
    ingress = values["ingress"].astype(np.uint8)
    return _facts(
        reader.read(column["caller_text"], ingress), reader.read(column["callee_text"], ingress),
        column["trunk"], packer,
        prints=_prints(column["call_id"], column["transaction"], packer),
        octets=tuple(values[name] for name in ("ingress", "presentation", "attestation", "roaming")),
        wide=tuple(values[name] for name in ("diversion", "device", "cell")),
    )  # fmt: skip


def _facts(
    caller: NumberColumns,
    callee: NumberColumns,
    trunks: Any,
    packer: Packer,
    *,
    prints: _Ints,
    octets: tuple[_Ints, ...],
    wide: tuple[_Ints, ...],
) -> Facts:
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


def _prints(call_ids: Any, transactions: Any, packer: Packer) -> _Ints:
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
def _fill_events(events: Any, first: int, call: _Ints, kind: _Ints, times: _Ints, facts: Any) -> None:
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
def _fill_outcomes(events: Any, outcome: Any) -> None:
    for place in range(len(events)):
        event = events[place]
        event.answered = outcome.answered[place]
        event.seconds = outcome.seconds[place]
        event.ring_ms = outcome.ring_ms[place]
        event.cause = outcome.cause[place]
