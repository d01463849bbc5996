"""The trunks file: what it says of a trunk, and the sentence for each way to write it wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from haodun.numbering import IngressClass
from haodun.screening.events import Roaming, Trunks, TrunksError, trunks_schema

SITE = """
trunks:
  intl-gw-1: {class: international}
  0571: {class: inter_network, roaming: no}
  line-8800:
    class: voice_line
    permits: ["+8657188000050-+8657188000099", +8657188000000-+8657188000049, "+864001234567"]
    default: +8657188000000
"""


def test_each_trunk_has_its_class_and_an_unknown_one_none() -> None:
    trunks = Trunks.parse(SITE, "trunks.yaml")
    assert len(trunks) == 3
    assert trunks.ingress("intl-gw-1") is IngressClass.INTERNATIONAL
    assert trunks.ingress("mystery") is IngressClass.UNKNOWN
    assert trunks.line("mystery") is None
    assert trunks.roaming("mystery") is Roaming.UNKNOWN


def test_what_yaml_would_turn_into_a_number_or_false_stays_text() -> None:
    trunks = Trunks.parse(SITE, "trunks.yaml")
    assert trunks.ingress("0571") is IngressClass.INTER_NETWORK
    assert trunks.roaming("0571") is Roaming.NO
    line = trunks.line("line-8800")
    assert line is not None and line.default == 8657188000000


@pytest.mark.parametrize(
    ("key", "permitted"),
    [
        (8657188000000, True),
        (8657188000049, True),
        (8657188000050, True),
        (8657188000099, True),
        (8657188000100, False),
        (8657187999999, False),
        (864001234567, True),
        (864001234568, False),
        (0, False),
        (-5, False),
    ],
)
def test_a_line_may_show_its_own_numbers_only(key: int, permitted: bool) -> None:
    line = Trunks.parse(SITE, "trunks.yaml").line("line-8800")
    assert line is not None and line.registered
    assert line.permits_number(key) is permitted


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1000, 1200), st.integers(0, 30)), max_size=12),
    st.lists(st.integers(990, 1250), min_size=1, max_size=30),
)
def test_merged_ranges_permit_what_each_range_permits(ranges: list[tuple[int, int]], keys: list[int]) -> None:
    texts = [f"+{low}-+{low + more}" for low, more in ranges]
    line = Trunks.parse(json.dumps({"trunks": {"a": {"class": "voice_line", "permits": texts}}}), "t").line("a")
    assert line is not None
    for key in keys:
        assert line.permits_number(key) == any(low <= key <= low + more for low, more in ranges)


def test_a_line_without_numbers_on_file_is_not_registered() -> None:
    line = Trunks.parse("trunks: {a: {class: voice_line}}", "t").line("a")
    assert line is not None and not line.registered and not line.permits_number(8657188000000)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("trunks:\n  a: {class: voice-line}", "line 2: trunks.a.class: .* did you mean 'voice_line'"),
        ("trunks:\n  a:\n    class: access\n    permit: []", "line 4: trunks.a.permit: .* did you mean 'permits'"),
        ("trunks:\n  a:\n    class: access\n    roaming: verifed", "line 4: .* did you mean 'verified'"),
        ("trunk: {}", "line 1: trunk: there is no such key; did you mean 'trunks'"),
        ("trunks:\n  a: {class: access}\n  a: {class: international}", "line 3: 'a' is given twice, first in line 2"),
        ("trunks:\n  a: {class: access, class: access}", "line 2: 'class' is given twice"),
        ("trunks:\n  a:\n    class: access\n    permits:\n    - +8613\n    - 13", "line 6: trunk a: '13' is no number"),
        ("trunks: {a: {class: access, permits: ['+8615-+8613']}}", "ends before it begins"),
        ("trunks: {a: {class: access, permits: ['+8615-+86159']}}", "different length"),
        ("trunks: {a: {class: access, permits: ['+861５']}}", "is no number"),
        ("trunks: {a: {class: access, permits: ['+8615 ']}}", "is no number"),
        ("trunks: {a: {class: access, default: '+8613-+8615'}}", "the default is one number"),
        ("trunks: {a: [access]}", "line 1: trunks.a"),
        ("trunks: {? [a] : b}", "a key must be a name"),
        ("trunks: &t {a: *t}", "alias"),
        ("trunks:\n  a: {class: access", "line 2, column"),
        ("trunks: {a: {class: \0}}", "character 21"),
        ("", "begin with 'trunks:'"),
        ("- a", "begin with 'trunks:'"),
        ("[" * 3_000, "nested too deeply"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_what_to_write(text: str, sentence: str) -> None:
    with pytest.raises(TrunksError) as caught:
        Trunks.parse(text, "site.yaml")
    message = str(caught.value)
    assert message.startswith("site.yaml") and len(message) < 400
    assert re.search(sentence, message), message
    assert caught.value.exit_code == 3


def test_a_laughing_file_costs_nothing() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    with pytest.raises(TrunksError, match="alias"):
        Trunks.parse("\n".join([*lines, "trunks: *a29"]), "t")


def test_a_file_too_long_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("haodun.screening.events.trunks.MAX_TEXT", 10)
    with pytest.raises(TrunksError, match="longer than 10"):
        Trunks.parse(SITE, "t")


@settings(max_examples=80)
@given(st.text(alphabet="trunks: {}[]&*!-+86|>\n'\"ac,?#\0\t", max_size=60))
def test_any_text_is_a_trunks_file_or_our_error(text: str) -> None:
    try:
        Trunks.parse(text, "t")
    except TrunksError as error:
        assert "\n" not in str(error)


def test_the_digest_tells_what_can_change_a_verdict_and_nothing_else() -> None:
    first = Trunks.parse("trunks: {a: {class: access}, b: {class: voice_line, permits: [+8613-+8615]}}", "t").digest
    same = Trunks.parse("trunks:\n  b: {permits: [+8615, +8613, +8614], class: voice_line}\n  a: {class: access}", "u")
    other = Trunks.parse("trunks: {a: {class: access}, b: {class: voice_line, permits: [+8613-+8616]}}", "t").digest
    assert first == same.digest != other


def test_the_published_schema_is_that_of_the_code(root: Path) -> None:
    published = json.loads((root / "docs/reference/trunks.schema.json").read_text(encoding="utf-8"))
    assert published == trunks_schema()
    Draft202012Validator.check_schema(published)
    validator = Draft202012Validator(published)
    good = {"trunks": {"a": {"class": "voice_line", "permits": ["+8613", "+8613-+8615"], "roaming": "no"}}}
    assert validator.is_valid(good)
    assert not validator.is_valid({"trunks": {"a": {"class": "voice_line", "permits": ["13"]}}})
    assert not validator.is_valid({"trunks": {"a": {}}})


def test_the_reference_page_names_every_class_and_key_and_its_example_is_one(root: Path) -> None:
    text = (root / "docs/reference/trunks.md").read_text(encoding="utf-8")
    words = {*(member.name.lower() for member in IngressClass), "permits", "default", "roaming", "class"}
    assert {word for word in words if f"`{word}`" not in text} == set()
    example = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0]
    assert len(Trunks.parse(example, "docs")) > 3
