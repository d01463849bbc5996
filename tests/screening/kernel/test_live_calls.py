"""The index of live calls by numbers is the same whether it grew with the calls or was made when first asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from haodun.screening.kernel.calls import LiveCall, LiveCalls

CALLS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(1, 2), st.integers(1, 2), st.integers(0, 9_000)), max_size=40
)


@given(calls=CALLS, limit=st.integers(1, 10))
def test_when_the_index_was_made_changes_no_answer(calls: list[tuple[int, int, int, int]], limit: int) -> None:
    early, late = (LiveCalls(match_ms=3_000, limit=limit) for _ in range(2))
    for number, (name, caller, callee, start_ms) in enumerate(calls):
        call = LiveCall(number, start_ms, False)
        for table in (early, late):
            table.remember(f"c{name}", (caller, callee), call)
        early.find("another", (1, 1), 0)
    assert list(early.items()) == list(late.items())
    for start_ms in range(0, 9_000, 500):
        for pair in ((1, 1), (1, 2), (2, 1), (2, 2)):
            assert early.find("another", pair, start_ms) == late.find("another", pair, start_ms)
