"""Our own tables are whole, agree with each other, and a broken one is refused with its place."""

from __future__ import annotations

import re

import pytest

from haodun.numbering import Holder, Kind, NumberingError
from haodun.numbering.tables import _ranges, china, document, mapping, provinces, texts


def test_every_area_code_lies_in_a_province_and_has_a_city() -> None:
    areas = china().areas
    assert len(areas) > 300
    for code, area in areas.items():
        assert re.fullmatch("10|2[0-57-9]|[3-9][0-9]{2}", code)
        assert area.province in provinces()
        assert area.city
        assert set(area.lengths) <= {7, 8}
    assert len({area.province for area in areas.values()}) == 31


def test_area_codes_are_told_apart_by_their_first_digits() -> None:
    codes = china().areas
    assert not [code for code in codes for other in codes if code != other and other.startswith(code)]


def test_no_area_code_begins_like_a_number_of_another_kind() -> None:
    for code in china().areas:
        assert not code.startswith(("400", "800", "700", "950", "96", "86"))


def test_every_table_is_dated() -> None:
    for name in ("china_ranges", "china_short_codes", "china_areas", "emergency"):
        assert re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", str(document(f"{name}.yaml")["version"]))


def test_every_short_code_has_the_shape_that_the_reader_knows() -> None:
    for code in china().short_codes:
        assert re.fullmatch("1[12][0-9]|100[0-9]{2}|1[12][0-9]{3}|11[68][0-9]{3}", code)


def test_a_range_table_gives_kind_and_holder_by_prefix() -> None:
    found = _ranges([{"kind": "mobile", "holder": "unicom", "prefixes": ["130"]}], "x")
    assert (found["130"].kind, found["130"].holder, found["130"].reseller) == (Kind.MOBILE, Holder.UNICOM, False)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (None, "expected a list of ranges"),
        ([{"kind": "mobil", "holder": "unicom", "prefixes": ["130"]}], "no kind or holder"),
        ([{"kind": "mobile", "holder": "me", "prefixes": ["130"]}], "no kind or holder"),
        ([{"kind": "mobile", "holder": "unicom", "prefixes": ["130", "130"]}], "prefix 130 stands twice"),
        ([{"kind": "mobile", "holder": "unicom", "prefixes": [130]}], "expected a list of quoted texts"),
        (["130"], "expected a mapping"),
    ],
)
def test_a_broken_range_table_is_refused_with_its_place(table: object, why: str) -> None:
    with pytest.raises(NumberingError, match=f"numbering/data/somewhere: .*{why}"):
        _ranges(table, "somewhere")


def test_an_absent_table_is_refused_with_its_name() -> None:
    with pytest.raises(NumberingError, match=r"numbering/data/nowhere\.yaml: cannot be read"):
        document("nowhere.yaml")


def test_a_mapping_with_bare_numbers_for_keys_is_refused() -> None:
    with pytest.raises(NumberingError, match="quoted keys"):
        mapping({110: "police"}, "x")
    with pytest.raises(NumberingError, match="quoted texts"):
        texts([110], "x")
