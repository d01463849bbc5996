"""The lines of `calls.jsonl` for a batch: as `CallLines` writes them, by compiled code.

Theory of operation. What lines have in common (all but the times and the number of the event) is encoded by Python,
once for each combination of decision, trunk, answer and reason, and kept in a table. Compiled code looks the
combinations of a batch up, says which are new, and when those are known writes the lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np

from haodun.compiled import KeptKind, borrowing, copy_bytes
from haodun.edge.serve.front.batch import CallBatch
from haodun.edge.serve.front.limits import SLOTS
from haodun.edge.serve.front.work import Integers
from haodun.edge.sip.fast.events import write_decimal
from haodun.edge.sip.fast.octets import Octets, whole
from haodun.screening.events import Decision
from haodun.screening.events.packed import EVENT, HAS_VERDICT, JUDGED, Events, Judged

_encode = msgspec.json.Encoder().encode
COMBINATIONS: Final = 4_096
"""Places for combinations, half of them used at most."""
TEXT_BYTES: Final = 4_194_304
"""Of what is kept for them."""
_WHYS: Final = 32
"""Reasons why a call was not judged; more begin anew."""
_OWN: Final = 96
"""Bytes of a line that are no text: event number, time of the event, microseconds, line end."""
_SPREAD = 0x9E3779B97F4A7C15
_KEY, _START, _END = range(3)


class Lines(NamedTuple):
    """Combinations by their keys, and room for the lines of a batch."""

    known: Integers
    """Key (0: free), where its text starts and ends, a row each."""
    text: Octets
    missing: Integers
    """Calls of new combinations; each combination once, or oftener."""
    begin: Octets
    """What stands before the time of the event."""
    then: Octets
    """Between that and the number."""
    out: Octets


def _make_lines(run_id: str, longest: int, size: int = SLOTS, text_bytes: int = TEXT_BYTES) -> Lines:
    """None known; with room for lines whose texts have `longest` bytes at most."""
    begin, then = (
        np.frombuffer(text.encode(), np.uint8).copy()
        for text in ('{"event":"call","time_ms":', f',"verdict":"{run_id}-')
    )
    return Lines(
        np.zeros((COMBINATIONS, 3), np.int64),
        np.zeros(text_bytes, np.uint8),
        np.zeros(size, np.int64),
        begin,
        then,
        np.zeros(size * (longest + len(begin) + len(then) + _OWN), np.uint8),
    )


LINES = KeptKind(_make_lines("", 0, 1, 1))
_lines_at = LINES.at


@borrowing
def _key_of(judged: Judged, trunks: Integers, said: Integers, at: int, why: int) -> int:
    """What is the same for calls that have all but their times and numbers in common; above 0."""
    decision = whole(judged[at].decision) + 2 if judged[at].state & HAS_VERDICT else 1
    return int(((decision << 20 | trunks[at]) << 3 | said[at]) * _WHYS + why)


@borrowing
def _place_of(lines: Lines, key: int) -> int:
    """Where a combination is, or is to be."""
    place = whole((np.uint64(key) * np.uint64(_SPREAD)) >> np.uint64(40)) & (COMBINATIONS - 1)
    while lines.known[place, _KEY] != 0 and lines.known[place, _KEY] != key:
        place = (place + 1) & (COMBINATIONS - 1)
    return int(place)


@borrowing
def find_new(room: int, judged: Judged, trunks: Integers, said: Integers, why: int) -> int:
    """Note the calls of combinations that are not known; how many calls."""
    lines, count = _lines_at(room), 0
    for at in range(len(judged)):
        key = _key_of(judged, trunks, said, at, why)
        if lines.known[_place_of(lines, key), _KEY] == 0:
            lines.missing[count] = at
            count += 1
    return count


@borrowing
def learn(room: int, judged: Judged, trunks: Integers, said: Integers, at: int, why: int, start: int, end: int) -> None:
    """Say where the text of a call's combination stands."""
    lines = _lines_at(room)
    key = _key_of(judged, trunks, said, at, why)
    known = lines.known[_place_of(lines, key)]
    known[_KEY], known[_START], known[_END] = key, start, end


@borrowing
def write_lines(
    room: int, events: Events, judged: Judged, trunks: Integers, said: Integers, why: int, microseconds: int
) -> int:
    """The lines of a batch whose combinations are known; where they end."""
    lines, at = _lines_at(room), 0
    out, text = lines.out, lines.text.ctypes.data
    for place in range(len(judged)):
        at = copy_bytes(out, at, lines.begin.ctypes.data, len(lines.begin))
        at = write_decimal(out, at, whole(events[place].time_ms))
        at = copy_bytes(out, at, lines.then.ctypes.data, len(lines.then))
        at = write_decimal(out, at, whole(events[place].number))
        known = lines.known[_place_of(lines, _key_of(judged, trunks, said, place, why))]
        at = copy_bytes(out, at, text + known[_START], known[_END] - known[_START])
        at = write_decimal(out, at, microseconds)
        out[at], out[at + 1] = 125, 10
        at += 2
    return int(at)


class LineTexts:
    """Makes lines, and keeps what they have in common."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._longest, self._most = 512, SLOTS
        """Bytes of a text, and calls, that there is room for."""
        self._said_by: tuple[object, ...] = ()
        self._decisions: Sequence[Decision] = ()
        self._whys: dict[str, int] = {}
        self._used = self._end = 0
        self._kept = LINES.keep(_make_lines(run_id, self._longest))
        self._room = self._kept.address

    def warm(self) -> None:
        """Compile everything, or load it."""
        judged, integers = np.zeros(1, JUDGED), np.zeros(1, np.int64)
        find_new(self._room, judged, integers, integers, 0)
        learn(self._room, judged, integers, integers, 0, 0, 0, 0)
        write_lines(self._room, np.zeros(1, EVENT), judged, integers, integers, 0, 0)
        self._forget()

    def lines(self, calls: CallBatch, *, microseconds: int, snapshot: int, bypass: bool) -> memoryview:
        """One line a call, each with its line end; good until the next batch."""
        work, judged = calls.work, calls.verdicts.judged
        self._follow(calls, snapshot, bypass)
        if calls.size > self._most:
            self._most = calls.size
            self._forget()
        why = self._why(calls.why)
        new = find_new(self._room, judged, work.trunks, work.said, why)
        if new:
            self._learn(calls, int(new), why, snapshot, bypass)
        end = write_lines(self._room, work.events, judged, work.trunks, work.said, why, microseconds)
        return memoryview(self._kept.value.out)[: int(end)]

    def _follow(self, calls: CallBatch, snapshot: int, bypass: bool) -> None:
        """Forget what was said by another policy, or of other decisions."""
        decisions = calls.verdicts.decisions or self._decisions  # where none is judged, none is said
        said_by = (snapshot, bypass, calls.names, calls.opens)
        if decisions is not self._decisions or said_by != self._said_by:
            self._decisions, self._said_by = decisions, said_by
            self._forget()

    def _why(self, why: str) -> int:
        """The number of a reason."""
        number = self._whys.get(why)
        if number is None:
            if len(self._whys) == _WHYS:
                self._whys.clear()
                self._forget()
            number = self._whys[why] = len(self._whys)
        return number

    def _learn(self, calls: CallBatch, new: int, why: int, snapshot: int, bypass: bool) -> None:
        """Encode what is new; where there is no room, everything is forgotten first."""
        work, judged = calls.work, calls.verdicts.judged
        texts: dict[int, bytes] = {}
        for at in self._kept.value.missing[:new].tolist():
            texts[at] = self._text(calls, at, snapshot, bypass)
        longest, size = max(map(len, texts.values())), sum(map(len, texts.values()))
        full = self._used + new > COMBINATIONS // 2 or self._end + size > len(self._kept.value.text)
        if full or longest > self._longest:
            self._longest = max(self._longest, longest)
            self._forget(at_least=self._most * longest)
            texts = {at: self._text(calls, at, snapshot, bypass) for at in range(calls.size)}
        for at, text in texts.items():
            start, self._end = self._end, self._end + len(text)
            self._kept.value.text[start : self._end] = np.frombuffer(text, np.uint8)
            learn(self._room, judged, work.trunks, work.said, at, why, start, self._end)
        self._used += len(texts)

    def _forget(self, at_least: int = 0) -> None:
        """Know no text."""
        self._used = self._end = 0
        made = _make_lines(self._run_id, self._longest, self._most, text_bytes=max(TEXT_BYTES, at_least))
        self._kept = LINES.keep(made)
        self._room = self._kept.address

    def _text(self, calls: CallBatch, at: int, snapshot: int, bypass: bool) -> bytes:
        """What follows the number in the line of a call and of all that are like it, but for the time it took."""
        judged = calls.is_judged(at)
        reasons = calls.verdicts.decisions[int(calls.verdicts.judged["decision"][at])].reasons if judged else ()
        action = calls.action(at).name if judged else ""
        said = (action, calls.answered(at), reasons, calls.why_of(at), False, bypass, calls.trunk(at), snapshot, 0)
        names = ("action", "answered", "reasons", "why", "emergency", "bypass", "trunk", "snapshot", "us")
        return b'",' + _encode(dict(zip(names, said, strict=True)))[1:-2]
