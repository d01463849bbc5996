"""Where records live: probation in order of arrival with its index, and the sets of main.

As `haodun.screening.kernel.segments`, which says why. Compiled; a slot is a record's place in `State.records`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import jit, prefetch
from haodun.screening.kernel.fast.hashing import index_hash, set_of, spread, tag_of
from haodun.screening.kernel.fast.layout import HOUR_MASK, State
from haodun.screening.kernel.fast.windows import roll
from haodun.screening.kernel.parameters import WAYS

NOWHERE = -1
"""Slot of a number that is not held."""
_WORDS = 24
"""64-bit words of a record."""


@jit
def way_of(keys: Any, place: int, key: int) -> int:
    """Which of the eight keys from `place` on is this one, `WAYS` if none. Without a branch: any way is as likely."""
    found = WAYS
    for way in range(WAYS):
        found = way if keys[np.uint64(place + way)] == key else found
    return found


@jit
def find(state: State, key: int) -> int:
    """The slot of a number, `NOWHERE` if it is not held."""
    head = state.head[0]
    place = WAYS * set_of(head, spread(key))
    way = way_of(state.keys, place, key)
    if way < WAYS:
        return int(head.probation_size + place + way)
    return find_on_probation(state.probation, state.index, head, key)


@jit
def find_on_probation(probation: Any, index: Any, head: Any, key: int) -> int:
    """The same among those on probation."""
    hashed = index_hash(head, key)
    tag, mask, slot_mask, tag_mask = tag_of(head, hashed), head.index_mask, head.slot_mask, head.tag_mask
    at = np.int64(hashed) & mask
    entry = np.int64(index[np.uint64(at)])
    while entry:
        slot = (entry & slot_mask) - 1
        if entry & tag_mask == tag and probation[np.uint64(slot)].key == key:
            return int(slot)
        at = (at + 1) & mask
        entry = np.int64(index[np.uint64(at)])
    return NOWHERE


@jit
def obtain(state: State, key: int) -> int:
    """The slot of a number, rolled to now; a new one enters probation and may push out the oldest there."""
    slot = find(state, key)
    if slot >= 0:
        touch(state, slot)
        return slot
    return enter(state, key)


@jit
def touch(state: State, slot: int) -> None:
    """Roll a record to now; it is seen now."""
    head, record = state.head[0], state.records[np.uint64(slot)]
    roll(record, head)
    record.last_ms = head.now_ms


@jit
def leaves_next(head: Any) -> int:
    """The slot whose number a new one would push out, `NOWHERE` while there is room."""
    return int(head.oldest - 1) if head.held_probation >= head.probation_size else NOWHERE


@jit
def enter(state: State, key: int) -> int:
    """Put a new number on probation: its slot."""
    head, probation = state.head[0], state.probation
    if head.held_probation >= head.probation_size:
        slot = head.oldest - 1
        unlink(probation, state.index, head, slot)
        head.evicted_probation += 1
        _ask_next(state)
    elif head.free:
        slot = head.free - 1
        head.free = np.int64(probation[slot].newer)
    else:
        slot = head.used
        head.used += 1
    link(probation, state.index, head, slot, key)
    clear(state, slot)
    return int(slot)


@jit
def _ask_next(state: State) -> None:
    """Ask for the memory that the next eviction will need."""
    head, probation = state.head[0], state.probation
    if head.oldest:
        slot = head.oldest - 1
        entry = probation[slot]
        prefetch(state.index, np.int64(index_hash(head, entry.key)) & head.index_mask, 0)
        prefetch(probation, np.int64(entry.newer) - 1, 0)
        for offset in range(0, 192, 64):
            prefetch(state.records, slot, offset)


@jit
def clear(state: State, slot: int) -> None:
    """The record of a number that is seen now for the first time."""
    head, words, start = state.head[0], state.words, np.uint64(slot * _WORDS)
    for place in range(_WORDS):
        words[start + np.uint64(place)] = 0
    record = state.records[slot]
    record.first_ms = record.last_ms = head.now_ms
    record.attempt_ms = record.verdict_ms = -1
    record.marked = np.uint32(head.hour & HOUR_MASK)


@jit
def copy(state: State, source: int, target: int) -> None:
    """Copy a record."""
    words, old, new = state.words, np.uint64(source * _WORDS), np.uint64(target * _WORDS)
    for place in range(_WORDS):
        words[new + np.uint64(place)] = words[old + np.uint64(place)]


@jit
def link(probation: Any, index: Any, head: Any, slot: int, key: int) -> None:
    """Put a slot at the end of the order of arrival and into the index."""
    entry = probation[slot]
    entry.key = key
    entry.older, entry.newer = np.uint32(head.newest), np.uint32(0)
    if head.newest:
        probation[head.newest - 1].newer = np.uint32(slot + 1)
    else:
        head.oldest = slot + 1
    head.newest = slot + 1
    head.held_probation += 1
    hashed, mask = index_hash(head, key), head.index_mask
    at = np.int64(hashed) & mask
    while index[at]:
        at = (at + 1) & mask
    index[at] = np.uint32(tag_of(head, hashed) | (slot + 1))


@jit
def unlink(probation: Any, index: Any, head: Any, slot: int) -> None:
    """Take a slot out of the order of arrival and out of the index."""
    entry = probation[slot]
    older, newer = np.int64(entry.older), np.int64(entry.newer)
    if older:
        probation[older - 1].newer = np.uint32(newer)
    else:
        head.oldest = newer
    if newer:
        probation[newer - 1].older = np.uint32(older)
    else:
        head.newest = older
    head.held_probation -= 1
    _forget(probation, index, head, slot)


@jit
def _forget(probation: Any, index: Any, head: Any, slot: int) -> None:
    """Take a slot out of the index; those behind it move up, so that no look-up meets a gap before its key."""
    mask, slot_mask = head.index_mask, head.slot_mask
    hole = np.int64(index_hash(head, probation[slot].key)) & mask
    while np.int64(index[hole]) & slot_mask != slot + 1:
        hole = (hole + 1) & mask
    at = (hole + 1) & mask
    while index[at]:
        home = np.int64(index_hash(head, probation[(np.int64(index[at]) & slot_mask) - 1].key)) & mask
        if (at - home) & mask >= (at - hole) & mask:
            index[hole] = index[at]
            hole = at
        at = (at + 1) & mask
    index[hole] = np.uint32(0)


@jit
def promote(state: State, slot: int, key: int) -> int:
    """Move a number from probation to main, where its set has a place for it: its slot afterwards."""
    head = state.head[0]
    if slot >= head.probation_size:
        return slot
    place = WAYS * set_of(head, spread(key))
    way = way_of(state.keys, place, 0)
    if way == WAYS:
        way = _victim(state, place, slot)
        if way == WAYS:
            return slot
        head.evicted_main += 1
    else:
        head.held_main += 1
    target = head.probation_size + place + way
    copy(state, slot, target)
    state.keys[place + way] = key
    unlink(state.probation, state.index, head, slot)
    state.probation[slot].newer = np.uint32(head.free)
    head.free = slot + 1
    return int(target)


@jit
def _protected(record: Any, head: Any) -> bool:
    return bool(record.verdict_ms >= 0 and head.now_ms - record.verdict_ms <= head.protect_ms)


@jit
def _victim(state: State, place: int, newcomer: int) -> int:
    """Which of a full set leaves for a newcomer, `WAYS` if none may: who was seen longest ago, then the smaller key."""
    head, records, keys = state.head[0], state.records, state.keys
    first = head.probation_size + place
    any_free = False
    for way in range(WAYS):
        any_free |= not _protected(records[first + way], head)
    if not any_free and not _protected(records[newcomer], head):
        return WAYS
    found, oldest_ms = WAYS, np.int64(0)
    for way in range(WAYS):
        record = records[first + way]
        if any_free and _protected(record, head):
            continue
        last_ms = record.last_ms
        if found == WAYS or last_ms < oldest_ms or (last_ms == oldest_ms and keys[place + way] < keys[place + found]):
            found, oldest_ms = way, last_ms
    return found
