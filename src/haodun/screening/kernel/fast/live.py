"""Calls decided live and calls blocked, as `kernel.calls.LiveCalls` and `BlockedCalls`."""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import jit
from haodun.screening.kernel.calls import MAX_SAME_PAIR
from haodun.screening.kernel.fast.calls import add, append, detach, look_up, remove
from haodun.screening.kernel.fast.hashing import spread
from haodun.screening.kernel.fast.layout import LiveTable, Table


@jit
def _step(head: Any, start_ms: int) -> int:
    """Number of the step that a start lies in."""
    return int(start_ms // max(head.match_ms, 1))


@jit
def _near_bucket(head: Any, mask: int, caller: int, callee: int, step: int) -> int:
    """The bucket of two numbers and a step."""
    hashed = spread(np.int64(spread(np.int64(np.uint64(caller) ^ head.secret)) ^ np.uint64(callee)))
    return int(np.int64(spread(np.int64(hashed ^ np.uint64(step)))) & mask)


@jit
def _near_bucket_of(table: LiveTable, head: Any, at: int) -> int:
    entry = table.entries[at]
    return _near_bucket(head, table.head[0].mask, entry.caller, entry.callee, _step(head, entry.start_ms))


@jit
def _enter_near(table: LiveTable, head: Any, at: int) -> None:
    """Put a call at the end of the chain of its numbers and step."""
    entry, bucket = table.entries[at], _near_bucket_of(table, head, at)
    before = np.int64(table.near_newest[bucket])
    entry.near_older, entry.near_newer = np.uint32(before), np.uint32(0)
    if before:
        table.entries[before].near_newer = np.uint32(at)
    else:
        table.near_oldest[bucket] = np.uint32(at)
    table.near_newest[bucket] = np.uint32(at)


@jit
def _leave_near(table: LiveTable, head: Any, at: int) -> None:
    entry, bucket = table.entries[at], _near_bucket_of(table, head, at)
    older, newer = np.int64(entry.near_older), np.int64(entry.near_newer)
    if older:
        table.entries[older].near_newer = np.uint32(newer)
    else:
        table.near_oldest[bucket] = np.uint32(newer)
    if newer:
        table.entries[newer].near_older = np.uint32(older)
    else:
        table.near_newest[bucket] = np.uint32(older)


@jit
def index_live(table: LiveTable, head: Any) -> None:
    """Index all calls by numbers, once a record first asks for it: an edge that only decides never does."""
    own = table.head[0]
    if not own.near:
        own.near = 1
        at = own.oldest
        while at:
            _enter_near(table, head, at)
            at = np.int64(table.entries[at].newer)


@jit
def remember_live(table: LiveTable, head: Any, event: Any, caller: int, blocked: bool) -> None:
    """Note a call, or its latest attempt; the oldest is forgotten when the table is full."""
    entries, own = table.entries, table.head[0]
    at = look_up(entries, table.buckets, own, event.call_high, event.call_low)
    if at:
        if own.near:
            _leave_near(table, head, at)
        detach(entries, own, at)
        append(entries, own, at)
    else:
        if own.count >= own.limit:
            if own.near:
                _leave_near(table, head, own.oldest)
            remove(entries, table.buckets, own, own.oldest)
        at = add(entries, table.buckets, own, event.call_high, event.call_low)
    entry = entries[at]
    entry.event, entry.start_ms, entry.blocked = event.number, event.time_ms, np.uint32(blocked)
    entry.caller, entry.callee = caller, event.callee
    if own.near:
        _enter_near(table, head, at)


@jit
def find_live(table: LiveTable, head: Any, event: Any, caller: int) -> int:
    """The live call of a record, 0 if none: by call id, else the nearest in time of the same two numbers."""
    own = table.head[0]
    if not own.count:
        return 0
    same = look_up(table.entries, table.buckets, own, event.call_high, event.call_low)
    if same:
        return same
    index_live(table, head)
    found = 0
    middle = _step(head, event.time_ms)
    for step in range(middle - 1, middle + 2):
        found = _nearest(table, head, event, caller, step, found)
    return found


@jit
def _nearest(table: LiveTable, head: Any, event: Any, caller: int, step: int, found: int) -> int:
    """The nearer of `found` and the first `MAX_SAME_PAIR` calls of one step; of two as near the smaller event."""
    entries, compared = table.entries, 0
    at = np.int64(table.near_oldest[_near_bucket(head, table.head[0].mask, caller, event.callee, step)])
    while at and compared < MAX_SAME_PAIR:
        entry = entries[at]
        if entry.caller == caller and entry.callee == event.callee and _step(head, entry.start_ms) == step:
            compared += 1
            distance = abs(entry.start_ms - event.time_ms)
            if distance <= head.match_ms:
                best = abs(entries[found].start_ms - event.time_ms) if found else distance
                if not found or distance < best or (distance == best and entry.event < entries[found].event):
                    found = at
        at = np.int64(entry.near_newer)
    return int(found)


@jit
def block_call(table: Table, event: Any) -> None:
    """Note a blocked call; the oldest is forgotten when the table is full."""
    own = table.head[0]
    if look_up(table.entries, table.buckets, own, event.call_high, event.call_low):
        return
    if own.count >= own.limit:
        remove(table.entries, table.buckets, own, own.oldest)
    add(table.entries, table.buckets, own, event.call_high, event.call_low)


@jit
def is_blocked(table: Table, event: Any) -> int:
    """The place of a blocked call, 0 if it is none."""
    own = table.head[0]
    if not own.count:
        return 0
    return look_up(table.entries, table.buckets, own, event.call_high, event.call_low)


@jit
def close_call(table: Table, event: Any) -> None:
    """The call has ended, or was let through after all."""
    at = is_blocked(table, event)
    if at:
        remove(table.entries, table.buckets, table.head[0], at)
