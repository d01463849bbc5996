"""Decides questions in columns: one call of compiled code, one frame of the log for all that came in together.

Theory of operation. What waits in the rings when a turn begins is one micro-batch: while one is decided the next one
gathers, so it is as large as the load wants, at most MICRO_BATCH bytes. Nobody waits for a batch to fill. Where
nothing hinders, all of its events are judged at once. Where some must not be (late, overload, nobody judged the call
that they repeat), it is taken in runs, in order, so that a call and its copy at another front get one answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from haodun.edge.serve.answered import Remembered
from haodun.edge.serve.asking import AGAIN_UNJUDGED, AskedColumns, RuledColumns
from haodun.edge.serve.engine import ENGINE_FAULTS, Deciding, Engine
from haodun.edge.serve.front.batch import CallBatch
from haodun.edge.serve.front.judging import Verdicts, unjudged
from haodun.edge.serve.front.work import FAIL
from haodun.edge.serve.joining import Joined, joined, joined_texts, texts_at
from haodun.edge.serve.journal import Journal
from haodun.screening.events import Action, Decision
from haodun.screening.events.packed import EVENT, HAS_VERDICT, Events, Judged
from haodun.screening.verdicts import Mode
from haodun.screening.verdicts.fast import FastScreener
from haodun.screening.verdicts.fast.columns import records_at
from haodun.screening.verdicts.token import TOKEN_LENGTH
from haodun.store.columns import Column, Header, encode_columns

Integers = npt.NDArray[np.int64]
Marks = npt.NDArray[np.bool_]


class Said(NamedTuple):
    """Of the calls of one question, what their lines say."""

    events: Events
    trunks: npt.NDArray[Any]
    said: Integers


class _Names(NamedTuple):
    """What a decision needs of some trunks by their names."""

    deciding: Deciding
    data: bytes
    names: tuple[str, ...]
    lines: npt.NDArray[np.int32]
    opens: tuple[bool, ...]


class _Tokens(NamedTuple):
    """Redress tokens of a batch."""

    places: Integers
    """Of the events that have one, rising."""
    letters: npt.NDArray[np.uint8]
    """TOKEN_LENGTH each."""


class _Batch(NamedTuple):
    """A micro-batch under way."""

    asked: Sequence[AskedColumns]
    joined: Joined
    names: _Names
    judged: Judged
    rows: list[Integers]
    whys: list[str]
    """Of each question."""
    decisions: list[Sequence[Decision]]
    """At most one; those that `judged` points into."""


class ColumnDesk:
    """Decides beside a `KernelDesk`, with which it shares what nobody judged."""

    def __init__(self, *, engine: Engine, journal: Journal, observe: bool, unjudged_calls: Remembered[bool]) -> None:
        self._engine, self._journal, self._observe = engine, journal, observe
        self._unjudged = unjudged_calls
        self._names: _Names | None = None
        self.fault = ""
        """What our own code raised last."""
        self.lined: list[CallBatch] = []
        """The calls of the last batch, a question each, for their lines."""
        self._now_ms = 0

    def warm(self) -> None:
        """Compile everything, or load it, and count nothing."""
        self._screener.judge(np.zeros(0, EVENT))
        self._screener.repeated_attempt((1, 1), 1)
        self._screener.tokens.letters(np.zeros(0, np.int64), np.zeros(0, np.int64))

    @property
    def _screener(self) -> FastScreener:
        return cast(FastScreener, self._engine.deciding.screener)

    def serve(
        self, asked: Sequence[AskedColumns], *, now_ms: int, bypass: bool, why: Callable[[AskedColumns], str]
    ) -> list[RuledColumns]:
        """The answers, in order; `why` says why nothing of a question is to be judged, ''.

        ValueError, IndexError where a question names what is not there.
        """
        self._now_ms = now_ms
        batch = self._begin(asked, why)
        self._screener.mode = Mode.OBSERVE if self._observe or bypass else Mode.ENFORCE
        for run, judges in self._runs(batch):
            if judges:
                self._judge(batch, run)
            else:
                self._pass_over(batch, run)
        tokens = self._tokens(batch)
        repeat_of = batch.judged["repeat_of"]
        new = (repeat_of == 0) if np.count_nonzero(repeat_of) else None
        if not self._write(batch, tokens, new, bypass=bypass):
            self._not_written(batch, new)
            tokens = self._tokens(batch)
        self.lined = list(self._lined(batch, new, bypass=bypass))
        version = self._engine.deciding.version
        return [self._ruled(batch, place, tokens, version=version, bypass=bypass) for place in range(len(batch.asked))]

    def _begin(self, asked: Sequence[AskedColumns], why: Callable[[AskedColumns], str]) -> _Batch:
        """Number and stamp the events."""
        batch = joined([one.columns for one in asked])
        events, count = batch.events, len(batch.events)
        names = self._named(batch.names)
        first = self._journal.next_number
        events["number"] = np.arange(first, first + count)
        events["time_ms"] = self._now_ms
        events["line"] = names.lines[batch.places]
        self._journal.next_number += count
        return _Batch(asked, batch, names, unjudged(count).judged, [], [why(one) for one in asked], [])

    def _runs(self, batch: _Batch) -> Iterator[tuple[Integers, bool]]:
        """Places of events one after the other that are to be judged together, or passed over."""
        if not any(batch.whys) and not any(one.late is not None for one in batch.asked):
            yield np.arange(len(batch.judged)), True
            return
        none, every = np.zeros(len(batch.judged), np.bool_), np.ones(len(batch.judged), np.bool_)
        sizes = np.diff(batch.joined.starts).tolist()
        skipped = np.concatenate(
            [
                every[:size] if why else none[:size] if one.late is None else one.late
                for one, why, size in zip(batch.asked, batch.whys, sizes, strict=True)
            ]
        )
        places = np.arange(len(skipped))
        changes = np.flatnonzero(skipped[1:] != skipped[:-1]) + 1
        for run in np.split(places, changes):
            yield run, not skipped[run[0]]

    def _judge(self, batch: _Batch, run: Integers) -> None:
        """Judge a run, but for copies of calls that nobody judged."""
        if len(self._unjudged):
            known = np.array([self._was_left(key) for key in _keys(batch, run)], np.bool_)
            batch.judged["repeat_of"][run[known]] = AGAIN_UNJUDGED
            run = run[~known]
        if not len(run):
            return
        events = batch.joined.events
        try:
            found = self._screener.judge(events if len(run) == len(events) else records_at(events, run))
        except ENGINE_FAULTS as error:
            self.fault = f"{type(error).__name__}: {error}"
            self._leave(batch, run, "engine")
            return
        judged = found.judged
        kept = sum(map(len, batch.rows))
        if kept:
            judged["row"][judged["row"] >= 0] += kept
        if batch.decisions and batch.decisions[0] is not found.decisions:  # renumbered between two runs
            judged["decision"][judged["decision"] >= 0] += len(batch.decisions[0])
            batch.decisions[0] = [*batch.decisions[0], *found.decisions]
        elif not batch.decisions:
            batch.decisions.append(found.decisions)
        batch.judged[run] = judged
        batch.rows.append(found.rows)

    def _pass_over(self, batch: _Batch, run: Integers) -> None:
        """Judge none of a run; what repeats an earlier attempt gets what that got."""
        judged = batch.judged
        for place, key in zip(run.tolist(), _keys(batch, run), strict=True):
            earlier = self._screener.repeated_attempt(key, self._now_ms)
            if self._was_left(key) or (earlier is not None and earlier.decision is None):
                judged["repeat_of"][place] = AGAIN_UNJUDGED
            elif earlier is not None and earlier.decision is not None:
                action = earlier.decision.action
                judged["repeat_of"][place], judged["action"][place] = earlier.event, action
                judged["state"][place], judged["row"][place] = HAS_VERDICT, -1 if action is Action.ALLOW else 0
            else:
                self._unjudged.put(key, True, self._now_ms)

    def _was_left(self, key: tuple[int, int]) -> bool:
        """Whether nobody judged this attempt."""
        return bool(self._unjudged.get(key, self._now_ms))

    def _leave(self, batch: _Batch, places: Integers, why: str) -> None:
        """Nobody judges these, nor what repeats them."""
        for key in _keys(batch, places):
            self._unjudged.put(key, True, self._now_ms)
        for question in set((np.searchsorted(batch.joined.starts, places, side="right") - 1).tolist()):
            batch.whys[question] = why

    def _tokens(self, batch: _Batch) -> _Tokens:
        """The redress tokens; a repeat's is that of the attempt that it repeats."""
        judged, events = batch.judged, batch.joined.events
        with_row = np.flatnonzero(judged["row"] >= 0)
        times, numbers = events["time_ms"][with_row], events["number"][with_row]
        repeats = np.flatnonzero(judged["repeat_of"][with_row])
        for place, key in zip(repeats.tolist(), _keys(batch, with_row[repeats]), strict=True):
            earlier = self._screener.repeated_attempt(key, self._now_ms)
            if earlier is not None:
                times[place], numbers[place] = earlier.time_ms, earlier.event
        return _Tokens(with_row, self._screener.tokens.letters(times, numbers))

    def _write(self, batch: _Batch, tokens: _Tokens, new: Marks | None, *, bypass: bool) -> bool:
        """Write the new calls (None: all are) as one frame; False where they are not in the log."""
        journal, deciding = self._journal, self._engine.deciding
        if journal.paused:
            return new is not None and not new.any()
        if journal.writer is None or (new is not None and not new.any()):
            return True
        events, judged, rows = batch.joined.events, batch.judged, _rows(batch)
        texts = joined_texts([one.columns for one in batch.asked], batch.joined.names, batch.joined.places)
        letters = tokens.letters  # in the order of the rows
        if new is not None:
            kept = np.flatnonzero(new)
            own = new[tokens.places]
            letters = np.zeros((len(rows), TOKEN_LENGTH), np.uint8)
            letters[judged["row"][tokens.places[own]]] = tokens.letters[own]
            events, judged, texts = records_at(events, kept), records_at(judged, kept), texts_at(texts, kept)
        ends = np.arange(len(rows) + 1, dtype=np.uint32) * TOKEN_LENGTH
        texts = texts._replace(token=Column(ends, letters.data))
        header = Header(deciding.version, deciding.policy.digest, bypass, journal.writer.lease.number)
        decisions = batch.decisions[0] if batch.decisions else ()
        frame = encode_columns(header, events, judged, rows, decisions, texts)
        first, last = int(events["number"][0]), int(events["number"][-1])
        return journal.append_frame(frame, first=first, last=last, time_ms=self._now_ms)

    def _not_written(self, batch: _Batch, new: Marks | None) -> None:
        """Of what is not in the log there is no verdict, whatever was found."""
        places = np.arange(len(batch.judged)) if new is None else np.flatnonzero(new)
        batch.judged[places] = unjudged(len(places)).judged
        self._leave(batch, places, "log")

    def _ruled(self, batch: _Batch, place: int, tokens: _Tokens, *, version: int, bypass: bool) -> RuledColumns:
        start, end = batch.joined.starts[place : place + 2].tolist()
        first, last = np.searchsorted(tokens.places, (start, end)).tolist()
        judged, letters = batch.judged[start:end], tokens.letters[first:last]
        why, lease = batch.whys[place] or "late", lease_of(self._journal)
        return RuledColumns(batch.asked[place].id, version, bypass, why, judged, letters, lease)

    def _lined(self, batch: _Batch, new: Marks | None, *, bypass: bool) -> Iterator[CallBatch]:
        """The new calls of each question, and what their fronts answer."""
        judged, events = batch.judged, batch.joined.events
        if self._observe or bypass:
            said = np.full(len(judged), int(Action.ALLOW), np.int64)
        else:
            said = np.where(judged["state"] & HAS_VERDICT, judged["action"], FAIL).astype(np.int64)
        trunks, names, none = batch.joined.places, batch.names, np.zeros((0, 0), np.int64)
        decisions = batch.decisions[0] if batch.decisions else ()
        starts = batch.joined.starts.tolist()
        for place, (start, end) in enumerate(pairwise(starts)):
            own, its = judged[start:end], Said(events[start:end], trunks[start:end], said[start:end])
            if new is not None:
                kept = np.flatnonzero(new[start:end])
                own, its = records_at(own, kept), Said(records_at(its.events, kept), its.trunks[kept], its.said[kept])
            if len(own):
                verdicts = Verdicts(own, none, decisions)
                yield CallBatch(its, len(own), names.names, verdicts, batch.whys[place] or "late", names.opens)

    def _named(self, names: Column) -> _Names:
        """Trunks as they are here, whatever trunks file a front has read; they seldom change."""
        known, deciding = self._names, self._engine.deciding
        data = names.offsets.tobytes() + bytes(names.data)
        if known is None or known.deciding is not deciding or known.data != data:
            texts = tuple(names.texts())
            packer, reader = self._screener.packer, deciding.reader
            lines = np.array([packer.line(name) for name in texts], np.int32)
            opens = tuple(deciding.wording.opens(reader.live(name)) for name in texts)
            known = self._names = _Names(deciding, data, texts, lines, opens)
        return known


def lease_of(journal: Journal) -> int:
    """Number of the lease under which is decided, 0 without a log."""
    return 0 if journal.writer is None else journal.writer.lease.number


def _keys(batch: _Batch, places: Integers) -> Iterator[tuple[int, int]]:
    """Fingerprints of attempts, which tell repeats."""
    events = batch.joined.events
    return zip(events["attempt_high"][places].tolist(), events["attempt_low"][places].tolist(), strict=True)


def _rows(batch: _Batch) -> Integers:
    if not batch.rows:
        return np.zeros((0, 0), np.int64)
    return np.ascontiguousarray(batch.rows[0] if len(batch.rows) == 1 else np.concatenate(batch.rows))
