"""What is remembered of single calls: repeats, blocked calls, calls decided live; all bounded, oldest out first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from haodun.screening.events import Decision


class Attempted(NamedTuple):
    """An attempt that a repeat may refer to."""

    event: int
    time_ms: int
    decision: Decision | None
    """None between the count and the verdict."""


class Repeats:
    """Attempts of the last `window_ms` by (call id, transaction)."""

    def __init__(self, *, window_ms: int, limit: int) -> None:
        self._window_ms = window_ms
        self._limit = limit
        self.entries: dict[tuple[str, str], Attempted] = {}

    def find(self, key: tuple[str, str], time_ms: int) -> Attempted | None:
        """The attempt that this one repeats."""
        found = self.entries.get(key)
        if found is None or abs(time_ms - found.time_ms) > self._window_ms:
            return None
        return found

    def remember(self, key: tuple[str, str], attempted: Attempted, now_ms: int) -> None:
        """Note a new attempt; forget those that no repeat can reach any more."""
        entries = self.entries
        entries.pop(key, None)
        entries[key] = attempted
        horizon = now_ms - self._window_ms
        while True:
            oldest = next(iter(entries))
            if len(entries) <= self._limit and entries[oldest].time_ms >= horizon:
                return
            if oldest == key:
                return
            del entries[oldest]

    def settle(self, key: tuple[str, str], decision: Decision) -> None:
        """Note the verdict of an attempt that is remembered."""
        found = self.entries.get(key)
        if found is not None:
            self.entries[key] = found._replace(decision=decision)


class LiveCall(NamedTuple):
    """A call that a live edge decided; its record comes later."""

    event: int
    start_ms: int
    blocked: bool


class LiveCalls:
    """Calls decided live, by call id and by (caller, callee)."""

    def __init__(self, *, match_ms: int, limit: int) -> None:
        self._match_ms = match_ms
        self._limit = limit
        self.by_id: dict[str, LiveCall] = {}
        self.by_pair: dict[tuple[int, int], list[str]] = {}
        self._pairs: dict[str, tuple[int, int]] = {}

    def remember(self, call_id: str, pair: tuple[int, int], call: LiveCall) -> None:
        """Note a call; the oldest is forgotten when the table is full."""
        if call_id in self.by_id:
            return
        if len(self.by_id) >= self._limit:
            self._forget(next(iter(self.by_id)))
        self.by_id[call_id] = call
        self._pairs[call_id] = pair
        self.by_pair.setdefault(pair, []).append(call_id)

    def find(self, call_id: str, pair: tuple[int, int], start_ms: int) -> LiveCall | None:
        """The live call of a record: by call id, else the nearest in time of the same two numbers."""
        same = self.by_id.get(call_id)
        if same is not None:
            return same
        calls = [self.by_id[other] for other in self.by_pair.get(pair, ())]
        near = [call for call in calls if abs(call.start_ms - start_ms) <= self._match_ms]
        return min(near, key=lambda call: (abs(call.start_ms - start_ms), call.event), default=None)

    def items(self) -> Iterator[tuple[str, tuple[int, int], LiveCall]]:
        """All calls, oldest first, for a stored state."""
        for call_id, call in self.by_id.items():
            yield call_id, self._pairs[call_id], call

    def _forget(self, call_id: str) -> None:
        pair = self._pairs.pop(call_id)
        del self.by_id[call_id]
        others = self.by_pair[pair]
        others.remove(call_id)
        if not others:
            del self.by_pair[pair]


class BlockedCalls:
    """Call ids whose answer and end are not to be counted."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self.ids: dict[str, None] = {}

    def add(self, call_id: str) -> None:
        """Note a blocked call; the oldest is forgotten when the table is full."""
        if call_id not in self.ids and len(self.ids) >= self._limit:
            del self.ids[next(iter(self.ids))]
        self.ids[call_id] = None

    def __contains__(self, call_id: str) -> bool:
        return call_id in self.ids

    def close(self, call_id: str) -> None:
        """The call has ended."""
        self.ids.pop(call_id, None)
