"""What is wrong with a policy is said with line, column and a suggestion; nothing else ever comes out."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from haodun.screening.policy import (
    PACKS,
    PolicyError,
    check_program,
    describe_rules,
    diff_policies,
    disassemble,
    load_policy,
    pack_tests,
    parse_policy,
    run_policy_tests,
)

Make = Callable[..., str]


@pytest.mark.parametrize(
    ("when", "message", "suggestion"),
    [
        ("caller.hom", "caller.hom", "caller.home"),
        ("call.ingress == internationl", "internationl", "international"),
        ("caller.home ==", "", ""),
        ("caller.attempts_1h > mobile", "mobile", ""),
        ("caller.kind == 3", "", ""),
        ("caller.number in blak", "blak", ""),
        ("caller.number > 5", "", ""),
        ("caller.attempts_1h", "", ""),
        ("caller.home and", "", ""),
        ("(caller.home", "", ""),
        ("caller.attempts_1h // 0 > 1", "", ""),
        ("caller.attempts_1h >= 0", "always", ""),
        ("caller.attempts_1h < 0", "always false", ""),
        ("caller.attempts_24h * 9000000000000000000 > 1", "", ""),
        ("__import__('os')", "", ""),
        ("caller.attempts_1h > 1.5", "", ""),
        ("caller.home ; caller.home", "", ""),
    ],
)
def test_a_wrong_condition_is_refused_at_its_place(
    when: str, message: str, suggestion: str, text: Make, a_rule: Make
) -> None:
    document = text(a_rule("RRR", when=when))
    line = next(number for number, content in enumerate(document.splitlines(), 1) if "when:" in content)
    with pytest.raises(PolicyError) as caught:
        parse_policy(document, name="t")
    problems = [problem for problem in caught.value.problems if problem.line == line]
    assert problems, str(caught.value)
    start = document.splitlines()[line - 1].index("when: ") + len("when: ") + 1
    assert all(start <= problem.column <= start + len(when) for problem in problems)
    assert message in str(caught.value)
    assert suggestion in str(caught.value)


def test_a_place_inside_a_block_of_several_lines_is_found(text: Make, a_rule: Make) -> None:
    document = text(a_rule("RRR", when="|\n      caller.home\n      and caller.hme"))
    with pytest.raises(PolicyError) as caught:
        parse_policy(document, name="t")
    (problem,) = caught.value.problems
    line = document.splitlines()[problem.line - 1]
    assert line[problem.column - 1 :].startswith("caller.hme")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (("action: BLOCK", "action: BLOK"), "BLOCK"),
        (("layer: origin", "layer: orign"), "origin"),
        (("stage: enforce", "stage: canary 10001"), "canary"),
        (("stage: enforce", "stage: sometimes"), "sometimes"),
        (("title: {zh: 规则, en: Rule}", "title: {zh: 规则}"), "en"),
        (("    basis: [law]\n", ""), "basis"),
        (("    reason: r_rrr\n", ""), "reason"),
        (("expires: 2099-01-01", "expires: tomorrow"), "expires"),
        (("class: unknown", "class: bad"), "class"),
        (("    class:", "    clas:"), "clas"),
    ],
)
def test_a_wrong_field_is_refused(change: tuple[str, str], found: str, text: Make, a_rule: Make) -> None:
    document = text(a_rule("RRR"))
    assert change[0] in document
    with pytest.raises(PolicyError, match=found):
        parse_policy(document.replace(*change), name="t")


def test_two_rules_of_one_id_are_refused(text: Make, a_rule: Make) -> None:
    with pytest.raises(PolicyError, match="RRR"):
        parse_policy(text(a_rule("RRR"), a_rule("RRR")), name="t")


def test_a_behaviour_block_needs_an_end(text: Make, a_rule: Make) -> None:
    document = text(a_rule("RRR", layer="behaviour")).replace("    expires: 2099-01-01\n", "")
    with pytest.raises(PolicyError, match="expires"):
        parse_policy(document, name="t")


def test_an_ended_rule_is_a_problem_when_a_date_is_given(text: Make, a_rule: Make) -> None:
    document = text(a_rule("RRR", expires="2026-01-01"))
    parse_policy(document, name="t")
    with pytest.raises(PolicyError, match="expired"):
        parse_policy(document, name="t", at_ms=1_794_787_200_000)


@pytest.mark.parametrize(
    "content",
    [
        "a: &a [*a, *a]",
        "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]",
        "[" * 5_000,
        "policy: " + "x" * 3_000_000,
        "\0",
        "!!python/object/apply:os.system [true]",
        "- just\n- a list",
        "",
        "rules: 5",
    ],
)
def test_hostile_yaml_is_refused_and_nothing_else(content: str) -> None:
    with pytest.raises(PolicyError):
        parse_policy(content, name="t")


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_any_text_as_a_condition_is_compiled_or_refused(when: str) -> None:
    body = (
        "  - {id: RRR, title: {zh: a, en: b}, layer: origin, stage: enforce, action: TIP, reason: rr, class: unknown, "
        "basis: [x], when: "
    )
    head = 'policy: t\nversion: "1"\nhome: CN\nprofile: cn\ntitle: {zh: a, en: b}\nsalt: s\nrules:\n'
    quoted = json.dumps(when)
    try:
        parse_policy(head + body + quoted + "}\n", name="t")
    except PolicyError as error:
        assert error.problems


def test_damaged_byte_code_is_refused_or_stays_in_bounds(row: Callable[..., list[int]]) -> None:
    import dataclasses

    policy = load_policy("cn")
    draw = random.Random(3)
    refused = 0
    for _ in range(300):
        code = [list(step) for step in policy.program.code]
        step = draw.randrange(len(code))
        code[step][draw.randrange(len(code[step]))] = draw.choice([-1, 0, 1, 7, 99, 10**6, 2**70, draw.randrange(60)])
        damaged = dataclasses.replace(policy.program, code=tuple((a, b, c, d, e) for a, b, c, d, e in code))
        try:
            check_program(damaged)
        except PolicyError:
            refused += 1
            continue
        changed = dataclasses.replace(policy, program=damaged)
        changed.decide(row({"caller.home": 1, "call.ingress": 1}, slots=len(policy.slots)))
    assert refused > 100


@pytest.mark.parametrize("pack", PACKS)
def test_every_rule_of_a_shipped_pack_has_a_case_that_fires_and_one_that_does_not(pack: str) -> None:
    policy = load_policy(pack)
    results = run_policy_tests(policy, pack_tests(pack))
    assert [result.message for result in results if not result.passed] == []
    rules = {rule.id for rule in policy.rules}
    assert set().union(*(result.fires for result in results)) >= rules
    assert set().union(*(result.silent for result in results)) >= rules


def test_a_wrong_expectation_fails() -> None:
    text = pack_tests("cn").replace(
        "action: BLOCK, fires: [CN-ORIGIN-FIXED]", "action: TIP, fires: [CN-ORIGIN-FIXED]", 1
    )
    failed = [result for result in run_policy_tests(load_policy("cn"), text) if not result.passed]
    assert len(failed) == 1 and "BLOCK" in failed[0].message


@pytest.mark.parametrize("pack", PACKS)
def test_a_shipped_pack_is_complete(pack: str) -> None:
    for rule in load_policy(pack).rules:
        assert rule.title.zh and rule.title.en and rule.basis and rule.reason


def test_a_behaviour_rule_of_cn_never_names_a_service_number_in_a_block() -> None:
    for rule in load_policy("cn").rules:
        if rule.layer.name == "BEHAVIOUR" and rule.action is not None and rule.action.name == "BLOCK":
            assert "service_95" not in rule.when


def test_a_difference_names_what_was_added_changed_and_removed(text: Make, a_rule: Make) -> None:
    old = parse_policy(text(a_rule("KEPT"), a_rule("GONE"), a_rule("CHANGED")), name="old")
    new = parse_policy(text(a_rule("KEPT"), a_rule("CHANGED", stage="shadow"), a_rule("NEW")), name="new")
    shown = str(diff_policies(old, new))
    assert all(word in shown for word in ("GONE", "CHANGED", "NEW", "shadow"))
    assert "KEPT" not in shown


def test_the_digest_follows_what_decides_and_nothing_else(text: Make, a_rule: Make) -> None:
    document = text(a_rule("RRR"))
    assert parse_policy(document, name="a").digest == parse_policy("# note\n" + document, name="b").digest
    changed = parse_policy(document.replace("when: caller.home", "when: not caller.home"), name="a")
    assert changed.digest != parse_policy(document, name="a").digest


def test_byte_code_can_be_read(text: Make, a_rule: Make) -> None:
    shown = disassemble(parse_policy(text(a_rule("RRR")), name="t").program)
    assert "FIRE" in str(shown).upper()


def test_every_shipped_rule_stands_in_the_reference() -> None:
    for pack in PACKS:
        policy = load_policy(pack)
        described = describe_rules(policy)
        assert all(rule.id in described and rule.title.zh in described for rule in policy.rules)


def test_the_packs_are_part_of_the_package() -> None:
    names = {entry.name for entry in (files("haodun.screening.policy") / "packs").iterdir()}
    assert {f"{pack}.yaml" for pack in PACKS} <= names
