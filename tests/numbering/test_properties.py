"""What holds of any text: a Number comes back, nothing is raised, nothing is shortened."""

from __future__ import annotations

import re

import phonenumbers
from hypothesis import given, settings
from hypothesis import strategies as st

from haodun.numbering import PARSE_CACHE, Allocation, Form, IngressClass, Kind, load_plan, mask, parse
from haodun.numbering.parsing import _parse

HOMES = st.sampled_from(["CN", "US", "GB", "SG", "AU", "IN", "HK", "DE", "IT", "JP"])
INGRESS = st.sampled_from(list(IngressClass))
HEADS = st.sampled_from(
    ["", "0", "00", "+", "+86", "0086", "86", "011", "0571", "010", "139", "170", "400", "95", "1064", "700"]
)
TAILS = st.text("0123456789", max_size=14)
WRAPS = st.sampled_from(["{}", " {}", "{} ", "tel:{}", "sip:{}@h", "tel:{};npdi", "{}x", "{}\x00", "\u200e{}", "{}%20"])
NUMBERISH = st.builds(lambda head, tail, wrap: wrap.format(head + tail), HEADS, TAILS, WRAPS)
SEPARATED = st.text("0123456789+-. ()", max_size=30)
TEXTS = st.one_of(NUMBERISH, SEPARATED, st.text(max_size=80), st.text("０１２３4567", max_size=15))

LIMITS = settings(max_examples=300, deadline=None)


@LIMITS
@given(TEXTS, INGRESS, HOMES)
def test_any_text_gives_a_number_or_a_reason(text: str, ingress: IngressClass, home: str) -> None:
    number = parse(text, ingress, home)
    assert (number.key > 0) == (number.refusal == 0) == number.is_number
    assert (number.kind in (Kind.UNKNOWN, Kind.INVALID)) == (number.key == 0)
    assert (number.country > 0) == number.is_number
    assert number.key < 1 << 63
    if number.is_number:
        assert number.form is not Form.NONE
        assert str(number.key).startswith(str(number.country))
    load_plan(home).facts(number)
    assert parse(text, ingress, home) is number


@LIMITS
@given(TEXTS, INGRESS, HOMES)
def test_every_digit_of_a_number_was_written_and_every_written_digit_is_in_it(
    text: str, ingress: IngressClass, home: str
) -> None:
    number = parse(text, ingress, home)
    if not number.is_number:
        return
    body = re.sub(r"(?i)^ *(tel:|sips?:)", "", text).partition("@")[0].partition(";")[0]
    digits = re.sub(r"[-+. ()]", "", body)
    assert re.fullmatch(r"[0-9]+", digits)
    whole, national = str(number.key), str(number.key)[len(str(number.country)) :]
    if number.kind is Kind.EMERGENCY:  # an area code before it, or leading zeros (000)
        assert digits.endswith(national)
        return
    allowed = {
        Form.PLUS: {whole},
        Form.IDD: {"00" + whole, "011" + whole, "0011" + whole, "010" + whole},
        Form.TRUNK_PREFIX: {"0" + national, "1" + national},
        Form.SUBSCRIBER: {national},
        Form.SHORT: {national},
        Form.BARE_INTERNATIONAL: {whole},
    }
    assert digits in allowed[number.form]


@LIMITS
@given(NUMBERISH, INGRESS)
def test_a_number_written_by_us_is_read_as_itself(text: str, ingress: IngressClass) -> None:
    number = parse(text, ingress)
    if number.is_number:
        again = parse(str(number), ingress)
        assert (again.key, again.kind, again.country) == (number.key, number.kind, number.country)


@LIMITS
@given(
    st.builds("{}{}{}".format, st.sampled_from(["", "tel:", "sip:"]), HEADS, TAILS),
    st.sampled_from(list("x\x00#*ABCf%\n\t٣５\u202e")),
)
def test_no_trailing_junk_is_cut_off(text: str, junk: str) -> None:
    assert not parse(text + junk).is_number
    assert not parse(text[:3] + junk + text[3:]).is_number or text[:3] == ""


@LIMITS
@given(st.text("0123456789", min_size=5, max_size=15))
def test_a_foreign_number_is_the_one_that_libphonenumber_reads(digits: str) -> None:
    number = parse("+" + digits)
    if digits.startswith("86"):
        return
    try:
        library = phonenumbers.parse("+" + digits, None)
    except phonenumbers.NumberParseException:
        assert not number.is_number
        return
    e164 = phonenumbers.format_number(library, phonenumbers.PhoneNumberFormat.E164)
    if phonenumbers.is_valid_number(library) and e164 == "+" + digits:
        assert number.key == int(digits)
        assert load_plan().facts(number).allocation is Allocation.ALLOCATED
    elif number.is_number:
        assert load_plan().facts(number).allocation is Allocation.UNALLOCATED


@LIMITS
@given(TEXTS, HOMES)
def test_a_mask_never_shows_a_person_s_whole_number(text: str, home: str) -> None:
    number = parse(text, home=home)
    personal = (Kind.MOBILE, Kind.MVNO_MOBILE, Kind.FIXED, Kind.SATELLITE, Kind.IOT, Kind.PRIVACY_700, Kind.FOREIGN)
    if number.kind in personal:
        assert len(re.sub("[^0-9]", "", mask(text, home))) <= len(str(number.key)) - 2
    elif number.kind in (Kind.INVALID, Kind.UNKNOWN):
        assert not re.search("[0-9]", mask(text, home))


def test_the_memory_for_texts_has_a_bound_and_long_texts_are_not_kept() -> None:
    assert _parse.cache_parameters()["maxsize"] == PARSE_CACHE
    before = _parse.cache_info().currsize
    parse("9" * 257)
    parse("x" * 1_000_000)
    assert _parse.cache_info().currsize == before
