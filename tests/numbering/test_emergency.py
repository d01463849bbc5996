"""Emergency numbers are recognised however they are dialled, on any trunk, at their time."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import phonenumbers
import pytest

from haodun.numbering import Form, IngressClass, Kind, emergency_numbers, load_plan, parse

CN = ["110", "119", "120", "122", "12110", "12395", "12119", "12122", "95110", "112", "911", "999"]


def _ms(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1000


@pytest.mark.parametrize("ingress", IngressClass)
@pytest.mark.parametrize("code", CN)
def test_an_emergency_number_is_one_on_every_trunk_and_in_every_form(code: str, ingress: IngressClass) -> None:
    for text in (code, f"+86{code}", f"0086{code}", f"tel:{code}", f"tel:{code};phone-context=+86", f"sip:{code}@host"):
        number = parse(text, ingress)
        assert (number.key, number.kind) == (int("86" + code), Kind.EMERGENCY), text
        assert load_plan().facts(number).emergency, text


@pytest.mark.parametrize(
    "text", ["0571110", "010110", "021 120", "0755119", "0851122", "0951110", "+86571110", "+8610110"]
)
def test_an_area_code_before_an_emergency_number_chooses_its_centre_and_keeps_its_key(text: str) -> None:
    number = parse(text)
    assert number.kind is Kind.EMERGENCY
    assert str(number)[-3:] in ("110", "119", "120", "122")
    assert number.key in emergency_numbers("CN", 0)


def test_we_know_122_where_libphonenumber_denies_it() -> None:
    assert not phonenumbers.is_emergency_number("122", "CN")
    assert 86122 in emergency_numbers("CN", 0)
    assert parse("122").kind is Kind.EMERGENCY


@pytest.mark.parametrize(
    ("home", "codes"),
    [
        ("CN", {86110, 86119, 86120, 86122, 8612110, 8612395}),
        ("US", {1911}),
        ("GB", {44112, 44999}),
        ("SG", {65995, 65999}),
        ("AU", {61000, 61106, 61112}),
        ("IN", {91100, 91101, 91102, 91108, 91112}),
        ("HK", {852999, 852112}),
        ("MO", {853999, 853110}),
        ("TW", {886110, 886119, 886112}),
        ("DE", {49110, 49112}),
        ("FR", {3315, 3317, 3318, 33112}),
    ],
)
def test_each_country_has_its_own_list(home: str, codes: set[int]) -> None:
    assert codes <= emergency_numbers(home, 0)


EU = re.findall("..", "ATBEBGCYCZDEDKEEESFIFRGRHRHUIEITLTLULVMTNLPLPTROSESISK")


@pytest.mark.parametrize("home", EU)
def test_112_is_an_emergency_number_in_every_state_of_the_union(home: str) -> None:
    assert parse("112", home=home).kind is Kind.EMERGENCY


def test_a_country_without_a_list_of_ours_has_the_library_s() -> None:
    assert emergency_numbers("CH", 0) >= {41112, 41117, 41118, 41144}


def test_an_entry_counts_from_its_day_on() -> None:
    day = _ms(2022, 7, 16)
    assert 1988 not in emergency_numbers("US", day - 1)
    assert 1988 in emergency_numbers("US", day)
    assert 1988 in emergency_numbers("US", 0)  # no date: every entry
    number = parse("988", home="US")
    assert not load_plan("US").facts(number, day - 1).emergency
    assert load_plan("US").facts(number, day).emergency


@pytest.mark.parametrize(("home", "key"), [("CN", 86110), ("US", 1911), ("GB", 44999), ("AU", 61000), ("DE", 49112)])
def test_the_sos_service_is_the_country_s_first_emergency_number(home: str, key: int) -> None:
    for text in ("urn:service:sos", "URN:service:sos.fire"):
        number = parse(text, home=home)
        assert (number.key, number.kind, number.form) == (key, Kind.EMERGENCY, Form.SHORT)
    assert not parse("urn:service:sosx", home=home).is_number


@pytest.mark.parametrize("text", ["1100", "11", "0110", "110x", "１１０", "57110", "0571 1100", "110110"])
def test_what_only_looks_like_an_emergency_number_is_none(text: str) -> None:
    assert parse(text).kind is not Kind.EMERGENCY
