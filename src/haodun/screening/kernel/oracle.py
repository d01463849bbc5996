"""The oracle: takes the events of an input log one by one and says what each attempt's features are.

Theory of operation. `now` is the newest event time seen. An attempt is counted first and then read, so a decision sees
itself. An event is counted in the windows of its own time, and read at `now`; in a batch run the log is sorted, so the
two are the same. What is older than its lateness is read but not counted. Answer and end events carry both numbers,
so they are counted whether or not their attempt is still known; those of a blocked call are ignored.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from haodun.screening.events import Action, Cause, Decision, Event, EventKind, actor_key, trunk_id
from haodun.screening.kernel.calls import Attempted, BlockedCalls, LiveCall, LiveCalls, Repeats
from haodun.screening.kernel.distinct import estimate
from haodun.screening.kernel.parameters import Parameters
from haodun.screening.kernel.record import Record, trunk_mask
from haodun.screening.kernel.segments import Segments
from haodun.screening.kernel.state import export_state, fill_state
from haodun.screening.kernel.windows import (
    ANSWERED,
    ATTEMPTS,
    CALLED,
    DAY,
    HANGUPS,
    HOUR,
    HOUR_MS,
    MINUTE,
    MINUTE_MS,
    NIGHT,
    PICKED_UP,
    SECONDS,
    SHORT,
)

GAVE_UP = frozenset({Cause.UNKNOWN, Cause.NORMAL, Cause.NO_ANSWER, Cause.CANCELLED})
"""Causes under which an unanswered call may have been given up by its caller (Q.850 16, 18, 19 and those unknown)."""


class Reading(NamedTuple):
    """What the kernel says of one attempt."""

    counted: bool
    late: bool
    repeat_of: int
    """Event number of the attempt that this one repeats, 0 if none."""
    decided_live: int
    """Event number of the live attempt that this call record belongs to, 0 if none: it gets no verdict."""
    features: tuple[int, ...]
    """In the order of `KERNEL_FEATURES`."""


class Counted(NamedTuple):
    """An attempt that was counted (or was not to be), its features not yet read. Good until the next event."""

    counted: bool
    late: bool
    repeat_of: int
    decided_live: int
    key: int
    """Of the caller's state (`actor_key`)."""
    caller: Record
    callee: Record | None
    now_ms: int
    quiet_ms: int

    def features(self) -> tuple[int, ...]:
        """In the order of `KERNEL_FEATURES`."""
        now_ms = self.now_ms
        return caller_readings(self.caller, now_ms, self.quiet_ms) + callee_readings(self.callee, now_ms)

    def read(self) -> Reading:
        """What the kernel says of the attempt, in values that stay as they are."""
        return Reading(self.counted, self.late, self.repeat_of, self.decided_live, self.features())


class Outcome(IntEnum):
    """What became of an answer or end event."""

    COUNTED = 0
    LATE = 1
    AFTER_BLOCK = 2


@lru_cache(maxsize=65_536)
def _trunk_bit(trunk: str) -> int:
    return trunk_mask(trunk_id(trunk))


class Oracle:
    """The state of all numbers, and the only code that changes it."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.segments = Segments(parameters)
        self.repeats = Repeats(window_ms=parameters.repeat_window_s * 1000, limit=parameters.max_repeats)
        self.live = LiveCalls(match_ms=parameters.record_match_s * 1000, limit=parameters.max_open_calls)
        self.blocked = BlockedCalls(limit=parameters.max_open_calls)
        self.now_ms = 0
        """The newest event time seen."""
        self.late = 0
        self.repeated = 0
        self.after_block = 0
        self._late_attempt_ms = parameters.late_attempt_s * 1000
        self._minute = -1
        self._at_night = False
        """Whether `_minute`, that of the last attempt counted, lies in the night."""

    def attempt(self, event: Event) -> Reading:
        """Count an ATTEMPT event and read the features of its caller and callee."""
        return self.count(event).read()

    def count(self, event: Event) -> Counted:
        """Count an ATTEMPT event; its features can be read until the next event is counted."""
        time_ms = event.time_ms
        now_ms = self.now_ms
        if time_ms > now_ms:
            self.now_ms = now_ms = time_ms
        callee = event.callee.key
        caller = event.caller.key
        if caller <= 0:
            caller = actor_key(event.caller, event.trunk)
        call_id = event.call_id
        key = (call_id, event.transaction)
        earlier = self.repeats.find(key, time_ms=time_ms, now_ms=now_ms)
        if earlier is not None:
            self.repeated += 1
            return self._uncounted(caller, callee, repeat_of=earlier.event)
        if not event.live:
            call = self.live.find(call_id, (caller, callee), time_ms)
            if call is not None:
                if call.blocked:
                    self.blocked.add(call_id)
                return self._uncounted(caller, callee, decided_live=call.event)
        self.repeats.remember(key, Attempted(event.number, time_ms, now_ms, None))
        if now_ms - time_ms > self._late_attempt_ms:
            self.late += 1
            return self._uncounted(caller, callee, late=True)
        return self._count_attempt(event, caller, callee)

    def settle(self, event: Event, decision: Decision, *, blocked: bool) -> None:
        """Tell the kernel the verdict of an attempt; `blocked` is False in observe mode, whatever the decision."""
        self.repeats.settle((event.call_id, event.transaction), decision)
        caller = event.caller.key
        if caller <= 0:
            caller = actor_key(event.caller, event.trunk)
        if decision.action is not Action.ALLOW:
            record = self.segments.find(caller)
            if record is not None:
                record.verdict_ms = self.now_ms
        # The latest verdict of a call id rules: an INVITE sent again with credentials may be let through.
        if blocked:
            self.blocked.add(event.call_id)
        else:
            self.blocked.close(event.call_id)
        if event.live:
            self.live.remember(
                event.call_id, (caller, event.callee.key), LiveCall(event.number, event.time_ms, blocked)
            )

    def earlier(self, event: Event) -> Decision | None:
        """The verdict of the attempt that this event repeats, None if it is not remembered."""
        key = (event.call_id, event.transaction)
        found = self.repeats.find(key, time_ms=event.time_ms, now_ms=self.now_ms)
        return None if found is None else found.decision

    def outcome(self, event: Event) -> Outcome:
        """Count an ANSWER or END event."""
        self.now_ms = max(self.now_ms, event.time_ms)
        if event.call_id in self.blocked:
            self.after_block += 1
            if event.kind is EventKind.END:
                self.blocked.close(event.call_id)
            return Outcome.AFTER_BLOCK
        if self.now_ms - event.time_ms > self.parameters.late_outcome_s * 1000:
            self.late += 1
            return Outcome.LATE
        if event.kind is EventKind.ANSWER:
            self._count_answer(event)
        else:
            self._count_end(event)
        return Outcome.COUNTED

    def export_state(self) -> bytes:
        """The whole state, exact: an oracle restored from it goes on as this one would."""
        return export_state(self)

    @classmethod
    def restore(cls, parameters: Parameters, data: bytes) -> Oracle:
        """The oracle that was exported; KernelError under other parameters, or where the bytes are damaged."""
        oracle = cls(parameters)
        fill_state(oracle, data)
        return oracle

    def _count_attempt(self, event: Event, caller: int, callee: int) -> Counted:
        now, time = self.now_ms, event.time_ms
        minute = time // MINUTE_MS
        segments = self.segments
        record = segments.obtain(caller, now)
        before_ms = record.attempt_ms
        record.count_call(ATTEMPTS, time)
        if minute != self._minute:
            self._minute, self._at_night = minute, self.parameters.is_night(time)
        if self._at_night:
            record.count(NIGHT, time)
        record.dial(callee, run_gap=self.parameters.run_gap, time_ms=time)
        record.arrive(_trunk_bit(event.trunk), event.device)
        if before_ms >= 0 and before_ms // MINUTE_MS != minute:
            segments.promote(record, now)
        if time > before_ms:
            record.attempt_ms = time
        other = None
        if callee > 0:
            other = segments.obtain(callee, now)
            other.count_call(CALLED, time)
        return Counted(True, False, 0, 0, caller, record, other, now, now - before_ms if before_ms >= 0 else 0)

    def _count_answer(self, event: Event) -> None:
        now, time = self.now_ms, event.time_ms
        self.segments.obtain(actor_key(event.caller, event.trunk), now).count(ANSWERED, time)
        if event.callee.key > 0:
            callee = self.segments.obtain(event.callee.key, now)
            callee.count(PICKED_UP, time)
            self.segments.promote(callee, now)

    def _count_end(self, event: Event) -> None:
        time = event.time_ms
        record = self.segments.obtain(actor_key(event.caller, event.trunk), self.now_ms)
        if event.answered:
            record.count(SECONDS, time, max(event.seconds, 0))
            if event.seconds < self.parameters.short_s:
                record.count(SHORT, time)
        elif event.cause in GAVE_UP and event.ring_ms < self.parameters.ring_hangup_s * 1000:
            record.count(HANGUPS, time)

    def _uncounted(
        self, caller: int, callee: int, *, late: bool = False, repeat_of: int = 0, decided_live: int = 0
    ) -> Counted:
        """Read without counting; a number that is not held reads as one never seen."""
        now = self.now_ms
        record = self.segments.find(caller) or Record(caller, now)
        other = self.segments.find(callee) if callee > 0 else None
        record.roll(now)
        if other is not None:
            other.roll(now)
        quiet_ms = now - record.attempt_ms if record.attempt_ms >= 0 else 0
        return Counted(False, late, repeat_of, decided_live, caller, record, other, now, quiet_ms)


def caller_readings(record: Record, now_ms: int, quiet_ms: int) -> tuple[int, ...]:
    """The caller's features, in the order of `KERNEL_FEATURES`; the record must be rolled to `now_ms`."""
    attempts_1m, answered_1m, short_1m = MINUTE.read(record.cells, now_ms)
    attempts_1h, answered_1h, short_1h, seconds_1h, called_1h, picked_up_1h = HOUR.read(record.cells, now_ms)
    attempts, answered, short, seconds, called, picked_up, hangups, night = DAY.read(record.cells, now_ms)
    remaining = HOUR_MS - now_ms % HOUR_MS
    distinct = estimate(record.bits) + estimate(record.bits_before) * remaining // HOUR_MS
    return (
        *(attempts_1m, attempts_1h, attempts),
        *(answered_1m, answered_1h, answered),
        *(short_1m, short_1h, short),
        *(seconds_1h, seconds),
        *(called_1h, called, picked_up_1h, picked_up),
        distinct,
        record.run,
        thousandths(hangups, attempts),
        thousandths(night, attempts),
        record.trunks.bit_count(),
        record.device_changes,
        max(now_ms - record.first_ms, 0) // 1000,
        max(quiet_ms, 0) // 1000,
    )


def callee_readings(record: Record | None, now_ms: int) -> tuple[int, int, int, int]:
    """The called number's features, all 0 where it is no number."""
    if record is None:
        return (0, 0, 0, 0)
    cells = record.cells
    return (
        HOUR.read_one(cells, CALLED, now_ms),
        DAY.read_one(cells, CALLED, now_ms),
        HOUR.read_one(cells, PICKED_UP, now_ms),
        DAY.read_one(cells, PICKED_UP, now_ms),
    )


def thousandths(part: int, whole: int) -> int:
    """A share in thousandths, at most 1000, and 0 of nothing."""
    return 0 if whole <= 0 else min(part * 1000 // whole, 1000)
