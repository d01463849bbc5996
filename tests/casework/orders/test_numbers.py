"""Lists of numbers as officers write them, and document numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haodun.casework.orders.documents import canonical
from haodun.casework.orders.numbers import MAX_SHOWN, MAX_TEXT, Exclusion, read_numbers
from haodun.numbering import Refusal


def keys(text: str) -> list[int]:
    return [number.key for number in read_numbers(text).numbers]


@pytest.mark.parametrize(
    "text",
    [
        "13912345678\n057188881234",
        "139 1234 5678, 0571-8888 1234",
        "+86 139-1234-5678；(0571)88881234",
        "１３９１２３４５６７８、０５７１－８８８８１２３４",
        "\ufeff13912345678\r\n\u202d057188881234\u202c\r\n\r\n",
        "13912345678\u3000057188881234",
        "13912345678\t057188881234",
        "008613912345678 | 8657188881234",
    ],
)
def test_the_same_two_numbers_are_read_however_they_are_written(text: str) -> None:
    assert keys(text) == [8613912345678, 8657188881234]


def test_each_bad_entry_is_named_with_its_line_and_nothing_of_it_is_guessed() -> None:
    reading = read_numbers("13912345678\n1391234567x, 13812345678\n\n139123456789")
    assert [(bad.line, bad.text) for bad in reading.bad] == [(2, "1391234567x"), (4, "139123456789")]
    assert [number.key for number in reading.numbers] == [8613912345678, 8613812345678]


def test_a_number_named_twice_counts_once_whatever_its_spelling() -> None:
    reading = read_numbers("13912345678\n+86 139 1234 5678\n110\n110")
    assert (len(reading.numbers), len(reading.excluded), reading.repeated) == (1, 1, 2)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *((code, Exclusion.EMERGENCY) for code in ("110", "119", "120", "122", "+86 110", "95110")),
        *((code, Exclusion.OFFICIAL) for code in ("10086", "12321", "12345", "96110", "0571-12345")),
    ],
)
def test_no_order_touches_an_emergency_or_official_number(text: str, why: Exclusion) -> None:
    reading = read_numbers(text)
    assert reading.numbers == ()
    assert [excluded.why for excluded in reading.excluded] == [why]


def test_a_list_beyond_its_limit_is_refused_unread() -> None:
    reading = read_numbers("13912345678\n" * (MAX_TEXT // 12 + 1))
    assert reading.numbers == ()
    assert [bad.refusal for bad in reading.bad] == [Refusal.TOO_LONG]


@pytest.mark.fuzz
@given(st.text(alphabet=st.sampled_from("0123456789+-() ,;\n\t１x号〔\u202d"), max_size=200))
def test_any_text_is_read_or_named_bad_and_nothing_else(text: str) -> None:
    reading = read_numbers(text)
    assert all(number.is_number for number in reading.numbers)
    assert all(1 <= bad.line <= text.count("\n") + 1 and 0 < len(bad.text) <= MAX_SHOWN for bad in reading.bad)
    assert len({number.key for number in reading.numbers}) == len(reading.numbers)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("苏公网安关停〔2026〕1123-021", "苏公网安关停〔2026〕1123-021"),
        ("苏公网安关停[2026]第1123-021号", "苏公网安关停〔2026〕1123-021"),
        (" 苏公网安关停（２０２６） 1123-021 号 ", "苏公网安关停〔2026〕1123-021"),
        ("公网安关停【2026】19", "公网安关停〔2026〕19"),
        ("met-2026/0077", "MET-2026/0077"),
        ("苏公网安关停〔1926〕1", None),
        ("苏公网安关停〔2026〕", None),
        ("苏公网安关停〔2026〕1x", None),
        ("13912345678", None),
        ("<script>", None),
        ("", None),
        ("苏" * 61, None),
    ],
)
def test_a_document_number_has_one_spelling_or_is_none(text: str, expected: str | None) -> None:
    assert canonical(text) == expected
    if expected is not None:
        assert canonical(expected) == expected
