"""The place of a caller among 10,000 for a canary rule, compiled: equal to `canary_place`.

SHA-256 costs more than all rules together, and a few callers make most calls: the places of some callers are kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from haodun.compiled import borrowing
from haodun.screening.policy.fast.sha256 import BLOCK, DIGEST, begun, compress, finish
from haodun.screening.policy.rule import Rule, StageKind

MOST_DIGITS: Final = 20
"""Of a key in decimal, with its sign."""
KEPT: Final = 4_096
"""Callers whose place is kept for each rule; a power of two."""
_SPREAD: Final = -7046029254386353131
"""2^64 divided by the golden ratio, odd, as int64 (Knuth, TAOCP 3, 6.4)."""


class Canaries(NamedTuple):
    """The canary rules of a policy, each with the state of SHA-256 behind rule id and salt; and room to work in."""

    place: npt.NDArray[Any]
    """Of each rule among the canary rules, −1 where it is none."""
    states: npt.NDArray[Any]
    rests: npt.NDArray[Any]
    filled: npt.NDArray[Any]
    totals: npt.NDArray[Any]
    state: npt.NDArray[Any]
    block: npt.NDArray[Any]
    digits: npt.NDArray[Any]
    words: npt.NDArray[Any]
    callers: npt.NDArray[Any]
    """The callers whose place is kept, a row a canary rule."""
    places: npt.NDArray[Any]
    """Of each 1 + its place, 0 where none is kept."""


def canaries(rules: Sequence[Rule], *, salt: str) -> Canaries:
    """The canary rules among some rules."""
    chosen = [index for index, rule in enumerate(rules) if rule.stage.kind is StageKind.CANARY]
    place = np.full(len(rules), -1, np.int64)
    place[chosen] = np.arange(len(chosen))
    starts = [begun(f"{rules[index].id}\0{salt}\0".encode()) for index in chosen]
    return Canaries(
        place,
        np.array([start.state for start in starts], np.int64).reshape(-1, DIGEST),
        np.array([start.rest for start in starts], np.uint8).reshape(-1, BLOCK),
        np.array([start.filled for start in starts], np.int64),
        np.array([start.total for start in starts], np.int64),
        np.zeros(DIGEST, np.int64),
        np.zeros(2 * BLOCK, np.uint8),
        np.zeros(MOST_DIGITS, np.uint8),
        np.zeros(64, np.int64),
        np.zeros((len(chosen), KEPT), np.int64),
        np.zeros((len(chosen), KEPT), np.int64),
    )


@borrowing
def decimal(value: int, digits: npt.NDArray[Any]) -> int:
    """Write a key in decimal into `digits`, right-aligned; where it begins."""
    at = MOST_DIGITS
    rest = value if value >= 0 else -value
    while True:
        at -= 1
        digits[at] = 48 + rest % 10
        rest //= 10
        if rest == 0:
            break
    if value < 0:
        at -= 1
        digits[at] = 45
    return at


@borrowing
def place_of(canary: Canaries, which: int, caller: int) -> int:
    """The caller's place for the canary rule `which` (its place among them); the key is above −2^63."""
    spread = caller * _SPREAD
    at = (spread ^ spread >> 32) & KEPT - 1
    if canary.places[which, at] and canary.callers[which, at] == caller:
        return int(canary.places[which, at] - 1)
    place = hashed_place(canary, which, caller)
    canary.callers[which, at], canary.places[which, at] = caller, 1 + place
    return place


@borrowing
def hashed_place(canary: Canaries, which: int, caller: int) -> int:
    """The same by SHA-256."""
    state, block = canary.state, canary.block
    for index in range(DIGEST):
        state[index] = canary.states[which, index]
    at = canary.filled[which]
    for index in range(at):
        block[index] = canary.rests[which, index]
    for index in range(decimal(caller, canary.digits), MOST_DIGITS):
        block[at] = canary.digits[index]
        at += 1
    total = canary.totals[which] + at - canary.filled[which]
    if at >= BLOCK:
        compress(state, block, 0, canary.words)
        at -= BLOCK
        for index in range(at):
            block[index] = block[BLOCK + index]
    finish(state, block, at, total, canary.words)
    place = 0
    for index in range(DIGEST):
        place = ((place << 32) + state[index]) % 10_000
    return place
