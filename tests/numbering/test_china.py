"""Every line of the numbering rules for +86: kind, first holder, length, form."""

from __future__ import annotations

import pytest

from haodun.numbering import Allocation, Form, Holder, IngressClass, Kind, Refusal, load_plan, parse

T, M, U, B = Holder.TELECOM, Holder.MOBILE, Holder.UNICOM, Holder.BROADNET

ORDINARY = {
    T: "133 149 153 173 177 180 181 189 190 191 193 199",
    M: "1340 1341 1342 1343 1344 1345 1346 1347 1348 135 136 137 138 139 147 148 150 151 152 157 158 159 "
    "172 178 182 183 184 187 188 195 197 198",
    U: "130 131 132 145 146 155 156 166 175 176 185 186 196",
    B: "192",
}
RESOLD = {
    T: "162 1700 1701 1702",
    M: "165 1703 1705 1706",
    U: "167 1704 1707 1708 1709 171 1710 1719",
}
SATELLITE = {T: "13492 13493 13499 17400 17401 17402 17403 17404 17405", Holder.UNKNOWN: "1349 174 1619"}


def _cases(table: dict[Holder, str]) -> list[tuple[str, Holder]]:
    return [(prefix, holder) for holder, prefixes in table.items() for prefix in prefixes.split()]


def _full(prefix: str) -> str:
    return prefix + "86754321098"[: 11 - len(prefix)]


@pytest.mark.parametrize(("prefix", "holder"), _cases(ORDINARY))
def test_a_mobile_prefix_is_allocated_to_its_carrier(prefix: str, holder: Holder) -> None:
    number = parse(_full(prefix))
    facts = load_plan().facts(number)
    assert (number.key, number.kind, facts.holder, facts.reseller) == (
        int(f"86{_full(prefix)}"),
        Kind.MOBILE,
        holder,
        False,
    )
    assert facts.allocation is not Allocation.UNALLOCATED


@pytest.mark.parametrize(("prefix", "holder"), _cases(RESOLD))
def test_a_resold_prefix_is_flagged_with_its_host_carrier(prefix: str, holder: Holder) -> None:
    number = parse(_full(prefix))
    facts = load_plan().facts(number)
    assert (number.kind, facts.holder, facts.reseller) == (Kind.MVNO_MOBILE, holder, True)


@pytest.mark.parametrize(("prefix", "holder"), _cases(SATELLITE))
def test_a_satellite_prefix_is_told_from_mobile_and_has_no_place(prefix: str, holder: Holder) -> None:
    number = parse(_full(prefix))
    facts = load_plan().facts(number)
    assert (number.kind, facts.holder, facts.reseller, facts.province) == (Kind.SATELLITE, holder, False, "")


@pytest.mark.parametrize(
    "prefix",
    ["140", "141", "142", "143", "144", "154", "160", "1610", "1618", "163", "164", "168", "169", "179", "194"],
)
def test_a_mobile_prefix_of_nobody_is_a_number_that_is_not_given_out(prefix: str) -> None:
    number = parse(_full(prefix))
    facts = load_plan().facts(number)
    assert (number.kind, facts.allocation, facts.holder) == (Kind.MOBILE, Allocation.UNALLOCATED, Holder.UNKNOWN)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("95588", Kind.SERVICE_95),  # 95 national
        ("955123", Kind.SERVICE_95),
        ("95338", Kind.SERVICE_95),  # 953, 955, 956: large firms
        ("95566", Kind.SERVICE_95),
        ("956123", Kind.SERVICE_95),
        ("95013", Kind.SERVICE_95),  # 950 951 952 954 957: call centres
        ("951234", Kind.SERVICE_95),
        ("9501234567", Kind.SERVICE_95),
        ("95012345678", Kind.SERVICE_95),
        ("96110", Kind.SERVICE_95),  # 96 within a province
        ("962121", Kind.SERVICE_95),
        ("057196345", Kind.SERVICE_95),
        ("01095588", Kind.SERVICE_95),
        ("4008123456", Kind.SERVICE_400),
        ("8008123456", Kind.SERVICE_800),
        ("700123456789012", Kind.PRIVACY_700),
        ("1064612345678", Kind.IOT),
        ("1064712345678", Kind.IOT),
        ("1064812345678", Kind.IOT),
        ("1064912345678", Kind.IOT),
        ("1064112345678", Kind.IOT),
        ("10648123456", Kind.IOT),
        ("1400123456789", Kind.IOT),
        ("1410123456789", Kind.IOT),
        ("1440123456789", Kind.IOT),
        ("1460123456789", Kind.IOT),
        ("1480123456789", Kind.IOT),
        ("10621234", Kind.SHORT_CODE),  # message ports
        ("10631234567", Kind.SHORT_CODE),
        ("106512345678", Kind.SHORT_CODE),
        ("1066123456789", Kind.SHORT_CODE),
        ("10690001", Kind.SHORT_CODE),
        ("114", Kind.SHORT_CODE),
        ("10000", Kind.SHORT_CODE),
        ("10010", Kind.SHORT_CODE),
        ("10086", Kind.SHORT_CODE),
        ("10099", Kind.SHORT_CODE),
        ("12321", Kind.SHORT_CODE),
        ("12345", Kind.SHORT_CODE),
        ("12381", Kind.SHORT_CODE),
        ("116114", Kind.SHORT_CODE),
        ("057112345", Kind.SHORT_CODE),
        ("01010086", Kind.SHORT_CODE),
        ("10106666", Kind.SHORT_CODE),
    ],
)
def test_a_number_without_operator_prefix_is_read_by_its_range(text: str, kind: Kind) -> None:
    number = parse(text)
    assert (number.kind, number.refusal) == (kind, Refusal.NONE)
    assert number.key == int("86" + text.removeprefix("0"))


@pytest.mark.parametrize(
    ("text", "holder"),
    [
        ("1064612345678", U),
        ("1064712345678", M),
        ("1064812345678", M),
        ("1064912345678", T),
        ("1064112345678", Holder.UNKNOWN),
        ("1400123456789", U),
        ("1410123456789", T),
        ("1440123456789", M),
        ("1460123456789", U),
        ("1480123456789", M),
    ],
)
def test_a_machine_number_is_allocated_to_its_carrier(text: str, holder: Holder) -> None:
    assert load_plan().facts(parse(text)).holder is holder


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("400812345", Refusal.WRONG_LENGTH),
        ("40081234567", Refusal.WRONG_LENGTH),
        ("800812345", Refusal.WRONG_LENGTH),
        ("70012345678", Refusal.WRONG_LENGTH),  # 11 digits are managed, 15 are used
        ("70012345678901", Refusal.WRONG_LENGTH),
        ("7001234567890123", Refusal.TOO_LONG),
        ("9558", Refusal.WRONG_LENGTH),
        ("9558888", Refusal.WRONG_LENGTH),
        ("1391234567", Refusal.WRONG_LENGTH),
        ("139123456789", Refusal.WRONG_LENGTH),
        ("1391234567890", Refusal.WRONG_LENGTH),  # 13 digits, and no machine range
        ("1490123456789", Refusal.WRONG_LENGTH),
        ("13912345678901", Refusal.TOO_LONG),
        ("+8613912345678901", Refusal.TOO_LONG),
        ("057188881", Refusal.WRONG_LENGTH),
        ("0571888812345", Refusal.WRONG_LENGTH),
        ("05718888123", Refusal.WRONG_LENGTH),  # Hangzhou has 8 digits
        ("057288881234", Refusal.WRONG_LENGTH),
        ("02001234567", Refusal.IMPOSSIBLE),
        ("08881234567890", Refusal.WRONG_LENGTH),
        ("05811234567", Refusal.IMPOSSIBLE),
        ("88881234", Refusal.TOO_SHORT),  # no area code
        ("2001", Refusal.TOO_SHORT),
        ("113", Refusal.IMPOSSIBLE),
        ("1069012345", Refusal.IMPOSSIBLE),  # message port of ten digits, or Beijing without its 0
        ("0", Refusal.TOO_SHORT),
        ("00", Refusal.TOO_SHORT),
        ("+", Refusal.BAD_CHARACTER),
        ("+86", Refusal.TOO_SHORT),
        ("000", Refusal.BAD_PREFIX),
        ("00008613912345678", Refusal.BAD_PREFIX),
        ("+0571888812345", Refusal.BAD_PREFIX),
        ("+008613912345678", Refusal.BAD_PREFIX),
        ("+86057188881234", Refusal.BAD_PREFIX),
        ("0086013912345678", Refusal.BAD_PREFIX),
        ("+868613912345678", Refusal.IMPOSSIBLE),  # the country code twice
        ("04008123456", Refusal.BAD_PREFIX),
        ("0110", Refusal.BAD_PREFIX),
        ("1795113912345678", Refusal.TOO_LONG),
    ],
)
def test_a_number_of_the_wrong_shape_is_refused_with_its_reason(text: str, refusal: Refusal) -> None:
    number = parse(text)
    assert (number.key, number.kind, number.refusal) == (0, Kind.INVALID, refusal)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("01088881234", 861088881234),
        ("02088881234", 862088881234),
        ("02188881234", 862188881234),
        ("02988881234", 862988881234),
        ("057188881234", 8657188881234),
        ("05722888123", 865722888123),
        ("08513881234", 868513881234),  # Guiyang changed over: 7 or 8
        ("085138812345", 8685138812345),
        ("09912345678", 869912345678),
    ],
)
def test_a_fixed_line_is_read_with_its_area_code_and_length(text: str, key: int) -> None:
    national, international = parse(text), parse(f"+{key}")
    assert (national.key, national.kind, national.form) == (key, Kind.FIXED, Form.TRUNK_PREFIX)
    assert (international.key, international.kind, international.form) == (key, Kind.FIXED, Form.PLUS)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("13912345678", Form.SUBSCRIBER),
        ("013912345678", Form.TRUNK_PREFIX),
        ("+8613912345678", Form.PLUS),
        ("008613912345678", Form.IDD),
        ("8613912345678", Form.BARE_INTERNATIONAL),
        ("tel:+86-139-1234-5678", Form.PLUS),
        ("sip:+8613912345678@ims.example;user=phone", Form.PLUS),
    ],
)
@pytest.mark.parametrize("ingress", IngressClass)
def test_one_mobile_has_one_key_and_keeps_how_it_was_written(text: str, form: Form, ingress: IngressClass) -> None:
    number = parse(text, ingress)
    assert (number.key, number.kind, number.form) == (8613912345678, Kind.MOBILE, form)


@pytest.mark.parametrize("text", ["0571 8888 1234", "110", "10086", "4008123456", "13912345678"])
def test_a_home_number_on_an_international_trunk_is_read_and_keeps_its_forged_form(text: str) -> None:
    number = parse(text, IngressClass.INTERNATIONAL)
    assert number == parse(text, IngressClass.INTRA_NETWORK)
    assert number.country == 86
    assert number.form not in (Form.PLUS, Form.IDD)


def test_a_number_from_abroad_keeps_its_00() -> None:
    number = parse("00442079460123", IngressClass.INTERNATIONAL)
    assert (number.key, number.kind, number.country, number.form) == (442079460123, Kind.FOREIGN, 44, Form.IDD)


def test_bare_foreign_digits_are_read_only_where_calls_from_abroad_come_in() -> None:
    for ingress in (IngressClass.INTERNATIONAL, IngressClass.UNKNOWN):
        number = parse("442079460123", ingress)
        assert (number.key, number.form) == (442079460123, Form.BARE_INTERNATIONAL)
    for ingress in (
        IngressClass.INTER_NETWORK,
        IngressClass.VOICE_LINE,
        IngressClass.ACCESS,
        IngressClass.INTRA_NETWORK,
    ):
        assert parse("442079460123", ingress).refusal is not Refusal.NONE


def test_a_fixed_line_without_its_0_is_home_on_a_home_trunk_and_foreign_on_an_international_one() -> None:
    text = "43522345678"  # 0435 of Tonghua, or +43 5 of Austria
    assert parse(text, IngressClass.INTRA_NETWORK).key == 8643522345678
    assert parse(text, IngressClass.UNKNOWN).key == 8643522345678
    assert parse(text, IngressClass.INTERNATIONAL).key == 43522345678


def test_an_area_code_before_a_short_code_that_would_be_another_number_is_refused() -> None:
    assert parse("0571114").key == 86571114
    assert parse("951114").kind is Kind.SERVICE_95
    assert parse("0951114").refusal is not Refusal.NONE  # 0951 114 would have the key of 951114
