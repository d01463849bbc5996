"""Events as flat records: the facts of plan and trunks file beside the numbers, texts as fingerprints."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import jit
from haodun.numbering import Number, Plan
from haodun.screening.events.event import Event, trunk_id
from haodun.screening.events.fingerprint import Bytes, Key, attempt_fingerprint, fingerprint, key_words
from haodun.screening.events.packed import EVENT, Events
from haodun.screening.events.trunks import Line, Trunks

FACTS_CACHE = 262_144
"""Numbers whose facts are kept at hand."""
CALLS_CACHE = 65_536
"""Call ids whose fingerprints are kept at hand: a call has three events."""
NO_LINE = -1
"""Of a trunk that is not on file."""

_Facts = tuple[int, ...]
_RECORD = struct.Struct("<5q4Q5qi2h20B4x")
"""EVENT, but for `given`."""


class LineTable(NamedTuple):
    """The lines of a trunks file in its order; the ranges of line i are those from `starts[i]` to `starts[i + 1]`."""

    registered: npt.NDArray[np.uint8]
    """1 where its permitted numbers are on file."""
    roaming: npt.NDArray[np.uint8]
    """What the site knows of roaming on it."""
    starts: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    last: npt.NDArray[np.int64]
    """Both ends of each range of E.164 keys, ascending within a line."""


def line_table(trunks: Trunks) -> LineTable:
    """The lines of a trunks file as arrays."""
    lines: list[Line] = [line for name in trunks.names() if (line := trunks.line(name)) is not None]
    ranges = [shown for line in lines for shown in line.shown]
    return LineTable(
        np.array([line.registered for line in lines], np.uint8),
        np.array([line.roaming for line in lines], np.uint8),
        np.cumsum([0, *(len(line.shown) for line in lines)], dtype=np.int64),
        np.array([low for low, _ in ranges], np.int64),
        np.array([high for _, high in ranges], np.int64),
    )


@jit
def permits(table: LineTable, line: int, key: int) -> bool:
    """Whether a number may be shown on a line; False where the line is `NO_LINE`."""
    if line < 0:
        return False
    low, high = table.starts[line], table.starts[line + 1]
    start = low
    while low < high:
        middle = (low + high) // 2
        if table.first[middle] <= key:
            low = middle + 1
        else:
            high = middle
    return bool(low > start and key <= table.last[low - 1])


class Packer:
    """Packs events for one plan and one trunks file, under one key."""

    def __init__(self, plan: Plan, trunks: Trunks, key: bytes) -> None:
        """`key` has 16 bytes (`derived_key`); verdicts are the same under every key."""
        self._plan = plan
        self.key: Key = key_words(key)
        """For those who make fingerprints by themselves."""
        self.lines = line_table(trunks)
        self._places = {name: place for place, name in enumerate(trunks.names())}
        self._caller = lru_cache(maxsize=FACTS_CACHE)(self._caller_facts)
        self._callee = lru_cache(maxsize=FACTS_CACHE)(self._callee_facts)
        self._trunk = lru_cache(maxsize=FACTS_CACHE)(trunk_id)
        self._call = lru_cache(maxsize=CALLS_CACHE)(self._call_fingerprint)

    def line(self, trunk: str) -> int:
        """The place of a trunk in the lines table, `NO_LINE` where it is not on file."""
        return self._places.get(trunk, NO_LINE)

    def pack(self, events: Iterable[Event]) -> Events:
        """The same events as an array of EVENT, `given` 0; OverflowError where an integer has too many bits."""
        return np.frombuffer(bytearray().join(self._record(event) for event in events), dtype=EVENT)

    def _record(self, event: Event) -> bytes:
        call = self._call(event.call_id)
        attempt = call
        if event.transaction:
            attempt = attempt_fingerprint(self.key, call, event.transaction.encode("utf-8", "surrogatepass"))
        caller, callee = self._caller(event.caller), self._callee(event.callee)
        fields = (
            *(event.number, event.time_ms, event.caller.key, event.callee.key, self._trunk(event.trunk)),
            *(*call, *attempt, event.diversion, event.device, event.cell, event.seconds, event.ring_ms),
            *(self.line(event.trunk), event.caller.country, event.callee.country, event.kind, event.live),
            *caller,
            *callee,
            *(event.ingress, event.presentation, event.attestation, event.roaming, event.answered, event.cause),
        )
        try:
            return _RECORD.pack(*fields)
        except struct.error as error:
            raise OverflowError(f"event {event.number}: {error}") from error

    def _call_fingerprint(self, call_id: str) -> tuple[int, int]:
        return fingerprint(self.key, call_id.encode("utf-8", "surrogatepass"))

    def _caller_facts(self, number: Number) -> _Facts:
        facts = self._plan.facts(number)
        home = self._plan.is_home(number)
        return (number.kind, number.form, number.refusal, home, facts.allocation, facts.holder, facts.reseller)

    def _callee_facts(self, number: Number) -> _Facts:
        home, emergency = self._plan.is_home(number), self._plan.is_emergency(number)
        return (number.kind, number.form, number.refusal, home, emergency)


def joined_texts(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], Bytes]:
    """Texts as offsets and one array of UTF-8 bytes, as the bulk fingerprints take them."""
    parts = [text.encode("utf-8", "surrogatepass") for text in texts]
    offsets = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    return offsets, np.frombuffer(b"".join(parts), dtype=np.uint8)
