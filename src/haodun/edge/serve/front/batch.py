"""The calls of one batch that compiled code answered, for metrics and lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from haodun.edge.serve.front.judging import Verdicts
from haodun.edge.serve.front.turn import ACKS, FAIL, REPEATS, STRANGERS
from haodun.edge.serve.metrics import Count, Tally
from haodun.numbering import IngressClass
from haodun.screening.events import Action
from haodun.screening.events.packed import HAS_VERDICT, Events


@dataclass(frozen=True)
class CallBatch:
    """Calls in the order of their events."""

    events: Events
    trunks: npt.NDArray[np.int64]
    """By their numbers."""
    names: tuple[str, ...]
    """Of trunks."""
    verdicts: Verdicts
    why: str
    """Why those without a verdict have none."""
    carried_out: bool
    """Whether the verdicts are; else every call goes on."""
    opens: tuple[bool, ...]
    """By trunk: whether a call that is not judged goes on."""

    def __len__(self) -> int:
        return len(self.events)

    @cached_property
    def judged(self) -> npt.NDArray[np.bool_]:
        """Which of them have a verdict."""
        found: npt.NDArray[np.bool_] = (self.verdicts.judged["state"] & HAS_VERDICT) != 0
        return found

    @cached_property
    def said(self) -> npt.NDArray[np.int64]:
        """What each was answered: an action, or FAIL."""
        if not self.carried_out:
            return np.zeros(len(self), np.int64)
        return np.where(self.judged, self.verdicts.judged["action"].astype(np.int64), FAIL)

    def answered(self, at: int) -> str:
        """The word for what a call was answered."""
        said = int(self.said[at])
        if said == FAIL:
            return "FAIL_OPEN" if self.opens[int(self.trunks[at])] else "FAIL_CLOSED"
        return Action(said).name

    def trunk(self, at: int) -> str:
        """The name of a call's trunk."""
        return self.names[int(self.trunks[at])]

    def why_of(self, at: int) -> str:
        """Why a call was not judged, '' where it was."""
        return "" if self.judged[at] else self.why

    def action(self, at: int) -> Action:
        """The action of a call's verdict, ALLOW where it has none."""
        return Action(int(self.verdicts.judged["action"][at]))


def count_batch(tally: Tally, counts: npt.NDArray[np.int64], calls: CallBatch | None, *, bypass: bool) -> None:
    """Count what compiled code did with a batch; `counts` are those of `turn.Work`."""
    for count, label, column in (
        (Count.REQUESTS, "ACK", ACKS),
        (Count.DROPPED, "source", STRANGERS),
        (Count.RETRANSMISSIONS, "", REPEATS),
    ):
        if counts[column]:
            tally.add(count, label, int(counts[column]))
    if calls is not None:
        tally.add(Count.REQUESTS, "INVITE", len(calls))
        _count_calls(tally, calls, bypass=bypass)


def _count_calls(tally: Tally, calls: CallBatch, *, bypass: bool) -> None:
    judged, actions = calls.judged, calls.verdicts.judged["action"]
    for action, amount in _amounts(actions[judged]):
        tally.add(Count.VERDICTS, Action(action).name, amount)
    left = len(calls) - int(np.count_nonzero(judged))
    if left:
        tally.add(Count.UNJUDGED, calls.why, left)
    said = calls.said
    for word, amount in _amounts(said[said != FAIL]):
        tally.add(Count.ANSWERS, Action(word).name, amount)
    for at in np.flatnonzero(said == FAIL).tolist():
        tally.add(Count.ANSWERS, calls.answered(at))
    unknown = int(np.count_nonzero(calls.events["ingress"] == IngressClass.UNKNOWN))
    if unknown:
        tally.add(Count.UNSCREENED_ORIGIN, amount=unknown)
    if bypass:
        tally.add(Count.BYPASSED, amount=len(calls))


def _amounts(values: npt.NDArray[Any]) -> list[tuple[int, int]]:
    """How often each value stands there."""
    amounts = np.bincount(values, minlength=0).tolist()
    return [(value, amount) for value, amount in enumerate(amounts) if amount]
