"""Without a home country only international form is a number, and emergency numbers of the large plans are passed."""

from __future__ import annotations

import pytest

from haodun.numbering import IngressClass, Kind, Refusal, load_plan, parse


@pytest.mark.parametrize("text", ["+442079460123", "00442079460123", "442079460123"])
def test_international_form_is_read(text: str) -> None:
    number = parse(text, IngressClass.INTER_NETWORK, "ZZ")
    assert (number.key, number.kind) == (442079460123, Kind.FOREIGN)


@pytest.mark.parametrize("text", ["02079460123", "12345", "200"])
def test_a_national_number_has_no_country(text: str) -> None:
    assert parse(text, IngressClass.INTER_NETWORK, "ZZ").refusal is Refusal.UNKNOWN_COUNTRY


def test_nothing_is_a_home_number() -> None:
    plan = load_plan("ZZ")
    assert plan.home_country == 0
    assert not any(
        plan.is_home(parse(text, IngressClass.UNKNOWN, "ZZ")) for text in ("+8613912345678", "anonymous", "x")
    )


@pytest.mark.parametrize("code", ["112", "911", "110"])
def test_emergency_numbers_of_any_large_plan_are_emergencies(code: str) -> None:
    number = parse(code, IngressClass.ACCESS, "ZZ")
    assert number.kind is Kind.EMERGENCY
    assert load_plan("ZZ").facts(number).emergency
