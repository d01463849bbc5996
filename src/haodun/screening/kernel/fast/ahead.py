"""Asking memory ahead: a loop over many events asks for index lines first, then for records, then counts.

Theory of operation. An event touches up to seven cache lines at random places, and a line that has to come from memory
takes as long as counting some events. So a loop keeps three places: some 24 events ahead it asks for the lines that say
where numbers lie, some 12 ahead it reads those and asks for the records, and then it counts. What is asked may be wrong
by then (a number moved, or came): then counting waits, and nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import borrowing, merged, prefetch_at
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
    hint_of,
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


@merged
def prefetch_index(state: State, event: Any) -> None:
    """Ask for what says where an event's numbers and calls are."""
    kernel = state.head[0]
    hint = hint_of(kernel, event.number)
    key = actor(event)
    hint.caller, hint.caller_set = key, np.int32(_ask_index(kernel, key))
    if event.kind != _END and event.callee > 0:
        hint.callee, hint.callee_set = event.callee, np.int32(_ask_index(kernel, event.callee))
    if event.kind == _ATTEMPT:
        _ask_bucket(repeats_of(kernel), event.attempt_low)
        if live_of(kernel).count:
            _ask_bucket(live_of(kernel), event.call_low)
    if blocked_of(kernel).count:
        _ask_bucket(blocked_of(kernel), event.call_low)


@merged
def _ask_bucket(table: Any, low: Any) -> None:
    prefetch_at(table.buckets + bucket_of(table, low) * PLACE_BYTES)


@merged
def _ask_index(kernel: Any, key: int) -> int:
    """The set of a key, asked for."""
    place = set_of(kernel, spread(key))
    prefetch_at(kernel.keys + place * KEYS_BYTES)
    if kernel.held_probation:
        prefetch_at(kernel.places + (signed(index_hash(kernel, key)) & kernel.index_mask) * PLACE_BYTES)
    return place


@merged
def prefetch_records(state: State, event: Any) -> None:
    """Ask for the records of an event's numbers, where they are by now."""
    kernel = state.head[0]
    hint = hint_of(kernel, event.number)
    hint.caller_slot = hint.callee_slot = np.int32(-1)
    key = actor(event)
    if hint.caller == key:
        slot = _likely_slot(kernel, key, signed(hint.caller_set))
        hint.caller_slot = np.int32(slot)
        _ask_record(kernel, slot)
        if event.kind == _ATTEMPT:
            prefetch_at(kernel.records + slot * RECORD_BYTES + 2 * LINE)
    if event.kind != _END and event.callee > 0 and hint.callee == event.callee:
        slot = _likely_slot(kernel, event.callee, signed(hint.callee_set))
        hint.callee_slot = np.int32(slot)
        _ask_record(kernel, slot)
    if event.kind == _ATTEMPT:
        table = repeats_of(kernel)
        at = signed(bucket_at(table, table.buckets, bucket_of(table, event.attempt_low)).at)
        if at:
            prefetch_at(table.entries + (at << table.shift))


@merged
def _ask_record(kernel: Any, slot: int) -> None:
    """The two lines that any event needs; what a slot of −1 asks for does no harm."""
    address = kernel.records + slot * RECORD_BYTES
    prefetch_at(address)
    prefetch_at(address + LINE)


@merged
def _likely_slot(kernel: Any, key: int, place: int) -> int:
    """Where a key is, or on probation where its tag is; −1 where it is in neither."""
    way = way_of(keys_at(kernel, place), key)
    if way < WAYS:
        return int(kernel.probation_size + WAYS * place + way)
    slot = _likely_on_probation(kernel, key)
    if slot >= 0:
        prefetch_at(kernel.probation + slot * PROBATION_BYTES)
    return slot


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
