"""What a carrier, a province and a country need, from figures measured here: memory, processors, disk, restart time.

What is supposed of the traffic is SCALE.md's: 150,000 calls a second at the peak of 1.6 bn numbers, three calls a
number and day, each an attempt, an end and, of two in three, an answer. What is measured: bytes of state a number, CPU
of a whole decision (kernel, row, the cn pack), CPU and bytes of writing it to the live log, and of replaying it. The
state has a third more room than numbers.
"""

from __future__ import annotations

import tempfile
import time
from typing import NamedTuple

import numpy as np

from haodun.lab.benchmarks.packed_traffic import START_MS, traffic
from haodun.lab.benchmarks.row import CPU, Figure, Row
from haodun.numbering import Kind, load_plan
from haodun.screening.events import Trunks
from haodun.screening.events.packed import Events
from haodun.screening.kernel import Parameters
from haodun.screening.kernel.fast.layout import bytes_a_number
from haodun.screening.policy import load_policy
from haodun.screening.verdicts import Mode
from haodun.screening.verdicts.fast import FastScreener, JudgedEvents
from haodun.store.columns import Column, Header, Texts, encode_columns

SITES = (("carrier, 5 M numbers", 5e6), ("province, 60 M numbers", 60e6), ("country, 1.6 bn numbers", 1.6e9))
PEAK_A_NUMBER = 150_000 / 1.6e9
"""Calls a second at the peak."""
CALLS_A_DAY = 3
EVENTS_A_CALL = 8 / 3
ROOM = 4 / 3
"""Capacity over numbers: a quarter of the state is probation."""
KEEP_DAYS = 7
"""DESIGN.md §3 `keep_input_days`."""
NUMBERS = 500_000
CALLS = 300_000
REPEATS = 3
WRITTEN = {
    "call_id": "3c9f2a7b51e84d0c@198.51.100.17",
    "transaction": "as7d6f5g 1 INVITE 8613800138000 8613900139000",
    "caller_text": "+8613800138000",
    "callee_text": "13900139000",
    "source": "udp:198.51.100.17:5060",
    "token": "",
}
BATCH = 64
"""Events decided and logged at once, as a live edge does under load."""


class Measured(NamedTuple):
    """Of one event or one number on this machine."""

    state_bytes: float
    decide_ns: Figure
    log_ns: Figure
    log_bytes: float
    replay_ns: Figure


def run() -> list[Row]:
    """First what was measured, then the sizes that follow from it."""
    found = _measure()
    rows = [
        Row("sizing", "state, bytes a number held", found.state_bytes, "B", 208.0, at_most=True),
        Row("sizing", "decide, cn pack, batches of 64", found.decide_ns, "ns/event"),
        Row("sizing", "write to the live log", found.log_ns, "ns/event"),
        Row("sizing", "live log", found.log_bytes, "B/event"),
        Row("sizing", "replay of the log", found.replay_ns, "ns/event"),
    ]
    for name, numbers in SITES:
        rows.extend(_site(name, numbers, found))
    return rows


def _site(name: str, numbers: float, found: Measured) -> list[Row]:
    events = numbers * PEAK_A_NUMBER * EVENTS_A_CALL
    day = numbers * CALLS_A_DAY * EVENTS_A_CALL
    return [
        Row("sizing", f"{name}: calls at the peak", numbers * PEAK_A_NUMBER, "calls/s"),
        Row("sizing", f"{name}: state in memory", numbers * ROOM * found.state_bytes / 1e9, "GB"),
        Row("sizing", f"{name}: cores that decide and log", events * (found.decide_ns + found.log_ns) / 1e9, ""),
        Row("sizing", f"{name}: live log of {KEEP_DAYS} days", KEEP_DAYS * day * found.log_bytes / 1e12, "TB"),
        Row("sizing", f"{name}: replay of a minute at the peak", 60 * events * found.replay_ns / 1e9, "s"),
    ]


def _measure() -> Measured:
    events = _traffic()
    warm, timed = events[: len(events) // 3], events[len(events) // 3 :]
    decided, logged, replayed = [], [], []
    size, a_number = 0, 0.0
    for _ in range(REPEATS):
        screener = _screener()
        screener.judge(warm)
        a_number = bytes_a_number(screener.kernel.state)
        batches = [timed[start : start + BATCH] for start in range(0, len(timed), BATCH)]
        started = time.process_time()
        found = [screener.judge(batch) for batch in batches]
        decided.append(time.process_time() - started)
        size, cost = _log(screener, batches, found)
        logged.append(cost)
        again = _screener()
        started = time.process_time()
        for batch, known in zip(batches, found, strict=True):
            again.replay(batch, known.judged, known.decisions)
        replayed.append(time.process_time() - started)
    decide, log, replay = (
        Figure.of([seconds / len(timed) * 1e9 for seconds in one], clock=CPU) for one in (decided, logged, replayed)
    )
    return Measured(a_number, decide, log, size / len(timed), replay)


def _log(screener: FastScreener, batches: list[Events], found: list[JudgedEvents]) -> tuple[int, float]:
    """Bytes of the frames, and the CPU time of encoding and writing them, in seconds."""
    header, size = Header(0, screener.policy.digest, False, 1), 0
    texts = {count: _texts(count) for count in {len(batch) for batch in batches}}
    with tempfile.TemporaryFile(buffering=0) as file:
        started = time.process_time()
        for batch, known in zip(batches, found, strict=True):
            frame = encode_columns(header, batch, known.judged, known.rows, known.decisions, texts[len(batch)])
            size += file.write(frame) or 0
        return size, time.process_time() - started


def _texts(count: int) -> Texts:
    """Texts as long as a switch's: what one event takes beside its records."""
    columns = {name: Column.of([text] * count) for name, text in WRITTEN.items()}
    return Texts(**columns, trunk=np.zeros(count, np.uint16), trunks=Column.of(["ngw-07"]))


def _screener() -> FastScreener:
    return FastScreener(
        policy=load_policy("cn"),
        plan=load_plan("CN"),
        trunks=Trunks({}),
        parameters=Parameters(),
        mode=Mode.ENFORCE,
        site_key=bytes(32),
        run_id="sizing",
    )


def _traffic() -> Events:
    """Calls among mobiles of the home country, as the number plan says of them."""
    events = traffic(CALLS, numbers=NUMBERS, seed=5, start_ms=START_MS, number=1, uniform=False)
    events["line"] = -1
    events["caller_kind"] = events["callee_kind"] = Kind.MOBILE
    events["caller_country"] = events["callee_country"] = 86
    events["caller_home"] = events["callee_home"] = events["caller_allocation"] = 1
    return events
