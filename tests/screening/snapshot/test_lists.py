"""Packed lists: exact at every boundary, small, equal bytes for equal content, and nothing damaged is followed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.screening.snapshot.conftest import DAY, NOW, Desk

from haodun.screening.snapshot import Code, Column, Entry, MappedList, SnapshotRefused, pack
from haodun.screening.snapshot.columns import MAX_NUMBER, not_in
from haodun.screening.snapshot.packed import HEADER

SECOND = 1_000
EDGES = [1, 2, 65_535, 65_536, 65_537, 2**32 - 1, 2**32, 2**32 + 65_535, 86_110, 8_613_912_345_678, 999_999_999_999_999]
numbers = st.one_of(
    st.sampled_from([*EDGES, MAX_NUMBER - 1, MAX_NUMBER]),
    st.integers(1, MAX_NUMBER),
    st.integers(8_613_900_000_000, 8_613_900_200_000),
)
ends = st.integers(0, 2**40)


def packed(entries: dict[int, int]) -> MappedList:
    return MappedList.over(pack(Column.of_entries(entries.items())), name="list")


@given(st.dictionaries(numbers, ends, max_size=60), st.lists(numbers, max_size=20))
def test_a_packed_list_answers_as_the_entries_do(entries: dict[int, int], strangers: list[int]) -> None:
    found = packed(entries)
    assert len(found) == len(entries)
    for number in [*entries, *strangers, *(number + 1 for number in entries), *(number - 1 for number in entries)]:
        end = entries.get(number, 0) // SECOND * SECOND
        for moment in (0, end - 1, end, end + 1):
            assert found.holds(number, moment) is (number in entries and moment < end)


@given(st.dictionaries(numbers, ends, max_size=60), st.randoms(use_true_random=False))
def test_equal_content_is_equal_bytes_in_whatever_order_it_comes(entries: dict[int, int], chance: object) -> None:
    shuffled = list(entries.items())
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = packed(entries), packed(dict(shuffled))
    assert first.image == second.image and first.digest == second.digest
    again = first.column()
    assert dict(zip(again.numbers.tolist(), again.ends.tolist(), strict=True)) == {
        number: end // SECOND for number, end in entries.items()
    }


@pytest.mark.parametrize("count", [0, 1, 2, 65_536, 65_537])
@pytest.mark.parametrize("start", [1, 65_535, 2**32 - 1, MAX_NUMBER - 70_000])
def test_runs_across_bucket_and_block_boundaries_are_exact(count: int, start: int) -> None:
    run = np.arange(start, start + count)
    found = MappedList.over(pack(Column.of(run, np.full(count, 5_000))), name="run")
    assert found.numbers().tolist() == run.tolist()
    inside = [start, start + count // 2, start + count - 1] if count else []
    assert all(found.holds(number, 4_999) for number in inside)
    assert not any(found.holds(number, 4_999) for number in (start - 1, start + count, 0))


def test_a_number_that_stands_twice_keeps_its_later_end() -> None:
    found = MappedList.over(pack(Column.of_entries([Entry(86110, 9_000), Entry(86110, 2_000)])), name="list")
    assert len(found) == 1 and found.holds(86110, 8_999)


def test_an_entry_never_lasts_longer_than_asked() -> None:
    found = packed({86110: 9_999})
    assert found.holds(86110, 8_999) and not found.holds(86110, 9_000)


@pytest.mark.parametrize("number", [0, -1, -(2**62), -(2**63), 2**63 - 1, MAX_NUMBER + 1])
def test_what_is_no_number_is_on_no_list(number: int) -> None:
    assert not packed({1: 5_000, MAX_NUMBER: 5_000, 8_613_912_345_678: 5_000}).holds(number, 0)


@pytest.mark.parametrize("number", [0, -5, MAX_NUMBER + 1, 2**63, -(2**70)])
def test_what_is_no_number_is_refused_when_packed(number: int) -> None:
    with pytest.raises(SnapshotRefused) as refused:
        Column.of_entries([(number, 5_000)])
    assert refused.value.code is Code.NUMBER and str(number) in refused.value.sentence


@pytest.mark.parametrize("until", [-1, 2**60])
def test_an_end_outside_of_time_is_refused(until: int) -> None:
    with pytest.raises(SnapshotRefused, match="no entry"):
        Column.of_entries([(86110, until)])


def test_a_million_numbers_take_two_bytes_each_with_one_end_and_six_with_ends_of_their_own(desk: Desk) -> None:
    chance = np.random.default_rng(7)
    spread = np.cumsum(chance.integers(1, 140, 1_200_000)) + 8_613_000_000_000
    shared = Column.of(spread, np.full(len(spread), NOW + DAY))
    own = Column.of(spread, NOW + chance.integers(1, 90 * 86_400, len(spread)) * SECOND)
    desk.full(1, {"black": shared, "grey": own})
    sizes = {name: (desk.folder(1) / "lists" / f"{name}.hdl").stat().st_size for name in ("black", "grey")}
    assert sizes["black"] <= 2.1 * len(spread) and sizes["grey"] <= 6.1 * len(spread)
    found = desk.open(1).lists
    for name in sizes:
        assert bool((found[name].numbers() == spread).all())


@given(st.sets(numbers), st.sets(numbers))
def test_numbers_not_in_another_list_are_the_set_difference(some: set[int], others: set[int]) -> None:
    found = not_in(np.array(sorted(some), np.int64), np.array(sorted(others), np.int64))
    assert found.tolist() == sorted(some - others)


def test_lines_are_those_of_a_policys_own_list() -> None:
    assert list(packed({86110: 9_000, 8613912345678: 5_500}).lines()) == ["+86110 9000", "+8613912345678 5000"]


IMAGE = pack(Column.of_entries([(1, 1_000), (65_536, 2_000), (65_537, 2_000), (2**33, 3_000), (2**33 + 1, 9_000)]))


@pytest.mark.parametrize("length", range(len(IMAGE)))
def test_a_list_cut_anywhere_is_refused(length: int) -> None:
    with pytest.raises(SnapshotRefused) as refused:
        MappedList.over(IMAGE[:length], name="cut")
    assert refused.value.code is Code.TRUNCATED


@pytest.mark.fuzz
@given(st.integers(0, len(IMAGE) - 1), st.integers(1, 255), st.lists(numbers, max_size=5))
def test_a_damaged_list_is_refused_or_still_a_sound_list(place: int, change: int, asked: list[int]) -> None:
    damaged = bytearray(IMAGE)
    damaged[place] ^= change
    try:
        found = MappedList.over(bytes(damaged), name="damaged")
    except SnapshotRefused as refused:
        assert refused.code in {Code.LIST, Code.TRUNCATED}
        return
    held = found.numbers()
    assert len(held) == 5 and bool((held[1:] > held[:-1]).all()) and held[0] > 0 and held[-1] <= MAX_NUMBER
    for number in asked:
        assert found.holds(number, 0) is (
            number in held.tolist() and dict(zip(held.tolist(), found.column().ends.tolist(), strict=True))[number] > 0
        )


@pytest.mark.fuzz
@given(st.binary(max_size=200))
def test_random_bytes_are_no_list(data: bytes) -> None:
    with pytest.raises(SnapshotRefused):
        MappedList.over(HEADER.pack(b"HDLIST01", 2**60, 2**31, 2**31, 0, 1, 0)[: len(data)] + data, name="noise")
