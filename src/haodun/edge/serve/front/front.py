"""The compiled front of an edge: batches of datagrams in, answers out; what is not canonical goes through the desk.

Theory of operation. A batch is received and looked at by compiled code (`turn.take`). Its calls are judged by one call,
written to the live log as one frame of columns, answered by compiled code (`turn.give`) and sent by one system call.
Then the rest of the batch (hard datagrams, repeats that only the kernel remembers) goes through the desk, which does
all that this does, one by one. Both number their events from the same journal and count into the same tally, and each
knows of the calls of the other: what the desk answered is hard here for as long as it may be sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import NamedTuple

import numpy as np

from haodun.edge.serve.desk import Address, Desk, Done, Packet
from haodun.edge.serve.engine import ENGINE_FAULTS, Deciding
from haodun.edge.serve.front.basis import Basis, basis_of
from haodun.edge.serve.front.batch import CallBatch, count_batch
from haodun.edge.serve.front.entries import receive_mail, send_answers, send_joined
from haodun.edge.serve.front.hall import HALL, Hall
from haodun.edge.serve.front.judging import Verdicts, unjudged
from haodun.edge.serve.front.limits import SLOTS
from haodun.edge.serve.front.log import FrameMaker
from haodun.edge.serve.front.system import (
    NAME,
    address_of,
    age_us,
    datagram,
    make_answers,
    make_mail,
)
from haodun.edge.serve.front.texts import make_texts, make_tokens
from haodun.edge.serve.front.told import (
    SLOW,
    STRANGER,
    find_call,
    learn_source,
    make_sources,
    make_told,
    note_call,
    source_key,
)
from haodun.edge.serve.front.turn import give, take
from haodun.edge.serve.front.work import CLAIMED, HARD, LATE, OLDEST_US, SLOWLY, WRITTEN, make_work
from haodun.edge.serve.journal import Journal
from haodun.edge.serve.metrics import Tally
from haodun.edge.serve.wording import REPLACED, to_tag
from haodun.edge.sip.fast import Hard
from haodun.screening.verdicts.fast.tokens import day_of


class Turned(NamedTuple):
    """What came of one batch."""

    calls: CallBatch | None
    """Calls that compiled code read and answered; None where there were none."""
    done: list[Done]
    """Calls that the desk answered."""
    answers: list[tuple[bytes, Address]]
    """What the desk answered, yet to be sent."""
    oldest_us: int
    failed: int
    """Answers that the system would not send."""


class Front:
    """The state of one compiled front. It touches a socket only by its descriptor."""

    def __init__(
        self,
        *,
        desk: Desk,
        journal: Journal,
        tally: Tally,
        tag_secret: bytes,
        observe: bool,
        deadline_ms: int,
        joined: bool = False,
    ) -> None:
        """`joined`: answers in a row to one address leave as one (UDP_SEGMENT), padded to one length."""
        self._desk, self._journal, self._tally = desk, journal, tally
        self._secret, self._observe, self._deadline_us = tag_secret, observe, deadline_ms * 1000
        self.send: Callable[[int, int, int], int] = send_joined if joined else send_answers
        """Sends answers of a hall by a descriptor; how many the system would not take."""
        self.mail, self._answers, self._work = make_mail(), make_answers(), make_work()
        self._sources, self._told = make_sources(), make_told()
        self._generations = count(1)
        self._next: tuple[Deciding, Basis] | None = None
        self._basis = self._make_basis(desk.engine.deciding)
        self._frames, self._texts = FrameMaker(), make_texts()
        self._frames.begin(self._basis.names, desk.engine.deciding.policy.digest)
        self._now_ms, self._wall_ns = 1, 0
        self._lay_down()
        desk.seen_elsewhere = self._has_told

    def prepare(self, deciding: Deciding) -> None:
        """Make ready what `decide_by` will need, in any thread: with many trunks that takes a while.

        EdgeError where the kernel is not the compiled one, which alone judges by the array.
        """
        self._next = (deciding, self._make_basis(deciding))

    def decide_by(self, deciding: Deciding) -> None:
        """Read and say from now on as this policy and its trunks want it; what was told before is not said again."""
        if self._next is None or self._next[0] is not deciding:
            self.prepare(deciding)
        if self._next is not None:
            self._basis = self._next[1]
        self._next = None
        self._sources = make_sources()
        self._frames.begin(self._basis.names, deciding.policy.digest)
        self._lay_down()

    def _lay_down(self) -> None:
        """Everything for compiled code, anew where a part of it was replaced."""
        basis, frames = self._basis, self._frames
        self._tokens = basis.judge.tokens
        received = (self.mail, self._answers, self._work, self._sources, self._told)
        texts = (self._tokens.tables, self._texts, frames.rest, frames.frame)
        self._kept = HALL.keep(Hall(*received, basis.reading, basis.saying, *texts))
        self._hall = self._kept.address

    def warm(self) -> None:
        """Compile everything, or load it, so that no call waits for that."""
        self._basis.judge.warm()
        self._desk.engine.repeated(("", ""), 1)
        take(self._hall, 0, 1, 0, self._deadline_us, 1)
        none = unjudged(0)
        make_tokens(self._hall, none.judged, 0, 0)
        if not self._frames.prepare(none, self._work.distinct):
            self._lay_down()
        self._frames.make(self._hall, none, 0, snapshot=0, bypass=False, lease=0)
        give(self._hall, none.judged, True)
        learn_source(make_sources(), source_key(self.mail.names, 0), STRANGER)
        note_call(make_told(), np.uint64(1), 0, 0, SLOW, 1)
        self._has_told("", "")
        self._packet(0)
        self.send(self._hall, -1, 0)
        receive_mail(self._hall, -1, 0)

    def receive(self, descriptor: int) -> int:
        """Take what waits, at most SLOTS datagrams; how many."""
        return int(receive_mail(self._hall, descriptor, SLOTS))

    def serve(self, received: int, *, descriptor: int, now_ms: int, wall_ns: int, busy: str = "") -> Turned:
        """Answer so many received datagrams, but for what the desk says, which is given back to be sent."""
        self._now_ms, self._wall_ns = now_ms, wall_ns
        self._take(received)
        counts = self._work.counts
        calls = self._decide(int(counts[CLAIMED]), busy) if counts[CLAIMED] else None
        if self._journal.lost:
            return Turned(None, [], [], 0, 0)  # another edge answers now; whoever asked asks again
        written = int(counts[WRITTEN])
        failed = int(self.send(self._hall, descriptor, written)) if written else 0
        said: list[tuple[bytes, Address]] = []
        if calls is not None:
            said, calls = self._word_slowly(calls)
        done: list[Done] = []
        if counts[HARD]:
            answers, done = self._ask_desk(busy)
            said += answers
        count_batch(self._tally, self._work, calls, bypass=self._desk.bypass)
        return Turned(calls, done, said, int(counts[OLDEST_US]), failed)

    def _make_basis(self, deciding: Deciding) -> Basis:
        return basis_of(deciding, secret=self._secret, generation=next(self._generations))

    def _take(self, received: int) -> None:
        number = self._journal.next_number
        take(self._hall, received, self._now_ms, self._wall_ns, self._deadline_us, number)

    def _decide(self, count: int, busy: str) -> CallBatch | None:
        """Judge, log and word the calls of a batch; None where all of them turned out to be repeats."""
        work, journal = self._work, self._journal
        journal.next_number += count
        why = "log" if journal.paused else busy
        verdicts = unjudged(count)
        if not why:
            verdicts, why = self._judged(count)
        verdicts = self._without_repeats(verdicts)
        count = len(verdicts.judged)
        if not count:
            return None
        self._make_tokens(verdicts)
        if not self._log(verdicts):
            verdicts, why = unjudged(count), "log"
        carried_out = not (self._observe or self._desk.bypass)
        give(self._hall, verdicts.judged, carried_out)
        return CallBatch(work, count, self._basis.names, verdicts, why, self._basis.opens)

    def _judged(self, count: int) -> tuple[Verdicts, str]:
        """The verdicts of the calls that are in time; and why the others have none, '' where there are none."""
        work, enforce = self._work, not (self._observe or self._desk.bypass)
        events = work.events[:count]
        try:
            if not work.counts[LATE]:
                return self._basis.judge.judge(events, enforce=enforce), ""
            in_time = np.flatnonzero(work.late[:count] == 0)
            found = unjudged(count)
            if len(in_time):
                some = self._basis.judge.judge(events[in_time], enforce=enforce)
                found.judged[in_time] = some.judged
                found = Verdicts(found.judged, some.rows, some.decisions)
        except ENGINE_FAULTS as error:
            self._desk.fault = f"{type(error).__name__}: {error}"
            return unjudged(count), "engine"
        return found, "late"

    def _without_repeats(self, verdicts: Verdicts) -> Verdicts:
        """Leave what the kernel knew as a repeat to the desk, which says again what it got."""
        repeat_of = verdicts.judged["repeat_of"]
        if not np.count_nonzero(repeat_of):
            return verdicts
        repeated = repeat_of != 0
        work = self._work
        for at in np.flatnonzero(repeated).tolist():
            work.hard[work.counts[HARD]], work.why[work.counts[HARD]] = work.slots[at], Hard.AGAIN
            work.counts[HARD] += 1
        kept = np.flatnonzero(~repeated)
        for column in (work.rows, work.events, work.slots, work.trunks, work.tags, work.places, work.late):
            column[: len(kept)] = column[kept]
        return verdicts._replace(judged=verdicts.judged[kept])

    def _make_tokens(self, verdicts: Verdicts) -> None:
        """The redress tokens, one a row; each also beside its call, for the answer."""
        if not len(verdicts.rows):
            return
        if self._tokens is not self._basis.judge.tokens:  # those of another run
            self._lay_down()
        day = day_of(self._now_ms, *self._numbers(len(verdicts.judged)))
        make_tokens(self._hall, verdicts.judged, len(verdicts.rows), day)

    def _numbers(self, count: int) -> tuple[int, int]:
        """Numbers of the first and last of so many events."""
        numbers = self._work.events["number"]
        return int(numbers[0]), int(numbers[count - 1])

    def _log(self, verdicts: Verdicts) -> bool:
        """Write the batch; False where it is not in the log."""
        journal, frames = self._journal, self._frames
        if journal.paused:
            return False
        if journal.writer is None:
            return True
        if not frames.prepare(verdicts, self._work.distinct):
            self._lay_down()
        lease, version = journal.writer.lease.number, self._desk.engine.deciding.version
        first, last = self._numbers(len(verdicts.judged))
        made = frames.make(self._hall, verdicts, last, snapshot=version, bypass=self._desk.bypass, lease=lease)
        return journal.append_frame(made, first=first, last=last, time_ms=self._now_ms)

    def _word_slowly(self, calls: CallBatch) -> tuple[list[tuple[bytes, Address]], CallBatch]:
        """Answers of logged calls that have no form here; the batch, knowing which of them show another number."""
        work, found, replaced = self._work, [], set()
        for at in work.slowly[: work.counts[SLOWLY]].tolist():
            packet, token = self._packet(int(work.slots[at])), work.tokens[at].tobytes().decode("ascii")
            action, why = calls.action(at), calls.why_of(at)
            data, address, word = self._desk.word(packet, trunk=calls.trunk(at), action=action, token=token, why=why)
            found.append((data, address))
            if word == REPLACED:
                replaced.add(at)
        return found, calls._replace(replaced=frozenset(replaced)) if replaced else calls

    def _ask_desk(self, busy: str) -> tuple[list[tuple[bytes, Address]], list[Done]]:
        """Have the desk answer the rest; its calls are hard here for as long as they may be sent again."""
        work, count = self._work, int(self._work.counts[HARD])
        packets = [self._packet(slot) for slot in work.hard[:count].tolist()]
        for packet, slot, why in zip(packets, work.hard.tolist(), work.why.tolist(), strict=False):
            if why == Hard.SOURCE:
                name = self._desk.trunk_of(packet.address)
                trunk = STRANGER if name is None else self._basis.numbers[name]
                learn_source(self._sources, source_key(self.mail.names, slot * NAME), trunk)
        answers, done = self._desk.serve(packets, now_ms=self._now_ms, busy=busy)
        for one in done:
            request, event = one.call.request, one.call.event
            tag = self._tag(request.call_id, request.transaction)
            note_call(self._told, tag, event.caller.key, event.callee.key, SLOW, self._now_ms)
        return answers, done

    def _packet(self, slot: int) -> Packet:
        stale = age_us(self.mail, slot, self._wall_ns) > self._deadline_us
        return Packet(datagram(self.mail, slot), address_of(self.mail, slot), bool(stale))

    def _tag(self, call_id: str, transaction: str) -> np.uint64:
        return np.uint64(int(to_tag(self._secret, call_id, transaction), 16))

    def _has_told(self, call_id: str, transaction: str) -> bool:
        """Whether a call was answered here a moment ago: a CANCEL asks."""
        return bool(find_call(self._told, self._tag(call_id, transaction), self._now_ms) >= 0)
