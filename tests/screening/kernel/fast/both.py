"""The oracle and the compiled kernel side by side, compared after every event and in all that they hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from tests.screening.kernel.fast.adversary import Step

from haodun.numbering import load_plan
from haodun.screening.events import Action, Decision, EventKind, Flag, Layer, Trunks
from haodun.screening.events.fingerprint import attempt_fingerprint, fingerprint
from haodun.screening.events.packing import Packer
from haodun.screening.kernel import Oracle, Parameters
from haodun.screening.kernel.fast import FastKernel
from haodun.screening.kernel.fast.layout import HOUR_MASK, SATURATED, views
from haodun.screening.kernel.record import Record
from haodun.screening.kernel.windows import HOUR_MS, MINUTE_MS

DECISIONS = tuple(
    Decision(action, Layer.LISTS, Flag.NONE, (), (), score)
    for score, action in enumerate(
        (Action.ALLOW, Action.ALLOW, Action.TIP, Action.CHALLENGE, Action.BLOCK, Action.BLOCK)
    )
)
"""By the number that the compiled kernel is told; 0 is no decision."""
PACK = 4_096
"""Events packed at once."""


class Both:
    """Feeds both kernels."""

    def __init__(self, parameters: Parameters, *, secret: int = 0) -> None:
        self.oracle = Oracle(parameters)
        self.fast = FastKernel(parameters, secret=secret)
        self.packer = Packer(load_plan("CN"), Trunks({}), bytes(range(16)))
        self.taken = 0

    def take(self, steps: Iterable[Step], *, every: int = 0) -> None:
        """Take events; look at all that is held after each `every` of them."""
        chosen = list(steps)
        for start in range(0, len(chosen), PACK):
            part = chosen[start : start + PACK]
            events = self.packer.pack([step.event for step in part])
            for place, step in enumerate(part):
                self._one(step, events, place)
                self.taken += 1
                if every and self.taken % every == 0:
                    self.compare_held()

    def _one(self, step: Step, events: Any, place: int) -> None:
        oracle, fast, event = self.oracle, self.fast, step.event
        if event.kind is not EventKind.ATTEMPT:
            assert oracle.outcome(event) == fast.outcome(events, place), event
            return
        expected = oracle.attempt(event)
        found = fast.attempt(events, place)
        assert found == expected, event
        if expected.repeat_of:
            earlier = oracle.earlier(event)
            assert (0 if earlier is None else earlier.score) == fast.earlier, event
        if expected.decided_live or (expected.repeat_of and step.decision == 1):
            return
        decision = DECISIONS[step.decision]
        oracle.settle(event, decision, blocked=step.blocked)
        non_allow = decision.action is not Action.ALLOW
        fast.settle(events, place, decision=step.decision, non_allow=non_allow, blocked=step.blocked)

    def compare_held(self) -> None:
        """Numbers with every field, order of probation, tables with their order, counters."""
        oracle, fast = self.oracle, self.fast
        assert fast.counters == {
            "late": oracle.late,
            "repeated": oracle.repeated,
            "after_block": oracle.after_block,
            "evicted_probation": oracle.segments.evicted_probation,
            "evicted_main": oracle.segments.evicted_main,
            "numbers": len(oracle.segments),
        }
        found, order = held_numbers(fast)
        assert order == list(oracle.segments.probation)
        expected = {**oracle.segments.probation, **oracle.segments.main}
        assert found.keys() == expected.keys()
        for key, record in expected.items():
            assert found[key] == plain(record, oracle.now_ms), key
        self._compare_calls()

    def _compare_calls(self) -> None:
        oracle = self.oracle
        repeats, live, blocked = held_calls(self.fast)
        assert repeats == [
            (
                self._print(*key),
                entry.event,
                entry.time_ms,
                entry.seen_ms,
                entry.decision.score if entry.decision else 0,
            )
            for key, entry in oracle.repeats.entries.items()
        ]
        assert live == [
            (self._print(call_id), call.event, call.start_ms, *pair, int(call.blocked))
            for call_id, pair, call in oracle.live.items()
        ]
        assert blocked == [(self._print(call_id),) for call_id in oracle.blocked.ids]

    def _print(self, call_id: str, transaction: str = "") -> tuple[int, int]:
        return _attempt_print(self.packer, call_id, transaction)


def _attempt_print(packer: Packer, call_id: str, transaction: str) -> tuple[int, int]:
    return attempt_fingerprint(packer.key, fingerprint(packer.key, call_id.encode()), transaction.encode())


def held_numbers(fast: FastKernel) -> tuple[dict[int, tuple[Any, ...]], list[int]]:
    """Every number with its fields, and those on probation in order of arrival."""
    head, memory = fast.state.head[0], views(fast.state)
    found: dict[int, tuple[Any, ...]] = {}
    order: list[int] = []
    at = int(head["oldest"])
    while at:
        order.append(int(memory.probation[at - 1]["key"]))
        found[order[-1]] = _fields(memory.records[at - 1], head)
        at = int(memory.probation[at - 1]["newer"])
    keys = memory.keys["key"].reshape(-1)
    for place in np.flatnonzero(keys):
        found[int(keys[place])] = _fields(memory.records[int(head["probation_size"]) + int(place)], head)
    return found, order


def held_calls(fast: FastKernel) -> tuple[list[Any], list[Any], list[Any]]:
    """Repeats, live calls and blocked calls, each oldest first."""
    memory = views(fast.state)
    found: list[list[Any]] = []
    for table, entries, names in (
        (memory.repeats, memory.repeat_entries, ("event", "time_ms", "seen_ms", "decision")),
        (memory.live, memory.live_entries, ("event", "start_ms", "caller", "callee", "blocked")),
        (memory.blocked, memory.blocked_entries, ()),
    ):
        rows, at = [], int(table["oldest"][0])
        while at:
            entry = entries[at]
            rows.append(((int(entry["high"]), int(entry["low"])), *(int(entry[name]) for name in names)))
            at = int(entry["newer"])
        assert len(rows) == int(table["count"][0])
        found.append(rows)
    return found[0], found[1], found[2]


def _fields(stored: Any, head: Any) -> tuple[Any, ...]:
    """A record as the oracle's rolled to now."""
    record = Record(0, 0)
    record.minute = int(stored["last_ms"]) // MINUTE_MS
    minute, hour, seconds = (stored[name].tolist() for name in ("minute", "hour", "seconds"))
    cells = [*minute[0], *minute[1]]
    for back in range(2):
        cells += [*hour[back][:3], seconds[back], *hour[back][3:]]
    record.cells = [*cells, *stored["day"][0].tolist(), *stored["day"][1].tolist()]
    record.roll(int(head["now_ms"]))
    bits, before = (int(words[0]) | int(words[1]) << 64 for words in (stored["bits"], stored["bits_before"]))
    gone = (int(head["now_ms"]) // HOUR_MS - int(stored["marked"])) & HOUR_MASK
    record.bits, record.bits_before = (bits, before) if gone == 0 else (0, bits if gone == 1 else 0)
    for name in ("first_ms", "last_ms", "attempt_ms", "verdict_ms", "last_callee", "run", "trunks", "device"):
        setattr(record, name, int(stored[name]))
    record.device_changes = int(stored["device_changes"])
    record.saturated = bool(int(stored["marked"]) & SATURATED)
    return plain(record, int(head["now_ms"]))


def plain(record: Record, now_ms: int) -> tuple[Any, ...]:
    """A record of the oracle rolled to now, but for its key; the record stays as it is."""
    copy = Record(0, 0)
    for name in Record.__slots__:
        setattr(copy, name, getattr(record, name))
    copy.cells = list(record.cells)
    copy.roll(now_ms)
    return tuple(getattr(copy, name) for name in Record.__slots__ if name != "key")
