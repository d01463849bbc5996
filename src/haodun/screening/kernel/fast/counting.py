"""Counting: what becomes of an attempt, an answer, an end, as `haodun.screening.kernel.oracle`.

Theory of operation. `count` leaves in `State.last` what `features` and the deciding loop ask next. What is read without
being counted is a copy, in one of two slots of its own, rolled to the clock; so is a caller that its own callee pushes
out of probation: it is read as it was counted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import borrowing, merged
from haodun.screening.events.event import Cause, EventKind
from haodun.screening.events.packed import COUNTED, DECIDED_LIVE, LATE
from haodun.screening.kernel.fast import windows
from haodun.screening.kernel.fast.hashing import mark, trunk_bit
from haodun.screening.kernel.fast.layout import (
    CALLEE_SLOT,
    CALLER_SLOT,
    EARLIER,
    KEY,
    LIVE_EVENT,
    NOW_MS,
    QUIET_MS,
    REPEAT_OF,
    State,
)
from haodun.screening.kernel.fast.live import block_call, close_call, find_live, is_blocked, remember_live
from haodun.screening.kernel.fast.memory import hint_of, live_at, live_of, record_at, repeat_at, repeats_of
from haodun.screening.kernel.fast.numbers import (
    NOWHERE,
    clear,
    copy,
    enter,
    find,
    find_hinted,
    leaves_next,
    obtain,
    promote,
    touch,
)
from haodun.screening.kernel.fast.repeats import is_repeat, remember_attempt, same_attempt, settle_attempt
from haodun.screening.kernel.fast.signs import signed
from haodun.screening.kernel.oracle import GAVE_UP
from haodun.screening.kernel.record import DEVICE_MASK, MAX_DEVICE_CHANGES, MAX_RUN
from haodun.screening.kernel.windows import ANSWERED, ATTEMPTS, CALLED, HANGUPS, MINUTE_MS, NIGHT, PICKED_UP, SECONDS
from haodun.screening.kernel.windows import SHORT as SHORT_CALLS

REPEAT = 32
"""Bit of the result of `count` beside COUNTED, LATE and DECIDED_LIVE: it repeats an attempt."""
OUTCOME_COUNTED, OUTCOME_LATE, OUTCOME_AFTER_BLOCK = range(3)
"""As `oracle.Outcome`."""

_ANSWER, _END = int(EventKind.ANSWER), int(EventKind.END)
_GAVE_UP, _CAUSES = sum(1 << cause for cause in GAVE_UP), len(Cause)
_HOUR_MINUTES, _DAY_HOURS = 60, 24


@borrowing
def actor(event: Any) -> int:
    """The key of the caller's state."""
    return int(event.caller if event.caller > 0 else event.trunk_id)


@merged
def count(state: State, event: Any) -> int:
    """Count an ATTEMPT: bits COUNTED, LATE, DECIDED_LIVE, REPEAT; `state.last` says the rest until the next event."""
    return _count(state.head[0], state.last, event)


@merged
def _count(kernel: Any, last: Any, event: Any) -> int:
    if event.time_ms > kernel.now_ms:
        windows.advance(kernel, event.time_ms)
    key = actor(event)
    last[KEY], last[NOW_MS] = key, kernel.now_ms
    last[REPEAT_OF] = last[EARLIER] = last[LIVE_EVENT] = 0
    same = same_attempt(kernel, event)
    if same and is_repeat(kernel, event, same):
        kernel.repeated += 1
        entry = repeat_at(repeats_of(kernel), same)
        last[REPEAT_OF], last[EARLIER] = entry.event, entry.decision
        return _uncounted(kernel, last, event, key, REPEAT)
    if not event.live:
        at = find_live(kernel, event, key)
        if at:
            call = live_at(live_of(kernel), at)
            if call.blocked:
                block_call(kernel, event)
            last[LIVE_EVENT] = call.event
            return _uncounted(kernel, last, event, key, DECIDED_LIVE)
    remember_attempt(kernel, event, same)
    if kernel.now_ms - event.time_ms > kernel.late_attempt_ms:
        kernel.late += 1
        return _uncounted(kernel, last, event, key, LATE)
    return _count_attempt(kernel, last, event, key)


@merged
def _count_attempt(kernel: Any, last: Any, event: Any, key: int) -> int:
    time_ms = event.time_ms
    hint = hint_of(kernel, event.number)
    slot = obtain(kernel, key, signed(hint.caller_slot))
    record = record_at(kernel, slot)
    before_ms = record.attempt_ms
    _count_caller(record, kernel, event)
    if time_ms > before_ms:
        record.attempt_ms = time_ms
    if before_ms >= 0 and _other_minute(kernel, before_ms, time_ms):
        slot = promote(kernel, slot, key)
    last[QUIET_MS] = kernel.now_ms - before_ms if before_ms >= 0 else 0
    other = NOWHERE
    if event.callee > 0:
        other = find_hinted(kernel, event.callee, signed(hint.callee_slot))
        if other >= 0:
            touch(kernel, other)
        else:
            if slot == leaves_next(kernel):
                copy(kernel, slot, kernel.scratch)
                slot = kernel.scratch
            other = enter(kernel, event.callee)
        _count_called(record_at(kernel, other), kernel, time_ms)
    last[CALLER_SLOT], last[CALLEE_SLOT] = slot, other
    return COUNTED


@borrowing
def _other_minute(kernel: Any, before_ms: int, time_ms: int) -> bool:
    """Whether two times lie in different minutes."""
    start = kernel.minute_ms if time_ms >= kernel.minute_ms else time_ms // MINUTE_MS * MINUTE_MS
    return bool(before_ms < start or before_ms >= start + MINUTE_MS)


@merged
def _count_caller(record: Any, kernel: Any, event: Any) -> None:
    minutes, hours, days = windows.spans_back(kernel, event.time_ms)
    windows.add_minute(record, minutes, windows.H_ATTEMPTS)
    windows.add_hour(record, hours, windows.H_ATTEMPTS)
    windows.add_day(record, days, ATTEMPTS)
    if _at_night(kernel, event.time_ms):
        windows.add_day(record, days, NIGHT)
    windows.roll_bits(record, kernel)
    if event.callee > 0:
        _dial(record, kernel, event.callee, event.time_ms)
    record.trunks |= np.uint32(trunk_bit(event.trunk_id))
    _arrive(record, event.device)


@borrowing
def _at_night(kernel: Any, time_ms: int) -> bool:
    """Whether the local hour of a time lies in the night; that of the hour before is kept at hand."""
    if time_ms < kernel.night_start_ms or time_ms >= kernel.night_end_ms:
        local = (time_ms // MINUTE_MS + kernel.utc_offset_minutes) // _HOUR_MINUTES
        kernel.night_start_ms = (local * _HOUR_MINUTES - kernel.utc_offset_minutes) * MINUTE_MS
        kernel.night_end_ms = kernel.night_start_ms + _HOUR_MINUTES * MINUTE_MS
        hour, first, end = local % _DAY_HOURS, kernel.night_from, kernel.night_to
        inside = first <= hour < end if first <= end else hour >= first or hour < end
        kernel.at_night = 1 if inside else 0
    return bool(kernel.at_night)


@merged
def _dial(record: Any, kernel: Any, callee: int, time_ms: int) -> None:
    """Whom the number called: distinct callees of the hour, run of consecutive numbers."""
    back = windows.hours_back(kernel, time_ms)
    if back == 0:
        mark(record.bits, callee)
    elif back == 1:
        mark(record.bits_before, callee)
    step = abs(callee - record.last_callee)
    if step:
        follows = step <= kernel.run_gap and record.last_callee > 0
        record.run = np.uint16(min(signed(record.run) + 1, MAX_RUN) if follows else 1)
        record.last_callee = callee


@merged
def _arrive(record: Any, device: int) -> None:
    """From which device the call came."""
    folded = (device ^ (device >> 32)) & DEVICE_MASK
    known = signed(record.device)
    if device and folded and folded != known:
        if known:
            record.device_changes = np.uint16(min(signed(record.device_changes) + 1, MAX_DEVICE_CHANGES))
        record.device = np.uint32(folded)


@merged
def _count_called(record: Any, kernel: Any, time_ms: int) -> None:
    _, hours, days = windows.spans_back(kernel, time_ms)
    windows.add_hour(record, hours, windows.H_CALLED)
    windows.add_day(record, days, CALLED)


@borrowing
def _uncounted(kernel: Any, last: Any, event: Any, key: int, result: int) -> int:
    """Read without counting; a number that is not held reads as one never seen."""
    mine, slot = kernel.scratch, find(kernel, key)
    if slot >= 0:
        _copy_rolled(kernel, slot, mine)
    else:
        clear(kernel, mine)
    attempt_ms = record_at(kernel, mine).attempt_ms
    last[QUIET_MS] = kernel.now_ms - attempt_ms if attempt_ms >= 0 else 0
    other = find(kernel, event.callee) if event.callee > 0 else NOWHERE
    if other >= 0:
        _copy_rolled(kernel, other, mine + 1)
        other = mine + 1
    last[CALLER_SLOT], last[CALLEE_SLOT] = mine, other
    return result


@borrowing
def _copy_rolled(kernel: Any, source: int, target: int) -> None:
    copy(kernel, source, target)
    record = record_at(kernel, target)
    windows.roll(record, kernel)
    windows.roll_bits(record, kernel)


@merged
def settle(state: State, event: Any, decision: int, non_allow: bool, blocked: bool) -> None:
    """Tell the kernel the decision (its number, from 1) of an attempt; `blocked` only where a BLOCK takes effect."""
    kernel = state.head[0]
    settle_attempt(kernel, event, decision)
    if non_allow:
        slot = find(kernel, actor(event))
        if slot >= 0:
            record_at(kernel, slot).verdict_ms = kernel.now_ms
    # The latest verdict of a call id rules: an INVITE sent again with credentials may be let through.
    if blocked:
        block_call(kernel, event)
    else:
        close_call(kernel, event)
    if event.live:
        remember_live(kernel, event, actor(event), blocked)


@merged
def outcome(state: State, event: Any) -> int:
    """Count an ANSWER or END: an `Outcome` as an integer."""
    kernel = state.head[0]
    if event.time_ms > kernel.now_ms:
        windows.advance(kernel, event.time_ms)
    if is_blocked(kernel, event):
        kernel.after_block += 1
        if event.kind == _END:
            close_call(kernel, event)
        return OUTCOME_AFTER_BLOCK
    if kernel.now_ms - event.time_ms > kernel.late_outcome_ms:
        kernel.late += 1
        return OUTCOME_LATE
    if event.kind == _ANSWER:
        _count_answer(kernel, event)
    else:
        _count_end(kernel, event)
    return OUTCOME_COUNTED


@merged
def _count_answer(kernel: Any, event: Any) -> None:
    minutes, hours, days = windows.spans_back(kernel, event.time_ms)
    hint = hint_of(kernel, event.number)
    record = record_at(kernel, obtain(kernel, actor(event), signed(hint.caller_slot)))
    windows.add_minute(record, minutes, windows.H_ANSWERED)
    windows.add_hour(record, hours, windows.H_ANSWERED)
    windows.add_day(record, days, ANSWERED)
    if event.callee > 0:
        slot = obtain(kernel, event.callee, signed(hint.callee_slot))
        called = record_at(kernel, slot)
        windows.add_hour(called, hours, windows.H_PICKED_UP)
        windows.add_day(called, days, PICKED_UP)
        promote(kernel, slot, event.callee)


@merged
def _count_end(kernel: Any, event: Any) -> None:
    minutes, hours, days = windows.spans_back(kernel, event.time_ms)
    hint = hint_of(kernel, event.number)
    record = record_at(kernel, obtain(kernel, actor(event), signed(hint.caller_slot)))
    if event.answered:
        windows.add_seconds(record, hours, days, SECONDS, max(event.seconds, 0))
        if event.seconds < kernel.short_s:
            windows.add_minute(record, minutes, windows.H_SHORT)
            windows.add_hour(record, hours, windows.H_SHORT)
            windows.add_day(record, days, SHORT_CALLS)
    elif event.cause < _CAUSES and _GAVE_UP >> signed(event.cause) & 1 and event.ring_ms < kernel.ring_hangup_ms:
        windows.add_day(record, days, HANGUPS)
