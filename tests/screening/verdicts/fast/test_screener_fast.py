"""The compiled screener's own ways: given decisions, repeats, room that grows, replays, tokens by the array."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.screening.verdicts.fast.conftest import Country, Pair, texts_of

from haodun.screening.events import Action, Decision, Event, EventKind, Flag, Layer
from haodun.screening.events.packed import DECIDED_LIVE, HAS_VERDICT
from haodun.screening.kernel import KernelError, Parameters
from haodun.screening.policy import load_policy
from haodun.screening.policy.fast.decisions import PASSED, DecisionTable
from haodun.screening.verdicts import Mode, redress_token
from haodun.screening.verdicts.fast import TokenMaker
from haodun.screening.verdicts.fast import screener as module

ROOMY = Parameters(capacity=2_000)


def attempts(country: Country, count: int) -> list[Event]:
    return [event for event in country.events if event.kind is EventKind.ATTEMPT][:count]


@pytest.mark.parametrize(
    "given_one", [PASSED, Decision(Action.BLOCK, Layer.LISTS, Flag.TRACE, ("X-1",), ("X-2",), 7)], ids=["pass", "block"]
)
def test_a_decision_that_is_given_stands_in_place_of_the_policys(given_one: Decision, country: Country) -> None:
    pair = Pair.of(load_policy("cn"), country.trunks)
    for place, event in enumerate(attempts(country, 200)):
        verdict = pair.take(event, given=given_one if place % 3 == 0 else None)
        if place % 3 == 0 and verdict is not None:
            assert (verdict.action, verdict.reasons) == (given_one.action, given_one.reasons)
        pair.take(event._replace(number=event.number + 100_000))


def test_an_event_marked_as_given_passes_in_a_batch(country: Country) -> None:
    pair = Pair.of(load_policy("cn"), country.trunks)
    packed = pair.fast.packer.pack(attempts(country, 2_000))
    packed["given"][::2] = 1
    found = pair.fast.judge(packed)
    marked = found.judged[::2]
    decided = marked[marked["state"] & HAS_VERDICT != 0]
    assert {found.decisions[number] for number in decided["decision"].tolist()} == {PASSED}
    assert (found.judged["action"][1::2] != Action.ALLOW).any()


def test_the_mode_may_change_between_two_events(country: Country) -> None:
    pair = Pair.of(load_policy("cn"), country.trunks)
    for place, event in enumerate(country.events[:600]):
        pair.plain.mode = pair.fast.mode = Mode.OBSERVE if place % 5 < 2 else Mode.ENFORCE
        pair.take(event)
    assert pair.fast.counters == pair.plain.counters


def test_room_for_rows_and_decisions_is_made_in_the_middle_of_a_batch(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ROWS", 1)
    pair = Pair.of(load_policy("cn"), country.trunks)
    table = pair.fast._table
    room = 4
    table.numbers = table.numbers._replace(
        found=table.numbers.found[:room].copy(), verdicts=table.numbers.verdicts[:room].copy()
    )
    assert pair.found(country.events) == pair.expected(country.events)
    assert len(pair.fast.decisions) > room


def test_decisions_dropped_between_batches_leave_repeats_their_own(country: Country) -> None:
    pair = Pair.of(load_policy("cn"), country.trunks, parameters=ROOMY)
    table = pair.fast._table = DecisionTable(pair.fast.policy.rules, limit=4)
    drops = 0
    for start in range(0, len(country.events), 50):
        events = country.events[start : start + 50]
        drops += table.crowded
        assert pair.found(events) == pair.expected(events)
        table._limit = 4
    assert drops > 3


@pytest.mark.parametrize("line", [1_000_000, 2**31 - 1, -2, -(2**31)])
def test_a_line_that_no_trunks_file_has_is_one_that_is_not_on_file(country: Country, line: int) -> None:
    found = []
    for value in (line, -1):
        fast = Pair.of(load_policy("cn"), country.trunks).fast
        events = fast.packer.pack(country.events[:500])
        events["line"] = value
        judged = fast.judge(events)
        found.append((judged.judged.tobytes(), judged.rows.tobytes()))
    assert found[0] == found[1]


def test_a_read_only_array_is_judged_like_any(country: Country) -> None:
    pair, other = (Pair.of(load_policy("cn"), country.trunks) for _ in range(2))
    packed = pair.fast.packer.pack(country.events[:200])
    frozen = np.frombuffer(packed.tobytes(), packed.dtype)
    assert pair.fast.judge(frozen).judged.tobytes() == other.fast.judge(packed).judged.tobytes()


def test_an_attempt_that_would_be_repeated_is_found_with_its_verdict(country: Country) -> None:
    pair = Pair.of(load_policy("cn"), country.trunks, parameters=ROOMY)
    found = 0
    for event in attempts(country, 250):
        pair.take(event)
        for later in (0, 32_000, 32_001, -32_001):
            key, now_ms = (event.call_id, event.transaction), event.time_ms + later
            expected = pair.plain.oracle.repeats.find(key, time_ms=now_ms, now_ms=now_ms)
            assert pair.fast.repeated(key, now_ms) == expected
            found += expected is not None
    assert found > 100 and pair.fast.repeated(("nobody's", ""), 0) is None


def test_a_screener_that_replays_a_log_goes_on_as_the_one_that_wrote_it(country: Country) -> None:
    first, second = (Pair.of(load_policy("cn"), country.trunks).fast for _ in range(2))
    half = len(country.events) // 2
    packed = first.packer.pack(country.events)
    begun = first.judge(packed[:half])
    second.replay(packed[:half], begun.judged, begun.decisions)
    assert second.counters == first.counters
    texts = texts_of(country.events[half:])
    there, here = (
        one.verdict_columns(packed[half:], one.judge(packed[half:]), texts, {"run": "x"}) for one in (first, second)
    )
    assert here.equals(there)


def test_a_screener_restored_from_its_state_goes_on_the_same(country: Country) -> None:
    whole, second = (Pair.of(load_policy("cn"), country.trunks) for _ in range(2))
    half = len(country.events) // 2
    whole.found(country.events[:half])
    second.fast.take(country.events[0], given=PASSED._replace(reasons=("OTHER",)))
    second.fast.restore_state(whole.fast.export_state())
    assert second.fast.counters == whole.fast.counters
    for event in country.events[half:]:
        assert second.fast.take(event) == whole.fast.take(event)


def test_a_state_that_is_damaged_or_anothers_is_refused(country: Country) -> None:
    pair = Pair.of(load_policy("cn"), country.trunks)
    pair.found(country.events[:100])
    data = pair.fast.export_state()
    for bad in (b"", data[:20], data[:40], data[:200], data[:-1], b"x" + data[1:], data.replace(b"CN-", b"CX-", 1)):
        with pytest.raises(KernelError):
            pair.fast.restore_state(bad)
    for other in (Parameters(), ROOMY):
        with pytest.raises(KernelError):
            Pair.of(load_policy("cn"), country.trunks, parameters=other).fast.restore_state(data)
    stranger = Pair.of(load_policy("cn"), country.trunks, key=bytes(32)).fast
    with pytest.raises(KernelError):
        stranger.restore_state(data)
    assert stranger.counters["numbers"] == 0, "what is refused changes nothing"


def test_what_has_no_verdict_is_no_row_of_the_log(country: Country) -> None:
    pair = Pair.of(load_policy("cn"), country.trunks)
    packed = pair.fast.packer.pack(country.events)
    found = pair.fast.judge(packed)
    attempted = packed["kind"] == EventKind.ATTEMPT
    has_verdict = found.judged["state"] & HAS_VERDICT != 0
    live = found.judged["state"] & DECIDED_LIVE != 0
    assert (attempted == has_verdict | live).all() and live.any() and not (has_verdict & live).any()
    texts = texts_of(country.events)
    assert pair.fast.verdict_columns(packed, found, texts).num_rows == has_verdict.sum()


@given(
    key=st.binary(min_size=1, max_size=150),
    run_id=st.text("abcdef0123456789-", max_size=130),
    site=st.integers(0, 65_535),
    moments=st.lists(
        st.tuples(st.integers(-(2**40), 86_400_000 * 65_536 - 1), st.integers(0, 2**40 - 1), st.booleans()), max_size=6
    ),
)
def test_tokens_by_the_array_are_those_made_one_by_one(
    key: bytes, run_id: str, site: int, moments: list[tuple[int, int, bool]]
) -> None:
    times, numbers, wanted = (np.array([row[place] for row in moments], kind) for place, kind in enumerate("qq?"))
    found = TokenMaker(key, run_id=run_id, site=site).column(times, numbers, wanted)
    assert found.to_pylist() == [
        redress_token(key, run_id=run_id, site=site, time_ms=max(time, 0), sequence=number) if asked else ""
        for time, number, asked in moments
    ]


@pytest.mark.parametrize(("time_ms", "number"), [(86_400_000 * 65_536, 1), (0, 2**40), (0, -1)])
def test_a_token_that_would_not_fit_is_refused(time_ms: int, number: int) -> None:
    maker = TokenMaker(bytes(32), run_id="x", site=1)
    with pytest.raises(OverflowError):
        maker.letters(np.array([time_ms]), np.array([number]))
