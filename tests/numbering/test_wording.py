"""Masks, place names and descriptions in two languages."""

from __future__ import annotations

import re

import pytest

from haodun.numbering import Kind, Refusal, describe, load_plan, mask, parse, place_name
from haodun.numbering.wording import _HOLDERS, _KINDS, _REFUSALS

GB_2260 = re.findall("..", "11121314152122233132333435363741424344454650515253546162636465718182")


def test_all_34_provincial_units_have_a_name_in_both_languages() -> None:
    assert len(GB_2260) == 34
    assert len({place_name(code, "zh") for code in GB_2260} - {""}) == 34
    assert len({place_name(code, "en") for code in GB_2260} - {""}) == 34
    assert place_name("99", "zh") == place_name("", "en") == ""


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("17112348306", "171****8306"),
        ("+86 171 1234 8306", "171****8306"),
        ("0571 88881234", "0571****1234"),
        ("01088881234", "010****1234"),
        ("+442079460123", "+44****0123"),
        ("+12125550123", "+1****0123"),
        ("1064812345678", "106****5678"),
        ("700123456789012", "700****9012"),
        ("110", "110"),
        ("95588", "95588"),
        ("10086", "10086"),
        ("057196345", "057196345"),
        ("4008123456", "4008123456"),
        ("anonymous", "(anonymous)"),
        ("13912345678x", "(bad_character)"),
        ("１３９１２３４５６７８", "(not_ascii)"),
        ("13912345678\x00", "(bad_character)"),
    ],
)
def test_a_mask_shows_what_may_be_shown(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(parse(text)) == masked


def test_a_mask_abroad_is_by_country_code() -> None:
    assert mask("2125550123", home="US") == "+1****0123"
    assert mask(parse("+8613912345678", home="US")) == "+86****5678"
    assert mask("911", home="US") == "911"


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        (
            "13588812345",
            "中国移动号段，浙江 杭州（可携号转网，仅表示原分配）",
            "China Mobile range, Zhejiang 杭州 (portable: original allocation only)",
        ),
        ("01088881234", "固定电话，北京", "fixed line, Beijing 北京"),
        ("16012345678", "移动电话号段（号段未分配）", "mobile range (range not given out)"),
        ("1064812345678", "中国移动物联网号段", "China Mobile machine (IoT) range"),
        ("+442079460123", "境外号码 +44 GB", "foreign number +44 GB"),
        ("+881612345678", "境外号码 +881", "foreign number +881"),
        ("110", "紧急号码", "emergency number"),
        ("anonymous", "无主叫号码（匿名）", "no number (anonymous)"),
        ("1x", "不成号码（含非法字符）", "not a number (a character that no number has)"),
    ],
)
def test_a_number_is_described_in_one_line(text: str, zh: str, en: str) -> None:
    number = parse(text)
    facts = load_plan().facts(number)
    assert describe(number, facts, "zh") == zh
    assert describe(number, facts, "en") == en


def test_a_resold_number_is_described_as_resold() -> None:
    number = parse("17012345678")
    line = describe(number, load_plan().facts(number), "zh")
    assert line.startswith("中国电信转售号段")


def test_every_kind_holder_and_refusal_has_words() -> None:
    assert set(_KINDS) == set(Kind)
    assert set(_REFUSALS) == set(Refusal)
    assert len(_HOLDERS) == 4


def test_no_description_contains_digits_of_the_subscriber() -> None:
    for text in ("13588812345", "057188881234", "+442079460123", "700123456789012"):
        number = parse(text)
        for lang in ("zh", "en"):
            line = describe(number, load_plan().facts(number), "zh" if lang == "zh" else "en")
            assert text[-4:] not in line
