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
"""One slot of probation: its key, and its neighbours in the order of arrival. A free slot's `newer` is
the next free."""

_LINK: Final = [("high", "<u8"), ("low", "<u8"), ("older", "<u4"), ("newer", "<u4"), ("chain", "<u4")]
LINK: Final = np.dtype(_LINK)
"""How an entry of any table begins: its fingerprint, its neighbours in order, the next of its bucket."""

REPEAT: Final = np.dtype(
    [*_LINK, ("spare", "<u4"), ("event", "<i8"), ("time_ms", "<i8"), ("seen_ms", "<i8"), ("decision", "<i8")]
)
"""One attempt that may be repeated; `decision` 0 until it is settled."""

LIVE: Final = np.dtype(
    [
        *(*_LINK, ("near_older", "<u4"), ("near_newer", "<u4"), ("blocked", "<u4")),
        *(("event", "<i8"), ("start_ms", "<i8"), ("caller", "<i8"), ("callee", "<i8"), ("unused", "<i8", (7,))),
    ]
)
"""One call that a live edge decided."""

BLOCKED: Final = np.dtype([*_LINK, ("spare", "<u4")])
"""One blocked call."""

KEYS: Final = np.dtype([("key", "<i8", (WAYS,))])
"""The keys of one set of main; 0 is no key."""
KEY_WORD: Final = np.dtype([("key", "<i8")])
"""One of them."""
WORDS: Final = np.dtype([("word", "<i8", (24,))])
"""A record, to be copied or emptied."""
PLACE: Final = np.dtype([("at", "<u4")])
"""A place in a table, 0 for none."""

HINT: Final = np.dtype(
    [
        *(("caller", "<i8"), ("callee", "<i8"), ("caller_set", "<i4"), ("callee_set", "<i4")),
        *(("caller_slot", "<i4"), ("callee_slot", "<i4")),
    ]
)
"""What a loop that asks memory ahead has found out for an event to come: its keys, their sets and slots. It is never
believed: whoever uses a slot looks whether the key is there."""
HINTS: Final = 64
"""By the lower bits of the event's number: more than are asked ahead."""

TABLE: Final = np.dtype(
    [
        *((name, "<i8") for name in ("limit", "mask", "shift", "count", "used", "free", "oldest", "newest")),
        *((name, "<i8") for name in ("entries", "buckets", "near_oldest", "near_newest", "near")),
    ]
)
"""Where a table stands; `used` entries were taken at least once. From `entries` on addresses. `near` says that live
calls are indexed by numbers as well. An entry has 1 << `shift` bytes."""

_SETTINGS: Final = (
    *("short_s", "ring_hangup_ms", "run_gap", "night_from", "night_to", "utc_offset_minutes"),
    *("late_attempt_ms", "late_outcome_ms", "repeat_window_ms", "match_ms", "protect_ms"),
)
CLOCK: Final = ("now_ms", "minute_ms", "hour_ms", "day_ms", "hour")
_NUMBERS: Final = ("held_main", "held_probation", "used", "free", "oldest", "newest")
COUNTERS: Final = ("late", "repeated", "after_block", "evicted_probation", "evicted_main")
_ADDRESSES: Final = ("records", "keys", "probation", "places", "last", "hints", "repeats", "live", "blocked")

HEAD: Final = np.dtype(
    [
        *((name, "<i8") for name in (*CLOCK, "night_start_ms", "night_end_ms", "at_night")),
        *((name, "<i8") for name in (*_NUMBERS, *COUNTERS, *_SETTINGS, *_ADDRESSES)),
        *((name, "<i8") for name in ("probation_size", "set_count", "shift", "extra_shift", "index_mask")),
        *((name, "<i8") for name in ("tag_mask", "slot_mask", "scratch")),
        *(("secret", "<u8"), ("magic", "<u8")),
    ]
)
"""Everything that is one integer: clock, order of probation, counters, parameters, addresses, how keys are divided."""

LAST: Final = np.dtype("<i8")
LAST_COUNT: Final = 8
CALLER_SLOT, CALLEE_SLOT, NOW_MS, QUIET_MS, REPEAT_OF, EARLIER, LIVE_EVENT, KEY = range(LAST_COUNT)
"""Places in `State.last`: slots to read (−1: none), the clock, time since the caller's attempt before, event number and
decision of the attempt that is repeated, event number of the live attempt, key of the caller's state."""

MAX_SLOTS = 2**31 - 8
HUGE_PAGE = 2**21
_LINE = 64

Array = npt.NDArray[Any]


class State(NamedTuple):
    """All of a kernel, as compiled code takes it; it changes in place, and two threads never may change it at once.

    Compiled code goes on with `state.head[0]`, one bare pointer: a record of HEAD that holds the addresses of the rest.
    """

    head: Array
    """HEAD, one. It keeps the memory."""
    last: Array
    """int64, what `count` found of the last attempt."""


class Views(NamedTuple):
    """The arrays that the addresses of a state stand for."""

    records: Array
    """RECORD, by slot."""
    keys: Array
    """KEYS, by set."""
    probation: Array
    """PROBATION, by slot."""
    places: Array
    """PLACE: where on probation a key is; tag in the upper bits, slot + 1 in the lower."""
    repeats: Array
    """TABLE, one; so are the next two."""
    live: Array
    blocked: Array
    repeat_entries: Array
    live_entries: Array
    blocked_entries: Array
    """By place; none has place 0."""


def views(state: State) -> Views:
    """The state's memory as arrays."""
    head = state.head[0]
    slots, sets, probation = int(head["scratch"]) + 2, int(head["set_count"]), int(head["probation_size"])
    tables = [_view(state, int(head[name]), TABLE, 1) for name in ("repeats", "live", "blocked")]
    entries = [
        _view(state, int(table["entries"][0]), kind, int(table["limit"][0]) + 1)
        for table, kind in zip(tables, (REPEAT, LIVE, BLOCKED), strict=True)
    ]
    return Views(
        _view(state, int(head["records"]), RECORD, slots),
        _view(state, int(head["keys"]), KEYS, sets),
        _view(state, int(head["probation"]), PROBATION, probation),
        _view(state, int(head["places"]), PLACE, int(head["index_mask"]) + 1),
        *tables,
        *entries,
    )


def _view(state: State, address: int, kind: np.dtype[Any], count: int) -> Array:
    mapping: Any = state.head.base
    return np.frombuffer(mapping, dtype=kind, count=count, offset=address - state.head.ctypes.data)


def bytes_a_number(state: State) -> float:
    """Bytes that one number of the capacity takes, its share of keys, links and index with it."""
    found = views(state)
    held = found.records.nbytes + found.keys.nbytes + found.probation.nbytes + found.places.nbytes
    return held / int(state.head["scratch"][0])


def make_state(parameters: Parameters, *, secret: int = 0) -> State:
    """An empty kernel; KernelError where the capacity is more than its links can name.

    `secret` has 64 bits and comes from the site's key: nobody who does not know it can choose numbers that crowd one
    place of the index. No reading depends on it.
    """
    slots = parameters.probation_size + WAYS * parameters.set_count + 2
    if max(slots, parameters.max_repeats, parameters.max_open_calls) > MAX_SLOTS:
        raise KernelError(f"capacity, max_repeats or max_open_calls is over {MAX_SLOTS:,}; give less")
    wanted = _wanted(parameters, slots)
    places, size = [], 0
    for kind, count in wanted:
        places.append(size)
        size += -(-kind.itemsize * count // _LINE) * _LINE
    # Private: shared memory, the default, gets no huge pages.
    mapping = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE") and size >= HUGE_PAGE:
        mapping.madvise(mmap.MADV_HUGEPAGE)
    head = np.frombuffer(mapping, dtype=HEAD, count=1)
    state = State(head, np.frombuffer(mapping, dtype=LAST, count=LAST_COUNT, offset=places[1]))
    addresses = [head.ctypes.data + place for place in places]
    for name, address in zip(("last", "hints", "repeats", "live", "blocked", *_BIG), addresses[1:], strict=False):
        head[name] = address
    _set_tables(state, parameters, addresses[1 + 5 + len(_BIG) :])
    _set_head(head, parameters, secret)
    return state


_BIG: Final = ("records", "keys", "probation", "places")


def _wanted(parameters: Parameters, slots: int) -> list[tuple[np.dtype[Any], int]]:
    """What lies in the mapping, in order."""
    probation, repeats, calls = parameters.probation_size, parameters.max_repeats, parameters.max_open_calls
    return [
        *((HEAD, 1), (LAST, LAST_COUNT), (HINT, HINTS), *((TABLE, 1),) * 3),
        *((RECORD, slots), (KEYS, parameters.set_count), (PROBATION, probation), (PLACE, _power(2 * probation))),
        *((REPEAT, repeats + 1), (PLACE, _power(repeats))),
        *((LIVE, calls + 1), *((PLACE, _power(calls)),) * 3),
        *((BLOCKED, calls + 1), (PLACE, _power(calls))),
    ]


def _set_tables(state: State, parameters: Parameters, addresses: list[int]) -> None:
    repeats, calls = parameters.max_repeats, parameters.max_open_calls
    names = ("entries", "buckets", "near_oldest", "near_newest")
    for which, limit, kind, count in (
        *(("repeats", repeats, REPEAT, 2), ("live", calls, LIVE, 4)),
        *(("blocked", calls, BLOCKED, 2),),
    ):
        table = _view(state, int(state.head[which][0]), TABLE, 1)
        table["limit"], table["mask"], table["shift"] = limit, _power(limit) - 1, kind.itemsize.bit_length() - 1
        for name, address in zip(names[:count], addresses[:count], strict=True):
            table[name] = address
        addresses = addresses[count:]


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
