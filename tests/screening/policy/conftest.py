"""Small policies and decision rows for policy tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from haodun.screening.events import FEATURES, INDEX
from haodun.screening.policy import Policy, parse_policy

HEAD = """policy: t
version: "1"
home: CN
profile: cn
title: {zh: 试, en: Test}
salt: s
"""
RULE = """  - id: {id}
    title: {{zh: 规则, en: Rule}}
    layer: {layer}
    stage: {stage}
    when: {when}
    action: {action}
    reason: r_{lower}
    class: unknown
    basis: [law]
    expires: {expires}
"""
Build = Callable[..., Policy]


def rule(rule_id: str = "RRR", **parts: str) -> str:
    fields = {"layer": "origin", "stage": "enforce", "when": "caller.home", "action": "BLOCK", "expires": "2099-01-01"}
    return RULE.format(id=rule_id, lower=rule_id.lower().replace("-", "_"), **(fields | parts))


def document(*rules: str, head: str = "") -> str:
    return HEAD + head + "rules:\n" + "".join(rules)


@pytest.fixture
def build() -> Build:
    """`build(rule(…), …, head="constants: …")`: a policy."""

    def make(*rules: str, head: str = "") -> Policy:
        return parse_policy(document(*rules, head=head), name="t")

    return make


@pytest.fixture
def row() -> Callable[..., list[int]]:
    """`row({"caller.home": 1}, slots=2)`: a decision row."""

    def make(facts: dict[str, int], *, slots: int = 0) -> list[int]:
        values = [0] * (len(FEATURES) + slots)
        values[INDEX["call.time"]] = 1_794_787_200_000
        for name, value in facts.items():
            values[INDEX[name]] = value
        return values

    return make


@pytest.fixture
def text() -> Callable[..., str]:
    """`text(rule(…))`: a policy's document."""
    return document


@pytest.fixture
def a_rule() -> Callable[..., str]:
    """`a_rule("ID", when="…", layer="…")`: one rule's YAML."""
    return rule
