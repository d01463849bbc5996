"""Decisions on rows and verdicts on events, compiled and in plain Python, and what a trace costs beside them."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from haodun.lab.benchmarks.kernel import call_events
from haodun.lab.benchmarks.row import CPU, Figure, Row, rate
from haodun.lab.benchmarks.traffic import rows_of_a_country
from haodun.numbering import load_plan
from haodun.screening.events import FEATURES, INDEX, Trunks
from haodun.screening.kernel import Parameters
from haodun.screening.policy import FEATURE_BOUNDS, Policy, load_policy, parse_policy
from haodun.screening.policy.fast.tables import FastPolicy, Integers, decide_rows
from haodun.screening.verdicts import Mode, Screener
from haodun.screening.verdicts.fast import FastScreener

CALLS = 5_000
RULES, TERMS = 30, 5
REPEATS = 7

_HEAD = 'policy: bench\nversion: "1"\nhome: CN\nprofile: cn\ntitle: {zh: 试, en: Bench}\nsalt: s\nrules:\n'
_RULE = """  - {{id: R-{index}, title: {{zh: 一, en: one}}, layer: behaviour, stage: enforce, action: TIP, reason: some,
     class: unknown, basis: [bench], when: "{when}"}}
"""


def run() -> list[Row]:
    """Nanoseconds a decision compiled, decisions a second in plain Python."""
    policy = load_policy("cn")
    rows = rows_of_a_country(CALLS)
    plain_rate = rate(lambda: _decided(policy, rows))
    traced = rate(lambda: _traced(policy, rows[:500]))
    compiled = _nanoseconds(policy, np.array(rows, np.int64))
    judged, taken = _verdicts(policy)
    return [
        Row(
            *("policy", f"{RULES} rules of {TERMS} terms, compiled", _nanoseconds(*_thirty_rules()), "ns/row"),
            target=200.0,
            at_most=True,
        ),
        Row("policy", f"cn pack, {len(policy.rules)} rules, compiled", compiled, "ns/row"),
        Row("policy", "cn pack, compiled ÷ plain Python", 1e9 / (compiled * plain_rate), "ratio"),
        Row("policy", "cn pack, verdicts on events in the compiled loop", judged, "ns/event"),
        Row("policy", "cn pack, verdicts, compiled to plain Python", 1e9 / (judged * taken), "ratio"),
        Row("policy", f"cn pack, {len(policy.rules)} rules, decide", plain_rate, "rows/s"),
        Row("policy", "trace with every term, share of decide", traced / plain_rate, "ratio"),
    ]


def _decided(policy: Policy, rows: list[list[int]]) -> int:
    for row in rows:
        policy.decide(row)
    return len(rows)


def _traced(policy: Policy, rows: list[list[int]]) -> int:
    for row in rows:
        policy.trace(row)
    return len(rows)


def _nanoseconds(policy: Policy, rows: Integers) -> Figure:
    """CPU time of one decision, the row copied to where the loop has it."""
    fast, found = FastPolicy(policy), np.zeros(len(rows), np.int64)
    fast.decide_all(rows)
    measured = []
    for _ in range(REPEATS):
        started = time.thread_time()
        decide_rows(fast.tables, fast.table.numbers, rows, found, 0)
        measured.append((time.thread_time() - started) * 1e9 / len(rows))
    return Figure.of(measured, clock=CPU)


def _verdicts(policy: Policy) -> tuple[Figure, float]:
    """CPU nanoseconds an event of the compiled screener, and events a second of the plain one, over the same calls."""
    plan, parameters, events = load_plan(policy.home), Parameters(capacity=20_000), call_events(CALLS, callers=2_000)
    settings: dict[str, Any] = {"trunks": Trunks({}), "mode": Mode.ENFORCE, "site_key": bytes(32), "run_id": "bench"}
    fast, measured = FastScreener(policy=policy, plan=plan, parameters=parameters, **settings), []
    packed = fast.packer.pack(events)
    fast.judge(packed)  # compiled, and its memory touched
    for _ in range(REPEATS):
        packed["time_ms"] += packed["time_ms"][-1] - packed["time_ms"][0] + 60_000
        for name in ("call_low", "attempt_low"):
            packed[name] += np.uint64(7_919)
        started = time.thread_time()
        fast.judge(packed)
        measured.append((time.thread_time() - started) * 1e9 / len(packed))
    plain = Screener(policy=policy, plan=plan, parameters=parameters, **settings)
    started = time.thread_time()
    for event in events:
        plain.take(event)
    return Figure.of(measured, clock=CPU), len(events) / (time.thread_time() - started)


def _thirty_rules() -> tuple[Policy, Integers]:
    """Rules of counts against constants joined by `and`, and rows on which a term holds about every second time."""
    chance = np.random.default_rng(1)
    names = [feature.name for feature in FEATURES if feature.unit == "calls"]
    rules = []
    for index in range(RULES):
        chosen = chance.choice(names, TERMS, replace=False)
        terms = [f"{name} {chance.choice(['<', '>', '>='])} {chance.integers(1, 999)}" for name in chosen]
        rules.append(_RULE.format(index=index, when=" and ".join(terms)))
    rows = np.zeros((4 * CALLS, len(FEATURES)), np.int64)
    for name in names:
        place = INDEX[name]
        rows[:, place] = chance.integers(FEATURE_BOUNDS[place].low, 1_000, len(rows))
    return parse_policy(_HEAD + "".join(rules), name="bench"), rows
