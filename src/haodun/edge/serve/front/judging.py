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
from haodun.screening.verdicts.fast import FastScreener, TokenMaker

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

    def judge(self, events: Events, *, enforce: bool) -> Verdicts:
        """The verdicts on attempts in their order; one whose `repeat_of` is not 0 repeats another, uncounted."""
        self._screener.mode = Mode.ENFORCE if enforce else Mode.OBSERVE
        found = self._screener.judge(events)
        return Verdicts(found.judged, found.rows, found.decisions)

    @property
    def tokens(self) -> TokenMaker:
        """Who makes redress tokens."""
        return self._screener.tokens


class Elsewhere:
    """Another process judges: here only the key is known under which fingerprints are made."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.tokens = TokenMaker(b"", run_id="", site=0)
        """Of nobody: tokens come with the verdicts."""

    def warm(self) -> None:
        """Nothing is asked here."""

    def judge(self, events: Events, *, enforce: bool) -> Verdicts:
        """None has a verdict here."""
        return unjudged(len(events))


Judge = ScreenerJudge | Elsewhere


def unjudged(count: int) -> Verdicts:
    """Of events that nobody decides: no verdict."""
    judged = np.zeros(count, JUDGED)
    judged["row"], judged["decision"] = -1, -1
    return Verdicts(judged, np.zeros((0, 0), np.int64), ())
