"""A scenario file is read, or refused with line, key and what was probably meant."""

from __future__ import annotations

import datetime
import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from haodun.lab.country import SCENARIO_JSON_SCHEMA, SHIPPED, ScenarioError, load_scenario, scenario_schema
from haodun.lab.country.loading import MAX_BYTES, parse_scenario

ROOT = Path(__file__).parents[3]
TEXT = (resources.files("haodun.lab.country") / "scenarios" / "country.yaml").read_text(encoding="utf-8")


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def refusal(text: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text.encode("utf-8"), "mine.yaml")
    return str(caught.value)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_scenario_loads_and_fits_the_published_schema(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.days >= 2  # so that windows of 24 hours matter
    text = (resources.files("haodun.lab.country") / "scenarios" / f"{name}.yaml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    content["start"] = content["start"].isoformat()
    jsonschema.Draft202012Validator(SCENARIO_JSON_SCHEMA).validate(content)


def test_country_is_the_default() -> None:
    assert load_scenario(None) == load_scenario("country")
    assert len(load_scenario(None).campaigns) == 9


def test_the_schema_in_the_docs_is_the_one_in_force() -> None:
    published = json.loads((ROOT / "docs/reference/scenario.schema.json").read_text(encoding="utf-8"))
    assert published == scenario_schema()
    jsonschema.Draft202012Validator.check_schema(published)


def test_every_key_of_a_scenario_stands_in_the_reference() -> None:
    text = (ROOT / "docs/reference/scenario.md").read_text(encoding="utf-8")
    parts = (SCENARIO_JSON_SCHEMA, *SCENARIO_JSON_SCHEMA["$defs"].values())
    keys = {key for part in parts for key in part["properties"]}
    assert sorted(key for key in keys if f"`{key}`" not in text) == []


def test_a_file_of_ones_own_loads(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(TEXT.replace("2026-03-02", "2027-01-01"), encoding="utf-8-sig")
    assert load_scenario(path).start == datetime.date(2027, 1, 1)


@pytest.mark.parametrize(
    ("old", "new", "key", "hint"),
    [
        ("    answer: 0.66", "    answr: 0.66", "populations[0].answr", "did you mean 'answer'"),
        ("    answer: 0.66", "    answer: 66", "populations[0].answer", "less than or equal to 1"),
        ("    answer: 0.66", '    answer: "0.66"', "populations[0].answer", "valid number"),
        ("    answer: 0.66\n", "", "populations[0].answer", "missing"),
        ("    answer: 0.66", "    answer: .nan", "populations[0].answer", "nan"),
        ("    shape: wangiri", "    shape: wangirl", "campaigns[2].shape", "did you mean 'wangiri'"),
        ("    curve: people", "    curve: peopel", "populations[0].curve", "did you mean 'people'"),
        ("  - name: resold_users", "  - name: residents", "populations[1].name", "taken"),
        ('  "65": 25.9', '  "99": 25.9', "provinces.99", "GB/T 2260"),
        ("foreign: {HK: 22", "foreign: {XX: 22", "foreign.XX", "ISO 3166"),
        ("premium: {LV: 3", "premium: {CN: 3", "premium.CN", "ISO 3166"),
        ("days: 2", "days: 0", "days", "greater than or equal to 1"),
        ("days: 2", "days: 2\ndays: 3", "days", "given twice"),
        ("version: 1", "version: 2", "version", "write 1"),
        ('texts: ["110"', 'texts: ["１１０"', "campaigns[0].numbers[0].texts[0]", "pattern"),
        ('texts: ["110"', 'texts: ["110x"', "campaigns[0].numbers[0].texts[0]", "pattern"),
        ("{kind: service_400, reg", "{kind: line, texts: ['12'], reg", "campaigns[7].numbers[0]", "kind literal"),
        ('provinces: ["11", "31", "44", "42"]', 'provinces: ["81"]', "campaigns[0].numbers[1].provinces", "81"),
        ("numbers: [{kind: subscriber}]", "numbers: [{kind: line}]", "populations[0]", "voice_line"),
        ("callees: {premium: 1}", "callees: {premium: 0}", "campaigns[5].callees", "at least one"),
        ("version: 1", "version: 1\nx: &a [1]\ny: *a", "", "aliases"),
        ("version: 1", "version: 1\n  days: 3", "", "indentation"),
        ("version: 1", "version: 1\nx: " + "[" * 40 + "]" * 40, "", "too deep"),
        ("campaign_share: 0.02", "campaign_share: -0.02", "campaign_share", "greater"),
    ],
)
def test_a_mistake_is_told_with_line_and_key_and_what_was_meant(old: str, new: str, key: str, hint: str) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    message = refusal(text)
    assert message.startswith("mine.yaml, line ")
    assert key in message
    assert hint in message
    told = int(message.split("line ")[1].split(":")[0])
    assert abs(told - line_of(TEXT, old)) <= 7
    assert "\n" not in message


def test_premium_numbers_need_regions() -> None:
    text = "\n".join(line for line in TEXT.splitlines() if not line.startswith("premium:"))
    assert "campaigns[5].callees.premium" in refusal(text)


def test_no_campaigns_and_a_share_for_them_do_not_go_together() -> None:
    assert "campaign_share" in refusal(TEXT[: TEXT.index("campaigns:\n")])


@pytest.mark.parametrize(
    "text",
    ["", "- 1", "hello", "{1: {2: 3}}", "? [a]\n: 1", "!!python/object:os.system {}", "a: 2026-99-99"],
)
def test_what_is_no_scenario_is_refused(text: str) -> None:
    assert refusal(text).startswith("mine.yaml")


def test_a_name_that_is_nearly_a_shipped_one_gets_a_hint(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="did you mean 'country'"):
        load_scenario("contry")
    with pytest.raises(ScenarioError, match="there is no such scenario"):
        load_scenario(tmp_path / "absent.yaml")


def test_bytes_that_are_no_utf8_or_too_many_are_refused() -> None:
    with pytest.raises(ScenarioError, match="UTF-8"):
        parse_scenario(b"version: \xff", "mine.yaml")
    with pytest.raises(ScenarioError, match="longer"):
        parse_scenario(b" " * (MAX_BYTES + 1), "mine.yaml")


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, len(TEXT) - 1), junk=st.text(max_size=6), cut=st.integers(0, 12))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(at: int, junk: str, cut: int) -> None:
    data = (TEXT[:at] + junk + TEXT[at + cut :]).encode("utf-8", errors="surrogatepass")
    try:
        parse_scenario(data, "mine.yaml")
    except ScenarioError as error:
        assert str(error).startswith("mine.yaml")
