"""Calls in columns to packed events: the facts of a call once, then its events, with no object for either."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from haodun.compiled import borrowing, jit
from haodun.numbering.bulk import NumberColumns
from haodun.screening.events.event import EventKind, trunk_id
from haodun.screening.events.fingerprint import fill_attempts, fill_calls
from haodun.screening.events.packing import Packer

_CALLER = ("kind", "form", "refusal", "home", "allocation", "holder", "reseller")
_CALLEE = ("kind", "form", "refusal", "home", "emergency")
_ANSWER, _END = int(EventKind.ANSWER), int(EventKind.END)
NO_ANSWER = -1
"""In place of the time of an answer."""

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


class Times(NamedTuple):
    """When a call began, was answered and ended, in ms, and how; a row a call."""

    start: _Ints
    answer: _Ints
    """NO_ANSWER where nobody answered."""
    end: _Ints
    cause: _Ints


def facts_of(
    caller: NumberColumns,
    callee: NumberColumns,
    trunks: tuple[_Ints, list[str]],
    packer: Packer,
    *,
    prints: _Ints,
    octets: tuple[_Ints, ...],
    wide: tuple[_Ints, ...],
) -> Facts:
    """Facts from columns of calls: trunks by `trunk_places`, fingerprints by `prints_of`.

    `octets` are ingress, presentation, attestation and roaming, `wide` diversion, device and cell.
    """
    places, names = trunks
    own = [*(getattr(caller, name) for name in _CALLER), *(getattr(callee, name) for name in _CALLEE), *octets]
    return Facts(
        caller.key, callee.key, caller.country, callee.country, places,
        np.array([trunk_id(name) for name in names], np.int64),
        np.array([packer.line(name) for name in names], np.int64),
        prints, wide[0], wide[1], wide[2], np.stack([part.astype(np.uint8, copy=False) for part in own], axis=1),
    )  # fmt: skip


def trunk_places(trunks: Any) -> tuple[_Ints, list[str]]:
    """The trunk of each row (Arrow strings) as a place among their names, and these."""
    encoded = trunks.dictionary_encode()
    return encoded.indices.to_numpy(), encoded.dictionary.to_pylist()


def prints_of(call_ids: Any, transactions: Any, packer: Packer) -> _Ints:
    """Fingerprints of calls and attempts; where there are no transactions, the attempt's is the call's."""
    rows = len(call_ids)
    high, low = np.empty(rows, np.uint64), np.empty(rows, np.uint64)
    fill_calls(packer.key, *offsets_and_bytes(call_ids), high, low)
    if transactions is None or not pc.max(pc.binary_length(transactions)).as_py():
        return np.stack([high, low, high, low], axis=1)
    attempt_high, attempt_low = np.empty(rows, np.uint64), np.empty(rows, np.uint64)
    fill_attempts(packer.key, (high, low), *offsets_and_bytes(transactions), attempt_high, attempt_low)
    return np.stack([high, low, attempt_high, attempt_low], axis=1)


def offsets_and_bytes(texts: Any) -> tuple[_Ints, _Ints]:
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


@borrowing
def fill_call_events(events: Any, numbers: _Ints, call: _Ints, kind: _Ints, times: Times, facts: Facts) -> None:
    """The i-th event has numbers[i] and is the attempt, answer or end, by kind[i], of the call in row call[i].

    `events` are zero before.
    """
    for place in range(len(events)):
        event, row = events[place], call[place]
        event.number = numbers[place]
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
        _fill_time(event, kind[place], times, row)


@borrowing
def _fill_time(event: Any, kind: int, times: Times, row: int) -> None:
    """When the event was; of an end also how the call ended (`Event`: seconds, ring_ms)."""
    start, answer, end = times.start[row], times.answer[row], times.end[row]
    if kind == _ANSWER:
        event.time_ms = answer
    elif kind == _END:
        event.time_ms = end
        event.cause = times.cause[row]
        if answer != NO_ANSWER:
            event.answered = 1
            event.seconds = (end - answer) // 1000
            event.ring_ms = answer - start
        else:
            event.ring_ms = end - start
    else:
        event.time_ms = start
