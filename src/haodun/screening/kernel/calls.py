"""What is remembered of single calls: repeats, blocked calls, calls decided live; all bounded, oldest out first.

The tables are OrderedDicts: taking the oldest out of a plain dict walks over every place already emptied.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from haodun.screening.events import Decision

MAX_SAME_PAIR = 16
"""Live calls of the same two numbers within one `match_ms` that a record is compared with; more only by call id."""
Pair = tuple[int, int]
"""Keys of caller and callee."""


class Attempted(NamedTuple):
    """An attempt that a repeat may refer to."""

    event: int
    time_ms: int
    seen_ms: int
    """The clock when it came; never falls from one attempt to the next, so forgetting by it is exact."""
    decision: Decision | None
    """None between the count and the verdict."""


class Repeats:
    """Attempts by (call id, transaction) that came while the clock stood at most `window_ms` further back."""

    def __init__(self, *, window_ms: int, limit: int) -> None:
        self._window_ms = window_ms
        self._limit = limit
        self.entries: OrderedDict[tuple[str, str], Attempted] = OrderedDict()
        self._oldest_ms = -1
        """No entry is older than this: while it lies within the window, none has to be looked at."""

    def find(self, key: tuple[str, str], *, time_ms: int, now_ms: int) -> Attempted | None:
        """The attempt that this one repeats: neither their times nor the clock at their coming lie further apart."""
        found = self.entries.get(key)
        window = self._window_ms
        if found is None or abs(time_ms - found.time_ms) > window or now_ms - found.seen_ms > window:
            return None
        return found

    def remember(self, key: tuple[str, str], attempted: Attempted) -> None:
        """Note a new attempt; forget those that no repeat can reach any more."""
        entries = self.entries
        if key in entries:
            entries.move_to_end(key)
        entries[key] = attempted
        horizon = attempted.seen_ms - self._window_ms
        if self._oldest_ms >= horizon and len(entries) <= self._limit:
            return
        while True:
            oldest = next(iter(entries))
            self._oldest_ms = entries[oldest].seen_ms
            if oldest == key or (len(entries) <= self._limit and self._oldest_ms >= horizon):
                return
            del entries[oldest]

    def settle(self, key: tuple[str, str], decision: Decision) -> None:
        """Note the verdict of an attempt that is remembered."""
        found = self.entries.get(key)
        if found is not None:
            self.entries[key] = Attempted(found.event, found.time_ms, found.seen_ms, decision)


class LiveCall(NamedTuple):
    """A call that a live edge decided; its record comes later."""

    event: int
    start_ms: int
    blocked: bool


class LiveCalls:
    """Calls decided live, by call id and by (caller, callee, start).

    The index by numbers is made when a record first asks for it, and kept from then on: an edge that only decides calls
    never asks, and neither pays for it nor holds it.
    """

    def __init__(self, *, match_ms: int, limit: int) -> None:
        self._match_ms = match_ms
        self._limit = limit
        self._step_ms = max(match_ms, 1)
        self._by_id: OrderedDict[str, tuple[LiveCall, Pair]] = OrderedDict()
        self._near: dict[tuple[int, int, int], OrderedDict[str, None]] | None = None
        """Call ids by caller, callee and number of the step that the start lies in, oldest first."""

    def remember(self, call_id: str, pair: Pair, call: LiveCall) -> None:
        """Note a call, or its latest attempt; the oldest is forgotten when the table is full."""
        if call_id in self._by_id:
            self._forget(call_id)
        elif len(self._by_id) >= self._limit:
            self._forget(next(iter(self._by_id)))
        self._by_id[call_id] = (call, pair)
        if self._near is not None:
            self._index(self._near, call_id, pair, call)

    def find(self, call_id: str, pair: Pair, start_ms: int) -> LiveCall | None:
        """The live call of a record: by call id, else the nearest in time of the same two numbers."""
        if not self._by_id:
            return None
        same = self._by_id.get(call_id)
        if same is not None:
            return same[0]
        places = self._places()
        step = start_ms // self._step_ms
        calls = [
            self._by_id[other][0]
            for neighbour in (step - 1, step, step + 1)
            for other in islice(places.get((*pair, neighbour), ()), MAX_SAME_PAIR)
        ]
        near = [call for call in calls if abs(call.start_ms - start_ms) <= self._match_ms]
        return min(near, key=lambda call: (abs(call.start_ms - start_ms), call.event), default=None)

    def items(self) -> Iterator[tuple[str, Pair, LiveCall]]:
        """All calls, oldest first, for a stored state."""
        for call_id, (call, pair) in self._by_id.items():
            yield call_id, pair, call

    def _places(self) -> dict[tuple[int, int, int], OrderedDict[str, None]]:
        """The index; made in the order of the calls, so that it is the one that would have grown with them."""
        if self._near is None:
            self._near = {}
            for call_id, pair, call in self.items():
                self._index(self._near, call_id, pair, call)
        return self._near

    def _index(
        self, near: dict[tuple[int, int, int], OrderedDict[str, None]], call_id: str, pair: Pair, call: LiveCall
    ) -> None:
        near.setdefault((*pair, call.start_ms // self._step_ms), OrderedDict())[call_id] = None

    def _forget(self, call_id: str) -> None:
        call, pair = self._by_id.pop(call_id)
        if self._near is None:
            return
        place = (*pair, call.start_ms // self._step_ms)
        others = self._near[place]
        del others[call_id]
        if not others:
            del self._near[place]


class BlockedCalls:
    """Call ids whose answer and end are not to be counted."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self.ids: OrderedDict[str, None] = OrderedDict()

    def add(self, call_id: str) -> None:
        """Note a blocked call; the oldest is forgotten when the table is full."""
        if call_id not in self.ids and len(self.ids) >= self._limit:
            self.ids.popitem(last=False)
        self.ids[call_id] = None

    def __contains__(self, call_id: str) -> bool:
        return call_id in self.ids

    def close(self, call_id: str) -> None:
        """The call has ended, or was let through after all."""
        self.ids.pop(call_id, None)
