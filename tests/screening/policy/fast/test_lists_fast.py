"""Compiled lists and canary places answer as the plain ones do."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haodun.screening.policy import Range, Stage, StageKind, canary_place, load_policy
from haodun.screening.policy.fast.canary import canaries, hashed_place, place_of
from haodun.screening.policy.fast.lists import list_tables, listed, slot_bits, slots_of
from haodun.screening.policy.fast.sha256 import BLOCK, begun, finish
from haodun.screening.policy.lists import NumberList, number_list

KEYS = st.one_of(st.integers(1, 60), st.integers(10**12, 10**12 + 60), st.integers(1, 2**62))
RULE = replace(load_policy("cn").rules[0], stage=Stage(StageKind.CANARY, 5))
ENDS = st.sampled_from([0, 5, 100, 2**48, 2**62])


@st.composite
def number_lists(draw: st.DrawFn) -> NumberList:
    numbers = draw(st.dictionaries(KEYS, ENDS, max_size=12))
    bounds = sorted(draw(st.sets(KEYS, max_size=8)))
    ranges = [Range(low, high, draw(ENDS)) for low, high in zip(bounds[::2], bounds[1::2], strict=False)]
    return number_list("some", numbers, ranges)


@given(lists=st.lists(number_lists(), max_size=5), strangers=st.lists(KEYS, max_size=5))
def test_a_number_stands_on_the_same_lists_at_the_same_times(lists: list[NumberList], strangers: list[int]) -> None:
    bits = [1 << place for place in range(len(lists))]
    tables = list_tables([listed(one) for one in lists], caller=bits, callee=[0] * len(lists))
    edges = [
        edge for one in lists for entry in one.ranges for edge in (entry.low - 1, entry.low, entry.high, entry.high + 1)
    ]
    known = [number for one in lists for number in one.numbers]
    for key in {*edges, *known, *strangers, 0, -1, -(2**62)}:
        for moment in (0, 4, 5, 99, 2**48 - 1, 2**48):
            expected = sum(bit for bit, one in zip(bits, lists, strict=True) if one.holds(key, moment))
            assert slots_of(tables, key, moment, tables.caller) == expected
            assert slots_of(tables, key, moment, tables.callee) == 0


def test_each_slot_of_a_pack_has_one_bit_and_the_64th_is_the_sign() -> None:
    slots = load_policy("cn").slots
    bits = [slot_bits(slots, list=slot.list, position=slot.position) for slot in slots]
    assert bits == [1 << place for place in range(len(slots))]
    crowd = [slots[0]] * 64
    assert slot_bits(crowd, list=slots[0].list, position=slots[0].position) == -1
    assert slot_bits(crowd, list="none", position=slots[0].position) == 0


@given(message=st.binary(max_size=300))
def test_the_digest_is_that_of_the_standard_library(message: bytes) -> None:
    start, block = begun(message), np.zeros(2 * BLOCK, np.uint8)
    block[:BLOCK] = start.rest
    finish(start.state, block, start.filled, start.total, np.zeros(64, np.int64))
    assert b"".join(int(word).to_bytes(4, "big") for word in start.state) == hashlib.sha256(message).digest()


@given(
    name=st.text(st.characters(codec="utf-8"), max_size=90),
    salt=st.text(st.characters(codec="utf-8"), max_size=90),
    callers=st.lists(st.one_of(st.integers(-(2**62), 2**62), st.sampled_from([0, -1, 8_613_912_345_678])), max_size=4),
)
def test_a_caller_has_the_same_place_among_ten_thousand(name: str, salt: str, callers: list[int]) -> None:
    tables = canaries([replace(RULE, id=name)], salt=salt)
    for caller in [*callers, *callers]:
        expected = canary_place(name, salt=salt, caller=caller)
        assert hashed_place(tables, 0, caller) == expected
        assert place_of(tables, 0, caller) == expected


@pytest.mark.parametrize("count", [1, 5_000])
def test_a_place_that_is_kept_is_the_callers_own(count: int) -> None:
    tables = canaries([RULE], salt="s")
    callers = [8_613_900_000_000 + place * 7 for place in range(count)]
    for caller in [*callers, *callers]:
        assert place_of(tables, 0, caller) == canary_place(RULE.id, salt="s", caller=caller)
