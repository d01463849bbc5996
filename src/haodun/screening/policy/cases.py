"""Run a policy's own test cases: facts in, what the policy must say of them out."""

from __future__ import annotations

from dataclasses import dataclass

from haodun.screening.events import FEATURES, INDEX, Action, Decision, Feature, Flag, Layer, Type
from haodun.screening.policy.bounds import bounds_at, members_of
from haodun.screening.policy.document import Node, Scalar, read_document
from haodun.screening.policy.error import nearest, quoted
from haodun.screening.policy.lists import parse_e164
from haodun.screening.policy.policy import Policy
from haodun.screening.policy.reading import Notes, Section, parse_integer
from haodun.screening.policy.rule_reader import ACTIONS, FLAGS, LAYERS

MAX_CASES = 10_000
MAX_NAME = 200
CASE_KEYS = ("name", "facts", "expect")
EXPECT_KEYS = ("action", "layer", "flags", "reasons", "shadow", "fires", "silent")
_LAYERS = {**LAYERS, "emergency": Layer.EMERGENCY, "none": Layer.NONE}


@dataclass(frozen=True, slots=True)
class TestResult:
    """What came of one test case."""

    __test__ = False

    name: str
    passed: bool
    message: str
    """What differs, '' if nothing."""
    fires: frozenset[str]
    """Rules that the case says must hold, enforced or in shadow."""
    silent: frozenset[str]
    """Rules that the case says must not hold."""


@dataclass(frozen=True, slots=True)
class _Expected:
    action: Action | None
    layer: Layer | None
    flags: Flag | None
    reasons: tuple[str, ...] | None
    shadow: tuple[str, ...] | None
    fires: frozenset[str]
    silent: frozenset[str]


def run_policy_tests(policy: Policy, text: str, *, name: str = "tests") -> list[TestResult]:
    """One result per test case, in the order of the file. Raises PolicyError where the file itself is wrong."""
    document = read_document(text, name=name)
    notes = Notes(document)
    top = Section(document.root, notes, what="the test file", keys=("policy", "facts", "tests"))
    wanted = top.scalar("policy", required=False)
    if wanted is not None and wanted.text != policy.id:
        notes.add(
            wanted, f"the tests are for policy {quoted(wanted.text)}, not {policy.id}", "give the file of this policy"
        )
    ground = _facts(top, policy, "facts")
    nodes = top.items("tests")
    if not nodes or len(nodes) > MAX_CASES:
        notes.add(top.node, f"a test file needs between 1 and {MAX_CASES} tests", "add tests:")
    cases = [_case(node, policy, notes, ground=ground) for node in nodes[:MAX_CASES]]
    notes.raise_if_any()
    return [_run(policy, case_name, facts, expected) for case_name, facts, expected in cases]


def _run(policy: Policy, case_name: str, facts: dict[str, int], expected: _Expected) -> TestResult:
    names = policy.names()
    row = [facts.get(name, 0) for name in names]
    on_lists = policy.memberships(row[: len(FEATURES)])
    for slot, found in zip(policy.slots, on_lists, strict=True):
        if slot.name not in facts:
            row[slot.index] = found
    message = _difference(policy.decide(row), expected)
    fires = expected.fires | frozenset(expected.reasons or ()) | frozenset(expected.shadow or ())
    return TestResult(case_name, not message, message, fires, expected.silent)


def _difference(decision: Decision, expected: _Expected) -> str:
    held = frozenset((*decision.reasons, *decision.shadow))
    found = [
        f"action is {decision.action.name}, not {expected.action.name}"
        if expected.action is not None and decision.action is not expected.action
        else "",
        f"layer is {decision.layer.name.lower()}, not {expected.layer.name.lower()}"
        if expected.layer is not None and decision.layer is not expected.layer
        else "",
        f"flags are {_words(decision.flags)}, not {_words(expected.flags)}"
        if expected.flags is not None and decision.flags != expected.flags
        else "",
        f"reasons are {_shown(decision.reasons)}, not {_shown(expected.reasons)}"
        if expected.reasons is not None and decision.reasons != expected.reasons
        else "",
        f"in shadow are {_shown(decision.shadow)}, not {_shown(expected.shadow)}"
        if expected.shadow is not None and decision.shadow != expected.shadow
        else "",
        *(f"{rule} does not hold" for rule in sorted(expected.fires - held)),
        *(f"{rule} holds" for rule in sorted(expected.silent & held)),
    ]
    return "; ".join(part for part in found if part)


def _shown(ids: tuple[str, ...]) -> str:
    return ", ".join(ids) or "none"


def _words(flags: Flag) -> str:
    return " ".join(name for name, flag in FLAGS.items() if flag in flags) or "none"


def _case(node: Node, policy: Policy, notes: Notes, *, ground: dict[str, int]) -> tuple[str, dict[str, int], _Expected]:
    section = Section(node, notes, what="the test", keys=CASE_KEYS)
    found = section.scalar("name")
    if found is not None and len(found.text) > MAX_NAME:
        notes.add(found, f"a name has at most {MAX_NAME} characters")
    facts = {**ground, **_facts(section, policy, "facts")}
    return found.text if found else "", facts, _expected(section, policy)


def _expected(section: Section, policy: Policy) -> _Expected:
    inner = section.inner("expect", keys=EXPECT_KEYS)
    if inner is None or not inner.fields:
        section.notes.add(
            section.node, "a test must expect something", f"add expect: with one of {', '.join(EXPECT_KEYS)}"
        )
        return _Expected(None, None, None, None, None, frozenset(), frozenset())
    action = inner.choice("action", ACTIONS, required=False)
    layer = inner.choice("layer", _LAYERS, required=False)
    flags = [FLAGS[word] for word in inner.texts("flags", required=False) if _known(inner, "flags", word, FLAGS)]
    known = {rule.id for rule in policy.rules}
    ids = {key: inner.texts(key, required=False) for key in EXPECT_KEYS[3:]}
    for key, words in ids.items():
        for word in words:
            _known(inner, key, word, known)
    return _Expected(
        action=ACTIONS[action] if action else None,
        layer=_LAYERS[layer] if layer else None,
        flags=Flag(sum(flags)) if "flags" in inner.fields else None,
        reasons=ids["reasons"] if "reasons" in inner.fields else None,
        shadow=ids["shadow"] if "shadow" in inner.fields else None,
        fires=frozenset(ids["fires"]),
        silent=frozenset(ids["silent"]),
    )


def _known(section: Section, key: str, word: str, known: set[str] | dict[str, Flag]) -> bool:
    if word not in known:
        section.notes.add(section.fields[key], f"{key} names {quoted(word)}, which is not there", nearest(word, known))
    return word in known


def _facts(section: Section, policy: Policy, key: str) -> dict[str, int]:
    inner = section.inner(key, keys=policy.names())
    if inner is None:
        return {}
    found: dict[str, int] = {}
    for name, node in inner.fields.items():
        feature = FEATURES[INDEX[name]] if name in INDEX else Feature(name, Type.BOOL, "", "")
        value = _value(feature, node) if isinstance(node, Scalar) else None
        if value is None:
            section.notes.add(node, f"{name} cannot have that value", _value_hint(feature))
        else:
            found[name] = value
    return found


def _value(feature: Feature, scalar: Scalar) -> int | None:
    if feature.type is Type.BOOL:
        return {"true": 1, "false": 0}.get(scalar.text)
    if feature.type is Type.ENUM:
        return members_of(feature).get(scalar.text)
    if feature.type is Type.NUMBER and scalar.text != "0":
        return parse_e164(scalar.text)
    value = parse_integer(scalar)
    low, high = bounds_at(INDEX[feature.name])
    return value if value is not None and low <= value <= high else None


def _value_hint(feature: Feature) -> str:
    if feature.type is Type.BOOL:
        return "write true or false"
    if feature.type is Type.ENUM:
        return f"it is one of {', '.join(members_of(feature))}"
    if feature.type is Type.NUMBER:
        return "write it in full: +8613912345678"
    low, high = bounds_at(INDEX[feature.name])
    return f"it lies between {low} and {high}"
