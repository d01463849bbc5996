"""What the front asks of the screener: events by the array, verdicts by the array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.screening.events import Decision
from haodun.screening.events.fingerprint import Key
from haodun.screening.events.packed import EVENT, JUDGED, Events, Judged
from haodun.screening.verdicts import Mode
from haodun.screening.verdicts.fast import FastScreener

Integers = npt.NDArray[np.int64]


class Verdicts(NamedTuple):
    """What was decided about some events, an entry each."""

    judged: Judged
    rows: Integers
    """Decision rows that `judged.row` points to."""
    decisions: Sequence[Decision]
    """What `judged.decision` points to."""


class ScreenerJudge:
    """The compiled screener, asked batch by batch."""

    def __init__(self, screener: FastScreener) -> None:
        self._screener = screener

    @property
    def key(self) -> Key:
        """Under which the fingerprints of events are made."""
        key: Key = self._screener.packer.key
        return key

    def warm(self) -> None:
        """Compile everything, or load it, and count nothing."""
        self.judge(np.zeros(0, EVENT), enforce=True)
        self.tokens(np.zeros(0, np.int64), np.zeros(0, np.int64))

    def judge(self, events: Events, *, enforce: bool) -> Verdicts:
        """The verdicts on attempts in their order; one whose `repeat_of` is not 0 repeats another, uncounted."""
        self._screener.mode = Mode.ENFORCE if enforce else Mode.OBSERVE
        found = self._screener.judge(events)
        return Verdicts(found.judged, found.rows, found.decisions)

    def tokens(self, times_ms: Integers, numbers: Integers) -> npt.NDArray[np.uint8]:
        """Redress tokens of events by their times and numbers, 26 letters each."""
        return self._screener.tokens.letters(times_ms, numbers)


class Elsewhere:
    """Another process judges: here only the key is known under which fingerprints are made."""

    def __init__(self, key: Key) -> None:
        self.key = key

    def warm(self) -> None:
        """Nothing is asked here."""

    def judge(self, events: Events, *, enforce: bool) -> Verdicts:
        """None has a verdict here."""
        return unjudged(len(events))

    def tokens(self, times_ms: Integers, numbers: Integers) -> npt.NDArray[np.uint8]:
        """None of them: tokens come with the verdicts."""
        return np.zeros((len(numbers), 0), np.uint8)


Judge = ScreenerJudge | Elsewhere


def unjudged(count: int) -> Verdicts:
    """Of events that nobody decides: no verdict."""
    judged = np.zeros(count, JUDGED)
    judged["row"], judged["decision"] = -1, -1
    return Verdicts(judged, np.zeros((0, 0), np.int64), ())
