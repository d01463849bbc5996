"""Counting: what becomes of an attempt, an answer, an end, as `haodun.screening.kernel.oracle`.

Theory of operation. `count` leaves in `State.last` what `features` and the deciding loop ask next. What is read without
being counted is a copy, in one of two slots of its own, rolled to the clock; so is a caller that its own callee pushes
out of probation: it is read as it was counted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import jit
from haodun.screening.events.event import Cause, EventKind
from haodun.screening.events.packed import COUNTED, DECIDED_LIVE, LATE
from haodun.screening.kernel.fast import windows
from haodun.screening.kernel.fast.hashing import mark, trunk_bit
from haodun.screening.kernel.fast.layout import (
    CALLEE_SLOT,
    CALLER_SLOT,
    EARLIER,
    KEY,
    LATE_BY,
    LIVE_EVENT,
    NOW_MS,
    QUIET_MS,
    REPEAT_OF,
    State,
)
from haodun.screening.kernel.fast.live import block_call, close_call, find_live, is_blocked, remember_live
from haodun.screening.kernel.fast.numbers import NOWHERE, clear, copy, enter, find, leaves_next, obtain, promote, touch
from haodun.screening.kernel.fast.repeats import find_repeat, remember_attempt, settle_attempt
from haodun.screening.kernel.oracle import GAVE_UP
from haodun.screening.kernel.record import DEVICE_MASK, MAX_DEVICE_CHANGES, MAX_RUN
from haodun.screening.kernel.windows import ANSWERED, ATTEMPTS, CALLED, HANGUPS, MINUTE_MS, NIGHT, PICKED_UP, SECONDS
from haodun.screening.kernel.windows import SHORT as SHORT_CALLS

REPEAT = 32
"""Bit of the result of `count` beside COUNTED, LATE and DECIDED_LIVE: it repeats an attempt."""
OUTCOME_COUNTED, OUTCOME_LATE, OUTCOME_AFTER_BLOCK = range(3)
"""As `oracle.Outcome`."""

_ANSWER, _END = int(EventKind.ANSWER), int(EventKind.END)
_GAVE_UP = np.array([int(cause in GAVE_UP) for cause in Cause], np.uint8)
_HOUR_MINUTES, _DAY_HOURS = 60, 24


@jit
def actor(event: Any) -> int:
    """The key of the caller's state."""
    return int(event.caller if event.caller > 0 else event.trunk_id)


@jit
def count(state: State, event: Any) -> int:
    """Count an ATTEMPT: bits COUNTED, LATE, DECIDED_LIVE, REPEAT; `state.last` says the rest until the next event."""
    head, last = state.head[0], state.last
    if event.time_ms > head.now_ms:
        windows.advance(head, event.time_ms)
    key = actor(event)
    last[KEY], last[NOW_MS], last[LATE_BY] = key, head.now_ms, head.now_ms - event.time_ms
    last[REPEAT_OF] = last[EARLIER] = last[LIVE_EVENT] = 0
    repeated = find_repeat(state.repeats, head, event)
    if repeated:
        head.repeated += 1
        entry = state.repeats.entries[repeated]
        last[REPEAT_OF], last[EARLIER] = entry.event, entry.decision
        return _uncounted(state, event, key, REPEAT)
    if not event.live:
        at = find_live(state.live, head, event, key)
        if at:
            call = state.live.entries[at]
            if call.blocked:
                block_call(state.blocked, event)
            last[LIVE_EVENT] = call.event
            return _uncounted(state, event, key, DECIDED_LIVE)
    remember_attempt(state.repeats, head, event)
    if head.now_ms - event.time_ms > head.late_attempt_ms:
        head.late += 1
        return _uncounted(state, event, key, LATE)
    return _count_attempt(state, event, key)


@jit
def _count_attempt(state: State, event: Any, key: int) -> int:
    head, last, time_ms = state.head[0], state.last, event.time_ms
    slot = obtain(state, key)
    record = state.records[np.uint64(slot)]
    before_ms = record.attempt_ms
    _count_caller(record, head, event)
    if before_ms >= 0 and _other_minute(head, before_ms, time_ms):
        slot = promote(state, slot, key)
    if time_ms > before_ms:
        state.records[np.uint64(slot)].attempt_ms = time_ms
    last[QUIET_MS] = head.now_ms - before_ms if before_ms >= 0 else 0
    other = NOWHERE
    if event.callee > 0:
        other = find(state, event.callee)
        if other >= 0:
            touch(state, other)
        else:
            if slot == leaves_next(head):
                copy(state, slot, head.scratch)
                slot = head.scratch
            other = enter(state, event.callee)
        _count_called(state.records[np.uint64(other)], head, time_ms)
    last[CALLER_SLOT], last[CALLEE_SLOT] = slot, other
    return COUNTED


@jit
def _other_minute(head: Any, before_ms: int, time_ms: int) -> bool:
    """Whether two times lie in different minutes."""
    start = head.minute_ms if time_ms >= head.minute_ms else time_ms // MINUTE_MS * MINUTE_MS
    return bool(before_ms < start or before_ms >= start + MINUTE_MS)


@jit
def _count_caller(record: Any, head: Any, event: Any) -> None:
    minutes, hours, days = windows.spans_back(head, event.time_ms)
    windows.add_minute(record, minutes, windows.H_ATTEMPTS)
    windows.add_hour(record, hours, windows.H_ATTEMPTS)
    windows.add_day(record, days, ATTEMPTS)
    if _at_night(head, event.time_ms):
        windows.add_day(record, days, NIGHT)
    windows.roll_bits(record, head)
    if event.callee > 0:
        _dial(record, head, event.callee, event.time_ms)
    record.trunks |= np.uint32(trunk_bit(event.trunk_id))
    _arrive(record, event.device)


@jit
def _at_night(head: Any, time_ms: int) -> bool:
    """Whether the local hour of a time lies in the night; that of the hour before is kept at hand."""
    if time_ms < head.night_start_ms or time_ms >= head.night_end_ms:
        local = (time_ms // MINUTE_MS + head.utc_offset_minutes) // _HOUR_MINUTES
        head.night_start_ms = (local * _HOUR_MINUTES - head.utc_offset_minutes) * MINUTE_MS
        head.night_end_ms = head.night_start_ms + _HOUR_MINUTES * MINUTE_MS
        hour, first, end = local % _DAY_HOURS, head.night_from, head.night_to
        inside = first <= hour < end if first <= end else hour >= first or hour < end
        head.at_night = 1 if inside else 0
    return bool(head.at_night)


@jit
def _dial(record: Any, head: Any, callee: int, time_ms: int) -> None:
    """Whom the number called: distinct callees of the hour, run of consecutive numbers."""
    back = windows.hours_back(head, time_ms)
    if back == 0:
        mark(record.bits, callee)
    elif back == 1:
        mark(record.bits_before, callee)
    step = abs(callee - record.last_callee)
    if step:
        follows = step <= head.run_gap and record.last_callee > 0
        record.run = np.uint16(min(np.int64(record.run) + 1, MAX_RUN) if follows else 1)
        record.last_callee = callee


@jit
def _arrive(record: Any, device: int) -> None:
    """From which device the call came."""
    folded = (device ^ (device >> 32)) & DEVICE_MASK
    known = np.int64(record.device)
    if device and folded and folded != known:
        if known:
            record.device_changes = np.uint16(min(np.int64(record.device_changes) + 1, MAX_DEVICE_CHANGES))
        record.device = np.uint32(folded)


@jit
def _count_called(record: Any, head: Any, time_ms: int) -> None:
    _, hours, days = windows.spans_back(head, time_ms)
    windows.add_hour(record, hours, windows.H_CALLED)
    windows.add_day(record, days, CALLED)


@jit
def _uncounted(state: State, event: Any, key: int, result: int) -> int:
    """Read without counting; a number that is not held reads as one never seen."""
    head, last, mine = state.head[0], state.last, state.head[0].scratch
    slot = find(state, key)
    if slot >= 0:
        _copy_rolled(state, slot, mine)
    else:
        clear(state, mine)
    attempt_ms = state.records[mine].attempt_ms
    last[QUIET_MS] = head.now_ms - attempt_ms if attempt_ms >= 0 else 0
    other = find(state, event.callee) if event.callee > 0 else NOWHERE
    if other >= 0:
        _copy_rolled(state, other, mine + 1)
        other = mine + 1
    last[CALLER_SLOT], last[CALLEE_SLOT] = mine, other
    return result


@jit
def _copy_rolled(state: State, source: int, target: int) -> None:
    copy(state, source, target)
    record = state.records[target]
    windows.roll(record, state.head[0])
    windows.roll_bits(record, state.head[0])


@jit
def settle(state: State, event: Any, decision: int, non_allow: bool, blocked: bool) -> None:
    """Tell the kernel the decision (its number, from 1) of an attempt; `blocked` only where a BLOCK takes effect."""
    settle_attempt(state.repeats, event, decision)
    head, key = state.head[0], actor(event)
    if non_allow:
        slot = find(state, key)
        if slot >= 0:
            state.records[slot].verdict_ms = head.now_ms
    # The latest verdict of a call id rules: an INVITE sent again with credentials may be let through.
    if blocked:
        block_call(state.blocked, event)
    else:
        close_call(state.blocked, event)
    if event.live:
        remember_live(state.live, head, event, key, blocked)


@jit
def outcome(state: State, event: Any) -> int:
    """Count an ANSWER or END: an `Outcome` as an integer."""
    head = state.head[0]
    if event.time_ms > head.now_ms:
        windows.advance(head, event.time_ms)
    at = is_blocked(state.blocked, event)
    if at:
        head.after_block += 1
        if event.kind == _END:
            close_call(state.blocked, event)
        return OUTCOME_AFTER_BLOCK
    if head.now_ms - event.time_ms > head.late_outcome_ms:
        head.late += 1
        return OUTCOME_LATE
    if event.kind == _ANSWER:
        _count_answer(state, event)
    else:
        _count_end(state, event)
    return OUTCOME_COUNTED


@jit
def _count_answer(state: State, event: Any) -> None:
    minutes, hours, days = windows.spans_back(state.head[0], event.time_ms)
    record = state.records[np.uint64(obtain(state, actor(event)))]
    windows.add_minute(record, minutes, windows.H_ANSWERED)
    windows.add_hour(record, hours, windows.H_ANSWERED)
    windows.add_day(record, days, ANSWERED)
    if event.callee > 0:
        slot = obtain(state, event.callee)
        called = state.records[np.uint64(slot)]
        windows.add_hour(called, hours, windows.H_PICKED_UP)
        windows.add_day(called, days, PICKED_UP)
        promote(state, slot, event.callee)


@jit
def _count_end(state: State, event: Any) -> None:
    head = state.head[0]
    minutes, hours, days = windows.spans_back(head, event.time_ms)
    record = state.records[np.uint64(obtain(state, actor(event)))]
    if event.answered:
        windows.add_seconds(record, hours, days, SECONDS, max(event.seconds, 0))
        if event.seconds < head.short_s:
            windows.add_minute(record, minutes, windows.H_SHORT)
            windows.add_hour(record, hours, windows.H_SHORT)
            windows.add_day(record, days, SHORT_CALLS)
    elif event.cause < len(_GAVE_UP) and _GAVE_UP[event.cause] and event.ring_ms < head.ring_hangup_ms:
        windows.add_day(record, days, HANGUPS)
