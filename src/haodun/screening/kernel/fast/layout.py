"""How the fast kernel's state lies in memory: one mapping of huge pages, everything in it by arrays.

Theory of operation. A number takes 192 bytes, three cache lines: the first two hold all that a called number needs, the
third what only a caller has. Its key is outside: of the main segment eight keys to a line, one line a set; on probation
in the entry that links it into the order of arrival. Slots [0, P) are probation, then come the sets of main, then two
slots for records that are only read. Links and the index hold place + 1, so that fresh memory, all zero, is an empty
table. Memory is the system's until it is used: a large limit of a table costs nothing.
"""

from __future__ import annotations

import mmap
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.screening.kernel.errors import KernelError
from haodun.screening.kernel.parameters import WAYS, Parameters

RECORD: Final = np.dtype(
    [
        ("last_ms", "<i8"),
        ("attempt_ms", "<i8"),
        ("minute", "<u2", (2, 3)),
        ("hour", "<u2", (2, 5)),
        ("seconds", "<u4", (2,)),
        ("run", "<u2"),
        ("device_changes", "<u2"),
        ("marked", "<u4"),
        ("day", "<u4", (2, 8)),
        ("bits", "<u8", (2,)),
        ("bits_before", "<u8", (2,)),
        ("first_ms", "<i8"),
        ("verdict_ms", "<i8"),
        ("last_callee", "<i8"),
        ("trunks", "<u4"),
        ("device", "<u4"),
    ]
)
"""One number. Of each window first the running span, then the one before. `hour` has no seconds: they have 32 bits and
stand in `seconds`. `marked` is the hour (since the epoch) that `bits` is of, and in its top bit that a counter stopped
at its cap. The windows stand where `last_ms` is; `bits` is moved on only where it is read or marked."""

SATURATED: Final = 1 << 31
"""Bit of `marked`."""
HOUR_MASK: Final = SATURATED - 1

PROBATION: Final = np.dtype([("key", "<i8"), ("older", "<u4"), ("newer", "<u4")])
"""One slot of probation: its key, and its neighbours in the order of arrival. A free slot's `newer` is the next free."""

REPEAT: Final = np.dtype(
    [
        ("high", "<u8"),
        ("low", "<u8"),
        ("event", "<i8"),
        ("time_ms", "<i8"),
        ("seen_ms", "<i8"),
        ("decision", "<i8"),
        ("older", "<u4"),
        ("newer", "<u4"),
        ("chain", "<u4"),
        ("spare", "<u4"),
    ]
)
"""One attempt that may be repeated; `decision` 0 until it is settled."""

LIVE: Final = np.dtype(
    [
        ("high", "<u8"),
        ("low", "<u8"),
        ("event", "<i8"),
        ("start_ms", "<i8"),
        ("caller", "<i8"),
        ("callee", "<i8"),
        ("older", "<u4"),
        ("newer", "<u4"),
        ("chain", "<u4"),
        ("near_older", "<u4"),
        ("near_newer", "<u4"),
        ("blocked", "<u4"),
    ]
)
"""One call that a live edge decided."""

BLOCKED: Final = np.dtype(
    [("high", "<u8"), ("low", "<u8"), ("older", "<u4"), ("newer", "<u4"), ("chain", "<u4"), ("spare", "<u4")]
)
"""One blocked call."""

TABLE: Final = np.dtype(
    [(name, "<i8") for name in ("limit", "mask", "count", "used", "free", "oldest", "newest", "near")]
)
"""Where a table stands; `used` entries were taken at least once, `near` says that live calls are indexed by numbers."""

_SETTINGS: Final = (
    *("short_s", "ring_hangup_ms", "run_gap", "night_from", "night_to", "utc_offset_minutes"),
    *("late_attempt_ms", "late_outcome_ms", "repeat_window_ms", "match_ms", "protect_ms"),
)
_CLOCK: Final = ("now_ms", "minute_ms", "hour_ms", "day_ms", "hour", "night_start_ms", "night_end_ms", "at_night")
_NUMBERS: Final = ("held_main", "held_probation", "used", "free", "oldest", "newest")
COUNTERS: Final = ("late", "repeated", "after_block", "evicted_probation", "evicted_main")

HEAD: Final = np.dtype(
    [
        *((name, "<i8") for name in (*_CLOCK, *_NUMBERS, *COUNTERS, *_SETTINGS)),
        *((name, "<i8") for name in ("probation_size", "set_count", "shift", "extra_shift", "index_mask")),
        *((name, "<i8") for name in ("tag_mask", "slot_mask", "scratch")),
        *(("secret", "<u8"), ("magic", "<u8")),
    ]
)
"""Everything that is one integer: clock, order of probation, counters, parameters, how keys are divided."""

LAST: Final = 9
CALLER_SLOT, CALLEE_SLOT, NOW_MS, QUIET_MS, REPEAT_OF, EARLIER, LIVE_EVENT, KEY, LATE_BY = range(LAST)
"""Places in `State.last`: slots to read (−1: none), the clock, time since the caller's attempt before, event number and
decision of the attempt that is repeated, event number of the live attempt, key of the caller's state, how late."""

MAX_SLOTS = 2**31 - 8
HUGE_PAGE = 2**21
_LINE = 64

Array = npt.NDArray[Any]


class Table(NamedTuple):
    """Entries in order of arrival, found by fingerprint."""

    head: Array
    entries: Array
    buckets: Array


class LiveTable(NamedTuple):
    """The same, and by numbers and start."""

    head: Array
    entries: Array
    buckets: Array
    near_oldest: Array
    near_newest: Array


class State(NamedTuple):
    """All of a kernel. Compiled code changes it in place; two threads never may at once."""

    head: Array
    """HEAD, one."""
    last: Array
    """int64, what `count` found of the last attempt."""
    records: Array
    """RECORD, by slot."""
    words: Array
    """The same memory as int64, 24 a record."""
    keys: Array
    """int64, eight a set; 0 is no key."""
    probation: Array
    """PROBATION, by slot."""
    index: Array
    """uint32: where on probation a key is; tag in the upper bits, slot + 1 in the lower."""
    repeats: Table
    live: LiveTable
    blocked: Table


def bytes_a_number(state: State) -> float:
    """Bytes that one number of the capacity takes, its share of the index with it."""
    held = state.records.nbytes + state.keys.nbytes + state.probation.nbytes + state.index.nbytes
    return held / (len(state.probation) + len(state.keys))


def make_state(parameters: Parameters, *, secret: int = 0) -> State:
    """An empty kernel; KernelError where the capacity is more than its links can name.

    `secret` has 64 bits and comes from the site's key: nobody who does not know it can choose numbers that crowd one
    place of the index. No reading depends on it.
    """
    probation, sets = parameters.probation_size, parameters.set_count
    slots = probation + WAYS * sets + 2
    for name in ("max_repeats", "max_open_calls"):
        if max(slots, getattr(parameters, name)) > MAX_SLOTS:
            raise KernelError(f"capacity or {name} is over {MAX_SLOTS:,}; give less")
    repeats, calls = parameters.max_repeats, parameters.max_open_calls
    memory = _Memory(
        [
            *((HEAD, 1), (np.dtype("<i8"), LAST), (TABLE, 3), (RECORD, slots), (np.dtype("<i8"), WAYS * sets)),
            *((PROBATION, probation), (np.dtype("<u4"), _power(2 * probation))),
            *((REPEAT, repeats + 1), (np.dtype("<u4"), _power(repeats))),
            *((LIVE, calls + 1), *((np.dtype("<u4"), _power(calls)),) * 3),
            *((BLOCKED, calls + 1), (np.dtype("<u4"), _power(calls))),
        ]
    )
    head, last, tables, records, keys, entries, index, *rest = memory.arrays
    state = State(
        *(head, last, records, records.view("<i8"), keys, entries, index),
        Table(tables[0:1], rest[0], rest[1]),
        LiveTable(tables[1:2], rest[2], rest[3], rest[4], rest[5]),
        Table(tables[2:3], rest[6], rest[7]),
    )
    for table, limit in ((state.repeats, repeats), (state.live, calls), (state.blocked, calls)):
        table.head["limit"], table.head["mask"] = limit, len(table.buckets) - 1
    _set_head(head, parameters, secret)
    return state


class _Memory:
    """Arrays behind each other in one anonymous mapping, each at the beginning of a cache line."""

    def __init__(self, wanted: list[tuple[np.dtype[Any], int]]) -> None:
        places, size = [], 0
        for kind, count in wanted:
            places.append(size)
            size += -(-kind.itemsize * count // _LINE) * _LINE
        mapping = mmap.mmap(-1, size)
        if hasattr(mmap, "MADV_HUGEPAGE") and size >= HUGE_PAGE:
            mapping.madvise(mmap.MADV_HUGEPAGE)
        self.arrays: list[Array] = [
            np.frombuffer(mapping, dtype=kind, count=count, offset=place)
            for (kind, count), place in zip(wanted, places, strict=True)
        ]


def _power(least: int) -> int:
    """The smallest power of two that is not less."""
    return 1 << max(least - 1, 1).bit_length()


def _set_head(head: Array, parameters: Parameters, secret: int) -> None:
    probation, sets = parameters.probation_size, parameters.set_count
    slot_mask = (1 << probation.bit_length()) - 1
    # Division by a constant known only now (Granlund, Montgomery 1994, figure 4.1): a product and two shifts.
    width = (sets - 1).bit_length()
    values = {
        "short_s": parameters.short_s,
        "ring_hangup_ms": parameters.ring_hangup_s * 1000,
        "run_gap": parameters.run_gap,
        "night_from": parameters.night_from,
        "night_to": parameters.night_to,
        "utc_offset_minutes": parameters.utc_offset_minutes,
        "late_attempt_ms": parameters.late_attempt_s * 1000,
        "late_outcome_ms": parameters.late_outcome_s * 1000,
        "repeat_window_ms": parameters.repeat_window_s * 1000,
        "match_ms": parameters.record_match_s * 1000,
        "protect_ms": parameters.protect_s * 1000,
        "probation_size": probation,
        "set_count": sets,
        "magic": (2**64 * (2**width - sets)) // sets + 1,
        "shift": min(width, 1),
        "extra_shift": max(width - 1, 0),
        "index_mask": _power(2 * probation) - 1,
        "slot_mask": slot_mask,
        "tag_mask": 0xFFFFFFFF ^ slot_mask,
        "scratch": probation + WAYS * sets,
        "secret": secret,
    }
    for name, value in values.items():
        head[name] = value
