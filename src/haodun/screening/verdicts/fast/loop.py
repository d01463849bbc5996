"""The loop that judges events: counted, read, decided and settled one after the other in compiled code.

Theory of operation. It does what `Screener.take` does, in the same order. Memory that an event will touch is asked for
some events ahead. It stops, before it touches an event, where there is no room left for one more decision or decision
row: Python makes room and calls again from there.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import KeptKind, borrowing, merged
from haodun.screening.events import Action, EventKind
from haodun.screening.events.packed import COUNTED, DECIDED_LIVE, ENFORCED, HAS_VERDICT, LATE, Events, Judged
from haodun.screening.events.packing import LineTable
from haodun.screening.kernel.fast import (
    EARLIER,
    INDEX_AHEAD,
    KEY,
    RECORDS_AHEAD,
    REPEAT,
    REPEAT_OF,
    State,
    count,
    features,
    outcome,
    prefetch_index,
    prefetch_records,
    settle,
)
from haodun.screening.kernel.fast.calls import look_up
from haodun.screening.kernel.fast.layout import HEAD, LAST, LAST_COUNT
from haodun.screening.kernel.fast.memory import repeats_of
from haodun.screening.policy.fast.decisions import NONE, Numbers, numbers_of
from haodun.screening.policy.fast.lists import ListTables
from haodun.screening.policy.fast.stages import rule_table, words_for
from haodun.screening.policy.fast.tables import PolicyTables, decide
from haodun.screening.verdicts.fast.row import WINDOWS, write_call, write_line, write_numbers, write_slots

Integers = npt.NDArray[Any]

ENFORCE: Final = 0
"""Whether a BLOCK takes effect."""
UTC_OFFSET: Final = 1
"""Minutes."""
READS_LINE: Final = 2
READS_WINDOWS: Final = 3
SLOT_COUNT: Final = 4
ROW_LENGTH: Final = 5
GIVEN: Final = 6
"""The number of the decision on events that are given one."""
ROWS: Final = 7
"""Decision rows written so far."""
OPTIONS: Final = 8

_ATTEMPT: Final = int(EventKind.ATTEMPT)
_ALLOW: Final = int(Action.ALLOW)
_BLOCK: Final = int(Action.BLOCK)


class Deciding(NamedTuple):
    """Everything that decides, besides the kernel."""

    policy: PolicyTables
    numbers: Numbers
    lists: ListTables
    lines: LineTable
    options: Integers
    """int64, by the places above."""


class Work(NamedTuple):
    """Some events and what becomes of them."""

    events: Events
    bits: Integers
    """Of each event the list slots found before, int64."""
    judged: Judged
    rows: Integers
    """Room for the rows of decisions that are not ALLOW."""


class Court(NamedTuple):
    """All that judging needs besides the events: laid down once, taken by its address."""

    state: State
    deciding: Deciding


def _sample() -> Court:
    """One without content."""
    integers, octets = np.zeros(0, np.int64), np.zeros(0, np.uint8)
    policy = PolicyTables(integers, integers, np.zeros((0, 0), np.int64), rule_table((), salt=""), integers)
    lines = LineTable(octets, octets, integers, integers, integers)
    lists = ListTables(*(integers for _ in ListTables._fields))
    deciding = Deciding(policy, numbers_of(1, words_for(0)), lists, lines, integers)
    return Court(State(np.zeros(1, HEAD), np.zeros(LAST_COUNT, LAST)), deciding)


COURT = KeptKind(_sample())
_court_at = COURT.at


@borrowing
def judge(court: int, events: Events, bits: Integers, judged: Judged, rows: Integers, start: int) -> int:
    """Judge the events from `start` on; the first that was not judged for want of room, or their number.

    `court` is the address of a Court that is kept; the rest is as in `Work`.
    """
    state, deciding = _court_at(court)
    work = Work(events, bits, judged, rows)
    options, numbers = deciding.options, deciding.numbers
    end = len(events)
    for place in range(start - INDEX_AHEAD, end):
        _ask_ahead(state, events, start, place)
        if place < start:
            continue
        if options[ROWS] == len(work.rows) or numbers.next[0] == len(numbers.found):
            return place
        _take(state, deciding, work, place)
    return end


@merged
def _ask_ahead(state: State, events: Events, start: int, place: int) -> None:
    """Ask for the memory of the events that come some places behind `place`."""
    if place + INDEX_AHEAD < len(events):
        prefetch_index(state, events[np.uint64(place + INDEX_AHEAD)])
    if start <= place + RECORDS_AHEAD < len(events):
        prefetch_records(state, events[np.uint64(place + RECORDS_AHEAD)])


@merged
def _take(state: State, deciding: Deciding, work: Work, place: int) -> None:
    """`Screener.take`."""
    event, judged, options = work.events[np.uint64(place)], work.judged[np.uint64(place)], deciding.options
    judged.number, judged.repeat_of, judged.row, judged.decision = event.number, 0, -1, NONE
    judged.action = judged.layer = judged.flags = judged.state = judged.outcome = 0
    if event.kind != _ATTEMPT:
        judged.outcome = outcome(state, event)
        return
    result = count(state, event)
    if result & DECIDED_LIVE:
        judged.state = DECIDED_LIVE
        return
    number = options[GIVEN] if event.given else state.last[EARLIER]
    decides = number == NONE
    if decides:
        whole = options[READS_LINE] & options[READS_WINDOWS]
        _build(state, deciding, event, work.bits[place], result & LATE, options[READS_LINE], options[READS_WINDOWS])
        number = decide(deciding.policy, deciding.numbers)
    action = deciding.numbers.verdicts[number, 0]
    if action != _ALLOW:
        if not decides or not whole:
            _build(state, deciding, event, work.bits[place], result & LATE, 1, 1)
        judged.row = _keep_row(deciding.policy.row, work.rows, options)
    enforced = options[ENFORCE]
    if not result & REPEAT:
        settle(state, event, number, action != _ALLOW, enforced != 0 and action == _BLOCK)
    judged.repeat_of, judged.decision = state.last[REPEAT_OF], number
    judged.action = action
    judged.layer, judged.flags = deciding.numbers.verdicts[number, 1], deciding.numbers.verdicts[number, 2]
    judged.state = HAS_VERDICT | result & (COUNTED | LATE) | (ENFORCED if enforced else 0)


@merged
def _build(
    state: State, deciding: Deciding, event: Any, bits: int, late: int, reads_line: int, reads_windows: int
) -> None:
    """The decision row of the attempt just counted, into the policy's room."""
    row, options = deciding.policy.row, deciding.options
    write_call(row, event, 1 if late else 0, options[UTC_OFFSET])
    write_numbers(row, event, state.last[KEY])
    write_line(row, event, deciding.lines, reads_line != 0)
    if reads_windows:
        features(state, row, WINDOWS)
    if options[SLOT_COUNT]:
        write_slots(row, options[SLOT_COUNT], deciding.lists, bits)


@borrowing
def _keep_row(row: Integers, rows: Integers, options: Integers) -> int:
    """Copy the row to the end of the rows kept; its place there."""
    at = options[ROWS]
    options[ROWS] = at + 1
    for place in range(options[ROW_LENGTH]):
        rows[at, place] = row[place]
    return int(at)


@borrowing
def replay(state: State, numbers: Integers, events: Events, judged: Judged) -> None:
    """Count events again as they were judged before; `numbers` has the number of each of their decisions.

    Attempts that were answered without evaluation were not counted then and are not now.
    """
    end = len(events)
    for place in range(-INDEX_AHEAD, end):
        if place + INDEX_AHEAD < end:
            prefetch_index(state, events[np.uint64(place + INDEX_AHEAD)])
        if 0 <= place + RECORDS_AHEAD < end:
            prefetch_records(state, events[np.uint64(place + RECORDS_AHEAD)])
        if place < 0:
            continue
        event, verdict = events[np.uint64(place)], judged[np.uint64(place)]
        if event.kind != _ATTEMPT:
            outcome(state, event)
        elif verdict.state & (HAS_VERDICT | DECIDED_LIVE):
            result = count(state, event)
            if not result & (DECIDED_LIVE | REPEAT):
                blocked = verdict.state & ENFORCED != 0 and verdict.action == _BLOCK
                settle(state, event, numbers[verdict.decision], verdict.action != _ALLOW, blocked)


@borrowing
def remembered(state: State, high: np.uint64, low: np.uint64) -> int:
    """The place of an attempt among those that may be repeated, by its fingerprint; 0 if it is not there."""
    return look_up(repeats_of(state.head[0]), high, low)
