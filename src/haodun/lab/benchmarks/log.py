"""Suite `log`: what a call's frame in the live log costs, and how fast a log is counted again."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import numpy as np

from haodun.edge.serve.following import Followed
from haodun.edge.serve.kernels import Basis, make_kernel
from haodun.lab.benchmarks.packed_traffic import START_MS, traffic
from haodun.lab.benchmarks.row import CPU, Figure, Row
from haodun.numbering import load_plan
from haodun.screening.events import FEATURES, Action, Decision, Flag, Layer, Trunks
from haodun.screening.events.packed import COUNTED, ENFORCED, HAS_VERDICT, JUDGED, Events, Judged
from haodun.screening.kernel.home import home_parameters
from haodun.screening.policy import load_policy
from haodun.store.columns import Column, Columns, Header, Texts, batch_of, decode_columns, encode_columns
from haodun.store.frames import HEAD, encode_frame
from haodun.store.segments import SegmentWriter

CALLS = 120_000
"""Of the log that is counted again."""
NUMBERS = 100_000
FRAMES = (64, 512)
"""Events a frame: a quiet and a busy edge."""
ORACLE_EVENTS = 20_000
REFUSED = 10
"""One attempt in so many is refused and has its row."""
_DECISIONS = (
    Decision(Action.ALLOW, Layer.NONE, Flag.NONE, (), (), 0),
    Decision(Action.BLOCK, Layer.LISTS, Flag.NONE, ("ordered",), (), 0),
)
_HEADER = Header(1, "0" * 64, False, 1)


def run() -> list[Row]:
    """The suite."""
    events = traffic(CALLS, numbers=NUMBERS, seed=5, start_ms=START_MS, number=1, uniform=False)
    judged = _judged(events)
    rows = []
    for size in FRAMES:
        columns, plain = _encoding(events[:size], judged[:size])
        name = f"frame of {size} calls"
        rows.append(Row("log", f"{name}: columns, CPU a call", columns, "µs", target=1.0, at_most=True))
        rows.append(Row("log", f"{name}: columns against rows, CPU", columns / plain, "ratio"))
    for size in FRAMES:
        fast, oracle = _replay(events, judged, size)
        name = f"counted again, frames of {size}"
        rows.append(Row("log", f"{name}: fast", fast, "events/s", target=1_000_000))
        rows.append(Row("log", f"{name}: fast against oracle, CPU", fast / oracle, "ratio"))
    return rows


def _judged(events: Events) -> Judged:
    judged = np.zeros(len(events), JUDGED)
    attempts = events["kind"] == 0
    judged["number"], judged["row"] = events["number"], -1
    judged["state"] = np.where(attempts, HAS_VERDICT | COUNTED | ENFORCED, 0)
    refused = attempts & (events["number"] % REFUSED == 0)
    judged["decision"], judged["action"] = refused, np.where(refused, Action.BLOCK, Action.ALLOW)
    return judged


def _frame(events: Events, judged: Judged) -> bytes:
    count = len(events)
    judged = judged.copy()
    refused = np.flatnonzero(judged["action"])
    judged["row"][refused] = np.arange(len(refused))
    rows = np.zeros((len(refused), len(FEATURES)), np.int64)
    texts = Texts(
        call_id=Column.of(["3848276298220188511@192.0.2.1"] * count),
        transaction=Column.of(["a1 1 8613800138000 8613900001234"] * count),
        caller_text=Column.of(["+8613800138000"] * count),
        callee_text=Column.of(["+8613900001234"] * count),
        source=Column.of(["udp:192.0.2.1:5060"] * count),
        token=Column.of(["ABCDEFGHIJKLMNOPQRSTUVWXYZ"] * len(refused)),
        trunk=np.zeros(count, np.uint16),
        trunks=Column.of(["igw-1"]),
    )
    return encode_columns(_HEADER, events, judged, rows, _DECISIONS, texts)


def _encoding(events: Events, judged: Judged) -> tuple[Figure, Figure]:
    """µs of CPU time a call to make a frame: of columns whose parts lie ready, of rows from facts."""
    found: Columns = decode_columns(_frame(events, judged)[HEAD.size :])
    given = (_HEADER, found.events, found.judged, found.rows, _DECISIONS, found.texts)
    batch = batch_of(found)
    columns = [_cpu_us(lambda: encode_columns(*given), 2_000) / len(events) for _ in range(3)]
    plain = [_cpu_us(lambda: encode_frame(batch), 300) / len(events) for _ in range(3)]
    return Figure.of(columns, clock=CPU), Figure.of(plain, clock=CPU)


def _cpu_us(work: Callable[[], object], times: int) -> float:
    """CPU time of one call, µs."""
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times * 1e6


def _replay(events: Events, judged: Judged, size: int) -> tuple[Figure, Figure]:
    """Events a second of CPU time, read and counted by the compiled kernel and by the oracle."""
    with tempfile.TemporaryDirectory() as folder:
        whole, part = Path(folder) / "whole", Path(folder) / "part"
        for place, some in ((whole, len(events)), (part, ORACLE_EVENTS)):
            writer = SegmentWriter(place)
            for start in range(0, some, size):
                few = slice(start, min(start + size, some))
                frame = _frame(events[few], judged[few])
                first, last = int(events["number"][few][0]), int(events["number"][few][-1])
                writer.append_frame(frame, first=first, last=last, time_ms=int(events["time_ms"][start]))
            writer.close()
        _counting(part, "fast")  # what is compiled or loaded is not counted
        fast = Figure.of([_counting(whole, "fast") for _ in range(3)], clock=CPU)
        return fast, Figure.of([_counting(part, "oracle")], clock=CPU)


def _counting(log: Path, kernel: str) -> float:
    policy = load_policy("cn")
    basis = Basis(policy, load_plan("CN"), Trunks({}), bytes(32), "bench", "none")
    followed = Followed(log, make_kernel(kernel, basis, home_parameters("CN", UTC), folder=log), run="bench")
    began = time.process_time()
    while followed.step(START_MS * 2):
        pass
    return followed.counted / (time.process_time() - began)
