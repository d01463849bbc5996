"""What becomes of a call: how long it rings, whether it is answered, how long people talk, and why it fails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from haodun.lab.country.draws import Ints, Stream, amount, below, chance, cumulate, pick
from haodun.lab.country.scenario import Habit
from haodun.lab.country.times import table_of
from haodun.screening.events import Cause

_CAUSES = ("busy", "no_answer", "cancelled", "rejected", "unallocated", "congestion", "failed")
_CODES = np.array([Cause[name.upper()] for name in _CAUSES], dtype=np.int64)
# How long the network takes to say so, ms; a call that nobody answers is given up by the network after a minute.
_RING = {
    Cause.BUSY: 1500,
    Cause.NO_ANSWER: 60_000,
    Cause.REJECTED: 5000,
    Cause.UNALLOCATED: 2500,
    Cause.CONGESTION: 1000,
    Cause.FAILED: 2000,
}


@dataclass(frozen=True)
class Outcome:
    """Columns; times in ms, whole multiples of the scenario's resolution."""

    ring: Ints
    talk: Ints
    """-1 where nobody answered."""
    cause: Ints

    @property
    def length(self) -> Ints:
        """From start to end."""
        return self.ring + np.maximum(self.talk, 0)


def outcomes(habit: Habit, stream: Stream, *, count: int, resolution: int, calling_back: bool = False) -> Outcome:
    """What becomes of `count` calls of a habit, or of calls back to its callers."""
    share, talk_spec = (habit.callback_answer, habit.callback_talk) if calling_back else (habit.answer, habit.talk)
    answered = chance(stream.words(count), share)
    weights = [habit.unanswered.get(name, 0.0) for name in _CAUSES]  # type: ignore[call-overload]
    cause = np.where(answered, int(Cause.NORMAL), _CODES[pick(stream.words(count), cumulate(weights))])
    ring = amount(stream.words(count), table_of(habit.ring))
    give_up = amount(stream.words(count), table_of(habit.give_up))
    ring = np.where(cause == Cause.CANCELLED, give_up, ring)
    jitter = below(stream.words(count), 2000)
    for reason, milliseconds in _RING.items():
        ring = np.where(cause == reason, milliseconds + jitter, ring)
    talk = amount(stream.words(count), table_of(talk_spec))
    return Outcome(
        ring=_whole(ring, resolution),
        talk=np.where(answered, np.maximum(_whole(talk, resolution), resolution), -1),
        cause=cause,
    )


def _whole(times: Ints, resolution: int) -> Ints:
    return (times + resolution // 2) // resolution * resolution
