"""The compiled screener gives the verdicts of the plain one: every field, event by event, and the same log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.screening.policy.fast.test_deciding_fast import policies
from tests.screening.verdicts.fast.conftest import Country, Pair, texts_of

from haodun.numbering import load_plan
from haodun.screening.events import Action, Decision, EventKind
from haodun.screening.events.packed import DECIDED_LIVE, ENFORCED, HAS_VERDICT, JUDGED
from haodun.screening.policy import PACKS, Policy, load_policy, parse_policy
from haodun.screening.policy.stages import SILENT
from haodun.screening.snapshot import Column, MappedList, pack
from haodun.screening.verdicts import Mode, verdict_batch
from haodun.screening.verdicts.fast import prepared

NOON_MS = 1_772_510_400_000
LISTS = """
policy: t
version: "1"
home: CN
profile: cn
title: {zh: 试, en: Test}
salt: pepper
lists:
  big: {title: {zh: 大, en: big}}
  own: {title: {zh: 自, en: own}, numbers: ["+86110"], ranges: [{from: "+8613000000000", to: "+8615900000000"}]}
  small: {title: {zh: 小, en: small}}
rules:
"""
RULE = """
  - {{id: {id}, title: {{zh: 一, en: one}}, layer: {layer}, stage: {stage}, when: "{when}", action: {action},
     reason: some, class: unknown, basis: [test]}}
"""
WAYS = (
    ("B-1", "lists", "enforce", "caller.number in big", "BLOCK"),
    ("B-2", "lists", "canary 4000", "callee.number in big", "TIP"),
    ("S-1", "orders", "enforce", "callee.number in small and not caller.number in small", "CHALLENGE"),
    ("O-1", "origin", "shadow", "caller.number in own and callee.number in own", "BLOCK"),
    ("O-2", "score", "canary 5000", "caller.number in own", "WITHHOLD_CLI"),
)


def listed_policy(country: Country) -> Policy:
    """A policy over lists of its own and of a snapshot, on which about half of the country's numbers stand."""
    rules = "".join(
        RULE.format(id=name, layer=layer, stage=stage, when=when, action=action)
        for name, layer, stage, when, action in WAYS
    )
    policy = parse_policy(LISTS + rules, name="t")
    chance = np.random.default_rng(2)
    keys = np.array(
        sorted({key for event in country.events for key in (event.caller.key, event.callee.key) if key > 0})
    )
    middle = country.events[len(country.events) // 2].time_ms

    def some(share: float) -> MappedList:
        numbers = keys[chance.random(len(keys)) < share]
        ends = middle + chance.choice([-600_000, 0, 600_000, 86_400_000], len(numbers))
        return MappedList.over(pack(Column.of(numbers, ends)), name="some")

    return replace(policy, lists={**policy.lists, "big": some(0.5), "small": some(0.3)})


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("pack", PACKS)
def test_a_shipped_pack_gives_the_same_verdicts_event_by_event(pack: str, mode: Mode, country: Country) -> None:
    pair = Pair.of(load_policy(pack), country.trunks, mode=mode)
    seen = [pair.take(event) for event in country.events]
    assert pair.fast.counters == pair.plain.counters
    assert pair.fast.versions == pair.plain.versions
    assert {Action.ALLOW, Action.BLOCK} <= {verdict.action for verdict in seen if verdict is not None}
    assert any(verdict is not None and verdict.repeat_of for verdict in seen)
    pairs = zip(seen, country.events, strict=True)
    assert any(verdict is None and event.kind is EventKind.ATTEMPT for verdict, event in pairs), "records of live calls"


@pytest.mark.parametrize("size", [1, 7, 4_000])
@pytest.mark.parametrize("pack", ["cn", "uk"])
def test_a_log_made_of_columns_is_the_log_made_of_verdicts(pack: str, size: int, country: Country) -> None:
    pair = Pair.of(load_policy(pack), country.trunks)
    restricted = 0
    for start in range(0, len(country.events) if size > 1 else 800, size):
        events = country.events[start : start + size]
        expected = verdict_batch(pair.expected(events), {"run": "x"})
        packed = pair.fast.packer.pack(events)
        judged = pair.fast.judge(packed)
        found = pair.fast.verdict_columns(packed, judged, texts_of(events), {"run": "x"})
        found.validate(full=True)
        assert found.equals(expected, check_metadata=True)
        restricted += len(judged.rows)
    assert restricted > 0


@pytest.mark.parametrize("copied", [0, 65_536])
def test_lists_give_the_same_verdicts_whether_copied_or_mapped(
    copied: int, country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepared, "COPIED", copied)
    pair = Pair.of(listed_policy(country), country.trunks)
    assert len(pair.fast.prepared.mapped) == (2 if copied == 0 else 0)
    expected, found = pair.expected(country.events), pair.found(country.events)
    assert found == expected
    reasons = {reason for verdict in found for reason in verdict.reasons}
    assert reasons == {"B-1", "B-2", "S-1", "O-2"}
    assert {reason for verdict in found for reason in verdict.shadow} == {"B-2", "O-1", "O-2"}


def test_a_list_of_an_unknown_kind_is_refused_when_prepared(country: Country) -> None:
    class Strange:
        def holds(self, number: int, time_ms: int) -> bool:
            return False

        def lines(self) -> list[str]:
            return []

    policy = listed_policy(country)
    with pytest.raises(TypeError, match="Strange"):
        Pair.of(replace(policy, lists={**policy.lists, "big": Strange()}), country.trunks)  # type: ignore[dict-item]


def test_a_policy_swapped_in_the_middle_gives_the_same_verdicts_and_keeps_the_kernel(country: Country) -> None:
    first, second, third = load_policy("cn"), listed_policy(country), load_policy("intl")
    pair = Pair.of(first, country.trunks)
    third_of = len(country.events) // 3
    for part, policy in enumerate((first, second, third)):
        if part:
            before = pair.plain
            pair.plain = Pair.of(policy, country.trunks).plain
            pair.plain.oracle = before.oracle
            pair.fast.swap(pair.fast.prepare(policy=policy, plan=load_plan(policy.home), trunks=country.trunks))
        events = country.events[part * third_of : (part + 1) * third_of]
        assert pair.found(events) == pair.expected(events)
        assert pair.fast.policy is policy
    assert pair.fast.counters == pair.plain.counters


@pytest.fixture
def rushed(country: Country) -> Country:
    """The same events 20 ms apart, so that at the end many are remembered with their decisions."""
    return replace(country, events=[event._replace(time_ms=NOON_MS + event.number * 20) for event in country.events])


def swapped(pair: Pair, policies: Sequence[Policy], country: Country) -> bytes:
    """The state saved after the events in equal parts, each part under one policy."""
    length = -(-len(country.events) // len(policies))
    for part, policy in enumerate(policies):
        if part:
            pair.fast.swap(pair.fast.prepare(policy=policy, plan=load_plan(policy.home), trunks=country.trunks))
        pair.found(country.events[part * length : (part + 1) * length])
    return pair.fast.export_state()


def test_a_swap_to_the_same_policy_leaves_no_trace_in_what_is_saved(rushed: Country) -> None:
    policy = load_policy("cn")
    uninterrupted = swapped(Pair.of(policy, rushed.trunks), [policy], rushed)
    assert swapped(Pair.of(policy, rushed.trunks), [policy] * 4, rushed) == uninterrupted
    silent = replace(policy, rules=tuple(replace(rule, action=None) for rule in policy.rules))
    assert swapped(Pair.of(policy, rushed.trunks), [policy, silent], rushed) != uninterrupted, "verdicts count"


def test_what_is_saved_after_swaps_is_told_by_the_oracles_decisions_alone(rushed: Country) -> None:
    policies = [load_policy("cn"), listed_policy(rushed), load_policy("cn")]
    pair = Pair.of(policies[0], rushed.trunks)
    saved = swapped(pair, policies, rushed)
    length, judged, numbers = -(-len(rushed.events) // 3), np.zeros(len(rushed.events), JUDGED), {SILENT: 0}
    for place, event in enumerate(rushed.events):
        if place % length == 0:
            before = pair.plain.oracle
            pair.plain = Pair.of(policies[place // length], rushed.trunks).plain
            pair.plain.oracle = before
        verdict = pair.plain.take(event)
        if verdict is not None:
            decision = Decision(*(getattr(verdict, name) for name in Decision._fields))
            judged[place]["decision"] = numbers.setdefault(decision, len(numbers))
            judged[place]["action"], judged[place]["state"] = verdict.action, HAS_VERDICT | ENFORCED
        elif event.kind is EventKind.ATTEMPT:
            judged[place]["state"] = DECIDED_LIVE
    other = Pair.of(load_policy("intl"), rushed.trunks).fast
    for part in (slice(0, 700), slice(700, None)):
        other.replay(pair.fast.packer.pack(rushed.events[part]), judged[part], list(numbers))
        data = other.export_state()
        other = Pair.of(load_policy("intl"), rushed.trunks).fast
        other.restore_state(data)
        assert other.export_state() == data
    assert len(other.decisions) > 4, "some that are still remembered"
    assert data == saved, "counted again by their decisions, restored on the way, under a policy of no concern"


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(policy=policies(), start=st.integers(0, 1_500), mode=st.sampled_from(list(Mode)))
def test_a_random_policy_gives_the_same_verdicts(
    policy: Policy | None, start: int, mode: Mode, country: Country
) -> None:
    if policy is None:
        return
    pair = Pair.of(policy, country.trunks, mode=mode)
    events = country.events[start : start + 300]
    assert pair.found(events) == pair.expected(events)
