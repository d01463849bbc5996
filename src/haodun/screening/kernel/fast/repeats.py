"""Attempts that a repeat may refer to, as `kernel.calls.Repeats`."""

from __future__ import annotations

from typing import Any

from haodun.compiled import jit
from haodun.screening.kernel.fast.calls import add, append, detach, look_up, remove
from haodun.screening.kernel.fast.layout import Table


@jit
def find_repeat(table: Table, head: Any, event: Any) -> int:
    """The attempt that this one repeats, 0 if none: neither their times nor the clock at their coming lie apart."""
    at = look_up(table.entries, table.buckets, table.head[0], event.attempt_high, event.attempt_low)
    if at:
        entry, window = table.entries[at], head.repeat_window_ms
        if abs(event.time_ms - entry.time_ms) > window or head.now_ms - entry.seen_ms > window:
            return 0
    return at


@jit
def remember_attempt(table: Table, head: Any, event: Any) -> None:
    """Note a new attempt; forget those that no repeat can reach any more."""
    entries, own = table.entries, table.head[0]
    now_ms = head.now_ms
    at = look_up(entries, table.buckets, own, event.attempt_high, event.attempt_low)
    if at:
        detach(entries, own, at)
        append(entries, own, at)
    elif own.count >= own.limit:
        remove(entries, table.buckets, own, own.oldest)
    while own.count and now_ms - entries[own.oldest].seen_ms > head.repeat_window_ms and own.oldest != at:
        remove(entries, table.buckets, own, own.oldest)
    if not at:
        at = add(entries, table.buckets, own, event.attempt_high, event.attempt_low)
    entry = entries[at]
    entry.event, entry.time_ms, entry.seen_ms, entry.decision = event.number, event.time_ms, now_ms, 0


@jit
def settle_attempt(table: Table, event: Any, decision: int) -> None:
    """Note the decision of an attempt that is remembered: nearly always the newest."""
    own = table.head[0]
    at = own.newest
    if not at:
        return
    newest = table.entries[at]
    if newest.low != event.attempt_low or newest.high != event.attempt_high:
        at = look_up(table.entries, table.buckets, own, event.attempt_high, event.attempt_low)
        if not at:
            return
    table.entries[at].decision = decision
