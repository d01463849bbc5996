"""Where records live: fixed memory, so that a flood of forged one-shot callers evicts its own kind.

Theory of operation. A number that is met for the first time enters **probation** (a quarter of the capacity, first in,
first out). It is promoted to the **main** segment at a second attempt in another minute, or when it answers a call.
The main segment is 8-way set-associative: the hash of the key names a set, and a set that is full gives up the record
seen longest ago (by the smaller key where two are equally old), but never one with a non-ALLOW verdict in the last
24 h for a newcomer without one: that newcomer stays in probation and may try again.
"""

from __future__ import annotations

from collections import OrderedDict

from haodun.screening.kernel.distinct import splitmix64
from haodun.screening.kernel.parameters import WAYS, Parameters
from haodun.screening.kernel.record import Record


class Segments:
    """Records by key, at most `parameters.capacity` of them."""

    __slots__ = (
        "_probation_size",
        "_protect_ms",
        "_set_count",
        "evicted_main",
        "evicted_probation",
        "main",
        "probation",
        "sets",
    )

    def __init__(self, parameters: Parameters) -> None:
        self._probation_size = parameters.probation_size
        self._protect_ms = parameters.protect_s * 1000
        self._set_count = parameters.set_count
        self.probation: OrderedDict[int, Record] = OrderedDict()
        """In order of arrival."""
        self.main: dict[int, Record] = {}
        self.sets: dict[int, list[Record]] = {}
        self.evicted_probation = 0
        self.evicted_main = 0

    def __len__(self) -> int:
        return len(self.probation) + len(self.main)

    def find(self, key: int) -> Record | None:
        """The record of a number, None if it is not held."""
        return self.main.get(key) or self.probation.get(key)

    def obtain(self, key: int, now_ms: int) -> Record:
        """The record of a number, rolled to now; a new one enters probation and may push out the oldest there."""
        record = self.main.get(key) or self.probation.get(key)
        if record is None:
            if len(self.probation) >= self._probation_size:
                self.probation.popitem(last=False)
                self.evicted_probation += 1
            record = self.probation[key] = Record(key, now_ms)
            return record
        record.roll(now_ms)
        record.last_ms = now_ms
        return record

    def promote(self, record: Record, now_ms: int) -> bool:
        """Move a record from probation to main; False if it is there already or its set has no place for it."""
        if record.key not in self.probation:
            return False
        members = self.sets.setdefault(self.set_of(record.key), [])
        if len(members) >= WAYS:
            victim = self._victim(members, record, now_ms)
            if victim is None:
                return False
            members.remove(victim)
            del self.main[victim.key]
            self.evicted_main += 1
        members.append(record)
        self.main[record.key] = self.probation.pop(record.key)
        return True

    def set_of(self, key: int) -> int:
        """The set a key belongs to."""
        return splitmix64(key & 0xFFFFFFFFFFFFFFFF) % self._set_count

    def _protected(self, record: Record, now_ms: int) -> bool:
        return record.verdict_ms >= 0 and now_ms - record.verdict_ms <= self._protect_ms

    def _victim(self, members: list[Record], newcomer: Record, now_ms: int) -> Record | None:
        """Who leaves a full set for the newcomer, None if nobody may."""
        free = [member for member in members if not self._protected(member, now_ms)]
        if not free and self._protected(newcomer, now_ms):
            free = members
        return min(free, key=lambda member: (member.last_ms, member.key), default=None)
