"""Events per second through the oracle, on ordinary-looking traffic."""

from __future__ import annotations

from haodun.lab.benchmarks.row import Row, rate
from haodun.numbering import Form, IngressClass, Kind, Number, Refusal
from haodun.screening.events import Attestation, Cause, Event, EventKind, Presentation, Roaming
from haodun.screening.kernel import Oracle, Parameters

CALLS = 30_000
TARGET = 100_000.0
"""Events per second and core: what DESIGN.md expects of plain Python."""


def mobile(index: int) -> Number:
    """A made-up Chinese mobile number."""
    return Number(8613_900_000_000 + index, Kind.MOBILE, 86, Form.SUBSCRIBER, Refusal.NONE)


def call_events(calls: int, *, callers: int, start_ms: int = 1_763_600_000_000) -> list[Event]:
    """Attempt, answer and end of `calls` calls; `callers` numbers call each other in a fixed pseudo-random order."""
    events: list[Event] = []
    for index in range(calls):
        caller, callee = mobile(index * 7919 % callers), mobile((index * 104_729 + 11) % callers)
        time = start_ms + index * 50
        seconds = 3 + index * 31 % 200
        kinds = ((EventKind.ATTEMPT, 0), (EventKind.ANSWER, 8_000), (EventKind.END, 8_000 + seconds * 1000))
        for kind, delay in kinds if index % 3 else (kinds[0], kinds[2]):
            event = Event(
                0, time + delay, kind, f"c{index}", "", False, "", caller, "", callee, f"trunk-{index % 5}",
                IngressClass.INTER_NETWORK, Presentation.ALLOWED, Attestation.NONE, Roaming.UNKNOWN, 0, 0, 0,
                bool(index % 3), seconds, 8_000, Cause.NORMAL, "",
            )  # fmt: skip
            events.append(event)
    events.sort(key=lambda event: (event.time_ms, event.call_id, event.kind))
    return [event._replace(number=number) for number, event in enumerate(events, 1)]


def run() -> list[Row]:
    """Events per CPU second for a small and a large population."""
    rows = []
    for callers in (2_000, 100_000):
        events = call_events(CALLS, callers=callers)

        def work(events: list[Event] = events) -> int:
            oracle = Oracle(Parameters())
            for event in events:
                if event.kind is EventKind.ATTEMPT:
                    oracle.attempt(event)
                else:
                    oracle.outcome(event)
            return len(events)

        rows.append(Row("kernel", f"oracle, {callers:,} numbers", rate(work), "events/s", TARGET))
    return rows
