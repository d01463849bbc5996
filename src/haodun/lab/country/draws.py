"""Every lot that the synthetic country draws: seeded 64-bit words and exact integer ways of reading them.

Theory of operation. NumPy promises the words of a bit generator for ever, but not what its `Generator` makes of them,
and libm differs between machines in the last bit. So the lab takes only raw 64-bit words (PCG64, or a hash of an index)
and reads them with integers: a chance is a comparison, a choice a look-up in cumulated weights, an amount a look-up in
a table of 1,024 quantiles rounded to thousandths. Each population has streams of its own, keyed by its name: adding one
moves no other.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Words: TypeAlias = npt.NDArray[np.uint64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]

QUANTILES = 1024
"""Entries of a table of amounts: the largest drawn lies 3.3 standard deviations above the median."""

_HALF = np.uint64(32)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def mix(words: Words) -> Words:
    """Scramble each word (the finaliser of splitmix64): a bijection of 64-bit words."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def salt(seed: int, *names: str) -> np.uint64:
    """A 64-bit key of a seed and a path of names, the same on every machine."""
    digest = hashlib.sha256("/".join((str(seed), *names)).encode("utf-8")).digest()
    return np.uint64(int.from_bytes(digest[:8], "big"))


def hashed(key: np.uint64, index: Ints | Words) -> Words:
    """One word for each index, whatever the order in which they are asked for."""
    with np.errstate(over="ignore"):
        return mix(index.astype(np.uint64) * _GOLDEN + key)


class Stream:
    """A sequence of words for one purpose of one population."""

    def __init__(self, seed: int, *names: str) -> None:
        digest = hashlib.sha256("/".join((str(seed), *names)).encode("utf-8")).digest()
        entropy = [int.from_bytes(digest[at : at + 4], "big") for at in range(0, 32, 4)]
        self._bits = np.random.PCG64(np.random.SeedSequence(entropy))

    def words(self, count: int) -> Words:
        """The next `count` words."""
        return np.asarray(self._bits.random_raw(count), dtype=np.uint64).reshape(count)


def chance(words: Words, share: float) -> Bools:
    """True in about `share` (0–1) of the words; uses their upper half."""
    return (words >> _HALF) < np.uint64(round(share * 2**32))


def below(words: Words, bound: int | Ints) -> Ints:
    """An integer from 0 to bound - 1 (bound < 2^32) for each word; uses their upper half."""
    limit = np.asarray(bound).astype(np.uint64)
    return (((words >> _HALF) * limit) >> _HALF).astype(np.int64)


def cumulate(weights: Sequence[float]) -> Words:
    """Weights as cumulated shares of 2^32, for `pick`; all zero counts as all equal."""
    total = sum(weights)
    shares = [weight / total for weight in weights] if total > 0 else [1 / len(weights)] * len(weights)
    ends: list[int] = []
    reached = 0.0
    for share in shares:
        reached += share
        ends.append(min(2**32, round(reached * 2**32)))
    last = max(position for position, share in enumerate(shares) if share > 0)
    return np.array([*ends[:last], *([2**32] * (len(ends) - last))], dtype=np.uint64)


def pick(words: Words, cumulated: Words) -> Ints:
    """The position that each word falls on; uses their upper half."""
    return np.searchsorted(cumulated, words >> _HALF, side="right").astype(np.int64)


def quantiles(*, median: float, spread: float, largest: float) -> Ints:
    """A log-normal amount as a table for `amount`, in thousandths of its unit.

    `spread` is the geometric standard deviation: about two thirds of the amounts lie between median/spread and
    median*spread. `largest` cuts the tail.
    """
    normal = NormalDist()
    steps = ((position + 0.5) / QUANTILES for position in range(QUANTILES))
    values = (math.exp(math.log(median) + math.log(spread) * normal.inv_cdf(step)) for step in steps)
    return np.array([round(min(value, largest) * 1000) for value in values], dtype=np.int64)


def amount(words: Words, table: Ints) -> Ints:
    """An amount for each word, in thousandths of the table's unit; uses their upper ten bits."""
    return table[(words >> np.uint64(54)).astype(np.int64)]
