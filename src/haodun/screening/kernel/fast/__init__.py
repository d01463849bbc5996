"""The compiled kernel: equal to the oracle in every reading, made for a country's calls on one machine."""

from haodun.screening.kernel.fast.ahead import INDEX_AHEAD, RECORDS_AHEAD, prefetch_index, prefetch_records
from haodun.screening.kernel.fast.counting import REPEAT, actor, count, outcome, settle
from haodun.screening.kernel.fast.kernel import FastKernel, run_events
from haodun.screening.kernel.fast.layout import (
    CALLEE_SLOT,
    CALLER_SLOT,
    EARLIER,
    KEY,
    LIVE_EVENT,
    NOW_MS,
    QUIET_MS,
    REPEAT_OF,
    State,
    make_state,
)
from haodun.screening.kernel.fast.reading import WIDTH, features

__all__ = [
    "CALLEE_SLOT",
    "CALLER_SLOT",
    "EARLIER",
    "INDEX_AHEAD",
    "KEY",
    "LIVE_EVENT",
    "NOW_MS",
    "QUIET_MS",
    "RECORDS_AHEAD",
    "REPEAT",
    "REPEAT_OF",
    "WIDTH",
    "FastKernel",
    "State",
    "actor",
    "count",
    "features",
    "make_state",
    "outcome",
    "prefetch_index",
    "prefetch_records",
    "run_events",
    "settle",
]
