"""The compiled front of an edge with several: another process judges and logs, a question a batch.

Theory of operation. It is the compiled front in all but the judge: the frame that would go to the log goes over the
ring instead, and what comes back are the verdicts and tokens. Events get their numbers and times there. A call that
came to another front before comes back marked, with what that one got, and is answered by compiled code as well.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from haodun.edge.serve.engine import Deciding
from haodun.edge.serve.front.basis import Basis, basis_with
from haodun.edge.serve.front.batch import CallBatch
from haodun.edge.serve.front.front import Front
from haodun.edge.serve.front.judging import Elsewhere, Verdicts, unjudged
from haodun.edge.serve.front.told import Told, find_call
from haodun.edge.serve.front.turn import give
from haodun.edge.serve.front.work import FAIL, LATE, OLDEST_US, UNSCREENED
from haodun.edge.serve.front_desk import FrontDesk, Questions
from haodun.edge.serve.metrics import Count
from haodun.numbering import IngressClass
from haodun.screening.events.fingerprint import Key
from haodun.screening.events.packed import HAS_VERDICT

_UNKNOWN = int(IngressClass.UNKNOWN)


class AskingFront(Front):
    """A compiled front that asks."""

    def __init__(
        self,
        *,
        desk: FrontDesk,
        questions: Questions,
        key: Key,
        told: Told | None = None,
        others: Sequence[Told] = (),
        **named: Any,
    ) -> None:
        """`key`: that of the deciding process's fingerprints; `told`: where others see what this one has told, `others`
        what they have; the rest as `Front`.
        """
        self._judge = Elsewhere(key)
        self._front_desk, self._questions, self._others = desk, questions, others
        super().__init__(desk=desk, **named)
        if told is not None:
            self._told = told
            self._lay_down()

    def _make_basis(self, deciding: Deciding) -> Basis:
        return basis_with(self._judge, deciding, secret=self._secret, generation=next(self._generations))

    def _take(self, received: int) -> None:
        began_ns = time.monotonic_ns()
        super()._take(received)
        self._front_desk.since_ns = began_ns - int(self._work.counts[OLDEST_US]) * 1000

    def _decide(self, count: int, busy: str) -> CallBatch | None:
        """Ask, and word what is decided. Repeats come last, where nobody counts them as calls."""
        work, desk = self._work, self._front_desk
        verdicts, why = self._asked(count, busy)
        again = verdicts.judged["repeat_of"] != 0
        repeats = int(np.count_nonzero(again))
        if repeats:
            verdicts = self._repeats_last(verdicts, again)
        carried_out = not (self._observe or desk.bypass)
        give(self._hall, verdicts.judged, carried_out)
        if repeats:
            self._count_repeats(verdicts, count - repeats, count)
        return CallBatch(work, count - repeats, self._basis.names, verdicts, why, self._basis.opens)

    def _asked(self, count: int, busy: str) -> tuple[Verdicts, str]:
        """The verdicts, and why some have none; the tokens stand in the work."""
        work, desk, none = self._work, self._front_desk, unjudged(count)
        if not self._frames.prepare(none, work.distinct):
            self._lay_down()
        _, last = self._numbers(count)
        version = desk.engine.deciding.version
        frame = self._frames.make(self._hall, none, last, snapshot=version, bypass=False, lease=0)
        late = work.late[:count].astype(np.uint8).tobytes() if work.counts[LATE] else b""
        ruled = self._questions.ask_columns(bytes(frame), since_ns=desk.since_ns, why=busy, late=late)
        if isinstance(ruled, str):
            return none, ruled
        desk.bypass, desk.snapshot = ruled.bypass, ruled.snapshot
        if len(ruled.judged) != count:
            return none, "engine"
        work.tokens[np.flatnonzero(ruled.judged["row"] >= 0)] = ruled.tokens
        return Verdicts(ruled.judged.copy(), none.rows, ()), ruled.why  # compiled code meets one type of array

    def _repeats_last(self, verdicts: Verdicts, again: Any) -> Verdicts:
        work = self._work
        order = np.concatenate([np.flatnonzero(~again), np.flatnonzero(again)])
        columns = (work.rows, work.events, work.slots, work.trunks, work.tags, work.places, work.late, work.tokens)
        for column in columns:
            column[: len(order)] = column[order]
        return verdicts._replace(judged=verdicts.judged[order])

    def _has_told(self, call_id: str, transaction: str) -> bool:
        tag, now_ms = self._tag(call_id, transaction), self._now_ms
        return any(find_call(told, tag, now_ms) >= 0 for told in (self._told, *self._others))

    def _count_repeats(self, verdicts: Verdicts, start: int, end: int) -> None:
        """Take back what `give` has counted for repeats."""
        work, tally = self._work, self._tally
        for at in range(start, end):
            judged = verdicts.judged[at]
            work.verdicts[int(judged["action"]) if judged["state"] & HAS_VERDICT else FAIL] -= 1
            work.answered[int(work.said[at])] -= 1
            work.counts[UNSCREENED] -= int(work.events["ingress"][at]) == _UNKNOWN
        tally.add(Count.REQUESTS, "INVITE", end - start)
        tally.add(Count.RETRANSMISSIONS, amount=end - start)
