"""The calls of one batch that compiled code answered, for metrics and lines; good until the next batch."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy.typing as npt

from haodun.edge.serve.front.judging import Integers, Verdicts
from haodun.edge.serve.front.work import ACKS, FAIL, REPEATS, STRANGERS, UNSCREENED, Work
from haodun.edge.serve.metrics import Count, Tally
from haodun.edge.serve.wording import REPLACED
from haodun.screening.events import Action
from haodun.screening.events.packed import HAS_VERDICT, Events

_NAMES = tuple(action.name for action in Action)


class Answered(Protocol):
    """What lines say of calls besides their verdicts, an entry each: `Work`, or what another process knows of it."""

    @property
    def events(self) -> Events:
        """Their attempts."""

    @property
    def trunks(self) -> npt.NDArray[Any]:
        """Numbers of their trunks."""

    @property
    def said(self) -> Integers:
        """What they are answered: an action, or FAIL."""


class CallBatch(NamedTuple):
    """Calls in the order of their events."""

    work: Answered
    size: int
    names: tuple[str, ...]
    """Of trunks, by their numbers."""
    verdicts: Verdicts
    why: str
    """Why those without a verdict have none."""
    opens: tuple[bool, ...]
    """By trunk: whether a call that is not judged goes on."""
    replaced: frozenset[int] = frozenset()
    """Calls that went on with their line's default number in the place of one that is not the line's."""

    def is_judged(self, at: int) -> bool:
        """Whether a call has a verdict."""
        return bool(self.verdicts.judged["state"][at] & HAS_VERDICT)

    def answered(self, at: int) -> str:
        """The word for what a call was answered."""
        said = int(self.work.said[at])
        if at in self.replaced:
            return REPLACED
        if said == FAIL:
            return "FAIL_OPEN" if self.opens[int(self.work.trunks[at])] else "FAIL_CLOSED"
        return _NAMES[said]

    def trunk(self, at: int) -> str:
        """The name of a call's trunk."""
        return self.names[int(self.work.trunks[at])]

    def why_of(self, at: int) -> str:
        """Why a call was not judged, '' where it was."""
        return "" if self.is_judged(at) else self.why

    def action(self, at: int) -> Action:
        """The action of a call's verdict, ALLOW where it has none."""
        return Action(int(self.verdicts.judged["action"][at]))


def count_batch(tally: Tally, work: Work, calls: CallBatch | None, *, bypass: bool) -> None:
    """Count what compiled code did with a batch."""
    counts = work.counts.tolist()
    for count, label, column in (
        (Count.REQUESTS, "ACK", ACKS),
        (Count.DROPPED, "source", STRANGERS),
        (Count.RETRANSMISSIONS, "", REPEATS),
    ):
        if counts[column]:
            tally.add(count, label, counts[column])
    if calls is None:
        return
    tally.add(Count.REQUESTS, "INVITE", calls.size)
    *verdicts, unjudged = work.verdicts.tolist()
    *answered, failed = work.answered.tolist()
    for name, decided, said in zip(_NAMES, verdicts, answered, strict=True):
        if decided:
            tally.add(Count.VERDICTS, name, decided)
        if name == Action.BLOCK.name and calls.replaced:
            tally.add(Count.ANSWERS, REPLACED, len(calls.replaced))
            said -= len(calls.replaced)
        if said:
            tally.add(Count.ANSWERS, name, said)
    if unjudged:
        tally.add(Count.UNJUDGED, calls.why, unjudged)
    if failed:
        for at in range(calls.size):
            if work.said[at] == FAIL:
                tally.add(Count.ANSWERS, calls.answered(at))
    if counts[UNSCREENED]:
        tally.add(Count.UNSCREENED_ORIGIN, amount=counts[UNSCREENED])
    if bypass:
        tally.add(Count.BYPASSED, amount=calls.size)
