"""Attempts that a repeat may refer to, as `kernel.calls.Repeats`."""

from __future__ import annotations

from typing import Any

from haodun.compiled import merged
from haodun.screening.kernel.fast.calls import add, append, detach, look_up, remove
from haodun.screening.kernel.fast.memory import repeat_at, repeats_of


@merged
def same_attempt(kernel: Any, event: Any) -> int:
    """The place of an attempt, 0 if it is not remembered."""
    return look_up(repeats_of(kernel), event.attempt_high, event.attempt_low)


@merged
def is_repeat(kernel: Any, event: Any, at: int) -> bool:
    """Whether an event repeats an attempt remembered: neither their times nor the clock at their coming lie apart."""
    entry, window = repeat_at(repeats_of(kernel), at), kernel.repeat_window_ms
    return bool(abs(event.time_ms - entry.time_ms) <= window and kernel.now_ms - entry.seen_ms <= window)


@merged
def remember_attempt(kernel: Any, event: Any, at: int) -> None:
    """Note a new attempt, whose place is `at` where it has one; forget those that no repeat can reach any more."""
    table, now_ms = repeats_of(kernel), kernel.now_ms
    if at:
        detach(table, at)
        append(table, at)
    elif table.count >= table.limit:
        remove(table, table.oldest)
    while table.oldest != at and now_ms - repeat_at(table, table.oldest).seen_ms > kernel.repeat_window_ms:
        remove(table, table.oldest)
    if not at:
        at = add(table, event.attempt_high, event.attempt_low)
    entry = repeat_at(table, at)
    entry.event, entry.time_ms, entry.seen_ms, entry.decision = event.number, event.time_ms, now_ms, 0


@merged
def settle_attempt(kernel: Any, event: Any, decision: int) -> None:
    """Note the decision of an attempt that is remembered: nearly always the newest."""
    table = repeats_of(kernel)
    at = table.newest
    if not at:
        return
    newest = repeat_at(table, at)
    if newest.low != event.attempt_low or newest.high != event.attempt_high:
        at = same_attempt(kernel, event)
        if not at:
            return
    repeat_at(table, at).decision = decision
