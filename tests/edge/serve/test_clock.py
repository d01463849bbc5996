"""The clock of live events: never back, never a jump, and the right time again in the end."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haodun.edge.serve.clock import EventClock
from haodun.edge.serve.limits import CLOCK_SLEW, CLOCK_STEP_MS

DAY = 86_400_000
moments = st.lists(st.tuples(st.integers(0, 2**44), st.integers(0, 100_000)), max_size=30)


def test_a_clock_that_is_right_is_followed_to_the_millisecond() -> None:
    clock = EventClock(wall_ms=1000, steady_ms=50)
    assert [clock.now_ms(1000 + passed, 50 + passed) for passed in (0, 1, 7, 5000)] == [1000, 1001, 1007, 6000]
    assert clock.now_ms(6000 + 100 + 40, 5150) == 6140, "a small step is taken at once"


@pytest.mark.parametrize("jump", [365 * DAY, -365 * DAY, 2 * CLOCK_STEP_MS])
def test_a_jump_is_not_taken_and_the_difference_is_told(jump: int) -> None:
    clock = EventClock(wall_ms=10 * DAY, steady_ms=0)
    stamped = clock.now_ms(10 * DAY + 1000 + jump, 1000)
    assert abs(stamped - (10 * DAY + 1000)) <= 1000 // CLOCK_SLEW
    assert clock.off_ms == 10 * DAY + 1000 + jump - stamped


def test_after_a_jump_back_the_time_goes_on_slower_until_it_is_right() -> None:
    clock = EventClock(wall_ms=10 * DAY, steady_ms=0)
    times = [clock.now_ms(10 * DAY - 5_000 + step, step) for step in range(0, 60_001, 1_000)]
    assert all(earlier <= later <= earlier + 1_000 for earlier, later in itertools.pairwise(times))
    assert times[-1] == 10 * DAY - 5_000 + 60_000


@given(moments)
def test_whatever_the_clocks_say_time_never_goes_back_and_never_jumps(moments: list[tuple[int, int]]) -> None:
    clock = EventClock(wall_ms=10**12, steady_ms=0)
    last, steady = 10**12, 0
    for wall, passed in moments:
        steady += passed
        now = clock.now_ms(wall, steady)
        assert last <= now <= last + passed + max(CLOCK_STEP_MS, passed // CLOCK_SLEW)
        last = now
