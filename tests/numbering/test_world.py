"""Numbers of other countries, and networks at home in them."""

from __future__ import annotations

import phonenumbers
import pytest

from haodun.numbering import Allocation, Form, IngressClass, Kind, NumberingError, Refusal, load_plan, parse

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS - {"CN"})


@pytest.mark.parametrize("region", REGIONS)
def test_the_example_numbers_of_a_country_have_the_library_s_own_key(region: str) -> None:
    for wanted in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE):
        example = phonenumbers.example_number_for_type(region, wanted)
        if example is None:
            continue
        text = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        number = parse(text)
        assert (number.key, number.country, number.kind) == (int(text[1:]), example.country_code, Kind.FOREIGN)
        assert parse("00" + text[1:]).key == number.key
        assert load_plan().facts(number).allocation is Allocation.ALLOCATED


@pytest.mark.parametrize("region", ["US", "GB", "SG", "AU", "IN", "HK", "MO", "TW", "DE", "JP", "BR", "IT", "ZA", "FR"])
def test_a_country_s_own_national_form_gives_the_same_key_at_home(region: str) -> None:
    for wanted in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE):
        example = phonenumbers.example_number_for_type(region, wanted)
        assert example is not None
        e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        national = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
        number = parse(national, home=region)
        assert (number.key, number.form in (Form.SUBSCRIBER, Form.TRUNK_PREFIX)) == (int(e164[1:]), True)
        assert load_plan(region).is_home(number)


@pytest.mark.parametrize(
    ("home", "text", "key", "form"),
    [
        ("US", "2125550123", 12125550123, Form.SUBSCRIBER),
        ("US", "1-212-555-0123", 12125550123, Form.TRUNK_PREFIX),
        ("US", "011 86 139 1234 5678", 8613912345678, Form.IDD),
        ("US", "0086 139 1234 5678", 8613912345678, Form.IDD),
        ("GB", "020 7946 0123", 442079460123, Form.TRUNK_PREFIX),
        ("GB", "00 1 212 555 0123", 12125550123, Form.IDD),
        ("GB", "442079460123", 442079460123, Form.BARE_INTERNATIONAL),
        ("AU", "0011 44 20 7946 0123", 442079460123, Form.IDD),
        ("AU", "0011 86 10 8888 1234", 861088881234, Form.IDD),
        ("AU", "1300 123 456", 611300123456, Form.SUBSCRIBER),
        ("JP", "010 86 139 1234 5678", 8613912345678, Form.IDD),
        ("SG", "0086 139 1234 5678", 8613912345678, Form.IDD),  # not 008 and country 61
        ("SG", "6234 5678", 6562345678, Form.SUBSCRIBER),
        ("IN", "098765 43210", 919876543210, Form.TRUNK_PREFIX),
        ("HK", "+852 2345 6789", 85223456789, Form.PLUS),
        ("IT", "06 698 12345", 390669812345, Form.SUBSCRIBER),
    ],
)
def test_a_network_abroad_reads_by_its_own_prefixes(home: str, text: str, key: int, form: Form) -> None:
    number = parse(text, home=home)
    assert (number.key, number.form) == (key, form)


def test_china_is_foreign_from_abroad_and_still_checked_by_its_own_plan() -> None:
    number = parse("+86 199 1234 5678", home="US")
    assert (number.kind, number.country) == (Kind.FOREIGN, 86)
    assert not load_plan("US").is_home(number)
    assert load_plan("US").facts(parse("+8616012345678", home="US")).allocation is Allocation.UNALLOCATED
    assert parse("+86139123456", home="US").refusal is Refusal.WRONG_LENGTH


def test_canada_is_not_home_in_the_united_states_though_both_are_1() -> None:
    number = parse("+1 416 234 5678", home="US")
    assert (number.country, number.kind, load_plan("US").is_home(number)) == (1, Kind.FOREIGN, False)
    assert load_plan("CA").is_home(parse("+1 416 234 5678", home="CA"))


def test_a_possible_number_in_no_given_out_range_is_a_number_that_is_unallocated() -> None:
    number = parse("+1 555 555 0100")
    assert number.is_number
    assert load_plan().facts(number).allocation is Allocation.UNALLOCATED


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("+44 020 7946 0123", Refusal.BAD_PREFIX),  # trunk prefix left in: libphonenumber would drop it
        ("+49 030 123456", Refusal.BAD_PREFIX),
        ("+1 555", Refusal.TOO_SHORT),
        ("+1 212 555 01234", Refusal.WRONG_LENGTH),
        ("+44", Refusal.TOO_SHORT),
        ("+0", Refusal.BAD_PREFIX),
        ("+1911", Refusal.TOO_SHORT),
        ("+44 20 7946 01234567", Refusal.TOO_LONG),
    ],
)
def test_a_foreign_number_of_the_wrong_shape_is_refused(text: str, refusal: Refusal) -> None:
    assert parse(text).refusal is refusal


@pytest.mark.parametrize(
    ("text", "home"), [("+1911", "US"), ("+44112", "GB"), ("+65999", "SG"), ("+91108", "IN"), ("+61000", "AU")]
)
def test_a_short_code_written_with_its_country_is_read_at_home(text: str, home: str) -> None:
    number = parse(text, home=home)
    assert (number.kind, str(number)) == (Kind.EMERGENCY, text)


@pytest.mark.parametrize(
    ("text", "home", "kind"),
    [
        ("+447911123456", "GB", Kind.MOBILE),
        ("+442079460123", "GB", Kind.FIXED),
        ("+448001111", "GB", Kind.SERVICE_800),
        ("+12125550123", "US", Kind.MOBILE),  # not told from fixed; roamers get the milder rules
        ("+18002530000", "US", Kind.SERVICE_800),
        ("+611300123456", "AU", Kind.SERVICE_400),
        ("101", "GB", Kind.SHORT_CODE),
        ("611", "US", Kind.SHORT_CODE),
    ],
)
def test_the_kind_at_home_follows_the_library(text: str, home: str, kind: Kind) -> None:
    assert parse(text, home=home).kind is kind


@pytest.mark.parametrize("home", ["", "XX", "cn", "China", "001"])
def test_an_unknown_home_country_is_an_error_that_says_what_to_write(home: str) -> None:
    with pytest.raises(NumberingError, match="write CN, US, GB"):
        parse("110", home=home)
    with pytest.raises(NumberingError, match="write CN, US, GB"):
        load_plan(home)


def test_a_bare_foreign_number_must_be_in_a_range_that_is_given_out() -> None:
    assert parse("449999999999", IngressClass.INTERNATIONAL).refusal is not Refusal.NONE
    assert parse("8613912345678", IngressClass.INTERNATIONAL, "GB").form is Form.BARE_INTERNATIONAL
