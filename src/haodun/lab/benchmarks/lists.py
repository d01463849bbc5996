"""Look-ups in a mapped list of a country's size, what a number takes, and the pause of a swap.

100 million numbers take 4.3 GB while they are made and packed, and half a minute; `HAODUN_BENCH_NUMBERS` asks for
another count.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import time
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from haodun.lab.benchmarks.row import CPU, Figure, Row
from haodun.numbering import load_plan
from haodun.screening.events import Trunks
from haodun.screening.kernel import Parameters
from haodun.screening.policy import Policy, load_policy
from haodun.screening.snapshot.columns import Column
from haodun.screening.snapshot.lookup import lookup_tables, mark
from haodun.screening.snapshot.packed import MappedList, pack
from haodun.screening.verdicts import Mode
from haodun.screening.verdicts.fast import FastScreener

NUMBERS = 100_000_000
SPAN_A_NUMBER = 70
"""100 million numbers in the 7 thousand million that Chinese mobile numbers span."""
FIRST = 8_613_000_000_000
LOOK_UPS = 400_000
NOW = 1_794_787_200_000
SWAPS = 200

Integers = npt.NDArray[Any]


def run() -> list[Row]:
    """Bytes and nanoseconds a number; the pause of a swap between two snapshots."""
    count = int(os.environ.get("HAODUN_BENCH_NUMBERS", NUMBERS))
    with tempfile.TemporaryFile() as file:
        numbers = _spread(count)
        column = Column(numbers, np.full(count, NOW // 1_000 + 86_400))
        file.write(pack(column))
        file.flush()
        asked = _asked(numbers)
        del numbers, column
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as image:
            found = MappedList.over(image, name="black", digest="")
            rows = [
                Row("lists", f"{count:,} numbers, bytes each", len(image) / count, "B", 2.1, at_most=True),
                Row("lists", "look-up, half of them hits", _look_up(found, asked), "ns", 150.0, at_most=True),
                Row(
                    "lists",
                    f"longest pause of {SWAPS} swaps of policy and lists",
                    _swap(found),
                    "ms",
                    1.0,
                    at_most=True,
                ),
            ]
            del found
    return rows


def _spread(count: int) -> Integers:
    chance = np.random.default_rng(7)
    return np.cumsum(chance.integers(1, 2 * SPAN_A_NUMBER, count, dtype=np.uint8), dtype=np.int64) + FIRST


def _asked(numbers: Integers) -> Integers:
    """Numbers to look up, about half of them on the list, in no order."""
    chance = np.random.default_rng(8)
    hits = numbers[chance.integers(0, len(numbers), LOOK_UPS // 2)]
    others = chance.integers(FIRST, int(numbers[-1]), LOOK_UPS - len(hits))
    asked = np.concatenate([hits, others])
    chance.shuffle(asked)
    return asked


def _look_up(found: MappedList, asked: Integers) -> Figure:
    tables, times = lookup_tables(found), np.full(len(asked), NOW, np.int64)
    bits, measured = np.zeros(len(asked), np.int64), []
    mark(tables, asked, times, 1, bits)
    for _ in range(7):
        started = time.thread_time()
        mark(tables, asked, times, 1, bits)
        measured.append((time.thread_time() - started) * 1e9 / len(asked))
    return Figure.of(measured, clock=CPU)


def _swap(found: MappedList) -> float:
    """Milliseconds of this thread during which no call is decided, when everything is ready: the longest of many."""
    policies = [_with_list(load_policy(name), found) for name in ("cn", "intl")]
    screener = FastScreener(
        policy=policies[0],
        plan=load_plan("CN"),
        trunks=Trunks({}),
        parameters=Parameters(),
        mode=Mode.ENFORCE,
        site_key=bytes(32),
        run_id="bench",
    )
    ready = [screener.prepare(policy=policy, plan=load_plan("CN"), trunks=Trunks({})) for policy in policies]
    measured = []
    for place in range(SWAPS):
        started = time.thread_time()
        screener.swap(ready[place % 2])
        measured.append((time.thread_time() - started) * 1e3)
    return max(measured)


def _with_list(policy: Policy, found: MappedList) -> Policy:
    return replace(policy, lists={**policy.lists, "black": found})
