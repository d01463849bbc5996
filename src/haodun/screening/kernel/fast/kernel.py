"""The compiled kernel behind the oracle's verbs: packed events in, readings out. For tests, tools and slow paths."""

from __future__ import annotations

from typing import Any

import numpy as np

from haodun.compiled import borrowing, merged
from haodun.screening.events.event import EventKind
from haodun.screening.events.packed import COUNTED, LATE, Events
from haodun.screening.kernel.fast.ahead import INDEX_AHEAD, RECORDS_AHEAD, prefetch_index, prefetch_records
from haodun.screening.kernel.fast.counting import count, outcome, settle
from haodun.screening.kernel.fast.layout import COUNTERS, EARLIER, LIVE_EVENT, REPEAT_OF, Array, State, make_state
from haodun.screening.kernel.fast.reading import WIDTH, features
from haodun.screening.kernel.oracle import Outcome, Reading
from haodun.screening.kernel.parameters import Parameters

_ATTEMPT = int(EventKind.ATTEMPT)


@borrowing
def count_one(state: State, events: Events, place: int, row: Array) -> int:
    """`count` and `features` of one ATTEMPT of an array."""
    result = count(state, events[place])
    features(state, row, 0)
    return result


@borrowing
def settle_one(state: State, events: Events, place: int, decision: int, non_allow: bool, blocked: bool) -> None:
    """`settle` one ATTEMPT of an array."""
    settle(state, events[place], decision, non_allow, blocked)


@borrowing
def outcome_one(state: State, events: Events, place: int) -> int:
    """`outcome` of one ANSWER or END of an array."""
    return outcome(state, events[place])


@borrowing
def run_events(state: State, events: Events, rows: Array, results: Array) -> None:
    """Take all events in order, each attempt settled as allowed (decision 1).

    The features of an attempt are written into its row of `rows`, or all into the first where there is but one.
    """
    if len(results) < len(events) or (len(rows) != 1 and len(rows) < len(events)):
        raise ValueError("fewer rows or results than events")
    many = len(rows) > 1
    for place in range(-INDEX_AHEAD, len(events)):
        if place + INDEX_AHEAD < len(events):
            prefetch_index(state, events[np.uint64(place + INDEX_AHEAD)])
        if 0 <= place + RECORDS_AHEAD < len(events):
            prefetch_records(state, events[np.uint64(place + RECORDS_AHEAD)])
        if place >= 0:
            results[np.uint64(place)] = _take(state, events[np.uint64(place)], rows[np.uint64(place if many else 0)])


@merged
def _take(state: State, event: Any, row: Array) -> int:
    if event.kind != _ATTEMPT:
        return outcome(state, event)
    result = count(state, event)
    features(state, row, 0)
    settle(state, event, 1, False, False)
    return result


class FastKernel:
    """The state of all numbers, compiled."""

    def __init__(self, parameters: Parameters, *, secret: int = 0) -> None:
        """`secret` as in `make_state`."""
        self.parameters = parameters
        self.state = make_state(parameters, secret=secret)
        self._row = np.zeros(WIDTH, np.int64)

    def attempt(self, events: Events, place: int = 0) -> Reading:
        """Count one ATTEMPT and read the features of its caller and callee."""
        result = count_one(self.state, events, place, self._row)
        last = self.state.last
        return Reading(
            bool(result & COUNTED),
            bool(result & LATE),
            int(last[REPEAT_OF]),
            int(last[LIVE_EVENT]),
            tuple(self._row.tolist()),
        )

    def settle(self, events: Events, place: int = 0, *, decision: int, non_allow: bool, blocked: bool) -> None:
        """Tell the kernel the decision of an ATTEMPT, by its number from 1."""
        settle_one(self.state, events, place, decision, non_allow, blocked)

    def outcome(self, events: Events, place: int = 0) -> Outcome:
        """Count one ANSWER or END."""
        return Outcome(outcome_one(self.state, events, place))

    @property
    def earlier(self) -> int:
        """The decision of the attempt that the last one repeats, 0 for none."""
        return int(self.state.last[EARLIER])

    @property
    def counters(self) -> dict[str, int]:
        """What was counted besides the numbers' own: late, repeated, after_block, evicted, numbers held."""
        head = self.state.head[0]
        found = {name: int(head[name]) for name in COUNTERS}
        return found | {"numbers": int(head["held_main"] + head["held_probation"])}
