"""The exact interval of a share (Clopper and Pearson 1934). Figures for people: no verdict depends on it."""

from __future__ import annotations

import math
from collections.abc import Callable

STEPS = 100
"""Halvings of [0, 1]: far below the precision of a float."""


def clopper_pearson(hits: int, trials: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """The interval that holds the true share with at least `confidence`, given `hits` of `trials`.

    >>> low, high = clopper_pearson(0, 100)
    >>> low, round(high, 4)
    (0.0, 0.0362)
    """
    if not 0 <= hits <= trials:
        raise ValueError(f"{hits} of {trials} is no share")
    if trials == 0:
        return (0.0, 1.0)
    tail = (1 - confidence) / 2
    low = 0.0 if hits == 0 else _solve(lambda share: 1 - _at_most(hits - 1, trials, share) - tail)
    high = 1.0 if hits == trials else _solve(lambda share: tail - _at_most(hits, trials, share))
    return (low, high)


def _solve(rising: Callable[[float], float]) -> float:
    """Where a rising function on [0, 1] crosses zero."""
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _at_most(hits: int, trials: int, share: float) -> float:
    """P(X ≤ hits) of a binomial: the terms summed from the largest down, so that few are needed."""
    if share <= 0.0:
        return 1.0
    if share >= 1.0:
        return 0.0 if hits < trials else 1.0
    if hits > trials * share:
        return 1 - _sum(range(hits + 1, trials + 1), trials, share)
    return _sum(range(hits, -1, -1), trials, share)


def _sum(terms: range, trials: int, share: float) -> float:
    """The sum of binomial terms that fall from the first on."""
    if not terms:
        return 0.0
    first = terms[0]
    log = (
        math.lgamma(trials + 1)
        - math.lgamma(first + 1)
        - math.lgamma(trials - first + 1)
        + first * math.log(share)
        + (trials - first) * math.log1p(-share)
    )
    term = math.exp(log)
    total = 0.0
    odds = share / (1 - share)
    for count in terms:
        total += term
        if term < total * 1e-17:
            break
        term *= (trials - count) / (count + 1) * odds if terms.step > 0 else count / (trials - count + 1) / odds
    return total
