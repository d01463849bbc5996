"""The compiled kernel beside its memory floor and beside the oracle; events per second through both.

Theory of operation. A population is made known first (two attempts in two minutes each), with twice its number as
capacity; then traffic is taken in rounds, and in each the floor (`kernel_floor`) touches the same lines. CPU time, and
ratios within a round: the machines are shared and drift.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import numpy as np

from haodun.lab.benchmarks.huge_pages import collapse, mapping_of
from haodun.lab.benchmarks.kernel_floor import COLUMNS, touch, trace
from haodun.lab.benchmarks.packed_traffic import START_MS, newcomers, traffic
from haodun.lab.benchmarks.row import CPU, Figure, Row, rate
from haodun.numbering import Form, IngressClass, Kind, Number, Refusal
from haodun.screening.events import Attestation, Cause, Event, EventKind, Presentation, Roaming
from haodun.screening.kernel import Oracle, Parameters
from haodun.screening.kernel.fast import WIDTH, State, make_state, run_events
from haodun.screening.kernel.fast.layout import bytes_a_number

CALLS = 30_000
TARGET = 100_000.0
"""Events per second and core: what DESIGN.md expects of plain Python."""
POPULATIONS = "HAODUN_KERNEL_NUMBERS"
"""Variable that names other populations, such as 1000000,10000000 (4 GB of memory, a minute more)."""
POPULATION = 1_000_000
"""Numbers of the fast kernel's figures where it names none."""
ROUND_CALLS, ROUNDS = 150_000, 5
_FILLED_AT_ONCE = 250_000
MINUTE_MS = 60_000
ALL_HUGE = 0.99
"""Of a state's memory: less in huge pages, and the names of the figures say so."""
ORACLE_FACTOR, FLOOR_FACTOR, NUMBER_BYTES = 60.0, 3.0, 208.0
"""Targets of DESIGN.md §7."""


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


def known(numbers: int) -> tuple[State, int, int]:
    """A kernel that knows a population: its state, the next event's number, and its clock."""
    state = make_state(Parameters(capacity=2 * numbers), secret=0x5EED)
    row, number, now = np.zeros((1, WIDTH), np.int64), 1, START_MS
    for first in range(0, numbers, _FILLED_AT_ONCE):
        count = min(_FILLED_AT_ONCE, numbers - first)
        for _ in range(2):
            events = newcomers(first, count, time_ms=now, number=number)
            run_events(state, events, row, np.zeros(count, np.int64))
            number, now = number + count, now + MINUTE_MS
    return state, number, now


def huge_share(state: State) -> float | None:
    """The part of a state's used memory that lies in huge pages, after those not given were asked for; None: unsaid."""
    mapping = mapping_of(state.head.ctypes.data)
    if mapping is not None and mapping.share < ALL_HUGE:
        collapse(mapping)
        mapping = mapping_of(state.head.ctypes.data)
    return None if mapping is None else mapping.share


def rounds(population: tuple[State, int, int], numbers: int, *, uniform: bool) -> Iterator[tuple[float, float]]:
    """Nanoseconds an event of the kernel and of its floor, round by round; the first, which warms up, is left out."""
    state, number, now = population
    row = np.zeros((1, WIDTH), np.int64)
    for round_ in range(ROUNDS + 1):
        events = traffic(ROUND_CALLS, numbers=numbers, seed=round_, start_ms=now, number=number, uniform=uniform)
        number, now = number + len(events), int(events["time_ms"][-1])
        results, lines = np.zeros(len(events), np.int64), np.zeros((len(events), COLUMNS), np.int64)
        trace(state, events, lines)
        started = time.process_time()
        run_events(state, events, row, results)
        counted = time.process_time()
        touch(state, events, lines, 0)
        touched = time.process_time()
        if round_:
            yield (counted - started) / len(events) * 1e9, (touched - counted) / len(events) * 1e9


def fast_rows(numbers: int, oracle: float) -> list[Row]:
    """The compiled kernel's figures with a population; `oracle` is the oracle's rate."""
    rows: list[Row] = []
    for uniform, name in ((False, "few call much"), (True, "all alike")):
        population = known(numbers)
        share = huge_share(population[0])
        measured = list(rounds(population, numbers, uniform=uniform))
        place = f"{numbers:,} numbers, {name}"
        if share is not None:
            rows.append(Row("kernel", f"state in huge pages, {place}", share, "ratio"))
            place += "" if share >= ALL_HUGE else f", {share:.0%} in huge pages"
        speed = Figure.of([1e9 / ours for ours, _ in measured], clock=CPU)
        floor = Figure.of([ours / least for ours, least in measured], clock=CPU)
        rows += [
            Row("kernel", f"fast, {place}", speed, "events/s"),
            Row("kernel", f"fast / memory floor, {place}", floor, "times", FLOOR_FACTOR, at_most=True),
            Row("kernel", f"fast / oracle, {place}", speed / oracle, "times", ORACLE_FACTOR),
        ]
    return rows


def run() -> list[Row]:
    """Events per CPU second of the oracle, then the compiled kernel's figures."""
    rows = [oracle_row(callers) for callers in (2_000, 100_000)]
    oracle = float(rows[-1].value)
    for numbers in os.environ.get(POPULATIONS, str(POPULATION)).split(","):
        rows += fast_rows(int(numbers), oracle)
    size = bytes_a_number(make_state(Parameters(capacity=POPULATION)))
    return [*rows, Row("kernel", "fast, bytes a number", size, "bytes", NUMBER_BYTES, at_most=True)]


def oracle_row(callers: int) -> Row:
    """The oracle's rate with a population."""
    events = call_events(CALLS, callers=callers)

    def work() -> int:
        oracle = Oracle(Parameters())
        for event in events:
            if event.kind is EventKind.ATTEMPT:
                oracle.attempt(event)
            else:
                oracle.outcome(event)
        return len(events)

    return Row("kernel", f"oracle, {callers:,} numbers", rate(work), "events/s", TARGET)
