"""Where records live: probation in order of arrival with its index, and the sets of main.

As `haodun.screening.kernel.segments`, which says why. Compiled; a slot is a record's place in memory, and `kernel` the
record of HEAD.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import borrowing, merged, prefetch_at
from haodun.screening.kernel.fast.hashing import index_hash, set_of, spread, tag_of
from haodun.screening.kernel.fast.layout import HOUR_MASK, WORDS
from haodun.screening.kernel.fast.memory import (
    PLACE_BYTES,
    PROBATION_BYTES,
    RECORD_BYTES,
    key_in,
    keys_at,
    place_at,
    probation_at,
    record_at,
    words_at,
)
from haodun.screening.kernel.fast.signs import signed
from haodun.screening.kernel.fast.windows import roll
from haodun.screening.kernel.parameters import WAYS

NOWHERE = -1
"""Slot of a number that is not held."""
LINE = 64
_WORDS = WORDS.itemsize // 8


@merged
def way_of(line: Any, key: int) -> int:
    """Which of a set's eight keys is this one, `WAYS` if none. Without a branch: any way is as likely."""
    keys = line.key
    found = WAYS
    for way in range(WAYS):
        found = way if keys[way] == key else found
    return found


@borrowing
def find(kernel: Any, key: int) -> int:
    """The slot of a number, `NOWHERE` if it is not held."""
    place = set_of(kernel, spread(key))
    way = way_of(keys_at(kernel, place), key)
    if way < WAYS:
        return int(kernel.probation_size + WAYS * place + way)
    return find_on_probation(kernel, key)


@borrowing
def find_on_probation(kernel: Any, key: int) -> int:
    """The same among those on probation."""
    if kernel.held_probation == 0:
        return NOWHERE
    hashed = index_hash(kernel, key)
    tag, mask = tag_of(kernel, hashed), kernel.index_mask
    at = signed(hashed) & mask
    entry = signed(place_at(kernel, at).at)
    while entry:
        if entry & kernel.tag_mask == tag:
            slot = (entry & kernel.slot_mask) - 1
            if probation_at(kernel, slot).key == key:
                return int(slot)
        at = (at + 1) & mask
        entry = signed(place_at(kernel, at).at)
    return NOWHERE


@merged
def find_hinted(kernel: Any, key: int, slot: int) -> int:
    """`find`, where a slot was found ahead (−1: none): it is right if the key is there."""
    if slot >= 0 and key_in(kernel, slot) == key:
        return slot
    return find(kernel, key)


@merged
def obtain(kernel: Any, key: int, hint: int) -> int:
    """The slot of a number, rolled to now; a new one enters probation and may push out the oldest there."""
    slot = find_hinted(kernel, key, hint)
    if slot >= 0:
        touch(kernel, slot)
        return slot
    return enter(kernel, key)


@merged
def touch(kernel: Any, slot: int) -> None:
    """Roll a record to now; it is seen now."""
    record = record_at(kernel, slot)
    roll(record, kernel)
    record.last_ms = kernel.now_ms


@borrowing
def leaves_next(kernel: Any) -> int:
    """The slot whose number a new one would push out, `NOWHERE` while there is room."""
    return int(kernel.oldest - 1) if kernel.held_probation >= kernel.probation_size else NOWHERE


@borrowing
def enter(kernel: Any, key: int) -> int:
    """Put a new number on probation: its slot."""
    if kernel.held_probation >= kernel.probation_size:
        slot = kernel.oldest - 1
        unlink(kernel, slot)
        kernel.evicted_probation += 1
        _ask_next(kernel)
    elif kernel.free:
        slot = kernel.free - 1
        kernel.free = signed(probation_at(kernel, slot).newer)
    else:
        slot = kernel.used
        kernel.used += 1
    link(kernel, slot, key)
    clear(kernel, slot)
    return int(slot)


@borrowing
def _ask_next(kernel: Any) -> None:
    """Ask for the memory that the next eviction will need."""
    if kernel.oldest:
        slot = kernel.oldest - 1
        entry = probation_at(kernel, slot)
        home = signed(index_hash(kernel, entry.key)) & kernel.index_mask
        prefetch_at(kernel.places + home * PLACE_BYTES)
        prefetch_at(kernel.probation + signed(entry.newer) * PROBATION_BYTES)
        for line in range(3):
            prefetch_at(kernel.records + slot * RECORD_BYTES + line * LINE)


@borrowing
def clear(kernel: Any, slot: int) -> None:
    """The record of a number that is seen now for the first time."""
    words = words_at(kernel, slot).word
    for place in range(_WORDS):
        words[place] = 0
    record = record_at(kernel, slot)
    record.first_ms = record.last_ms = kernel.now_ms
    record.attempt_ms = record.verdict_ms = -1
    record.marked = np.uint32(kernel.hour & HOUR_MASK)


@borrowing
def copy(kernel: Any, source: int, target: int) -> None:
    """Copy a record."""
    old, new = words_at(kernel, source).word, words_at(kernel, target).word
    for place in range(_WORDS):
        new[place] = old[place]


@borrowing
def link(kernel: Any, slot: int, key: int) -> None:
    """Put a slot at the end of the order of arrival and into the index."""
    entry = probation_at(kernel, slot)
    entry.key = key
    entry.older, entry.newer = np.uint32(kernel.newest), np.uint32(0)
    if kernel.newest:
        probation_at(kernel, kernel.newest - 1).newer = np.uint32(slot + 1)
    else:
        kernel.oldest = slot + 1
    kernel.newest = slot + 1
    kernel.held_probation += 1
    hashed, mask = index_hash(kernel, key), kernel.index_mask
    at = signed(hashed) & mask
    while place_at(kernel, at).at:
        at = (at + 1) & mask
    place_at(kernel, at).at = np.uint32(tag_of(kernel, hashed) | (slot + 1))


@borrowing
def unlink(kernel: Any, slot: int) -> None:
    """Take a slot out of the order of arrival and out of the index."""
    entry = probation_at(kernel, slot)
    older, newer = signed(entry.older), signed(entry.newer)
    if older:
        probation_at(kernel, older - 1).newer = np.uint32(newer)
    else:
        kernel.oldest = newer
    if newer:
        probation_at(kernel, newer - 1).older = np.uint32(older)
    else:
        kernel.newest = older
    kernel.held_probation -= 1
    _forget(kernel, slot, entry.key)


@borrowing
def _forget(kernel: Any, slot: int, key: int) -> None:
    """Take a slot out of the index; those behind it move up, so that no look-up meets a gap before its key."""
    mask, slot_mask = kernel.index_mask, kernel.slot_mask
    hole = signed(index_hash(kernel, key)) & mask
    while signed(place_at(kernel, hole).at) & slot_mask != slot + 1:
        hole = (hole + 1) & mask
    at = (hole + 1) & mask
    entry = signed(place_at(kernel, at).at)
    while entry:
        home = signed(index_hash(kernel, probation_at(kernel, (entry & slot_mask) - 1).key)) & mask
        if (at - home) & mask >= (at - hole) & mask:
            place_at(kernel, hole).at = np.uint32(entry)
            hole = at
        at = (at + 1) & mask
        entry = signed(place_at(kernel, at).at)
    place_at(kernel, hole).at = np.uint32(0)


@borrowing
def promote(kernel: Any, slot: int, key: int) -> int:
    """Move a number from probation to main, where its set has a place for it: its slot afterwards."""
    if slot >= kernel.probation_size:
        return slot
    place = set_of(kernel, spread(key))
    way = way_of(keys_at(kernel, place), 0)
    if way == WAYS:
        way = _victim(kernel, place, slot)
        if way == WAYS:
            return slot
        kernel.evicted_main += 1
    else:
        kernel.held_main += 1
    target = kernel.probation_size + WAYS * place + way
    copy(kernel, slot, target)
    keys_at(kernel, place).key[way] = key
    unlink(kernel, slot)
    emptied = probation_at(kernel, slot)
    emptied.key, emptied.newer = 0, np.uint32(kernel.free)
    kernel.free = slot + 1
    return int(target)


@borrowing
def _protected(kernel: Any, slot: int) -> bool:
    verdict_ms = record_at(kernel, slot).verdict_ms
    return bool(verdict_ms >= 0 and kernel.now_ms - verdict_ms <= kernel.protect_ms)


@borrowing
def _victim(kernel: Any, place: int, newcomer: int) -> int:
    """Which of a full set leaves for a newcomer, `WAYS` if none may: who was seen longest ago, then the smaller key."""
    keys, first = keys_at(kernel, place).key, kernel.probation_size + WAYS * place
    any_free = False
    for way in range(WAYS):
        any_free |= not _protected(kernel, first + way)
    if not any_free and not _protected(kernel, newcomer):
        return WAYS
    found, oldest_ms = WAYS, 0
    for way in range(WAYS):
        if any_free and _protected(kernel, first + way):
            continue
        last_ms = record_at(kernel, first + way).last_ms
        if found == WAYS or last_ms < oldest_ms or (last_ms == oldest_ms and keys[way] < keys[found]):
            found, oldest_ms = way, last_ms
    return found
