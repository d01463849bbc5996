"""The short ways of deciding give what the long ones give: the row a policy reads, the count of this minute."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haodun.edge.batch import Settings, run_screen
from haodun.lab.country import generate, load_scenario, write
from haodun.numbering import load_plan
from haodun.screening.events import FEATURES, INDEX, Action, Decision, Event, EventKind, Trunks, read_events
from haodun.screening.kernel import Oracle, Parameters
from haodun.screening.kernel.distinct import BITS, mark, splitmix64
from haodun.screening.kernel.record import Record
from haodun.screening.kernel.windows import ATTEMPTS, CALLED, CAP_16, CAP_32, DAY, HOUR, MINUTE, MINUTE_MS
from haodun.screening.policy import Policy, load_policy, parse_policy
from haodun.screening.policy.machine import run
from haodun.screening.policy.stages import combine
from haodun.screening.verdicts import Mode, Screener

LISTS_ONLY = """
policy: t
version: "1"
home: CN
profile: cn
title: {zh: 试, en: Test}
lists: {some: {title: {zh: 些, en: some}, ranges: [{from: "+8613800000000", to: "+8615900000000"}]}}
rules:
  - {id: A-1, title: {zh: 一, en: one}, layer: lists, stage: enforce, when: caller.number in some, action: TIP,
     reason: some, class: unknown, basis: [test]}
"""
CALLS = 1_500
SMALL = Parameters(capacity=300, max_open_calls=100, max_repeats=120)


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Event], Trunks]:
    """A small country's events with some live, late, repeated and out of order, and its trunks."""
    place = tmp_path_factory.mktemp("country")
    records, _, trunks = write(generate(load_scenario("country"), calls=CALLS, seed=5), format="parquet", out=place)[:3]
    run_screen(Settings(calls=[str(records)], trunks=trunks, out=place / "run"))
    chance = random.Random(7)
    events: list[Event] = []
    for event in read_events(next(Path(place / "run").glob("input*"))):
        if event.kind is EventKind.ATTEMPT and chance.random() < 0.5:
            event = event._replace(live=True, transaction="t", time_ms=event.time_ms - chance.choice((0, 0, 400_000)))
        events.extend([event] * (2 if chance.random() < 0.05 else 1))
    for start in range(0, len(events), 20):
        part = events[start : start + 20]
        chance.shuffle(part)
        events[start : start + 20] = part
    numbered = [event._replace(number=number) for number, event in enumerate(events, 1)]
    return numbered, Trunks.parse(trunks.read_text(encoding="utf-8"), "trunks.yaml")


def the_long_way(screener: Screener, oracle: Oracle, event: Event) -> tuple[Decision, tuple[int, ...]] | None:
    """The decision on an attempt by the whole row and the interpreter, and that row; None where none is due."""
    if event.kind is not EventKind.ATTEMPT:
        oracle.outcome(event)
        return None
    reading = oracle.attempt(event)
    if reading.decided_live:
        return None
    row = screener.row(event, reading)
    policy = screener.policy
    decision = oracle.earlier(event) if reading.repeat_of else None
    if decision is None:
        decision = combine(policy.rules, run(policy.program, row), row, salt=policy.salt)
    if not reading.repeat_of:
        oracle.settle(event, decision, blocked=decision.action is Action.BLOCK)
    return decision, tuple(row)


@pytest.mark.parametrize("parameters", [Parameters(), SMALL], ids=["roomy", "crowded"])
@pytest.mark.parametrize("name", ["cn", "us", "lists only"])
def test_a_verdict_is_that_of_the_whole_row_and_the_interpreter(
    country: tuple[list[Event], Trunks], name: str, parameters: Parameters
) -> None:
    events, trunks = country
    policy: Policy = parse_policy(LISTS_ONLY, name="t") if name == "lists only" else load_policy(name)
    screener = Screener(
        policy=policy,
        plan=load_plan(policy.home),
        trunks=trunks,
        parameters=parameters,
        mode=Mode.ENFORCE,
        site_key=bytes(32),
        run_id="test",
    )
    plain, seen, restricted = Oracle(parameters), 0, 0
    for event in events:
        found = the_long_way(screener, plain, event)
        verdict = screener.take(event)
        assert (verdict is None) == (found is None)
        if verdict is not None and found is not None:
            decision, row = found
            said = (verdict.action, verdict.layer, verdict.flags, verdict.reasons, verdict.shadow, verdict.score)
            assert Decision(*said) == decision
            assert verdict.features == (None if decision.action is Action.ALLOW else row)
            seen, restricted = seen + 1, restricted + (verdict.features is not None)
    assert seen > CALLS / 2
    assert restricted > 0
    assert screener.export_state() == plain.export_state()


def test_a_policy_of_lists_reads_no_window_and_the_packs_do() -> None:
    windows = {INDEX[feature.name] for feature in FEATURES if feature.name.endswith(("_1m", "_1h", "_24h"))}
    assert windows.isdisjoint(parse_policy(LISTS_ONLY, name="t").reads())
    assert windows & load_policy("cn").reads()


@pytest.mark.parametrize("index", [ATTEMPTS, CALLED])
@given(
    value=st.sampled_from((0, 1, CAP_16 - 1, CAP_16, CAP_32 - 1, CAP_32)),
    later_ms=st.integers(0, 3 * MINUTE_MS),
    cell=st.sampled_from((MINUTE, HOUR, DAY)),
)
def test_counting_in_the_present_minute_is_counting(index: int, value: int, later_ms: int, cell: object) -> None:
    now = 1_794_787_230_000
    short, long = Record(1, now), Record(1, now)
    for record in (short, long):
        for span in (MINUTE, HOUR, DAY):
            if index < span.width:
                record.cells[span.start + index] = min(value if span is cell else 0, span.caps[index])
    short.count_call(index, now - later_ms)
    long.count(index, now - later_ms)
    assert (short.cells, short.saturated) == (long.cells, long.saturated)


@given(bits=st.integers(0, 2**BITS - 1), key=st.integers(1, 2**63 - 1))
def test_a_mark_is_the_bit_that_splitmix64_names(bits: int, key: int) -> None:
    assert mark(bits, key) == bits | 1 << splitmix64(key) % BITS
