"""Asking memory ahead: a loop over many events asks for index lines first, then for records, then counts.

Theory of operation. An event touches up to seven cache lines at random places, and a line that has to come from memory
takes as long as counting some events. So a loop keeps three places: some 24 events ahead it asks for the lines that say
where numbers lie, some 12 ahead it reads those and asks for the records, and then it counts. What is asked may be wrong
by then (a number moved, or came): then counting waits, and nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import jit, prefetch
from haodun.screening.events.event import EventKind
from haodun.screening.kernel.fast.calls import bucket_of
from haodun.screening.kernel.fast.counting import actor
from haodun.screening.kernel.fast.hashing import index_hash, set_of, spread, tag_of
from haodun.screening.kernel.fast.layout import State
from haodun.screening.kernel.fast.numbers import way_of
from haodun.screening.kernel.parameters import WAYS

INDEX_AHEAD = 24
RECORDS_AHEAD = 12
"""Events between asking and counting."""

_ATTEMPT, _END = int(EventKind.ATTEMPT), int(EventKind.END)


@jit
def prefetch_index(state: State, event: Any) -> None:
    """Ask for what says where an event's numbers and calls are."""
    head = state.head[0]
    _ask_index(state, head, actor(event))
    if event.kind == _ATTEMPT:
        own = state.repeats.head[0]
        prefetch(state.repeats.buckets, bucket_of(own, event.attempt_low), 0)
        if state.live.head[0].count:
            prefetch(state.live.buckets, bucket_of(state.live.head[0], event.call_low), 0)
    if event.kind != _END and event.callee > 0:
        _ask_index(state, head, event.callee)
    if state.blocked.head[0].count:
        prefetch(state.blocked.buckets, bucket_of(state.blocked.head[0], event.call_low), 0)


@jit
def _ask_index(state: State, head: Any, key: int) -> None:
    prefetch(state.keys, WAYS * set_of(head, spread(key)), 0)
    if head.held_probation:
        prefetch(state.index, np.int64(index_hash(head, key)) & head.index_mask, 0)


@jit
def prefetch_records(state: State, event: Any) -> None:
    """Ask for the records of an event's numbers, where they are by now."""
    head = state.head[0]
    _ask_record(state, head, actor(event), 192 if event.kind == _ATTEMPT else 128)
    if event.kind == _ATTEMPT:
        own = state.repeats.head[0]
        at = np.int64(state.repeats.buckets[np.uint64(bucket_of(own, event.attempt_low))])
        if at:
            prefetch(state.repeats.entries, at, 0)
    if event.kind != _END and event.callee > 0:
        _ask_record(state, head, event.callee, 128)


@jit
def _ask_record(state: State, head: Any, key: int, size: int) -> None:
    place = WAYS * set_of(head, spread(key))
    way = way_of(state.keys, place, key)
    slot = head.probation_size + place + way
    if way == WAYS:
        slot = _likely_on_probation(state, head, key)
        if slot < 0:
            return
        prefetch(state.probation, slot, 0)
    for offset in range(0, size, 64):
        prefetch(state.records, slot, offset)


@jit
def _likely_on_probation(state: State, head: Any, key: int) -> int:
    """The first slot whose index entry has the key's tag, −1 if none: without looking at keys."""
    hashed = index_hash(head, key)
    tag, mask = tag_of(head, hashed), head.index_mask
    at = np.int64(hashed) & mask
    entry = np.int64(state.index[np.uint64(at)])
    while entry:
        if entry & head.tag_mask == tag:
            return int((entry & head.slot_mask) - 1)
        at = (at + 1) & mask
        entry = np.int64(state.index[np.uint64(at)])
    return -1
