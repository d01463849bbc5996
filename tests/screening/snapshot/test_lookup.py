"""Look-ups by compiled code answer as the mapped list itself does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.screening.snapshot.test_lists import EDGES, ends, numbers, packed

from haodun.screening.snapshot import Column, MappedList, pack
from haodun.screening.snapshot.columns import MAX_NUMBER
from haodun.screening.snapshot.lookup import GROUP, WINDOW, holds, lookup_tables, mark

SECOND = 1_000
NOW = 1_795_000_000_000


@given(st.dictionaries(numbers, ends, max_size=80), st.lists(numbers, max_size=20))
def test_a_compiled_look_up_answers_as_the_list_does(entries: dict[int, int], strangers: list[int]) -> None:
    found = packed(entries)
    tables = lookup_tables(found)
    asked = {*entries, *strangers, *(number + 1 for number in entries), *(number - 1 for number in entries)}
    for number in {*asked, *EDGES, 0, -1, -(2**62), -(2**63), 2**63 - 1}:
        end = entries.get(number, 0) // SECOND * SECOND
        for moment in (0, end - 1, end, end + 1):
            assert holds(tables, number, moment) is found.holds(number, moment)


def crowded(chance: np.random.Generator, shape: str) -> np.ndarray:
    """Numbers of one bucket and its neighbours, spread in a way that misleads a guess."""
    base = 131_073 << 16
    if shape == "even":
        return np.unique(base + chance.integers(0, 3 << 16, 6_000))
    if shape == "all at one end":
        return base + 65_535 - np.arange(3 * WINDOW)[::-1]
    if shape == "two heaps":
        return np.concatenate([base + np.arange(2 * WINDOW), base + 65_000 + np.arange(2 * WINDOW)])
    return np.array([base, base + 65_535])


@pytest.mark.parametrize("own_ends", [False, True])
@pytest.mark.parametrize("shape", ["even", "all at one end", "two heaps", "first and last"])
def test_a_misleading_bucket_is_searched_to_the_end(shape: str, own_ends: bool) -> None:
    chance = np.random.default_rng(5)
    known = crowded(chance, shape)
    until = NOW + chance.integers(-5, 5, len(known)) * SECOND * own_ends
    found = MappedList.over(pack(Column.of(known, until)), name="crowd")
    asked = np.unique(np.concatenate([known - 1, known, known + 1, [1, MAX_NUMBER, 0, -7]]))
    times = np.where(np.arange(len(asked)) % 2, NOW, NOW - SECOND)
    bits = np.full(len(asked), 1, np.int64)
    mark(lookup_tables(found), asked, times, 4, bits)
    expected = [5 if found.holds(int(key), int(time)) else 1 for key, time in zip(asked, times, strict=True)]
    assert bits.tolist() == expected
    assert 5 in expected and 1 in expected


@pytest.mark.parametrize("count", [0, 1, GROUP - 1, GROUP, GROUP + 1, 3 * GROUP])
def test_a_group_that_is_not_full_is_answered_in_full(count: int) -> None:
    known = np.arange(8_613_900_000_000, 8_613_900_000_000 + 2 * 200, 2)
    tables = lookup_tables(MappedList.over(pack(Column.of(known, np.full(len(known), NOW))), name="even"))
    asked = np.arange(8_613_900_000_000, 8_613_900_000_000 + count)
    bits = np.zeros(count, np.int64)
    mark(tables, asked, np.zeros(count, np.int64), -(2**63), bits)
    assert (bits < 0).tolist() == [number % 2 == 0 for number in asked.tolist()]


def test_an_empty_list_holds_nobody() -> None:
    assert not holds(lookup_tables(packed({})), 8_613_912_345_678, 0)
