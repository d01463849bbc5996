"""Events that try to make the two kernels differ: edges of windows, full tables, repeats, late and live calls.

A stream is made from a seed by integers alone, so it is the same on every machine and version of Python.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from haodun.numbering import Form, IngressClass, Kind, Number, Refusal
from haodun.screening.events import Attestation, Cause, Event, EventKind, Presentation, Roaming
from haodun.screening.kernel import Parameters

START = 1_763_596_800_000
"""2025-11-20 00:00 UTC: the beginning of a minute, an hour and a day."""
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
CAUSES, KINDS, CLASSES = tuple(Cause), tuple(EventKind), tuple(IngressClass)
ATTEMPT, ANSWER, END = KINDS

WORLDS: dict[str, Parameters] = {
    "tiny": Parameters(capacity=32, max_repeats=3, max_open_calls=2),
    "one in probation": Parameters(capacity=40, probation_thousandths=1, max_repeats=50, max_open_calls=20),
    "one set": Parameters(capacity=32, probation_thousandths=700, protect_s=300, record_match_s=0),
    "crowded": Parameters(capacity=64, run_gap=1, utc_offset_minutes=-210, max_repeats=64, max_open_calls=40),
    "wide": Parameters(capacity=2_000, late_attempt_s=30, late_outcome_s=120, night_from=6, night_to=22),
    "narrow windows": Parameters(
        capacity=200, repeat_window_s=0, late_attempt_s=0, late_outcome_s=0, utc_offset_minutes=345, protect_s=0
    ),
}
"""Parameter sets under which other things are full, at an edge, or off."""


@dataclass
class Step:
    """One event, and what is then told to the kernel."""

    event: Event
    decision: int
    """Of an attempt: 1 is ALLOW."""
    blocked: bool


class Adversary:
    """An endless stream for one set of parameters."""

    def __init__(self, parameters: Parameters, seed: int, *, start_ms: int = START) -> None:
        self._random = random.Random(seed)
        self._now = start_ms
        self._number = 0
        self._people = [8613800000000 + 3 * index for index in range(parameters.capacity * 2)]
        self._few = self._people[:24]
        self._recent: list[Event] = []

    def steps(self, count: int) -> Iterator[Step]:
        """The next `count` events."""
        for _ in range(count):
            yield self._step()

    def _step(self) -> Step:
        below = self._random.randrange
        self._number += 1
        self._go_on()
        event = self._again() if self._recent and below(100) < 30 else self._fresh()
        event = event._replace(number=self._number)
        if event.kind is ATTEMPT:
            self._recent.append(event)
            if len(self._recent) > 60:
                del self._recent[below(40)]
        decision = 1 if below(100) < 80 else 2 + below(4)
        return Step(event, decision, decision == 5)

    def _go_on(self) -> None:
        """Move the clock: not at all, a little, to the very edge of a window, or far."""
        below = self._random.randrange
        kind = below(1000)
        if kind < 600:
            self._now += below(700)
        elif kind < 700:
            span = (MINUTE, HOUR, DAY)[min(below(60) // 28, 2)]
            self._now += span - self._now % span + below(3) - 1
        elif kind < 704:
            self._now += (HOUR, 2 * HOUR, DAY, 2 * DAY)[below(4)] + below(5) - 2

    def _time(self) -> int:
        """Nearly always now; else a step back, up to beyond every lateness."""
        below = self._random.randrange
        kind = below(100)
        if kind < 80:
            return self._now
        if kind < 90:
            return self._now - below(4_000)
        edge = (MINUTE, HOUR, DAY, 32_000, 30_000, 120_000, 300_000, 86_400_000)[below(8)]
        back = self._now - edge + below(3) - 1 if kind < 96 else self._now - self._now % edge - below(2)
        return max(back, -10 * DAY)

    def _party(self) -> int:
        """A number of a few, of many, one next to another's, or none."""
        below = self._random.randrange
        kind = below(100)
        if kind < 55:
            return self._few[below(len(self._few))]
        if kind < 80:
            return self._people[below(len(self._people))]
        if kind < 92:
            return self._people[below(8)] + below(5) - 2
        return 0 if kind < 98 else 8613999999999 - below(1000)

    def _fresh(self) -> Event:
        below = self._random.randrange
        caller, callee = self._party(), self._party()
        if below(40) == 0:
            callee = caller
        kind = ATTEMPT if below(100) < 60 else (ANSWER if below(2) else END)
        return Event(
            0, self._time(), kind, f"c{self._number if below(10) else below(30)}", "",
            below(4) == 0, "", _number(caller), "", _number(callee), f"trunk-{below(12)}", CLASSES[below(6)],
            Presentation.ALLOWED, Attestation.NONE, Roaming.UNKNOWN, 0, self._device(), 0,
            below(3) > 0, self._seconds(), self._ringing(), CAUSES[below(len(CAUSES))], "",
        )._replace(transaction=f"t{below(4)}" if below(3) == 0 else "")  # fmt: skip

    def _again(self) -> Event:
        """A later word of an earlier attempt: its repeat, answer, end, its record, or a call of the same two."""
        below = self._random.randrange
        event = self._recent[below(len(self._recent))]
        kind = below(100)
        if kind < 25:
            return event._replace(time_ms=self._near(event.time_ms, 32_000))
        if kind < 35:
            return event._replace(transaction=f"t{below(4)}", time_ms=self._time())
        if kind < 80:
            answered = below(3) > 0
            return event._replace(
                kind=ANSWER if below(2) else END, time_ms=self._time(), answered=answered,
                seconds=self._seconds(), ring_ms=self._ringing(), cause=CAUSES[below(len(CAUSES))],
            )  # fmt: skip
        own = event.call_id if below(2) else f"r{self._number}"
        return event._replace(call_id=own, live=below(3) == 0, time_ms=self._near(event.time_ms, 3_000))

    def _near(self, time_ms: int, width: int) -> int:
        below = self._random.randrange
        if below(3) == 0:
            return self._time()
        return time_ms + (width + below(3) - 1) * (1 if below(2) else -1) if below(2) else time_ms + below(2 * width)

    def _device(self) -> int:
        below = self._random.randrange
        return (0, below(3), -below(4), (below(3) << 32) | below(3), below(2**63))[below(5)]

    def _seconds(self) -> int:
        below = self._random.randrange
        return (below(12), 9, 10, -5, below(100_000), 2**31 - 1 - below(2), 2**62)[min(below(40), 6)]

    def _ringing(self) -> int:
        below = self._random.randrange
        return (below(8_000), 7_999, 8_000, 60_000, -1)[below(5)]


def _number(key: int) -> Number:
    if key > 0:
        return Number(key, Kind.MOBILE, 86, Form.SUBSCRIBER, Refusal.NONE)
    return Number(0, Kind.UNKNOWN, 0, Form.NONE, Refusal.ANONYMOUS)
