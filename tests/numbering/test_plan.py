"""Facts: place, first holder, allocation; our table against the range table it reads."""

from __future__ import annotations

import phone
import phonenumbers
import pytest

from haodun.numbering import Allocation, Holder, Kind, Number, NumberingError, PlanFacts, load_plan, parse, place_name
from haodun.numbering.mobile_table import load
from haodun.numbering.tables import china

TABLE = phone.Phone()


def _sample() -> list[int]:
    """Every 211th prefix of every 3-digit range that is given out."""
    return [prefix for prefix in range(1_300_000, 2_000_000, 211) if TABLE.find(prefix) is not None]


def test_province_and_city_are_those_of_the_range_table() -> None:
    seen = 0
    for prefix in _sample():
        number = parse(f"{prefix}0001")
        facts = load_plan().facts(number)
        if facts.allocation is not Allocation.ALLOCATED or number.kind is Kind.SATELLITE:
            continue
        entry = TABLE.find(prefix)
        assert (place_name(facts.province, "zh"), facts.city) == (entry["province"], entry["city"])
        seen += 1
    assert seen > 2000


def test_a_prefix_of_a_given_out_range_that_the_table_does_not_have_is_of_unknown_allocation() -> None:
    missing = next(prefix for prefix in range(1_970_000, 1_980_000) if TABLE.find(prefix) is None)
    facts = load_plan().facts(parse(f"{missing}0001"))
    assert facts == PlanFacts(Allocation.UNKNOWN, Holder.MOBILE, "", "", reseller=False, emergency=False)


def test_a_range_of_nobody_is_unallocated_even_where_the_table_has_stray_entries() -> None:
    stray = next(prefix for prefix in range(1_600_000, 1_610_000) if TABLE.find(prefix) is not None)
    assert load_plan().facts(parse(f"{stray}0001")).allocation is Allocation.UNALLOCATED


def test_173_is_not_all_of_beijing_as_libphonenumber_has_it() -> None:
    provinces = {load_plan().facts(parse(f"{prefix}0001")).province for prefix in range(1_730_000, 1_740_000, 50)}
    assert len(provinces) > 25


@pytest.mark.parametrize(
    ("text", "province", "city"),
    [
        ("010 88881234", "11", "北京"),
        ("021 88881234", "31", "上海"),
        ("023 88881234", "50", "重庆"),
        ("028 88881234", "51", "成都"),
        ("0571 88881234", "33", "杭州"),
        ("0755 88881234", "44", "深圳"),
        ("0898 88881234", "46", "海口"),
        ("0891 2345678", "54", "拉萨"),
        ("0991 2345678", "65", "乌鲁木齐"),
        ("0471 2345678", "15", "呼和浩特"),
        ("057196345", "33", "杭州"),
    ],
)
def test_a_fixed_line_is_placed_by_its_area_code(text: str, province: str, city: str) -> None:
    facts = load_plan().facts(parse(text))
    assert (facts.province, facts.city, facts.allocation) == (province, city, Allocation.ALLOCATED)


def test_fixed_lines_agree_with_libphonenumber_on_length() -> None:
    known = {"0634"}  # merged into 0531 in 2019, both are still dialled
    for code, area in china().areas.items():
        for length in (7, 8):
            national = code + "23456789"[:length]
            library = phonenumbers.is_valid_number(phonenumbers.PhoneNumber(86, int(national)))
            if "0" + code not in known:
                assert library == (length in area.lengths), (code, length)
            assert parse("0" + national).is_number == (length in area.lengths)


@pytest.mark.parametrize(
    ("text", "allocation"),
    [
        ("10086", Allocation.ALLOCATED),
        ("12345", Allocation.ALLOCATED),
        ("12999", Allocation.UNKNOWN),
        ("10690001", Allocation.UNKNOWN),
        ("95588", Allocation.ALLOCATED),
        ("95999", Allocation.UNKNOWN),
        ("96110", Allocation.ALLOCATED),
        ("110", Allocation.ALLOCATED),
        ("4008123456", Allocation.ALLOCATED),
        ("700123456789012", Allocation.ALLOCATED),
        ("1064112345678", Allocation.UNKNOWN),
        ("1064812345678", Allocation.ALLOCATED),
    ],
)
def test_official_codes_and_ranges_are_given_out_and_of_others_we_do_not_know(
    text: str, allocation: Allocation
) -> None:
    assert load_plan().facts(parse(text)).allocation is allocation


def test_of_nothing_nothing_is_known() -> None:
    facts = load_plan().facts(parse("anonymous"))
    assert facts == PlanFacts(Allocation.UNKNOWN, Holder.UNKNOWN, "", "", reseller=False, emergency=False)
    assert not load_plan().is_home(parse("anonymous"))


def test_the_plan_says_which_data_it_was_made_of() -> None:
    plan = load_plan()
    assert plan is load_plan("CN")
    assert (plan.home, plan.home_country) == ("CN", 86)
    assert phonenumbers.__version__ in plan.version
    assert TABLE.version.decode() in plan.version
    assert load_plan("GB").version != plan.version


@pytest.mark.parametrize(
    ("text", "home"), [("13912345678", True), ("110", True), ("+442079460123", False), ("x", False)]
)
def test_home_is_what_the_home_plan_holds(text: str, home: bool) -> None:
    assert load_plan().is_home(parse(text)) is home


def _dat(*, entries: bytes, places: bytes = "浙江|杭州|310000|0571\0".encode()) -> bytes:
    return b"2312" + (8 + len(places)).to_bytes(4, "little") + places + entries


def _entry(prefix: int, offset: int) -> bytes:
    return prefix.to_bytes(4, "little") + offset.to_bytes(4, "little") + b"\1"


def test_a_range_table_is_read_from_its_bytes() -> None:
    table = load(_dat(entries=_entry(1_391_234, 8)), "9.9")
    place = table.find("13912345678")
    assert place is not None
    assert (place.province, place.city, table.version) == ("33", "杭州", "9.9/2312")
    assert table.find("13912355678") is None
    assert table.find("12345678901") is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"2312",
        _dat(entries=b""),
        _dat(entries=_entry(1_391_234, 8)[:-1]),
        _dat(entries=_entry(999, 8)),
        _dat(entries=_entry(2_000_000, 8)),
        _dat(entries=_entry(1_391_234, 9)),
        _dat(entries=_entry(1_391_234, 7)),
        _dat(entries=_entry(1_391_234, 4000)),
        _dat(entries=_entry(1_391_234, 8), places=b"Atlantis|X|1|2\0"),
        _dat(entries=_entry(1_391_234, 8), places=b"\xff\xfe|X|1|2\0"),
    ],
)
def test_a_damaged_range_table_is_refused_with_the_remedy(data: bytes) -> None:
    with pytest.raises(NumberingError, match="reinstall the package `phone`"):
        load(data, "9.9")


def test_facts_do_not_depend_on_how_the_number_was_written() -> None:
    forms: list[Number] = [parse(text) for text in ("13912345678", "+8613912345678", "8613912345678")]
    assert len({load_plan().facts(number) for number in forms}) == 1
