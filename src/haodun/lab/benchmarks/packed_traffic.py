"""Packed events of made-up traffic, as arrays from the first: for figures of millions of events."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from haodun.screening.events import EventKind, trunk_id
from haodun.screening.events.packed import EVENT, Events

START_MS = 1_763_600_000_000
FIRST_KEY = 8_613_000_000_000
CALLS_A_DAY = 4
"""Of one number, as caller: how fast the clock goes in traffic."""
ZIPF = 0.9
"""Exponent of the share of calls by rank, as measured in `ENGINE.md`'s sense: a few numbers make many of the calls."""
_TRUNKS = np.array([trunk_id(f"trunk-{place}") for place in range(64)], np.int64)


def keys_of(places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Numbers that lie in no order: 15 digits at most, one for each place."""
    return FIRST_KEY + places * 7_919 % 99_999_999_977


def newcomers(first: int, count: int, *, time_ms: int, number: int) -> Events:
    """One attempt by each of `count` numbers from place `first` on, all at one time, to nobody."""
    events = _blank(count, number)
    events["time_ms"] = time_ms
    events["caller"] = keys_of(np.arange(first, first + count, dtype=np.int64))
    return events


def traffic(calls: int, *, numbers: int, seed: int, start_ms: int, number: int, uniform: bool) -> Events:
    """Attempt, end and, of two calls in three, answer of `calls` calls among `numbers` numbers, in order of time."""
    random = np.random.default_rng(seed)
    callers = random.integers(0, numbers, calls) if uniform else _ranks(random, calls, numbers) * 48_271 % numbers
    started = start_ms + np.sort(random.integers(0, 86_400_000 * calls // (numbers * CALLS_A_DAY) + 1, calls))
    answered = random.random(calls) < 2 / 3
    ringing, talking = random.integers(2_000, 30_000, calls), random.integers(3, 300, calls)
    call = np.repeat(np.arange(calls), 3)
    kinds = np.tile(np.array([EventKind.ATTEMPT, EventKind.ANSWER, EventKind.END], np.int64), calls)
    times = started[call] + np.where(kinds == EventKind.ATTEMPT, 0, ringing[call])
    times += np.where((kinds == EventKind.END) & answered[call], 1000 * talking[call], 0)
    order = np.argsort(times, kind="stable")
    order = order[(kinds[order] != EventKind.ANSWER) | answered[call[order]]]
    call, kinds = call[order], kinds[order]
    events = _blank(len(order), number)
    events["time_ms"], events["kind"], events["answered"] = times[order], kinds, answered[call]
    events["caller"], events["callee"] = keys_of(callers)[call], keys_of(random.integers(0, numbers, calls))[call]
    words = random.integers(0, 2**64, (4, calls), dtype=np.uint64)
    for names, word in zip(_WORDS, words, strict=False):
        for name in names:
            events[name] = word[call]
    events["trunk_id"] = _TRUNKS[random.integers(0, len(_TRUNKS), calls)][call]
    events["seconds"], events["ring_ms"] = np.where(answered[call], talking[call], 0), ringing[call]
    events["device"] = (callers * 31 + 1)[call]
    return events


_WORDS = (("call_high", "attempt_high"), ("call_low", "attempt_low"))


def _ranks(random: np.random.Generator, count: int, numbers: int) -> npt.NDArray[np.int64]:
    """Ranks by Zipf's law: the inverse of the integral of x^-ZIPF."""
    power = 1 - ZIPF
    drawn = (random.random(count) * (numbers**power - 1) + 1) ** (1 / power)
    ranks: npt.NDArray[np.int64] = np.minimum(drawn.astype(np.int64), numbers) - 1
    return ranks


def _blank(count: int, number: int) -> Events:
    events: npt.NDArray[Any] = np.zeros(count, EVENT)
    events["number"] = np.arange(number, number + count)
    events["trunk_id"] = _TRUNKS[0]
    events["call_high"] = events["attempt_high"] = np.arange(number, number + count, dtype=np.uint64) * np.uint64(
        0x9E3779B97F4A7C15
    )
    events["call_low"] = events["attempt_low"] = events["call_high"] * np.uint64(0xBF58476D1CE4E5B9)
    return events
