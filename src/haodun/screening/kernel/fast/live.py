"""Calls decided live and calls blocked, as `kernel.calls.LiveCalls` and `BlockedCalls`."""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import borrowing
from haodun.screening.kernel.calls import MAX_SAME_PAIR
from haodun.screening.kernel.fast.calls import add, append, detach, look_up, remove
from haodun.screening.kernel.fast.hashing import spread
from haodun.screening.kernel.fast.memory import blocked_of, bucket_at, live_at, live_of
from haodun.screening.kernel.fast.signs import signed


@borrowing
def _step(kernel: Any, start_ms: int) -> int:
    """Number of the step that a start lies in."""
    return int(start_ms // max(kernel.match_ms, 1))


@borrowing
def _near_bucket(kernel: Any, caller: int, callee: int, step: int) -> int:
    """The bucket of two numbers and a step."""
    hashed = spread(signed(np.uint64(caller) ^ kernel.secret)) ^ np.uint64(callee)
    hashed = spread(signed(hashed)) ^ np.uint64(step)
    return int(signed(spread(signed(hashed))) & live_of(kernel).mask)


@borrowing
def _near_bucket_of(kernel: Any, at: int) -> int:
    entry = live_at(live_of(kernel), at)
    return _near_bucket(kernel, entry.caller, entry.callee, _step(kernel, entry.start_ms))


@borrowing
def _enter_near(kernel: Any, at: int) -> None:
    """Put a call at the end of the chain of its numbers and step."""
    table, bucket = live_of(kernel), _near_bucket_of(kernel, at)
    newest, entry = bucket_at(table, table.near_newest, bucket), live_at(table, at)
    entry.near_older, entry.near_newer = newest.at, np.uint32(0)
    if newest.at:
        live_at(table, signed(newest.at)).near_newer = np.uint32(at)
    else:
        bucket_at(table, table.near_oldest, bucket).at = np.uint32(at)
    newest.at = np.uint32(at)


@borrowing
def _leave_near(kernel: Any, at: int) -> None:
    table, bucket = live_of(kernel), _near_bucket_of(kernel, at)
    entry = live_at(table, at)
    older, newer = signed(entry.near_older), signed(entry.near_newer)
    if older:
        live_at(table, older).near_newer = np.uint32(newer)
    else:
        bucket_at(table, table.near_oldest, bucket).at = np.uint32(newer)
    if newer:
        live_at(table, newer).near_older = np.uint32(older)
    else:
        bucket_at(table, table.near_newest, bucket).at = np.uint32(older)


@borrowing
def index_live(kernel: Any) -> None:
    """Index all calls by numbers, once a record first asks for it: an edge that only decides never does."""
    table = live_of(kernel)
    if not table.near:
        table.near = 1
        at = table.oldest
        while at:
            _enter_near(kernel, at)
            at = signed(live_at(table, at).newer)


@borrowing
def remember_live(kernel: Any, event: Any, caller: int, blocked: bool) -> None:
    """Note a call, or its latest attempt; the oldest is forgotten when the table is full."""
    table = live_of(kernel)
    at = look_up(table, event.call_high, event.call_low)
    if at:
        if table.near:
            _leave_near(kernel, at)
        detach(table, at)
        append(table, at)
    else:
        if table.count >= table.limit:
            if table.near:
                _leave_near(kernel, table.oldest)
            remove(table, table.oldest)
        at = add(table, event.call_high, event.call_low)
    entry = live_at(table, at)
    entry.event, entry.start_ms, entry.blocked = event.number, event.time_ms, np.uint32(blocked)
    entry.caller, entry.callee = caller, event.callee
    if table.near:
        _enter_near(kernel, at)


@borrowing
def find_live(kernel: Any, event: Any, caller: int) -> int:
    """The live call of a record, 0 if none: by call id, else the nearest in time of the same two numbers."""
    table = live_of(kernel)
    if not table.count:
        return 0
    same = look_up(table, event.call_high, event.call_low)
    if same:
        return same
    index_live(kernel)
    found = 0
    middle = _step(kernel, event.time_ms)
    for step in range(middle - 1, middle + 2):
        found = _nearest(kernel, event, caller, step, found)
    return found


@borrowing
def _nearest(kernel: Any, event: Any, caller: int, step: int, found: int) -> int:
    """The nearer of `found` and the first `MAX_SAME_PAIR` calls of one step; of two as near the smaller event."""
    table, compared = live_of(kernel), 0
    at = signed(bucket_at(table, table.near_oldest, _near_bucket(kernel, caller, event.callee, step)).at)
    while at and compared < MAX_SAME_PAIR:
        entry = live_at(table, at)
        if entry.caller == caller and entry.callee == event.callee and _step(kernel, entry.start_ms) == step:
            compared += 1
            distance = abs(entry.start_ms - event.time_ms)
            if distance <= kernel.match_ms:
                best = abs(live_at(table, found).start_ms - event.time_ms) if found else distance
                nearer = not found or distance < best
                if nearer or (distance == best and entry.event < live_at(table, found).event):
                    found = at
        at = signed(entry.near_newer)
    return int(found)


@borrowing
def block_call(kernel: Any, event: Any) -> None:
    """Note a blocked call; the oldest is forgotten when the table is full."""
    table = blocked_of(kernel)
    if look_up(table, event.call_high, event.call_low):
        return
    if table.count >= table.limit:
        remove(table, table.oldest)
    add(table, event.call_high, event.call_low)


@borrowing
def is_blocked(kernel: Any, event: Any) -> int:
    """The place of a blocked call, 0 if it is none."""
    table = blocked_of(kernel)
    if not table.count:
        return 0
    return look_up(table, event.call_high, event.call_low)


@borrowing
def close_call(kernel: Any, event: Any) -> None:
    """The call has ended, or was let through after all."""
    at = is_blocked(kernel, event)
    if at:
        remove(blocked_of(kernel), at)
