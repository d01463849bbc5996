"""Asking memory ahead: a loop over many events asks for index lines first, then for records, then counts.

Theory of operation. An event touches up to seven cache lines at random places, and a line that has to come from memory
takes as long as counting some events. So a loop keeps three places: some 24 events ahead it asks for the lines that say
where numbers lie, some 12 ahead it reads those and asks for the records, and then it counts. What is asked may be wrong
by then (a number moved, or came): then counting waits, and nothing else.
"""

from __future__ import annotations

from typing import Any

from haodun.compiled import borrowing, prefetch_at
from haodun.screening.events.event import EventKind
from haodun.screening.kernel.fast.calls import bucket_of
from haodun.screening.kernel.fast.counting import actor
from haodun.screening.kernel.fast.hashing import index_hash, set_of, spread, tag_of
from haodun.screening.kernel.fast.layout import State
from haodun.screening.kernel.fast.memory import (
    KEYS_BYTES,
    PLACE_BYTES,
    PROBATION_BYTES,
    RECORD_BYTES,
    blocked_of,
    bucket_at,
    keys_at,
    live_of,
    place_at,
    repeats_of,
)
from haodun.screening.kernel.fast.numbers import LINE, way_of
from haodun.screening.kernel.fast.signs import signed
from haodun.screening.kernel.parameters import WAYS

INDEX_AHEAD = 24
RECORDS_AHEAD = 12
"""Events between asking and counting."""

_ATTEMPT, _END = int(EventKind.ATTEMPT), int(EventKind.END)


@borrowing
def prefetch_index(state: State, event: Any) -> None:
    """Ask for what says where an event's numbers and calls are."""
    kernel = state.head[0]
    _ask_index(kernel, actor(event))
    if event.kind != _END and event.callee > 0:
        _ask_index(kernel, event.callee)
    if event.kind == _ATTEMPT:
        _ask_bucket(repeats_of(kernel), event.attempt_low)
        if live_of(kernel).count:
            _ask_bucket(live_of(kernel), event.call_low)
    if blocked_of(kernel).count:
        _ask_bucket(blocked_of(kernel), event.call_low)


@borrowing
def _ask_bucket(table: Any, low: Any) -> None:
    prefetch_at(table.buckets + bucket_of(table, low) * PLACE_BYTES)


@borrowing
def _ask_index(kernel: Any, key: int) -> None:
    prefetch_at(kernel.keys + set_of(kernel, spread(key)) * KEYS_BYTES)
    if kernel.held_probation:
        prefetch_at(kernel.places + (signed(index_hash(kernel, key)) & kernel.index_mask) * PLACE_BYTES)


@borrowing
def prefetch_records(state: State, event: Any) -> None:
    """Ask for the records of an event's numbers, where they are by now."""
    kernel = state.head[0]
    _ask_record(kernel, actor(event), 3 if event.kind == _ATTEMPT else 2)
    if event.kind != _END and event.callee > 0:
        _ask_record(kernel, event.callee, 2)
    if event.kind == _ATTEMPT:
        table = repeats_of(kernel)
        at = signed(bucket_at(table, table.buckets, bucket_of(table, event.attempt_low)).at)
        if at:
            prefetch_at(table.entries + (at << table.shift))


@borrowing
def _ask_record(kernel: Any, key: int, lines: int) -> None:
    place = set_of(kernel, spread(key))
    way = way_of(keys_at(kernel, place), key)
    slot = kernel.probation_size + WAYS * place + way
    if way == WAYS:
        slot = _likely_on_probation(kernel, key)
        if slot < 0:
            return
        prefetch_at(kernel.probation + slot * PROBATION_BYTES)
    address = kernel.records + slot * RECORD_BYTES
    prefetch_at(address)
    prefetch_at(address + LINE)
    if lines > 2:
        prefetch_at(address + 2 * LINE)


@borrowing
def _likely_on_probation(kernel: Any, key: int) -> int:
    """The first slot whose index entry has the key's tag, −1 if none: without looking at keys."""
    if kernel.held_probation == 0:
        return -1
    hashed = index_hash(kernel, key)
    tag, mask = tag_of(kernel, hashed), kernel.index_mask
    at = signed(hashed) & mask
    entry = signed(place_at(kernel, at).at)
    while entry:
        if entry & kernel.tag_mask == tag:
            return int((entry & kernel.slot_mask) - 1)
        at = (at + 1) & mask
        entry = signed(place_at(kernel, at).at)
    return -1
